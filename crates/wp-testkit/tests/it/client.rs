//! A minimal client that sends bytes and reads the response.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wp_testkit::StandIn;

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// Status and code of an error.
    pub(crate) fn error(&self) -> (u16, String) {
        let body = self.json();
        assert_eq!(body["data"]["status"], self.status, "{body}");
        (self.status, body["code"].as_str().unwrap().to_owned())
    }

    /// The ids of a list.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.json().as_array().unwrap().iter().map(|item| item["id"].as_u64().unwrap()).collect()
    }

    /// The keys of an object, in order.
    pub(crate) fn keys(&self) -> Vec<String> {
        keys(&self.json())
    }
}

pub(crate) fn keys(object: &Value) -> Vec<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

/// A request in the making.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    address: String,
    host: String,
    method: String,
    target: String,
    headers: String,
    body: String,
}

/// `call(&site, "GET /wp/v2/posts?page=2")`: a route of a site with pretty permalinks.
pub(crate) fn call(site: &StandIn, line: &str) -> Call {
    let (method, route) = line.split_once(' ').unwrap();
    raw(site, &format!("{method} /wp-json{route}"))
}

/// The same with a path of the server.
pub(crate) fn raw(site: &StandIn, line: &str) -> Call {
    let (method, target) = line.split_once(' ').unwrap();
    Call {
        address: site.address().to_string(),
        host: site.address().to_string(),
        method: method.to_owned(),
        target: target.to_owned(),
        headers: String::new(),
        body: String::new(),
    }
}

impl Call {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }

    /// Another name for the site than its own.
    pub(crate) fn host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn basic(self, login: &str, password: &str) -> Self {
        let credential = STANDARD.encode(format!("{login}:{password}"));
        self.header("Authorization", &format!("Basic {credential}"))
    }

    /// As a user, with a fresh token.
    pub(crate) fn by(self, site: &StandIn, login: &str) -> Self {
        self.bearer(&site.token(login))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.text("application/json", &body.to_string())
    }

    pub(crate) fn text(mut self, content_type: &str, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self.header("Content-Type", content_type)
    }

    pub(crate) async fn send(self) -> Reply {
        let Self { address, host, method, target, headers, body } = self;
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let length = body.len();
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).await.unwrap();
        let reply = String::from_utf8(reply).unwrap();
        let (head, text) = reply.split_once("\r\n\r\n").unwrap();
        let (status, fields) = head.split_once("\r\n").unwrap();
        let field = |line: &str| line.split_once(": ").map(|(a, b)| (a.to_owned(), b.to_owned()));
        Reply {
            status: status.split(' ').nth(1).unwrap().parse().unwrap(),
            headers: fields.split("\r\n").filter_map(field).collect(),
            text: text.to_owned(),
        }
    }
}
