//! Positions in a list.

use std::fmt;

use serde::{Deserialize, Serialize};
use wp_core::Query;

/// A position in a list. WordPress counts pages; a request with an offset makes it ignore the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ListPosition {
    /// The page with this number, from 1.
    Page(u64),
    /// The items after this many.
    Offset(u64),
}

/// `page 8`, `offset 700`.
impl fmt::Display for ListPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.parameter(), self.number())
    }
}

impl ListPosition {
    /// The position that the query asks for.
    pub(crate) fn asked(query: &Query) -> Option<Self> {
        let number = |name: &str| query.get(name)?.parse().ok();
        number("offset").map(Self::Offset).or_else(|| number("page").map(Self::Page))
    }

    /// The name of the query parameter.
    pub(crate) fn parameter(self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::Offset(_) => "offset",
        }
    }

    pub(crate) fn number(self) -> u64 {
        match self {
            Self::Page(number) | Self::Offset(number) => number,
        }
    }
}
