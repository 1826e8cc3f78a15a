//! A web application firewall.

use wiremock::Request;

use super::pages;
use crate::http::{RestResponse, request::header};

/// A web application firewall in front of the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Firewall {
    /// Apache's `ModSecurity` with the OWASP default rules: it blocks `PUT`, `PATCH` and `DELETE`, and bodies
    /// that are not a form, JSON or XML, such as raw uploads. It responds with Apache's plain 403 page.
    Verbs,
    /// Every request to the API gets a JavaScript challenge for browsers.
    Everything,
}

const METHODS: &[&str] = &["PUT", "PATCH", "DELETE"];

/// The media types of bodies that pass.
const BODIES: &[&str] = &[
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "text/xml",
    "application/xml",
    "application/json",
];

impl Firewall {
    pub(super) fn stop(self, request: &Request, rest: bool) -> Option<RestResponse> {
        match self {
            Self::Verbs => {
                let verb = METHODS.contains(&request.method.as_str());
                (verb || is_raw(request)).then(pages::forbidden)
            }
            Self::Everything => rest.then(pages::challenge),
        }
    }
}

fn is_raw(request: &Request) -> bool {
    let media = header(&request.headers, "content-type").unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    !media.is_empty() && !BODIES.contains(&media.as_str())
}
