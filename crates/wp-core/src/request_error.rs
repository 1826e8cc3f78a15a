//! What is wrong with a request before it is sent.

use std::borrow::Cow;

/// The request cannot be sent as it was asked for. Nothing went out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The address of the site or of its API is not usable.
    #[error("the URL {url:?} is not usable: {reason}")]
    Url {
        /// What was given, without a password or a query string.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The route cannot be put into a URL.
    #[error("the route {route:?} is not usable: {reason}")]
    Route {
        /// What was given.
        route: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address is longer than any server takes.
    #[error("the address of {route:?} would be {length} bytes long; ask for less at a time")]
    TooLong {
        /// The route.
        route: String,
        /// The length of path and query.
        length: usize,
    },
    /// A query parameter cannot be expressed.
    #[error("the query parameter {name:?} cannot be sent: {reason}")]
    Query {
        /// The parameter, with the path into it in PHP's notation: `tax[terms]`.
        name: String,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
    /// A header's name or value is not allowed in HTTP. The value is not shown.
    #[error("the header {name:?} cannot be sent: {reason}")]
    Header {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A part of a form cannot be sent.
    #[error("the part {name:?} of the form cannot be sent: {reason}")]
    Part {
        /// The part's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The body cannot be turned into JSON.
    #[error("the body cannot be turned into JSON")]
    Json(#[source] serde_json::Error),
    /// A credential would travel unencrypted, or to a host that is not the site's.
    #[error("refusing to send a credential to {origin}: {reason}")]
    Insecure {
        /// Scheme, host and port.
        origin: String,
        /// Why not.
        reason: &'static str,
    },
    /// The client cannot be built.
    #[error("the client cannot be built: {0}")]
    Build(&'static str),
}
