//! Whether a request may be sent once more: the one table, and what became of it.
//!
//! | what happened | a read | a write |
//! |---|---|---|
//! | nothing was sent: no connection | again | again |
//! | timed out, reset or cut after a byte was sent | again | in doubt |
//! | 408, 502, 504 | again | in doubt |
//! | 429; 503 with `Retry-After` | again | again: it says that nothing was done |
//! | 503 | again | in doubt |
//! | the page of a firewall without `Retry-After` | over | over |
//! | 501, 505 | over | over |
//! | any other 5xx | over | in doubt |
//! | any other status | over | over |
//!
//! Reads are GET, HEAD and OPTIONS. "In doubt" is an error that says so: the server may have acted.

use std::fmt;
use std::time::Duration;

use http::{HeaderMap, Method, StatusCode};

use crate::Query;

/// Whether a response with this status may be another one later, without anybody changing anything.
pub fn is_transient(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 502..=504)
}

/// Whether a server that responds to a write with this status may have acted on it. `asks_to_wait`: the response has
/// a `Retry-After`.
///
/// PHP's fatal error is a 500 and may come after the write; a 502 or 504 is a proxy that lost patience; a 503
/// with `Retry-After` is maintenance or overload, seen before WordPress is (observed).
pub fn may_have_acted(status: StatusCode, asks_to_wait: bool) -> bool {
    match status.as_u16() {
        503 => !asks_to_wait,
        501 | 505 => false,
        200..=299 | 408 | 500..=599 => true,
        _ => false,
    }
}

/// Whether a request with this method changes nothing, so that nothing is lost when it is sent twice.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether a request changes nothing: a [safe method](is_safe), and a `POST` that names one. WordPress takes the method from the
/// query (`_method`) or from a header, where one of them has it. Any other request that names a method is taken for a
/// write: where the name is lost on the way, it is one.
pub fn is_safe_request(method: &Method, headers: &HeaderMap, query: &Query) -> bool {
    let by_header = headers.get("x-http-method-override").map(|value| value.to_str().unwrap_or_default());
    let mut named = [query.get("_method"), by_header].into_iter().flatten();
    let names_read = |name: &str| name.to_ascii_uppercase().parse().is_ok_and(|method| is_safe(&method));
    (is_safe(method) && named.clone().next().is_none())
        || ((is_safe(method) || *method == Method::POST)
            && named.clone().next().is_some()
            && named.all(names_read))
}

/// How often a request was sent, and why not once more. It is an extension of a response, and part of a
/// [`TransportError`](crate::TransportError).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// How often: 1 for a request that was not repeated.
    pub made: u32,
    /// Why it was not repeated, although it failed in a way that may pass. Absent where it did not.
    pub gave_up: Option<GiveUpReason>,
    /// Whether the server may have acted on an attempt before the last, which only a write that is repeated
    /// [as a read](crate::extensions::Retryable::Idempotent) lets happen.
    pub in_doubt: bool,
}

impl Attempts {
    /// That many, the last of which was not repeated for that reason.
    pub fn new(made: u32, gave_up: Option<GiveUpReason>) -> Self {
        Self { made, gave_up, in_doubt: false }
    }
}

/// Why a request was not sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GiveUpReason {
    /// It is a write, and the server may have acted on it.
    InDoubt,
    /// Its body can be sent only once.
    BodyConsumed,
    /// It was sent as often as is allowed.
    Count,
    /// The time for all attempts together is over, or would be before the next.
    Deadline,
    /// The server asks to wait this long, which is longer than is allowed.
    RetryAfter(Duration),
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} attempt{}", self.made, if self.made == 1 { "" } else { "s" })?;
        if self.in_doubt {
            f.write_str(", the server may have acted on an earlier one")?;
        }
        let Some(gave_up) = self.gave_up else { return Ok(()) };
        match gave_up {
            GiveUpReason::InDoubt => f.write_str(", not repeated: the server may have acted on it"),
            GiveUpReason::BodyConsumed => f.write_str(", not repeated: its body can be sent only once"),
            GiveUpReason::Count => f.write_str(", which is the limit"),
            GiveUpReason::Deadline => f.write_str(", the time for all of them is over"),
            GiveUpReason::RetryAfter(wait) => {
                write!(f, ", not repeated: the server asks to wait {} s, which is too long", wait.as_secs())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
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
    fn a_post_that_names_a_read_changes_nothing() {
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
    fn attempts_are_told_in_words() {
        let told = |made, gave_up| Attempts::new(made, gave_up).to_string();
        assert_eq!(told(3, None), "3 attempts");
        assert_eq!(
            told(1, Some(GiveUpReason::InDoubt)),
            "1 attempt, not repeated: the server may have acted on it"
        );
        assert_eq!(told(4, Some(GiveUpReason::Count)), "4 attempts, which is the limit");
        assert_eq!(
            Attempts { in_doubt: true, ..Attempts::new(2, None) }.to_string(),
            "2 attempts, the server may have acted on an earlier one"
        );
        assert_eq!(
            told(1, Some(GiveUpReason::RetryAfter(Duration::from_secs(600)))),
            "1 attempt, not repeated: the server asks to wait 600 s, which is too long"
        );
    }
}
