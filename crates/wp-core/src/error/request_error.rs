//! Errors of a request before it is sent.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::show;

/// The request is invalid. Nothing was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum RequestError {
    /// The address of the site or of its API is invalid.
    Url {
        /// The address as given, without a password or a query string.
        url: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// The route is invalid.
    Route {
        /// The route as given.
        route: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// The address is longer than servers accept.
    TooLong {
        /// The route.
        route: String,
        /// The length of path and query, in bytes.
        length: usize,
    },
    /// A query parameter cannot be encoded.
    Query {
        /// The name of the parameter, with the path into it in PHP's notation: `tax[terms]`.
        name: String,
        /// Why it cannot be encoded.
        reason: Cow<'static, str>,
    },
    /// The name or the value of a header is not valid in HTTP. The value is not shown.
    Header {
        /// The header's name.
        name: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// A part of a form is invalid.
    Part {
        /// The part's name.
        name: String,
        /// Why it is invalid.
        reason: &'static str,
    },
    /// The body cannot be serialized to JSON, or, in a batch, is not valid JSON.
    Json(serde_json::Error),
    /// A credential would be sent unencrypted, or to a host that is not that of the site.
    Insecure {
        /// Scheme, host and port.
        origin: String,
        /// Why the credential must not be sent.
        reason: &'static str,
    },
    /// The request cannot be part of a batch, or was not executed in it.
    Batch(&'static str),
    /// The new item cannot be looked up by its natural key; see [`NaturalKey`](crate::NaturalKey).
    NaturalKey {
        /// The JSON name of the field with the key: `slug`, `meta.isbn`.
        field: String,
        /// Why the item cannot be looked up.
        reason: Cow<'static, str>,
    },
    /// The checkpoint of a mirror is not of this mirror. With it, items would be reported as deleted that are not.
    Checkpoint {
        /// What differs: `site` (its address), `list` (the route, the filters or the selection of fields) or `user`
        /// (another user, or with a credential in place of none).
        differs: &'static str,
    },
    /// The client cannot be built.
    Build(&'static str),
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, reason } => show::line(f, format_args!("the URL {url:?} is invalid: {reason}")),
            Self::Route { route, reason } => {
                show::line(f, format_args!("the route {route:?} is invalid: {reason}"))
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
            Self::Json(_) => f.write_str("the body is not valid JSON, or cannot be serialized to it"),
            Self::Insecure { origin, reason } => {
                show::line(f, format_args!("refusing to send a credential to {origin}: {reason}"))
            }
            Self::Batch(reason) => show::line(f, format_args!("not executed in a batch: {reason}")),
            Self::NaturalKey { field, reason } => {
                show::line(f, format_args!("the item cannot be looked up by its field {field:?}: {reason}"))
            }
            Self::Checkpoint { differs } => {
                write!(
                    f,
                    "the checkpoint is of another {differs}: begin without one, or use that of this {differs}"
                )
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
