//! A complete response with all its headers.

use wiremock::{Request, ResponseTemplate, http::HeaderValue};

use super::{
    request::header,
    response::{Body, RestResponse, php_json},
};

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    /// Whether the body is JSON, and not empty.
    json: bool,
}

const JSON: &str = "application/json; charset=UTF-8";
const SCRIPT: &str = "application/javascript; charset=UTF-8";
const FILE: &str = "application/octet-stream";
const HTML: &str = "text/html; charset=UTF-8";

/// The default headers of a response.
const USUAL: &[&str] = &["Server", "Content-Type"];

impl Reply {
    /// A response with only its own headers: a page, or a response that a plugin sent before the API started.
    pub(crate) fn plain(response: RestResponse) -> Self {
        let json = matches!(response.body, Body::Json(_));
        let (mime, body) = match response.body {
            Body::Json(body) => (JSON, php_json(&body).into_bytes()),
            Body::Html(body) => (HTML, body.into_bytes()),
            Body::Script(body) => (SCRIPT, body.into_bytes()),
            Body::File(body) => (FILE, body),
            Body::Empty => (JSON, Vec::new()),
        };
        let own = |name: &str| response.headers.iter().any(|(own, _)| *own == name);
        let usual = USUAL.iter().zip(["nginx", mime]).filter(|(name, _)| !own(name));
        let mut headers: Vec<_> = usual.map(|(name, value)| (*name, value.to_owned())).collect();
        headers.extend(response.headers);
        Self { status: response.status, headers, body, json }
    }

    /// A response with the headers of every API response; `root` is the URL of the API.
    pub(crate) fn from_api(
        root: &str,
        request: &Request,
        signed_in: bool,
        mut response: RestResponse,
    ) -> Self {
        let own = std::mem::take(&mut response.headers);
        let exits = response.exits;
        let mut reply = Self::plain(response);
        let origin = header(&request.headers, "origin");
        let headers = &mut reply.headers;
        let mut add = |name, value: &str| headers.push((name, value.to_owned()));
        add("X-Robots-Tag", "noindex");
        add("X-Content-Type-Options", "nosniff");
        add("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link");
        add(
            "Access-Control-Allow-Headers",
            "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
        );
        if let Some(origin) = origin.as_ref().filter(|_| !exits) {
            add("Access-Control-Allow-Origin", origin);
            add("Access-Control-Allow-Methods", "OPTIONS, GET, POST, PUT, PATCH, DELETE");
            add("Access-Control-Allow-Credentials", "true");
        }
        let varies = origin.is_some() || (!signed_in && request.method == "GET");
        if varies && !exits {
            add("Vary", "Origin");
        }
        if own.iter().all(|(name, _)| *name != "Link") {
            add("Link", &format!("<{root}>; rel=\"https://api.w.org/\""));
        }
        headers.extend(own);
        if signed_in {
            reply.forbid_caching();
        }
        reply
    }

    pub(crate) fn forbid_caching(&mut self) {
        let headers = [
            ("Expires", "Wed, 11 Jan 1984 05:00:00 GMT"),
            ("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private"),
        ];
        self.headers.extend(headers.map(|(name, value)| (name, value.to_owned())));
    }

    /// Replaces the body, if it is JSON.
    pub(crate) fn map_json(&mut self, map: impl FnOnce(&str) -> String) {
        if self.json {
            self.body = map(&String::from_utf8_lossy(&self.body)).into_bytes();
        }
    }

    /// The response as it is sent.
    pub(crate) fn template(self, date: String, head: bool) -> ResponseTemplate {
        let mut response = ResponseTemplate::new(self.status).insert_header("Date", date);
        for (name, value) in self.headers {
            // A header may repeat input of the client. A value that is not valid in a header is omitted.
            if let Ok(value) = HeaderValue::from_str(&value) {
                response = response.append_header(name, value);
            }
        }
        if head { response } else { response.set_body_bytes(self.body) }
    }
}
