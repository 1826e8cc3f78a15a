//! The reply: a decoded body and the metadata of its response.

use std::fmt;

use http::{HeaderMap, StatusCode, Uri, response};
use wp_core::extensions::Redirects;
use wp_core::php::Coercion;
use wp_core::response::Salvaged;
use wp_core::{Attempts, Totals};

/// The decoded body of a response with its metadata; returned by [`Request::reply`](crate::Request::reply).
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// let reply = wp.get("/wp/v2/posts").reply().await?;
/// println!("{} after {} attempts", reply.status, reply.attempts);
/// for coercion in &reply.coercions {
///     eprintln!("converted: {coercion}");
/// }
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Reply<T> {
    /// The decoded body.
    pub body: T,
    /// The HTTP status.
    pub status: StatusCode,
    /// The response headers, after all redirects.
    pub headers: HeaderMap,
    /// The totals of a list; `None` if the response has none.
    pub totals: Option<Totals>,
    /// How much other output, such as PHP warnings, surrounded the JSON; `None` if there was none. It points to a fault
    /// on the server.
    pub salvaged: Option<Salvaged>,
    /// The values whose JSON type differed from that of their field and were converted.
    pub coercions: Vec<Coercion>,
    /// How many times the request was sent: 1 without retries.
    pub attempts: u32,
    /// The URLs of the redirects that were followed, in order. They have no query if the credential was in the query.
    pub redirects: Vec<Uri>,
}

impl<T> Reply<T> {
    pub(crate) fn new(
        body: T,
        coercions: Vec<Coercion>,
        salvaged: Option<Salvaged>,
        mut head: response::Parts,
    ) -> Self {
        Self {
            body,
            coercions,
            salvaged,
            status: head.status,
            totals: Totals::of(&head.headers),
            attempts: head.extensions.get().map_or(1, |attempts: &Attempts| attempts.made),
            redirects: head.extensions.remove().map(|Redirects(hops)| hops).unwrap_or_default(),
            headers: head.headers,
        }
    }

    /// Replaces the body by the result of `change`, and keeps the metadata.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reply<U> {
        let Self { body, status, headers, totals, salvaged, coercions, attempts, redirects } = self;
        Reply { body: change(body), status, headers, totals, salvaged, coercions, attempts, redirects }
    }
}

/// Shows only the names of the headers, because a cookie is a secret.
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
