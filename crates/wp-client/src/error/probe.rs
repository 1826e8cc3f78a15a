//! One request of a discovery.

use std::fmt;

use http::{Method, StatusCode, Uri};
use wp_core::show;

/// One request of a [`Discovery`](crate::Discovery) and its outcome, to show to a user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Probe {
    /// The method.
    pub method: Method,
    /// The URL, without its query except for `rest_route`.
    pub url: String,
    /// The status of the response; `None` if there was no response.
    pub status: Option<StatusCode>,
    /// The outcome as text: `200 OK, names no API`.
    pub outcome: String,
}

impl Probe {
    pub(crate) fn new(method: Method, uri: &Uri, status: Option<StatusCode>, outcome: String) -> Self {
        let route = uri.query().unwrap_or_default().split('&').find(|pair| pair.starts_with("rest_route="));
        let query = route.map(|route| format!("?{route}")).unwrap_or_default();
        let origin = uri.authority().map_or("", |authority| authority.as_str());
        let url = format!("{}://{origin}{}{query}", uri.scheme_str().unwrap_or_default(), uri.path());
        Self { method, url, status, outcome }
    }
}

/// `GET https://example.org/: 200 OK, names no API`
impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::line(f, format_args!("{} {}: {}", self.method, self.url, self.outcome))
    }
}
