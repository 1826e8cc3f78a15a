//! The JSON of a body: found, and decoded.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeOwned, IgnoredAny};

/// The JSON text of an answer.
#[derive(Clone)]
pub struct Json {
    text: Bytes,
    rescued: Option<Rescued>,
}

/// What surrounded JSON that is not alone in its body. The server is ill: it works, but headers such
/// as the totals of a list may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rescued {
    /// Bytes before the JSON, such as PHP warnings or a byte order mark.
    pub before: usize,
    /// Bytes behind it, such as a comment of a cache plugin.
    pub behind: usize,
}

/// How far into a body JSON is looked for. PHP's warnings go on for a page, not for a book.
const NOISE: usize = 256 * 1024;
/// How many brackets are tried as the start of the JSON.
const TRIES: usize = 256;

impl Json {
    pub(super) fn null() -> Self {
        Self { text: Bytes::from_static(b"null"), rescued: None }
    }

    /// Finds the JSON in a body; `None` when there is none, or more than one candidate.
    pub(super) fn find(body: &Bytes, typed_json: bool) -> Option<Self> {
        let trimmed = body.slice_ref(body.trim_ascii());
        match (trimmed.first()?, trimmed.last()?) {
            // Decoding will tell whether it is whole; looking now would read everything twice.
            (b'{', b'}') | (b'[', b']') => return Some(Self { text: trimmed, rescued: None }),
            _ if typed_json && serde_json::from_slice::<IgnoredAny>(&trimmed).is_ok() => {
                return Some(Self { text: trimmed, rescued: None });
            }
            _ => {}
        }
        rescue(body)
    }

    /// What was around the JSON, if it was not alone.
    pub fn rescued(&self) -> Option<Rescued> {
        self.rescued
    }

    /// The JSON text.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// Decodes the JSON.
    ///
    /// # Errors
    /// [`DecodeError`], which names the path of the offending value: `[3].date_gmt`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        // One check of the encoding, then the fast path for text.
        let Ok(text) = std::str::from_utf8(&self.text) else {
            return Err(DecodeError { path: String::new(), message: "it is not valid UTF-8".to_owned() });
        };
        serde_json::from_str(text).or_else(|_| {
            // The path costs time, so it is found on a second reading.
            let mut deserializer = serde_json::Deserializer::from_str(text);
            let decoded =
                serde_path_to_error::deserialize(&mut deserializer).map_err(|error| DecodeError {
                    path: error.path().to_string(),
                    message: without_content(&error.inner().to_string()),
                })?;
            deserializer
                .end()
                .map_err(|error| DecodeError { path: String::new(), message: error.to_string() })?;
            Ok(decoded)
        })
    }

    /// Whether the first key is one with which error envelopes begin: a look that costs nothing on
    /// the items of a list.
    pub(super) fn may_be_error(&self) -> bool {
        let inside = self.text.strip_prefix(b"{").unwrap_or_default().trim_ascii_start();
        [&b"\"code\""[..], b"\"success\"", b"\"status\"", b"\"statusCode\"", b"\"error\"", b"\"message\""]
            .iter()
            .any(|key| inside.starts_with(key))
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Json").field("len", &self.text.len()).field("rescued", &self.rescued).finish()
    }
}

