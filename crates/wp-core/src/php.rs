//! What PHP does to JSON, and how it is read all the same. Nothing else in these crates guesses.
//!
//! PHP has one array for lists and maps, writes an empty one as `[]` whatever it was, and one with gaps as an object; a
//! function that has nothing to give returns `false`, `null` or `""`; numbers come out of the database as text; a filter of
//! a plugin returns what its author thought of. So what a field accepts follows from its type, everywhere:
//!
//! | type | reads besides its own form |
//! |---|---|
//! | `String` | `null`, `false`, `[]`: empty. A number or `true`: its text. A `WP_Error` (`{"errors":…}`): empty |
//! | an integer, [`Id`](crate::Id) | `"7"`, `7.0` |
//! | a float | `"5.5"` |
//! | `bool` | what PHP takes for true or false, and `"false"`, `"no"`, `"off"` |
//! | a list | `{"0":…,"2":…}`; `null`, `false`, `""`, `{}`: empty. A list of ids leaves out zeros |
//! | a map | `[]`, `null`, `false`, `""`: empty. A list: its positions are the keys |
//! | a struct | `[]`, `null`, `false`, `""`: without any field |
//! | [`SiteTime`](crate::SiteTime), [`GmtTime`](crate::GmtTime) | a zone, an offset, a fraction, a blank for the `T` |
//! | `Option` | `null`; and `false`, `""`, `[]`, `{}`, 0 and a date that was never set where its type has no use for them: `None` |
//! | [`Rendered`](crate::models::Rendered) | a text or a number |
//! | `serde_json::Value`, and other types that take anything | what is there |
//!
//! A whole document is taken less lightly: `null`, `false`, `""` and `{}` are no empty list, and nothing but `[]` is an
//! empty object.
//!
//! What holds nothing is read without a word. Whatever else is made to fit is a [`Coercion`] that can be
//! [reported](crate::response::Json::decode_reported) or [refused](crate::response::Json::decode_strict). Where a value cannot
//! be made to fit without losing it, a type of the user's own gives an error; a field of one of the [models](crate::models)
//! is left at its default and reported, so that one field of a plugin does not cost the item. What names an item, and what
//! was [written](crate::models::Raw) by its author, is read as it is or is an error.
//!
//! All this holds for what is read through a client, and here for [`from_str`]:
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
//! The models are read so by any deserializer, in one more step. For a struct of one's own that another deserializer reads,
//! or that stands below `#[serde(flatten)]` or in an untagged enum, there is [`lenient`].

mod access;
mod adapter;
mod context;
mod read;
#[cfg(test)]
mod tests;
mod tree;
mod wanted;

use serde::de::{DeserializeOwned, Deserializer};

pub(crate) use adapter::token;
pub use context::{Coercion, CoercionKind};
pub use read::Decoded;
pub(crate) use read::{Failure, read, read_part};

use crate::response::DecodeError;

/// Reads a JSON text as PHP may have written it.
///
/// # Errors
/// [`DecodeError`], which names the path of the offending value: `[3].date_gmt`.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, DecodeError> {
    Ok(read(text, false)?.value)
}

/// Reads a field as PHP may have written it, whatever reads the rest:
/// `#[serde(deserialize_with = "wp_core::php::lenient")]`.
///
/// # Errors
/// Those of `deserializer`.
pub fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    read_part(deserializer, |php| T::deserialize(php))
}
