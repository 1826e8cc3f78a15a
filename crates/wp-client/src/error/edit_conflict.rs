//! The error for an item that another user changed.

use std::fmt;

use wp_core::GmtTime;

/// The item was changed since it was read, so it was not updated; see
/// [`Collection::update_if_unmodified`](crate::Collection::update_if_unmodified).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditConflict {
    /// When the item that was read had been changed.
    pub read: Option<GmtTime>,
    /// When the item was last changed now.
    pub found: Option<GmtTime>,
}

impl fmt::Display for EditConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown =
            |time: Option<GmtTime>| time.map_or_else(|| "never".to_owned(), |time| format!("{time} GMT"));
        let Self { read, found } = *self;
        write!(f, "the item was changed at {}, after it was read (changed at {})", shown(found), shown(read))
    }
}

impl std::error::Error for EditConflict {}
