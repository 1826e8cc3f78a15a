//! A whole reply.

use http::{HeaderMap, StatusCode, Uri};
use wp_core::Totals;
use wp_core::answer::Rescued;

/// A whole reply: the value, and all that came with it.
#[derive(Debug, Clone)]
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
    pub rescued: Option<Rescued>,
    /// Where the request was sent on to.
    pub redirects: Vec<Uri>,
}

impl<T> Reply<T> {
    /// The same reply with another body.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        let Self { body, status, headers, totals, rescued, redirects } = self;
        Reply { body: change(body), status, headers, totals, rescued, redirects }
    }
}
