//! A complete response with all its headers.

use wiremock::{Request, ResponseTemplate, http::HeaderValue};

use crate::{
    front::Noise,
    request::header,
    response::{Body, RestResponse, php_json},
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

/// The default headers of a response.
const USUAL: &[&str] = &["Server", "Content-Type"];

impl Reply {
    /// A response with only its own headers: a page, or a response that a plugin sent before the API started.
    pub(crate) fn plain(response: RestResponse, noise: Option<Noise>) -> Self {
        let (mime, body) = match response.body {
            Body::Json(body) => {
                let json = php_json(&body);
                (JSON, noise.map_or(json.clone(), |noise| noise.around(&json)))
            }
            Body::Html(body) => (HTML, body),
            Body::Empty => (JSON, String::new()),
        };
        let own = |name: &str| response.headers.iter().any(|(own, _)| *own == name);
        let usual = USUAL.iter().zip(["nginx", mime]).filter(|(name, _)| !own(name));
        let mut headers: Vec<_> = usual.map(|(name, value)| (*name, value.to_owned())).collect();
        headers.extend(response.headers);
        Self { status: response.status, headers, body }
    }

    /// Adds the headers of every API response.
    pub(crate) fn dressed(
        site: &Site,
        request: &Request,
        caller: &Caller,
        mut response: RestResponse,
        noise: Option<Noise>,
    ) -> Self {
        let own = std::mem::take(&mut response.headers);
        let exits = response.exits;
        let mut reply = Self::plain(response, noise);
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
