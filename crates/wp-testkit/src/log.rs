//! What the stand-in was asked. Never what the secrets were.

/// One request that reached the stand-in.
///
/// Requests that a mock of yours served are not here; `site.server().received_requests()` has them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The method on the wire (a method override does not show here).
    pub method: String,
    /// The route (`/wp/v2/posts`, `/` for the index), or the URL's path when it was no REST request.
    pub path: String,
    /// Whether this was a REST request.
    pub rest: bool,
    /// The query as sent, in order; the values of passwords and tokens are `***`.
    pub query: Vec<(String, String)>,
    /// The status of the response.
    pub status: u16,
    /// The login of the user the request ran as.
    pub user: Option<String>,
    /// Which `Authorization` header the request had, as a number: the same for the same header, counted from 0 in the
    /// order in which each was first sent.
    pub credential: Option<usize>,
    /// The names of the request's headers, in lower case.
    pub headers: Vec<String>,
    /// How many bytes the request's body had.
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

/// Query parameters whose values are never written down.
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