/// The one object or array in a noisy body.
fn rescue(body: &Bytes) -> Option<Json> {
    let html = |tag: &[u8]| body.windows(tag.len()).rposition(|window| window.eq_ignore_ascii_case(tag));
    // A page is not an answer in noise, and its scripts hold JSON of their own; but an answer may
    // follow a page (Apache's 413 in front of PHP's reply; observed).
    let mut at = match (html(b"<html"), html(b"</html>")) {
        (Some(_), Some(end)) => end,
        (Some(_), None) => return None,
        (None, _) => 0,
    };
    let mut found: Option<(usize, usize)> = None;
    for _ in 0..TRIES {
        let rest = &body[at..];
        let Some(start) = rest.iter().position(|byte| matches!(byte, b'{' | b'[')) else { break };
        if found.is_none() && at + start > NOISE {
            break;
        }
        at += start;
        let mut stream = serde_json::Deserializer::from_slice(&body[at..]).into_iter::<IgnoredAny>();
        let parsed = stream.next().is_some_and(|value| value.is_ok());
        let length = stream.byte_offset();
        // Warnings hold brackets as well: `[0]`, `[]`, `{}` are not an answer.
        if parsed && body[at..at + length].contains(&b'"') {
            if found.is_some() {
                return None;
            }
            found = Some((at, length));
        }
        at += if parsed { length } else { 1 };
    }
    let (start, length) = found?;
    let rescued = Rescued { before: start, behind: body.len() - start - length };
    Some(Json { text: body.slice(start..start + length), rescued: Some(rescued) })
}

/// The JSON has another shape than the type that it was read into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    message: String,
}

impl DecodeError {
    /// Where: `[3].date_gmt`, or `.` for the whole.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "." } else { &self.path }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the answer is not of the expected shape")?;
        if self.path() != "." {
            write!(f, " at {}", self.path)?;
        }
        // The place in the text means nothing to who has only the type.
        let message = self.message.rsplit_once(" at line ").map_or(&*self.message, |(message, _)| message);
        write!(f, ": {message}")
    }
}

impl std::error::Error for DecodeError {}

/// serde quotes the text that it did not expect, and that text may be a token.
fn without_content(message: &str) -> String {
    let Some((before, rest)) = message.split_once("string \"") else { return message.to_owned() };
    let behind = rest.rsplit_once("\", expected").map_or("", |(_, behind)| behind);
    format!("{before}a string, expected{behind}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn find(text: &str) -> Option<(String, Option<Rescued>)> {
        let json = Json::find(&Bytes::copy_from_slice(text.as_bytes()), true)?;
        Some((String::from_utf8(json.text.to_vec()).unwrap(), json.rescued))
    }

    #[test]
    fn json_is_found_in_noise() {
        for (text, json, before, behind) in [
            ("\u{feff}{\"a\":1}", "{\"a\":1}", 3, 0),
            ("<br />\n<b>Warning</b>: Undefined [0] in x.php {main}\n{\"a\":[1]}", "{\"a\":[1]}", 53, 0),
            ("{\"a\":1}\n<!-- cached -->", "{\"a\":1}", 0, 16),
            ("<html><script>{\"x\":\"y\"}</script></html>\n{\"a\":1}", "{\"a\":1}", 40, 0),
        ] {
            assert_eq!(find(text), Some((json.to_owned(), Some(Rescued { before, behind }))), "{text}");
        }
        for text in ["{\"a\":1}", " [1,2]\n", "true", "\"x\"", "12"] {
            assert_eq!(find(text), Some((text.trim().to_owned(), None)));
        }
    }

    #[test]
    fn ambiguity_and_pages_are_not_json() {
        for text in [
            "",
            "oops",
            "noise {\"a\":1} noise {\"b\":2}",
            "<html><script>{\"a\":1}</script></html>",
            "<!doctype html><HTML><body>{\"a\":1}",
            "noise {\"a\":",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Item {
        id: u64,
    }

    #[test]
    fn a_decode_error_names_the_place_and_shows_no_content() {
        let json = Json::find(&Bytes::from_static(b"[{\"id\":1},{\"id\":\"s3cret\"}]"), true).unwrap();
        let error = json.decode::<Vec<Item>>().unwrap_err();
        assert_eq!(error.path(), "[1].id");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(error.to_string().contains("expected u64"), "{error}");
        let cut = Json::find(&Bytes::from_static(b"[{\"id\":1}, ]"), true).unwrap();
        assert!(cut.decode::<Value>().is_err());
    }
}
