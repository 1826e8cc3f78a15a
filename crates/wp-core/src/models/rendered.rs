//! Text that WordPress renders.

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

use crate::model::token;
use crate::redact::html;

model! {
    /// A text in its rendered form, as a page shows it. In the context `edit`, it is an [`Editable`].
    ///
    /// A plain text or number in place of the object is read as the [`rendered`](Self::rendered) form.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Rendered from text by of_text {
        /// HTML, with entities: `Tom &#038; Jerry`.
        rendered: String,
        /// Whether a password protects the text; if so, the text is empty.
        protected: bool,
    }
}

impl Rendered {
    /// The text on one line, as [`plain_text`] makes it: for a title in a list, a file or a terminal. A title may begin with
    /// a word of WordPress, such as `Private: `; its own text is [`Editable::raw`].
    ///
    /// ```
    /// use wp_core::models::Rendered;
    ///
    /// let title: Rendered = serde_json::from_str(r#"{"rendered":"Tom &#038; <em>Jerry</em>"}"#)?;
    /// assert_eq!(title.text(), "Tom & Jerry");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn text(&self) -> String {
        plain_text(&self.rendered)
    }

    fn of_text(rendered: String) -> Self {
        Self { rendered, ..Self::default() }
    }
}

/// The text of a piece of HTML on one line: tags removed, entities decoded, white space collapsed. WordPress writes names
/// as HTML: those of terms, users and menus, and the authors of comments.
///
/// Numeric entities are decoded, and the names that WordPress uses; any other stays as it is. Control and direction
/// characters are removed. It is text: encode it again to put it into a page.
///
/// ```
/// use wp_core::models::plain_text;
///
/// assert_eq!(plain_text("Rock &amp; Roll"), "Rock & Roll");
/// assert_eq!(plain_text("<p>It&#8217;s\n<b>here</b></p>"), "It’s here");
/// assert_eq!(plain_text("1 &lt; 2"), "1 < 2");
/// ```
pub fn plain_text(html: &str) -> String {
    html::to_text(html)
}

model! {
    /// A text as its author wrote it, with its rendered form: the context `edit`. Without the raw form, the item is not
    /// read, so that no editor writes back an empty text.
    ///
    /// ```
    /// use wp_core::models::Editable;
    ///
    /// let title: Editable = serde_json::from_str(r#"{"raw":"Tom & Jerry","rendered":"Tom &#038; Jerry"}"#)?;
    /// // An editor shows what the author wrote; writing the rendered form back would double the entities.
    /// assert_eq!(title.raw, "Tom & Jerry");
    /// assert_eq!(title.rendered, "Tom &#038; Jerry");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Editable read exactly {
        [key]
        /// The text as it was written: HTML or blocks.
        raw: Raw,
        /// HTML, with entities. Empty if WordPress does not render the text, as for a synced pattern.
        rendered: String,
        /// Whether a password protects the text for visitors.
        protected: bool,
        /// The version of the block format; 0 for a text without blocks.
        block_version: u32,
    }
}

/// The text of an author, to be edited and written back, so it must be exact. A value that is not a text is an error
/// of the whole item, while another field would get its default.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
