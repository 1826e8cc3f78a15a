//! The error for an item that another user changed.

use std::fmt;

use wp_core::GmtTime;

/// The item was changed since it was read, or the site does not say whether it was, so it was not updated; see
/// [`Collection::update_if_unmodified`](crate::Collection::update_if_unmodified).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct EditConflict {
    /// When the item that was read had been changed. `None` if the site did not say.
    pub read: Option<GmtTime>,
    /// When the item was last changed now. `None` if the site did not say.
    pub found: Option<GmtTime>,
}

impl fmt::Display for EditConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.read, self.found) {
            (Some(read), Some(found)) => {
                write!(f, "the item was changed at {found} GMT, after it was read (changed at {read} GMT)")
            }
            (None, Some(_)) => {
                f.write_str("the item was read without `modified_gmt`, so it may have been changed")
            }
            (_, None) => {
                f.write_str("the site did not send `modified_gmt`, so the item may have been changed")
            }
        }
    }
}

impl std::error::Error for EditConflict {}
