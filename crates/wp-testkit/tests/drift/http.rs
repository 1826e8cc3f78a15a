//! Requests over a socket, without a client that could hide something.

use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpStream,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::table::Shape;

/// A site, and what is known of it.
pub(crate) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(crate) url: String,
    /// The application password of each user, by login.
    pub(crate) passwords: HashMap<String, String>,
    /// The ids of the fixtures, by the names of the table.
    pub(crate) names: HashMap<String, String>,
}

#[derive(Clone)]
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// For a file.
    pub(crate) fn write(&self) -> Value {
        json!({ "status": self.status, "headers": self.headers, "body": STANDARD.encode(&self.body) })
    }

    pub(crate) fn read(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let pair = |pair: &Value| Some((text(&pair[0])?, text(&pair[1])?));
        Some(Self {
            status: u16::try_from(value["status"].as_u64()?).ok()?,
            headers: value["headers"].as_array()?.iter().filter_map(pair).collect(),
            body: STANDARD.decode(value["body"].as_str()?).ok()?,
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// `None` if the body is not JSON.
    pub(crate) fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }

    pub(crate) fn text(&self) -> String {
        format!("{} {:?}\n{}", self.status, self.headers, String::from_utf8_lossy(&self.body))
    }

    /// Whether the stand-in says that it does not serve this.
    pub(crate) fn is_not_served(&self) -> bool {
        self.status == 501 && self.json().is_some_and(|body| body["code"] == "stand_in_not_served")
    }
}

impl Server {
    pub(crate) fn new(url: &str, admin: &str) -> Self {
        let passwords = [("admin".to_owned(), admin.to_owned())].into();
        Self { url: url.trim_end_matches('/').to_owned(), passwords, names: HashMap::new() }
    }

    /// Sends a request of the table.
    pub(crate) fn send(&self, shape: &Shape, who: &str) -> Response {
        let target = self.fill(&shape.target);
        let body = match &shape.body {
            Some(body) => body.bytes(|text| self.fill(text)),
            None => Vec::new(),
        };
        let header = |(name, value): &(String, String)| (name.clone(), self.fill(value));
        let headers: Vec<_> = shape.headers.iter().map(header).collect();
        self.request(&shape.method, &target, who, &headers, &body)
    }

    /// Notes the id of what a request has made.
    pub(crate) fn note(&mut self, shape: &Shape, response: &Response) {
        if let (Some(name), Some(json)) = (&shape.name, response.json()) {
            // That of the revision which an update made.
            let json = match &json["_links"]["predecessor-version"][0] {
                revision if name.starts_with("revision_") => revision.clone(),
                _ => json,
            };
            let id = ["id", "uuid"].iter().find_map(|key| json.get(key)).cloned().unwrap_or_default();
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            self.names.insert(name.clone(), id);
        }
    }

    /// Puts ids in the place of names in braces.
    fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, id) in &self.names {
            text = text.replace(&format!("{{{name}}}"), id);
        }
        text
    }

    pub(crate) fn request(
        &self,
        method: &str,
        target: &str,
        who: &str,
        headers: &[(String, String)],
        body: &[u8],
    ) -> Response {
        let address = self.url.strip_prefix("http://").unwrap();
        let target = if target.starts_with("/wp-json") || target.starts_with("/?") {
            target.to_owned()
        } else {
            format!("/wp-json{target}")
        };
        // Without chunks, and with a connection of its own.
        let mut head =
            format!("{method} {target} HTTP/1.0\r\nHost: {address}\r\nAccept: application/json\r\n");
        if let Some(password) = self.passwords.get(who) {
            let credential = STANDARD.encode(format!("{who}:{password}"));
            head.extend(["Authorization: Basic ", &credential, "\r\n"]);
        }
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.extend(["Content-Length: ", &body.len().to_string(), "\r\n\r\n"]);
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
        Response { status, headers, body: bytes[end + 4..].to_vec() }
    }
}
