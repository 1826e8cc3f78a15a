//! Text that WordPress renders.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::model::token;

model! {
    /// A text in its rendered form, as a page shows it, and in the context `edit` also in its raw form, as the author
    /// wrote it.
    ///
    /// A plain text or number in place of the object is read as the [`rendered`](Self::rendered) form.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Rendered from text by of_text {
        /// HTML, with entities: `Tom &#038; Jerry`.
        rendered: String,
        /// The text as it was written; only in the context `edit`.
        raw: Option<Raw>,
        /// Whether a password protects the text; if so, the text is empty.
        protected: bool,
    }
}

impl Rendered {
    fn of_text(rendered: String) -> Self {
        Self { rendered, ..Self::default() }
    }
}

/// The text of an author, to be edited and written back, so it must be exact. A value that is not a text is an error
/// of the whole item, while another field would get its default.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Raw(String);

impl Raw {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Raw {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<Raw> for String {
    fn from(raw: Raw) -> Self {
        raw.0
    }
}

impl PartialEq<str> for Raw {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for Raw {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Raw;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text as it was written")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
                deserializer.deserialize_string(self)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Raw, E> {
                Ok(Raw(text.to_owned()))
            }

            fn visit_string<E: Error>(self, text: String) -> Result<Raw, E> {
                Ok(Raw(text))
            }
        }
        deserializer.deserialize_newtype_struct(token::RAW, Text)
    }
}
