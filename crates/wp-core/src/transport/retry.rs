//! The rules for retries, and the record of the attempts of a request.
//!
//! | outcome of an attempt | a read | a write |
//! |---|---|---|
//! | nothing was sent: no connection | retry | retry |
//! | timed out, reset or cut after a byte was sent | retry | in doubt |
//! | 408, 502, 504 | retry | in doubt |
//! | 429; 503 with `Retry-After` | retry | retry: the server did nothing |
//! | 503 | retry | in doubt |
//! | the page of a firewall without `Retry-After` | final | final |
//! | 501, 505 | final | final |
//! | any other 5xx | final | in doubt |
//! | any other status | final | final |
//!
//! Reads are GET, HEAD and OPTIONS. "In doubt": the request is not retried, and the error says that the server may
//! have acted on it. "Final": the request is not retried, and the server did not act on it or completed it.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

use crate::Query;

/// Whether this status is transient: the same request may get another response later, without any change.
pub fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502..=504)
}

/// Whether a server that responds to a write with this status may have acted on it. `asks_to_wait` says whether the
/// response has a `Retry-After`.
///
/// A 500 of PHP's fatal error may come after the write; a 502 or 504 is a proxy that stopped waiting; a 503 with
/// `Retry-After` is maintenance or overload, and the request did not reach WordPress (observed).
pub fn may_have_acted(status: StatusCode, asks_to_wait: bool) -> bool {
    match status.as_u16() {
        503 => !asks_to_wait,
        501 | 505 => false,
        200..=299 | 408 | 500..=599 => true,
        _ => false,
    }
}

/// Whether a request with this method is safe: it changes nothing on the server, so it can be sent twice.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request is safe: it has a [safe method](is_safe), or it is a `POST` that overrides its method with a safe
/// one. WordPress reads the override from the query (`_method`) or from the header `x-http-method-override`. Any other
/// request with an override counts as a write, since it is one if the override is lost on the way.
pub fn is_safe_request(method: &Method, headers: &HeaderMap, query: &Query) -> bool {
    let by_header = headers.get("x-http-method-override").map(|value| value.to_str().unwrap_or_default());
    let mut named = [query.get("_method"), by_header].into_iter().flatten();
    let names_read = |name: &str| name.to_ascii_uppercase().parse().is_ok_and(|method| is_safe(&method));
    (is_safe(method) && named.clone().next().is_none())
        || ((is_safe(method) || *method == Method::POST)
            && named.clone().next().is_some()
            && named.all(names_read))
}

/// How often a request was sent, and why it was not retried further. It is an extension of a response, and a part of
/// a [`TransportError`](crate::TransportError).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// The number of attempts: 1 for a request that was not retried.
    pub made: u32,
    /// Why a transient failure was not retried. `None` if the last attempt did not fail in a transient way.
    pub gave_up: Option<GiveUpReason>,
    /// Whether the server may have acted on an attempt before the last. This happens only to a write that is retried
    /// because the caller declared it [idempotent](crate::transport::extensions::Retryable::Idempotent).
    pub in_doubt: bool,
}

impl Attempts {
    /// `made` attempts, the last of which was not retried because of `gave_up`.
    pub fn new(made: u32, gave_up: Option<GiveUpReason>) -> Self {
        Self { made, gave_up, in_doubt: false }
    }
}

