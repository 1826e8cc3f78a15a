//! Answers that no API wrote.

use std::fmt;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::UnexpectedKind;
use crate::html::to_text;

/// Something else than the API answered, or the API something else than JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpected {
    kind: UnexpectedKind,
    status: StatusCode,
    content_type: Option<String>,
    excerpt: String,
}

/// Characters of the excerpt.
const EXCERPT: usize = 200;
/// What stands for the rest.
const MORE: &str = " …";

impl Unexpected {
    pub(super) fn new(kind: UnexpectedKind, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let excerpt = if kind.is_readable() { excerpt(body) } else { String::new() };
        Self { kind, status, content_type, excerpt }
    }

    /// The same without an excerpt: the answer to a request that held a secret may echo it.
    pub fn without_excerpt(mut self) -> Self {
        self.excerpt.clear();
        self
    }

    /// What it is.
    pub fn kind(&self) -> UnexpectedKind {
        self.kind
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The `content-type` that the server claims.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The beginning of a page as plain text, at most 200 characters, with everything that looks like a token
    /// left out, and the stack trace of a PHP error with its arguments.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

/// The beginning of a body as text. Words that are long or look generated may be a credential that
/// the server echoes, so they are left out.
fn excerpt(body: &[u8]) -> String {
    let head = &body[..body.len().min(16 * 1024)];
    let text = to_text(&String::from_utf8_lossy(head));
    let text = text.split("Stack trace:").next().unwrap_or_default().trim_end();
    let mut out = String::new();
    for word in text.split(' ') {
        let secretive = word.len() >= 16 || word.bytes().filter(u8::is_ascii_digit).count() >= 6;
        let word = if secretive { "…" } else { word };
        if out.chars().count() + word.chars().count() + " ".len() > EXCERPT - MORE.chars().count() {
            out.push_str(MORE);
            break;
        }
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} with {}", self.status.as_u16(), self.kind.describe())?;
        if !self.excerpt.is_empty() {
            write!(f, ": {:?}", self.excerpt)?;
        }
        Ok(())
    }
}

impl std::error::Error for Unexpected {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_plain_and_holds_no_token() {
        let page = b"<html><title>403 Forbidden</title><p>token eyJhbGciOiJIUzI1NiJ9.e30.x refused</p>";
        assert_eq!(excerpt(page), "403 Forbidden token … refused");
        let fatal = b"<b>Fatal error</b>: Uncaught Error in x.php:1\nStack trace:\n#0 x.php(2): login('ana', 'hunter2')";
        assert_eq!(excerpt(fatal), "Fatal error: Uncaught Error in x.php:1");
        assert!(excerpt("word ".repeat(999).as_bytes()).chars().count() <= EXCERPT);
    }
}
