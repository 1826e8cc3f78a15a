//! An answer with everything on it.

use wiremock::{Request, ResponseTemplate, http::HeaderValue};

use crate::{
    answer::{Answer, Body, php_json},
    front::Noise,
    request::header,
    site::Site,
    state::Caller,
};

#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    body: String,
}

const JSON: &str = "application/json; charset=UTF-8";
const HTML: &str = "text/html; charset=UTF-8";

/// What an answer has unless it brings its own.
const USUAL: &[&str] = &["Server", "Content-Type"];

impl Reply {
    /// An answer that has no header but its own: a page, or what a plugin said before the API started.
    pub(crate) fn plain(answer: Answer, noise: Option<Noise>) -> Self {
        let (mime, body) = match answer.body {
            Body::Json(body) => {
                let json = php_json(&body);
                (JSON, noise.map_or(json.clone(), |noise| noise.around(&json)))
            }
            Body::Html(body) => (HTML, body),
            Body::Empty => (JSON, String::new()),
        };
        let own = |name: &str| answer.headers.iter().any(|(own, _)| *own == name);
        let usual = USUAL.iter().zip(["nginx", mime]).filter(|(name, _)| !own(name));
        let mut headers: Vec<_> = usual.map(|(name, value)| (*name, value.to_owned())).collect();
        headers.extend(answer.headers);
        Self { status: answer.status, headers, body }
    }

    /// Adds what every answer of the API has.
    pub(crate) fn dressed(
        site: &Site,
        request: &Request,
        caller: &Caller,
        mut answer: Answer,
        noise: Option<Noise>,
    ) -> Self {
        let own = std::mem::take(&mut answer.headers);
        let exits = answer.exits;
        let mut reply = Self::plain(answer, noise);
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
        if caller.user.is_some() {
            add("Expires", "Wed, 11 Jan 1984 05:00:00 GMT");
            add("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private");
        }
        let varies = origin.is_some() || (caller.user.is_none() && request.method == "GET");
        if varies && !exits {
            add("Vary", "Origin");
        }
        if own.iter().all(|(name, _)| *name != "Link") {
            add("Link", &format!("<{}>; rel=\"https://api.w.org/\"", site.rest("/")));
        }
        headers.extend(own);
        reply
    }

    /// As it goes out.
    pub(crate) fn template(self, date: String, head: bool) -> ResponseTemplate {
        let mut response = ResponseTemplate::new(self.status).insert_header("Date", date);
        for (name, value) in self.headers {
            // What a client sent may come back in a header; what can't be in one stays away.
            if let Ok(value) = HeaderValue::from_str(&value) {
                response = response.append_header(name, value);
            }
        }
        if head { response } else { response.set_body_bytes(self.body) }
    }
}
