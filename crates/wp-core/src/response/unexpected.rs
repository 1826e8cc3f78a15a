//! Responses that the API did not write.

use std::fmt;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use super::UnexpectedKind;
use crate::redact::html::to_text;
use crate::{ApiError, Secrets, show};

/// A response that did not come from the API, or a response of the API that is not JSON.
#[derive(Clone)]
pub struct Unexpected {
    kind: UnexpectedKind,
    status: StatusCode,
    content_type: Option<String>,
    body: Bytes,
    /// The excerpt as it is shown.
    excerpt: String,
    error: Option<ApiError>,
    secrets: Secrets,
}

pub(super) const MAX_BODY_BYTES: usize = 16 * 1024;
const MAX_CONTENT_TYPE_BYTES: usize = 128;
/// The maximum length of the excerpt, in characters.
const EXCERPT: usize = 200;
/// Marks an excerpt that is cut.
const MORE: &str = " …";

impl Unexpected {
    pub(super) fn new(kind: UnexpectedKind, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.map(|value| show::head(value, MAX_CONTENT_TYPE_BYTES).to_owned());
        // Copied, since a slice would keep the whole body in memory.
        let body = Bytes::copy_from_slice(&body[..body.len().min(MAX_BODY_BYTES)]);
        let secrets = Secrets::default();
        let excerpt = if kind.is_readable() { excerpt(&body, &secrets) } else { String::new() };
        Self { kind, status, content_type, body, excerpt, error: None, secrets }
    }

    /// Adds the error in its JSON, in place of an excerpt.
    pub(super) fn saying(mut self, error: Option<ApiError>) -> Self {
        if error.is_some() {
            self.excerpt.clear();
        }
        self.error = error;
        self
    }

    /// Removes the excerpt and the body, since the response to a request with a secret may echo it, or hold a new
    /// one. The [error](Self::error) of JSON is kept.
    pub fn without_excerpt(mut self) -> Self {
        self.excerpt.clear();
        self.body = Bytes::new();
        self
    }

    /// Masks these secrets: `***` replaces a secret that the server echoes, in any spelling.
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        self.secrets = self.secrets.and(secrets);
        if !self.excerpt.is_empty() {
            self.excerpt = excerpt(&self.body, &self.secrets);
        }
        self.error = self.error.map(|error| error.hiding(secrets));
        self
    }

    /// The kind of response.
    pub fn kind(&self) -> UnexpectedKind {
        self.kind
    }

    /// The error that the response states, if it is JSON: its message, and its code if it has one. For JSON that is cut
    /// short, the parts that are complete.
    pub fn error(&self) -> Option<&ApiError> {
        self.error.as_ref()
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The `content-type` header of the response.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The first 16 KiB of the body, unchanged. Sensitive: it may echo secrets of the request, and hold other secrets,
    /// such as configuration in a site's source code.
    pub fn raw_body(&self) -> &Bytes {
        &self.body
    }

    /// The beginning of a page as plain text, at most 200 characters. Text that looks like a token is omitted, and so
    /// is the stack trace of a PHP error with its arguments.
    pub fn excerpt(&self) -> &str {
        &self.excerpt
    }
}

/// The beginning of a body as text. Words that are long or look generated are omitted, since they may be a credential
/// that the server echoes.
fn excerpt(body: &[u8], secrets: &Secrets) -> String {
    let text = to_text(&secrets.mask(&String::from_utf8_lossy(body)));
    let text = secrets.mask(&text);
    let text = text.split("Stack trace:").next().unwrap_or_default();
    let text = before_source(text).trim_end();
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

/// The text before the source code of PHP, which may hold passwords.
fn before_source(text: &str) -> &str {
    let is_source = |at: &usize| !text[*at..].starts_with("<?xml");
    let start = text.match_indices("<?").map(|(at, _)| at).find(is_source);
    start.map_or(text, |start| &text[..start])
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, what) = (self.status.as_u16(), self.kind.describe());
        if let Some(error) = &self.error {
            let (code, message) = (error.code(), error.message());
            let colon = if code.is_empty() || message.is_empty() { "" } else { ": " };
            return show::line(f, format_args!("{status} with {what}: {code}{colon}{message}"));
        }
        match &*self.excerpt {
            "" => show::line(f, format_args!("{status} with {what}")),
            excerpt => show::line(f, format_args!("{status} with {what}: {excerpt:?}")),
        }
    }
}

impl fmt::Debug for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content_type = self.content_type.as_deref().map(|value| self.secrets.mask(value));
        f.debug_struct("Unexpected")
            .field("kind", &self.kind)
            .field("status", &self.status)
            .field("content_type", &content_type)
            .field("excerpt", &self.excerpt)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for Unexpected {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiding_masks_the_excerpt_and_leaves_the_raw_body() {
        let page = b"<p>The key <x9>two  blanks & co is wrong\x1b[2J";
        let page = Unexpected::new(UnexpectedKind::Page, StatusCode::OK, &HeaderMap::new(), page);
        assert!(page.to_string().contains("two blanks & co"));
        let page = page.hiding(&Secrets::of_text("<x9>two  blanks & co"));
        assert_eq!(page.excerpt(), "The key *** is wrong[2J");
        assert!(!format!("{page} {page:?}").contains("blanks"), "{page:?}");
        assert!(page.raw_body().ends_with(b"\x1b[2J") && page.without_excerpt().raw_body().is_empty());
    }

    #[test]
    fn excerpt_is_short_plain_and_masked() {
        let page = b"<html><title>403 Forbidden</title><p>token eyJhbGciOiJIUzI1NiJ9.e30.x refused</p>";
        assert_eq!(excerpt(page, &Secrets::default()), "403 Forbidden token … refused");
        let fatal = b"<b>Fatal error</b>: Uncaught Error in x.php:1\nStack trace:\n#0 x.php(2): login('ana', 'hunter2')";
        assert_eq!(excerpt(fatal, &Secrets::default()), "Fatal error: Uncaught Error in x.php:1");
        assert!(excerpt("word ".repeat(999).as_bytes(), &Secrets::default()).chars().count() <= EXCERPT);
    }
}