/// Why a request was not retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GiveUpReason {
    /// The request is a write, and the server may have acted on it.
    InDoubt,
    /// The body of the request can be sent only once.
    BodyConsumed,
    /// The maximum number of attempts was reached.
    Count,
    /// The deadline for all attempts together has passed, or would pass before the next attempt.
    Deadline,
    /// The server asks to wait this long (`Retry-After`), which is longer than the configured maximum.
    RetryAfter(Duration),
    /// The requests to this host have used up their retries: too many of them failed.
    BudgetExhausted,
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} attempt{}", self.made, if self.made == 1 { "" } else { "s" })?;
        if self.in_doubt {
            f.write_str(", the server may have acted on an earlier one")?;
        }
        let Some(gave_up) = self.gave_up else { return Ok(()) };
        match gave_up {
            GiveUpReason::InDoubt => f.write_str(", not retried: the server may have acted on it"),
            GiveUpReason::BodyConsumed => f.write_str(", not retried: its body can be sent only once"),
            GiveUpReason::Count => f.write_str(", which is the limit"),
            GiveUpReason::Deadline => f.write_str(", the deadline for all attempts has passed"),
            GiveUpReason::RetryAfter(wait) => {
                write!(f, ", not retried: the server asks to wait {} s, which is too long", wait.as_secs())
            }
            GiveUpReason::BudgetExhausted => {
                f.write_str(", not retried: the requests to this host have used up their retry budget")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_table() {
        for (status, transient, acted, acted_though_it_asks_to_wait) in [
            (200, false, true, true),
            (301, false, false, false),
            (400, false, false, false),
            (403, false, false, false),
            (408, true, true, true),
            (413, false, false, false),
            (429, true, false, false),
            (500, false, true, true),
            (501, false, false, false),
            (502, true, true, true),
            (503, true, true, false),
            (504, true, true, true),
            (505, false, false, false),
            (524, false, true, true),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            let found = (is_transient(status), may_have_acted(status, false), may_have_acted(status, true));
            assert_eq!(found, (transient, acted, acted_though_it_asks_to_wait), "{status}");
        }
        for (method, read) in [
            ("GET", true),
            ("HEAD", true),
            ("OPTIONS", true),
            ("POST", false),
            ("DELETE", false),
            ("X", false),
        ] {
            assert_eq!(is_safe(&method.parse().unwrap()), read, "{method}");
        }
    }

    #[test]
    fn overridden_post_that_reads_is_idempotent() {
        for (method, by_query, by_header, expected) in [
            ("GET", None, None, true),
            ("POST", None, None, false),
            ("POST", Some("GET"), None, true),
            ("POST", None, Some("get"), true),
            ("POST", Some("GET"), Some("HEAD"), true),
            ("POST", Some("GET"), Some("DELETE"), false),
            ("POST", Some("DELETE"), Some("GET"), false),
            ("POST", Some(""), None, false),
            ("POST", None, Some("\u{fc}"), false),
            ("GET", Some("GET"), None, true),
            ("GET", Some("DELETE"), None, false),
            ("GET", None, Some("POST"), false),
            ("PUT", Some("GET"), None, false),
            ("DELETE", None, Some("GET"), false),
        ] {
            let mut query = Query::new();
            if let Some(name) = by_query {
                query.push("_method", name).unwrap();
            }
            let header =
                by_header.map(|name| ("x-http-method-override".parse().unwrap(), name.parse().unwrap()));
            let headers = header.into_iter().collect();
            let found = is_safe_request(&method.parse().unwrap(), &headers, &query);
            assert_eq!(found, expected, "{method} {by_query:?} {by_header:?}");
        }
    }

    #[test]
    fn attempts_display() {
        let shown = |made, gave_up| Attempts::new(made, gave_up).to_string();
        assert_eq!(shown(3, None), "3 attempts");
        assert_eq!(
            shown(1, Some(GiveUpReason::InDoubt)),
            "1 attempt, not retried: the server may have acted on it"
        );
        assert_eq!(shown(4, Some(GiveUpReason::Count)), "4 attempts, which is the limit");
        assert_eq!(
            Attempts { in_doubt: true, ..Attempts::new(2, None) }.to_string(),
            "2 attempts, the server may have acted on an earlier one"
        );
        assert_eq!(
            shown(1, Some(GiveUpReason::RetryAfter(Duration::from_secs(600)))),
            "1 attempt, not retried: the server asks to wait 600 s, which is too long"
        );
        assert_eq!(
            shown(2, Some(GiveUpReason::BudgetExhausted)),
            "2 attempts, not retried: the requests to this host have used up their retry budget"
        );
    }
}
