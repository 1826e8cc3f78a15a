//! How the JSON of a response becomes the value that a request returns.

pub(crate) mod lenient;
pub(crate) mod parts;
pub(crate) mod rows;
pub(crate) mod saved;
pub(crate) mod select;
pub(crate) mod stamp;
pub(crate) mod with;

use bytes::Bytes;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error as _};
use wp_core::Query;
use wp_core::extensions;
use wp_core::php::Coercion;
use wp_core::response::{DecodeError, Json};

/// How to handle JSON values whose type differs from that of their field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Coercions {
    /// Convert them.
    Allowed,
    /// Convert them and report each conversion.
    Reported,
    /// Return an error.
    Refused,
}

/// The request, as far as a function that reads its response needs it.
pub(crate) struct Sent<'r> {
    pub(crate) coercions: Coercions,
    pub(crate) query: &'r Query,
    /// The JSON of the request.
    pub(crate) json: Option<&'r Bytes>,
    /// Whether the items of a list are read with their stamps.
    pub(crate) stamps: bool,
    /// The credential that the request carried, which the response may repeat.
    pub(crate) credential: Option<&'r extensions::Sent>,
}

/// A value, with the conversions that it needed.
pub(crate) type Converted<T> = Result<(T, Vec<Coercion>), DecodeError>;

/// Reads the JSON of a response.
pub(crate) type Read<T> = fn(&Json, &Sent<'_>) -> Converted<T>;

/// Reads a value of any type.
pub(crate) fn value<T: DeserializeOwned>(json: &Json, sent: &Sent<'_>) -> Converted<T> {
    match sent.coercions {
        Coercions::Allowed => json.decode().map(|value| (value, Vec::new())),
        Coercions::Reported => json.decode_reported().map(|decoded| (decoded.value, decoded.coercions)),
        Coercions::Refused => json.decode_strict().map(|value| (value, Vec::new())),
    }
}

/// Reads an item that exists.
pub(crate) fn present<T: DeserializeOwned>(json: &Json, sent: &Sent<'_>) -> Converted<Option<T>> {
    let (item, coercions) = value(json, sent)?;
    Ok((Some(item), coercions))
}

/// Reads JSON in the place of a file: an error.
pub(crate) fn no_file<T>(json: &Json, _sent: &Sent<'_>) -> Converted<T> {
    /// A type that no JSON can be read into.
    enum NoFile {}

    impl<'de> Deserialize<'de> for NoFile {
        fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            Err(D::Error::custom("expected a file, found JSON"))
        }
    }

    json.decode::<NoFile>().map(|none| match none {})
}
