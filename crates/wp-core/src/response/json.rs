//! The JSON of a body: finding and decoding it.

use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use serde_json::Value;

use super::salvage;
use crate::error::envelope::may_be_error;
use crate::json_text::fault::{self, JsonFault};
use crate::json_text::scan::{self, End};

/// The JSON text of a response.
#[derive(Clone)]
pub struct Json {
    text: Bytes,
    salvaged: Option<Salvaged>,
}

/// How much surrounded the JSON in the body. The server is faulty: the JSON is complete, but headers such as the
/// totals of a list may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Salvaged {
    /// The number of bytes before the JSON, such as PHP's warnings or a byte order mark.
    pub prefix: usize,
    /// The number of bytes after it, such as the comment of a cache plugin.
    pub suffix: usize,
}

/// The content of a body.
pub(super) enum Found {
    Json(Json),
    /// JSON that begins at this offset and is cut short.
    Cut(usize),
    Nothing,
}

impl Json {
    pub(super) fn null() -> Self {
        Self { text: Bytes::from_static(b"null"), salvaged: None }
    }

    /// Finds the JSON in a body. The JSON may be invalid: [`decode`](Self::decode) reports that.
    pub(super) fn find(body: &Bytes, claims_json: bool) -> Found {
        let trimmed = body.slice_ref(body.trim_ascii());
        if fills(&trimmed) || (claims_json && is_scalar(&trimmed)) {
            // Decoding reports whether it is complete; checking it here would read everything twice.
            return Found::Json(Self { text: trimmed, salvaged: None });
        }
        match salvage::find(body, claims_json) {
            salvage::Found::At(range) => Found::Json(Self::part(body, range)),
            salvage::Found::Cut(start) => Found::Cut(start),
            salvage::Found::Nothing => Found::Nothing,
        }
    }

    /// Finds the JSON in a body that as a whole is not JSON, also before a page.
    pub(super) fn find_before_page(body: &Bytes, claims_json: bool) -> Option<Self> {
        match salvage::find_before_page(body, claims_json) {
            salvage::Found::At(range) => Some(Self::part(body, range)),
            _ => None,
        }
    }

    fn part(body: &Bytes, range: Range<usize>) -> Self {
        let salvaged = Salvaged { prefix: range.start, suffix: body.len() - range.end };
        let text = body.slice(range);
        let salvaged = (text.len() < body.trim_ascii().len()).then_some(salvaged);
        Self { text, salvaged }
    }

    #[cfg(test)]
    pub(super) fn found(body: &Bytes) -> Self {
        let Found::Json(json) = Self::find(body, true) else { panic!("nothing is found") };
        json
    }

    /// The JSON of a value, such as a part of a response that is decoded by itself.
    ///
    /// ```
    /// use wp_core::response::Json;
    ///
    /// let item = Json::of(&serde_json::json!({"id": "7"}));
    /// assert!(item.decode_strict::<wp_core::models::Post>().is_err());
    /// ```
    pub fn of(value: &Value) -> Self {
        // A `Value` prints its JSON.
        Self { text: value.to_string().into(), salvaged: None }
    }

    /// The other output around the JSON. `None` if the body holds only JSON.
    pub fn salvaged(&self) -> Option<Salvaged> {
        self.salvaged
    }

    /// The JSON text.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// Whether this can be an error, by the names of its members. The check is free for a list and cheap for a
    /// resource.
    pub(super) fn may_be_error(&self) -> bool {
        self.text.starts_with(b"{") && may_be_error(scan::names(&self.text))
    }

    /// The values that can be read, even if the JSON is invalid, and its fault.
    pub(super) fn fragments(&self) -> (Vec<Value>, Option<JsonFault>) {
        match self.decode() {
            Ok(value) => (vec![value], None),
            Err(error) => (fault::fragments(&self.text), error.fault()),
        }
    }

    pub(super) fn is_list(&self) -> bool {
        self.text.starts_with(b"[")
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Json").field("len", &self.text.len()).field("salvaged", &self.salvaged).finish()
    }
}

/// Whether a text begins and ends as a list or an object. Checks only the first bytes and the last one.
fn fills(text: &[u8]) -> bool {
    let inside =
        |open, close| text.strip_prefix(open).filter(|_| text.ends_with(close)).map(<[u8]>::trim_ascii_start);
    if let Some(inside) = inside(b"{", b"}") {
        return matches!(inside.first(), Some(b'"' | b'}'));
    }
    let Some(inside) = inside(b"[", b"]") else { return false };
    if matches!(inside.first(), Some(b'{' | b'[' | b'"' | b']')) {
        return true;
    }
    // `[07-Jan-2026 12:00:00 UTC] PHP Warning: …`
    let first = scan::value(&inside[..inside.len().min(MAX_SCALAR_BYTES)]);
    let next = inside.get(first.len..).and_then(|rest| rest.trim_ascii_start().first());
    first.end == End::Whole && matches!(next, Some(b',' | b']'))
}

