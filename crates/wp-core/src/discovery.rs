//! Discovery of a site's API: where to look, and how to read the pages there. No I/O.
//!
//! WordPress names its API in three places (observed on 6.2 to 7.1): the header
//! `Link: <https://example.org/wp-json/>; rel="https://api.w.org/"` of every page, an error page
//! included; an element `<link>` with the same relation; and the document behind the `<link>` with the
//! relation `EditURI`, RSD.

mod link_header;
mod markup;
mod places;
mod scan;

pub use link_header::link_header;
pub use markup::{PageLinks, page_links, rsd};
pub use places::{Candidates, address, directory};

/// The link relation from a page to the API of its site.
const REL: &str = "https://api.w.org/";

/// Whether `rels`, a list of relations, contains `rel`.
fn names(rels: &str, rel: &str) -> bool {
    rels.split_ascii_whitespace().any(|name| name.eq_ignore_ascii_case(rel))
}
