//! The JSON that PHP writes, and the rules by which it is deserialized. Nothing else in these crates guesses.
//!
//! PHP has one array type for lists and maps. It writes an empty one as `[]`, and a list with gaps as an object. A
//! function without a result returns `false`, `null` or `""`. Numbers from the database are strings. A filter of a
//! plugin may return any type. Therefore the type of a field decides what the field accepts, everywhere by the same
//! rules:
//!
//! | type | accepted besides its own form |
//! |---|---|
//! | `String` | `null`, `false`, `[]`: empty. A number or `true`: its text. A `WP_Error` (`{"errors":…}`): empty |
//! | an integer, [`Id`](crate::Id) | `"7"`, `7.0` |
//! | a float | `"5.5"` |
//! | `bool` | every value that PHP converts to true or false, and `"false"`, `"no"`, `"off"` |
//! | a list | `{"0":…,"2":…}`; `null`, `false`, `""`, `{}`: empty. A list of ids leaves out zeros |
//! | a map | `[]`, `null`, `false`, `""`: empty. A list: its positions are the keys |
//! | a struct | `[]`, `null`, `false`, `""`: without any field |
//! | [`SiteTime`](crate::SiteTime), [`GmtTime`](crate::GmtTime) | a zone, an offset, a fraction, a space in place of the `T` |
//! | `Option` | `null`: `None`. `false`, `""`, `[]`, `{}`, 0 and a date that was never set: `None`, if the inner type does not accept them |
//! | [`Rendered`](crate::models::Rendered) | a text or a number |
//! | `serde_json::Value`, and other types that accept any value | the value, unchanged; an integer of more than 64 bits and a number beyond `f64` (`1e400`): its digits, as a text |
//!
//! The whole document is read more strictly: `null`, `false`, `""` and `{}` are not accepted as an empty list, and
//! only `[]` is accepted as an empty object.
//!
//! An empty value is accepted silently. Every other conversion is a [`Coercion`], which can be
//! [reported](crate::response::Json::decode_reported) or [rejected](crate::response::Json::decode_strict). If a value
//! cannot be converted without losing data, your own type gets an error. A field of one of the
//! [models](crate::models) gets its default, which is reported, so that one invalid field of a plugin does not make
//! the whole item an error. The field that identifies an item, and the [raw text](crate::models::Raw) of an author,
//! are read exactly or are an error.
//!
//! These rules apply to all responses that are read through a client, and to [`from_str`]:
//!
//! ```
//! use std::collections::BTreeMap;
//! use wp_core::models::{Rendered, UserId};
//! use wp_core::{Id, SiteTime, php};
//!
//! #[derive(serde::Deserialize)]
//! struct Book {
//!     id: Id<Book>,
//!     title: Rendered,
//!     author: Option<UserId>,
//!     pages: u32,
//!     lent: bool,
//!     due: Option<SiteTime>,
//!     genres: Vec<String>,
//!     acf: BTreeMap<String, serde_json::Value>,
//! }
//!
//! let text = r#"{"id":"7","title":"Dune","author":0,"pages":"412","lent":1,"due":false,
//!     "genres":{"0":"sf","2":"classic"},"acf":[]}"#;
//! let book: Book = php::from_str(text)?;
//! assert_eq!((book.id.get(), &*book.title.rendered, book.author, book.pages), (7, "Dune", None, 412));
//! assert!(book.lent && book.due.is_none() && book.genres == ["sf", "classic"] && book.acf.is_empty());
//! # Ok::<(), wp_core::response::DecodeError>(())
//! ```
//!
//! The models follow these rules with any deserializer, at the cost of an intermediate tree. For a struct of your own
//! that another deserializer reads, or that is below `#[serde(flatten)]` or in an untagged enum, use [`lenient`].

mod access;
mod adapter;
mod context;
mod decode_error;
mod read;
#[cfg(test)]
mod tests;
mod tree;
mod wanted;

use serde::de::{DeserializeOwned, Deserializer};

pub use context::{Coercion, CoercionKind};
pub use decode_error::DecodeError;
pub use read::Decoded;
pub(crate) use read::{read, read_part};

/// Deserializes a JSON text by the rules in [`php`](self).
///
/// # Errors
/// A [`DecodeError`], which names the path of the value that does not match its type: `[3].date_gmt`.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    Ok(read(text, false)?.value)
}

/// Deserializes a field by the rules in [`php`](self), whichever deserializer reads the rest:
/// `#[serde(deserialize_with = "wp_core::php::lenient")]`.
///
/// # Errors
/// The errors of `deserializer`.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    read_part(deserializer, |php| T::deserialize(php))
}
