//! A page cache that was told to cache everything.

use std::collections::HashMap;

use wiremock::Request;

use super::target;
use crate::reply::Reply;

/// The first answer to a `GET` of each URL, whoever asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cache {
    stored: HashMap<String, (i64, Reply)>,
}

impl Cache {
    pub(crate) fn get(&self, request: &Request, now: i64) -> Option<Reply> {
        let (since, reply) = self.stored.get(&key(request)?)?;
        let mut reply = reply.clone();
        reply.headers.push(("Age", (now - since).max(0).to_string()));
        reply.headers.push(("X-Cache", "HIT".into()));
        Some(reply)
    }

    /// Keeps the answer, if it is one to be kept.
    pub(crate) fn put(&mut self, request: &Request, now: i64, reply: &mut Reply) {
        let Some(key) = key(request) else { return };
        self.stored.insert(key, (now, reply.clone()));
        reply.headers.push(("X-Cache", "MISS".into()));
    }
}

fn key(request: &Request) -> Option<String> {
    (request.method == "GET").then(|| target(request))
}
