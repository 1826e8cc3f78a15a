//! Values that WordPress writes as more than one type.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A switch, or what is set in its place: WordPress writes `false` for "off", `true` for "on, with its defaults", and a
/// value otherwise.
///
/// ```
/// use wp_core::models::FlagOr;
///
/// let archive: FlagOr<String> = serde_json::from_str("\"books\"")?;
/// assert!(archive.is_on());
/// assert_eq!(archive.value().map(String::as_str), Some("books"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FlagOr<T> {
    /// On or off.
    Flag(bool),
    /// On, with this value.
    Value(T),
}

impl<T> FlagOr<T> {
    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        !matches!(self, Self::Flag(false))
    }

    /// The value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Flag(_) => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> Default for FlagOr<T> {
    fn default() -> Self {
        Self::Flag(false)
    }
}

/// A number, or a text in its place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NumberOrText {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

impl NumberOrText {
    /// The number, if it is one.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) => None,
        }
    }
}

impl Default for NumberOrText {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl fmt::Display for NumberOrText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<u64> for NumberOrText {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for NumberOrText {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
