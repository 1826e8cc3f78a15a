//! The responses of the real site.
//!
//! With `WP_DRIFT_KEEP=FILE` they are written to that file, and the next run reads them from it, so that a change of the
//! stand-in is tested without waiting for PHP. New lines of the table are sent to the site, which must still run.

use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Map, Value, json};

use crate::{
    Request,
    http::{Response, Server},
    seed,
};

/// As many as the site's server has workers.
const AT_ONCE: usize = 6;

#[derive(Default)]
pub(crate) struct Kept {
    file: Option<PathBuf>,
    all: Map<String, Value>,
    /// How often each request was sent.
    sent: HashMap<String, usize>,
}

impl Kept {
    pub(crate) fn open() -> Self {
        let file = std::env::var_os("WP_DRIFT_KEEP").map(PathBuf::from);
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok());
        let all = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { file, all, sent: HashMap::new() }
    }

    /// Makes the same beginning as [`seed::prepare`].
    pub(crate) fn prepare(&self, server: &mut Server) {
        let text = |map: &Value| -> HashMap<String, String> {
            let pairs = map.as_object().into_iter().flatten();
            pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        };
        match self.all.get("seed") {
            Some(seed) => {
                server.names = text(&seed["names"]);
                server.passwords = text(&seed["passwords"]);
            }
            None => seed::prepare(server),
        }
    }

    /// Sends requests that do not depend on each other.
    pub(crate) fn send(&mut self, server: &Server, requests: &[Request<'_>]) -> Vec<Response> {
        let keys: Vec<_> = requests.iter().map(|request| self.key(request)).collect();
        let known: Vec<_> = keys.iter().map(|key| self.all.get(key).and_then(Response::read)).collect();
        let (next, all) = (AtomicUsize::new(0), Mutex::new(known));
        let work = || {
            while let Some((shape, who)) = requests.get(next.fetch_add(1, Ordering::Relaxed)) {
                let at =
                    requests.iter().position(|(other, user)| std::ptr::eq(*other, *shape) && user == who);
                let is_known = all.lock().unwrap()[at.unwrap()].is_some();
                if !is_known {
                    let response = server.send(shape, who);
                    all.lock().unwrap()[at.unwrap()] = Some(response);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 1..requests.len().min(AT_ONCE) {
                scope.spawn(work);
            }
            work();
        });
        let all: Vec<Response> = all.into_inner().unwrap().into_iter().flatten().collect();
        if self.file.is_some() {
            self.all.extend(keys.into_iter().zip(all.iter().map(Response::write)));
        }
        all
    }

    fn key(&mut self, (shape, who): &Request<'_>) -> String {
        let text = format!("{who} {} {} {:?} {:?}", shape.method, shape.target, shape.headers, shape.body);
        let often = self.sent.entry(text.clone()).or_default();
        *often += 1;
        format!("{text} {often}")
    }

    pub(crate) fn close(mut self, server: &Server) {
        let Some(file) = &self.file else { return };
        if !self.all.contains_key("seed") {
            let names: Map<_, _> = server.names.iter().map(|(name, id)| (name.clone(), json!(id))).collect();
            self.all.insert("seed".to_owned(), json!({ "names": names, "passwords": server.passwords }));
        }
        fs::write(file, Value::Object(self.all).to_string()).unwrap();
    }
}
