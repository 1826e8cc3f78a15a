//! Answers that no API wrote.

use std::fmt;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::html::to_text;

/// Something else than the API answered, or the API something else than JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpected {
    kind: UnexpectedKind,
    status: StatusCode,
    content_type: Option<String>,
    excerpt: String,
}

/// The kinds of [`Unexpected`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UnexpectedKind {
    /// A page: of the site itself (plain permalinks), a login, a firewall, a web server.
    Html,
    /// Nothing at all.
    Empty,
    /// JSON, but no error envelope that is known, under an error status.
    Json,
    /// JSON that ends too early.
    CutShort,
    /// Anything else.
    Other,
}

impl UnexpectedKind {
    pub(super) fn of(body: &[u8]) -> Self {
        let start = body.trim_ascii_start();
        let begins = |tag: &[u8]| start.get(..tag.len()).is_some_and(|head| head.eq_ignore_ascii_case(tag));
        if start.is_empty() {
            Self::Empty
        } else if begins(b"<") {
            Self::Html
        } else if begins(b"{") || begins(b"[") {
            Self::CutShort
        } else {
            Self::Other
        }
    }
}

/// Characters of the excerpt.
const EXCERPT: usize = 200;

impl Unexpected {
    pub(super) fn new(kind: UnexpectedKind, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // Of JSON, an excerpt would show values that nobody has looked at.
        let page = matches!(kind, UnexpectedKind::Html | UnexpectedKind::Other);
        Self { kind, status, content_type, excerpt: if page { excerpt(body) } else { String::new() } }
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
    /// left out.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

/// The beginning of a body as text. Words that are long or look generated may be a credential that
/// the server echoes, so they are left out.
fn excerpt(body: &[u8]) -> String {
    let head = &body[..body.len().min(16 * 1024)];
    let text = to_text(&String::from_utf8_lossy(head));
    let mut out = String::new();
    for word in text.split(' ') {
        let secretive = word.len() >= 16 || word.bytes().filter(u8::is_ascii_digit).count() >= 6;
        let word = if secretive { "…" } else { word };
        if out.chars().count() + word.chars().count() >= EXCERPT {
            out.push_str(" …");
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
        let what = match self.kind {
            UnexpectedKind::Html => "an HTML page instead of JSON",
            UnexpectedKind::Empty => "an empty body instead of JSON",
            UnexpectedKind::Json => "JSON that is no error of WordPress",
            UnexpectedKind::CutShort => "JSON that ends too early",
            UnexpectedKind::Other => "something that is not JSON",
        };
        write!(f, "{} with {what}", self.status.as_u16())?;
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
        assert!(excerpt("word ".repeat(999).as_bytes()).chars().count() <= EXCERPT + 2);
    }
}
