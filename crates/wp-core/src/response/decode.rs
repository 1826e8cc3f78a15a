//! Deserializing JSON into types.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;

use super::Json;
use super::fault::JsonFault;
use crate::php::{self, CoercionKind, Decoded, Failure};
use crate::{Secrets, show};

impl Json {
    /// Deserializes the JSON by the rules in [`php`]. A lone surrogate (`\ud83d` alone) becomes U+FFFD.
    ///
    /// # Errors
    /// A [`DecodeError`]: the path of the value that does not match its type (`[3].date_gmt`), or the
    /// [fault](DecodeError::fault) of JSON that is invalid for every type.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        Ok(php::read(self.utf8()?, false)?.value)
    }

    /// Deserializes the JSON, and returns what was coerced.
    ///
    /// # Errors
    /// Those of [`decode`](Self::decode).
    pub fn decode_reported<T: DeserializeOwned>(&self) -> Result<Decoded<T>, DecodeError> {
        Ok(php::read(self.utf8()?, true)?)
    }

    /// Deserializes the JSON, and rejects every coercion except PHP's plain "none".
    ///
    /// # Errors
    /// Those of [`decode`](Self::decode), and the first [`Coercion`](php::Coercion).
    pub fn decode_strict<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let Decoded { value, coercions } = self.decode_reported()?;
        match coercions.into_iter().next() {
            None => Ok(value),
            Some(first) => Err(DecodeError {
                path: first.path,
                message: first.kind.describe().to_owned(),
                coercion: Some(first.kind),
                fault: None,
            }),
        }
    }

    fn utf8(&self) -> Result<&str, DecodeError> {
        std::str::from_utf8(self.text()).map_err(|_| DecodeError::of_fault(JsonFault::NotUtf8))
    }
}

impl From<Failure> for DecodeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Json(fault) => Self::of_fault(fault),
            Failure::Shape { path, message } => {
                Self { path, message: without_content(&message), coercion: None, fault: None }
            }
        }
    }
}

/// The JSON does not have the shape of the type, or it cannot be read at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    path: String,
    message: String,
    coercion: Option<CoercionKind>,
    fault: Option<JsonFault>,
}

impl DecodeError {
    fn of_fault(fault: JsonFault) -> Self {
        Self { path: String::new(), message: String::new(), coercion: None, fault: Some(fault) }
    }

    /// Why the JSON is invalid for every type. `None` if only its shape is wrong.
    pub fn fault(&self) -> Option<JsonFault> {
        self.fault
    }

    /// Removes the path. Its keys come from the server and may echo a secret of the request.
    pub fn without_path(mut self) -> Self {
        self.path.clear();
        self
    }

    /// Masks these secrets in the path.
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        if let Cow::Owned(masked) = secrets.mask(&self.path) {
            self.path = masked;
        }
        self
    }

    /// The coercion that a strict reading rejected.
    pub fn coercion(&self) -> Option<CoercionKind> {
        self.coercion
    }

    /// The path of the value: `[3].date_gmt`, or `.` for the whole document.
    pub fn path(&self) -> &str {
        if self.path.is_empty() { "." } else { &self.path }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(fault) = self.fault {
            return show::line(f, format_args!("the JSON of the response {fault}"));
        }
        let (at, path) = if self.path() == "." { ("", "") } else { (" at ", self.path()) };
        // A line and column mean nothing to a caller who has only the type.
        let message = self.message.rsplit_once(" at line ").map_or(&*self.message, |(message, _)| message);
        show::line(f, format_args!("the response is not of the expected shape{at}{path}: {message}"))
    }
}

impl std::error::Error for DecodeError {}

/// The message of serde without the value that it quotes, which may be a token.
fn without_content(message: &str) -> String {
    if ["missing field", "what "].iter().any(|start| message.starts_with(start)) {
        return message.to_owned();
    }
    // `invalid type: string "…", expected u64 at line 1 column 2`
    match message.rsplit_once(", expected ") {
        Some((found, expected)) => {
            let found = found.split(|c: char| "\"`-".contains(c) || c.is_ascii_digit()).next();
            format!("{}, expected {expected}", found.unwrap_or_default().trim_end())
        }
        None => "a value of another form".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use bytes::Bytes;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[allow(dead_code)]
    struct Item {
        id: u64,
    }

    #[test]
    fn a_decode_error_shows_no_value_of_any_kind() {
        for message in [
            "invalid type: string \"s3cret, expected\", expected u64 at line 1 column 2",
            "invalid type: integer `123456789`, expected a string",
            "unknown variant `s3cret`, expected `a` or `b`",
            "\"s3cret\" is not a date",
        ] {
            let shown = without_content(message);
            assert!(!shown.contains("s3cret") && !shown.contains("12345"), "{shown}");
        }
    }

    #[test]
    fn a_decode_error_names_the_place_and_shows_no_content() {
        let json = Json::found(&Bytes::from_static(b"[{\"id\":1},{\"id\":\"s3cret\"}]"));
        let error = json.decode::<Vec<Item>>().unwrap_err();
        assert_eq!(error.path(), "[1].id");
        assert!(!error.to_string().contains("s3cret"), "{error}");
        assert!(error.to_string().contains("expected u64"), "{error}");
        let long = format!("{{\"{}\\n\":[1]}}", "k".repeat(1 << 16));
        let error = Json::found(&long.into()).decode::<BTreeMap<String, u64>>().unwrap_err();
        assert_eq!(error.path().len(), 200);
        assert!(!error.without_path().to_string().contains("kk"));
    }
}
