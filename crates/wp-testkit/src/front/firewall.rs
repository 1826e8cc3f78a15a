//! A web application firewall.

use wiremock::Request;

use crate::{pages, request::header, response::RestResponse};

/// A web application firewall in front of the site, and what it takes offence at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Firewall {
    /// Apache's `ModSecurity` with the OWASP rules as they come: `PUT`, `PATCH` and `DELETE`, and bodies that are
    /// neither a form nor JSON nor XML, such as raw uploads. Apache's plain 403 page.
    Verbs,
    /// Whatever asks the API meets a challenge for browsers's JavaScript.
    Everything,
}

const METHODS: &[&str] = &["PUT", "PATCH", "DELETE"];

/// The media types of bodies that are let through.
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
