//! What is wrong with a request before it is sent.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::show;

/// The request cannot be sent as it was asked for. Nothing went out.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The address of the site or of its API is not usable.
    Url {
        /// What was given, without a password or a query string.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The route cannot be put into a URL.
    Route {
        /// What was given.
        route: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The address is longer than any server takes.
    TooLong {
        /// The route.
        route: String,
        /// The length of path and query.
        length: usize,
    },
    /// A query parameter cannot be expressed.
    Query {
        /// The parameter, with the path into it in PHP's notation: `tax[terms]`.
        name: String,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
    /// A header's name or value is not allowed in HTTP. The value is not shown.
    Header {
        /// The header's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A part of a form cannot be sent.
    Part {
        /// The part's name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The body cannot be turned into JSON.
    Json(serde_json::Error),
    /// A credential would travel unencrypted, or to a host that is not the site's.
    Insecure {
        /// Scheme, host and port.
        origin: String,
        /// Why not.
        reason: &'static str,
    },
    /// The client cannot be built.
    Build(&'static str),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, reason } => {
                show::line(f, format_args!("the URL {url:?} is not usable: {reason}"))
            }
            Self::Route { route, reason } => {
                show::line(f, format_args!("the route {route:?} is not usable: {reason}"))
            }
            Self::TooLong { route, length } => show::line(
                f,
                format_args!("the address of {route:?} would be {length} bytes long; ask for less at a time"),
            ),
            Self::Query { name, reason } => {
                show::line(f, format_args!("the query parameter {name:?} cannot be sent: {reason}"))
            }
            Self::Header { name, reason } => {
                show::line(f, format_args!("the header {name:?} cannot be sent: {reason}"))
            }
            Self::Part { name, reason } => {
                show::line(f, format_args!("the part {name:?} of the form cannot be sent: {reason}"))
            }
            Self::Json(_) => f.write_str("the body cannot be turned into JSON"),
            Self::Insecure { origin, reason } => {
                show::line(f, format_args!("refusing to send a credential to {origin}: {reason}"))
            }
            Self::Build(reason) => show::line(f, format_args!("the client cannot be built: {reason}")),
        }
    }
}

impl Error for RequestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Json(error) => Some(error),
            _ => None,
        }
    }
}
