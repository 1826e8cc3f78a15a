//! A media library over raw sockets, whose failures a test chooses.

use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use wp_http::conformance::{Conn, Server, response};

/// A request, and its body.
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// Reads and records the next request.
    pub(crate) fn read(conn: &mut Conn) -> Option<Self> {
        let request = conn.request()?;
        let end = request.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let mut asked = Self::of(&request[..end]);
        asked.body = request[end..].to_vec();
        Some(asked)
    }

    /// Reads the head of the next request alone.
    pub(crate) fn head(conn: &mut Conn) -> Option<Self> {
        Some(Self::of(&conn.head()?))
    }

    fn of(head: &[u8]) -> Self {
        let head = String::from_utf8_lossy(head).into_owned();
        let line = head.lines().next().unwrap_or_default().replace(" HTTP/1.1", "");
        Self { line, head, body: Vec::new() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub(crate) fn length(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }

    pub(crate) fn is(&self, method: &str, path: &str) -> bool {
        self.line.starts_with(&format!("{method} {path}"))
    }
}

pub(crate) fn json_response(status: &str, body: &Value) -> Vec<u8> {
    response(&format!("{status}\r\ncontent-type: application/json; charset=UTF-8"), body.to_string())
}

/// A library that keeps what it gets.
#[derive(Clone, Default)]
pub(crate) struct Library(Arc<Mutex<Kept>>);

#[derive(Default)]
pub(crate) struct Kept {
    /// The name and the content of each file.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    pub(crate) lines: Vec<String>,
}

impl Library {
    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap()
    }

    /// Starts the library. `upload` does what it wants with the connection of an upload whose head was read: `true` if the
    /// library is to read the rest, to keep it and to respond.
    pub(crate) fn start(
        &self,
        upload: impl Fn(&mut Conn, &Asked, &Library) -> bool + Send + Sync + 'static,
    ) -> Server {
        let library = self.clone();
        Server::start(move |mut conn| {
            while let Some(mut asked) = Asked::head(&mut conn) {
                library.kept().lines.push(asked.line.clone());
                if asked.is("POST", "/wp-json/wp/v2/media?") || asked.line == "POST /wp-json/wp/v2/media" {
                    if !upload(&mut conn, &asked, &library) {
                        conn.reset();
                        return;
                    }
                    let Some(body) = conn.read(asked.length()) else { return };
                    let id = library.keep(&asked, body);
                    conn.send(json_response("201 Created", &library.item(id)));
                    continue;
                }
                let Some(body) = conn.read(asked.length()) else { return };
                asked.body = body;
                conn.send(library.respond(&asked));
            }
        })
        .unwrap()
    }

    /// Keeps a file, and returns its number.
    pub(crate) fn keep(&self, asked: &Asked, body: Vec<u8>) -> usize {
        let disposition = asked.header("content-disposition").unwrap();
        let name = disposition.split('"').nth(1).unwrap().replace(' ', "-");
        let mut kept = self.kept();
        kept.files.push((name, body));
        kept.files.len()
    }

    fn item(&self, id: usize) -> Value {
        let (name, content) = &self.kept().files[id - 1];
        json!({
            "id": id, "slug": name.split('.').next(), "source_url": format!("/uploads/{name}?{id}"),
            "media_details": {"file": format!("2026/11/{name}"), "filesize": content.len(), "sizes": {}},
        })
    }

    fn respond(&self, asked: &Asked) -> Vec<u8> {
        if asked.is("GET", "/uploads/") {
            let id: usize = asked.line.rsplit('?').next().unwrap().parse().unwrap();
            return response("200 OK\r\ncontent-type: image/png", &self.kept().files[id - 1].1);
        }
        if let Some(rest) = asked.line.strip_prefix("GET /wp-json/wp/v2/media/") {
            return json_response("200 OK", &self.item(rest.split('?').next().unwrap().parse().unwrap()));
        }
        assert!(asked.is("GET", "/wp-json/wp/v2/media?"), "{}", asked.line);
        let host = asked.header("host").unwrap();
        let count = self.kept().files.len();
        let items: Vec<Value> = (1..=count)
            .map(|id| {
                let mut item = self.item(id);
                item["source_url"] = format!("http://{host}{}", item["source_url"].as_str().unwrap()).into();
                item
            })
            .collect();
        let totals =
            format!("200 OK\r\nx-wp-total: {count}\r\nx-wp-totalpages: 1\r\ncontent-type: application/json");
        response(&totals, json!(items).to_string())
    }
}
