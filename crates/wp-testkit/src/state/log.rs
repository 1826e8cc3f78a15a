//! The log of requests, without secrets.

/// A request that reached the stand-in.
///
/// Requests that a mock of the test served are not included; see `site.server().received_requests()`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The HTTP method. A method override does not show here.
    pub method: String,
    /// The route (`/wp/v2/posts`, `/` for the index), or the URL's path if it was not a REST request.
    pub path: String,
    /// Whether it was a REST request.
    pub rest: bool,
    /// The query as sent, in order. The values of passwords and tokens are `***`.
    pub query: Vec<(String, String)>,
    /// The status of the response.
    pub status: u16,
    /// The login of the authenticated user, if any.
    pub user: Option<String>,
    /// A number for the `Authorization` header of the request: equal headers have equal numbers, counted from 0
    /// in the order in which they were first sent.
    pub credential: Option<usize>,
    /// The names of the request's headers, in lower case.
    pub headers: Vec<String>,
    /// The length of the request's body in bytes.
    pub body_len: usize,
}

impl Entry {
    /// The first value of a query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the request had this header.
    pub fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|header| header.eq_ignore_ascii_case(name))
    }
}

/// Query parameters whose values are never logged.
const SECRETS: [&str; 4] = ["password", "token", "refresh_token", "access_token"];

pub(crate) fn redact(query: &[(String, String)]) -> Vec<(String, String)> {
    let hide = |name: &str| SECRETS.contains(&name.to_ascii_lowercase().as_str());
    query
        .iter()
        .map(|(name, value)| {
            let value = if hide(name) { "***" } else { value };
            (name.clone(), value.to_owned())
        })
        .collect()
}
