//! A whole reply.

use std::fmt;

use http::{HeaderMap, StatusCode, Uri};
use wp_core::Totals;
use wp_core::extensions::Redirects;
use wp_core::php::Coercion;
use wp_core::response::Salvaged;

/// A whole reply: the value, and all that came with it.
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply<T> {
    /// What the body holds.
    pub body: T,
    /// The HTTP status.
    pub status: StatusCode,
    /// The headers, as the last server sent them.
    pub headers: HeaderMap,
    /// The totals, where it is a list.
    pub totals: Option<Totals>,
    /// Says that the JSON stood in noise, and how much: the server is ill.
    pub salvaged: Option<Salvaged>,
    /// What had another shape than its field, and was read all the same.
    pub coercions: Vec<Coercion>,
    /// How often the request was sent: 1 unless it failed before.
    pub attempts: u32,
    /// Where the request was sent on to.
    pub redirects: Vec<Uri>,
}

impl<T> Reply<T> {
    /// The same reply with another body.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        let Self { body, status, headers, totals, salvaged, coercions, attempts, redirects } = self;
        Reply { body: change(body), status, headers, totals, salvaged, coercions, attempts, redirects }
    }
}

/// Of the headers, the names only: a cookie is a secret.
impl<T: fmt::Debug> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("status", &self.status)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("totals", &self.totals)
            .field("salvaged", &self.salvaged)
            .field("coercions", &self.coercions)
            .field("attempts", &self.attempts)
            .field("redirects", &Redirects(self.redirects.clone()))
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}