/// The maximum length of a number.
const MAX_SCALAR_BYTES: usize = 64;

fn is_scalar(text: &[u8]) -> bool {
    let scanned = scan::value(text);
    scanned.end == End::Whole && scanned.len == text.len()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn find(text: &str) -> Option<(String, Option<Salvaged>)> {
        let Found::Json(json) = Json::find(&Bytes::copy_from_slice(text.as_bytes()), true) else {
            return None;
        };
        Some((String::from_utf8(json.text.to_vec()).unwrap(), json.salvaged))
    }

    fn json(text: impl Into<Bytes>) -> Json {
        Json::found(&text.into())
    }

    #[test]
    fn salvaged_reports_prefix_and_suffix() {
        for (text, json, prefix, suffix) in [
            ("\u{feff}{\"a\":1}", "{\"a\":1}", 3, 0),
            ("\u{feff}[]", "[]", 3, 0),
            ("\u{feff}true", "true", 3, 0),
            ("{\"a\":1}\n<!-- cached -->", "{\"a\":1}", 0, 16),
            ("[07-Jan-2026 12:00:00 UTC] PHP Warning: x on line 3\n[{\"a\":1}]", "[{\"a\":1}]", 52, 0),
            ("[07-Jan-2026 12:00:00 UTC] PHP Warning: x on line 3\n[]", "[]", 52, 0),
            ("[notice] x\n[1]", "[1]", 11, 0),
        ] {
            assert_eq!(find(text), Some((json.to_owned(), Some(Salvaged { prefix, suffix }))), "{text}");
        }
        for text in ["{\"a\":1}", " [1,2]\n", "[ null ]", "[]", "{ }", "true", "\"x\"", "12"] {
            assert_eq!(find(text), Some((text.trim().to_owned(), None)));
        }
    }

    #[test]
    fn json_fault_is_named() {
        let fault = |text: &[u8]| json(text.to_vec()).decode::<Value>().unwrap_err().fault();
        for (text, expected) in [
            (&b"[{\"a\":\"\xfc\"}]"[..], JsonFault::NotUtf8),
            (b"\xef\xbb\xbf{\"a\":\"\xfc\"}", JsonFault::NotUtf8),
            (b"{\"a\":1}{\"b\":2}", JsonFault::SeveralDocuments),
            (b"\xef\xbb\xbf[]\n[]", JsonFault::SeveralDocuments),
            (b"[1,2,]", JsonFault::Malformed),
            (b"\xef\xbb\xbf{\"a\":1,}", JsonFault::Malformed),
            (b"{\"a\":[1]}]}", JsonFault::SeveralDocuments),
            (b"[[1],[2]", JsonFault::CutShort),
        ] {
            assert_eq!(fault(text), Some(expected), "{}", String::from_utf8_lossy(text));
        }
        let error = json(&b"[1,2,]"[..]).decode::<Value>().unwrap_err();
        assert_eq!(error.to_string(), "the JSON of the response is malformed");
        assert_eq!(json(&b"[1]"[..]).decode::<String>().unwrap_err().fault(), None);
    }

    #[derive(serde::Deserialize)]
    struct Titled<'a> {
        title: Cow<'a, str>,
    }

    #[test]
    fn lone_surrogates_are_replaced_in_any_type() {
        let text = r#"[{"id":1,"title":"Gr\ud83d","k\ude00":["\ud83d\ude00"]}]"#;
        assert_eq!(
            json(text).decode::<Value>().unwrap(),
            serde_json::json!([{"id": 1, "title": "Gr\u{fffd}", "k\u{fffd}": ["\u{1f600}"]}])
        );
        assert_eq!(json(text).decode::<Vec<Titled<'static>>>().unwrap()[0].title, "Gr\u{fffd}");
        assert_eq!(json(r#""\ud83d""#).decode::<String>().unwrap(), "\u{fffd}");
        // The error is that of the document, not of what surrounds it.
        let error = json(text).decode::<Vec<std::collections::HashMap<String, String>>>().unwrap_err();
        assert_eq!(error.path(), "[0].k\u{fffd}");
    }

    #[test]
    fn json_nested_200_levels_is_read() {
        let text = format!("{}{}", "{\"a\":[".repeat(100), "]}".repeat(100));
        assert!(json(text.clone()).decode::<Value>().is_ok());
        assert!(json(format!("\u{feff}{text}")).decode::<Value>().is_ok());
        // Includes the path, which is built on the same stack.
        let text = format!("{}1{}", "[".repeat(fault::MAX_DEPTH), "]".repeat(fault::MAX_DEPTH));
        assert!(json(text).decode::<Value>().is_ok());
        let text = format!("{}{}", "[".repeat(600), "]".repeat(600));
        assert_eq!(json(text).decode::<Value>().unwrap_err().fault(), Some(JsonFault::TooDeep));
    }
}
