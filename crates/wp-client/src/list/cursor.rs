//! Where a stream over a list stands.

use serde::{Deserialize, Serialize};
use wp_core::Query;

use crate::ListPosition;

/// The position of a stream behind the item that it returned last. It can be stored, and a later program continues
/// there; see [`List::resume`](crate::List::resume). With another list (another route, filter or order) that is an error.
///
/// Of a list in ascending order of ids, the cursor has the last id. Then the stream finds its place also after items
/// were deleted.
///
/// ```
/// # fn main() -> Result<(), serde_json::Error> {
/// let stored = r#"{"list":81604378637,"position":{"offset":198},"per_page":100,"skip":100,"after":4711}"#;
/// let cursor: wp_client::Cursor = serde_json::from_str(stored)?;
/// assert_eq!(serde_json::to_string(&cursor)?, stored);
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Cursor {
    /// Which list it is of: a checksum of the route and the filters.
    pub(super) list: u64,
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

/// A checksum of a list, the same in every program.
pub(super) fn checksum(route: &str, query: &Query) -> u64 {
    let mut parts: Vec<_> =
        query.iter().filter(|(name, _)| !matches!(*name, "page" | "offset" | "per_page")).collect();
    parts.sort_unstable();
    let texts = parts.into_iter().flat_map(|(name, value)| [name, value]);
    digest(std::iter::once(route).chain(texts))
}

/// A digest of texts (FNV-1a), of 53 bits, so that JavaScript reads it as well.
pub(super) fn digest<'t>(texts: impl IntoIterator<Item = &'t str>) -> u64 {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash >> 11
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_is_of_route_and_filters_in_any_order() {
        let of = |query: &str| checksum("/wp/v2/posts", &Query::parse(query));
        assert_eq!(of("order=asc&orderby=id&per_page=100"), of("orderby=id&order=asc&page=3&offset=9"));
        assert_ne!(of("order=asc"), of("order=desc"));
        assert_ne!(of("order=asc"), checksum("/wp/v2/pages", &Query::parse("order=asc")));
        assert_ne!(of("a=bc"), of("ab=c"));
        // Stored cursors must stay valid.
        assert_eq!(of("order=asc&orderby=id"), 7_819_675_429_243_140);
    }
}
