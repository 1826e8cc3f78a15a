//! Where a stream over a list stands.

use serde::{Deserialize, Serialize};

use crate::ListPosition;

/// The position of a stream behind the item that it returned last. It can be stored, and a later program continues
/// there; see [`List::resume`](crate::List::resume).
///
/// Of a list in ascending order of ids, the cursor has the last id. Then the stream finds its place also after items
/// were deleted.
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let stored = r#"{"position":{"offset":198},"per_page":100,"skip":100,"after":4711}"#;
/// let cursor: wp_client::Cursor = serde_json::from_str(stored)?;
/// assert_eq!(serde_json::to_string(&cursor)?, stored);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// The page of the item.
    pub(super) position: ListPosition,
    /// The size of that page.
    pub(super) per_page: u64,
    /// How many items of that page were returned.
    pub(super) skip: u64,
    /// The id of the item, if the list is in the order of ids.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<u64>,
}
