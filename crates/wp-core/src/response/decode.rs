//! Deserializing JSON into types.

use serde::de::DeserializeOwned;

use super::Json;
use crate::json_text::fault::JsonFault;
use crate::php::{self, DecodeError, Decoded};

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
            Some(first) => Err(DecodeError::of_coercion(first)),
        }
    }

    fn utf8(&self) -> Result<&str, DecodeError> {
        std::str::from_utf8(self.text()).map_err(|_| DecodeError::of_fault(JsonFault::NotUtf8))
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
    fn decode_error_names_the_path_and_shows_no_content() {
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
