//! Text that WordPress renders.

use serde::Deserialize;

use crate::php;

/// A text in the form in which a page shows it and, in the context `edit`, in the form in which it
/// was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[non_exhaustive]
pub struct Rendered {
    /// HTML, with entities: `Tom &#038; Jerry`.
    #[serde(default, deserialize_with = "php::string")]
    pub rendered: String,
    /// What was written; only in the context `edit`.
    #[serde(default)]
    pub raw: Option<String>,
    /// Whether a password hides the text, which is empty then.
    #[serde(default)]
    pub protected: bool,
}
