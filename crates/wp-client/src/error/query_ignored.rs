//! The error for a response that ignores the query.

use std::collections::HashSet;
use std::fmt;

use serde::Deserialize;
use wp_core::response::Json;
use wp_core::{Query, Resource};

/// The response does not match the query: a server, a cache or a plugin dropped or ignored a parameter. The response is
/// discarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryIgnored {
    parameter: &'static str,
}

impl QueryIgnored {
    pub(crate) fn new(parameter: &'static str) -> Self {
        Self { parameter }
    }

    /// The parameter that was ignored: `page`, `per_page`, `status`, `include`, `force`.
    pub fn parameter(&self) -> &'static str {
        self.parameter
    }

    /// Whether there was too much of what was asked for, as from a resource that has no pages.
    pub(crate) fn is_of_size(self) -> bool {
        self.parameter == "per_page"
    }

    /// Of a page of a list, as far as its items tell.
    pub(crate) fn of_page<'i, R: Resource>(
        asked: &Query,
        mut items: impl Iterator<Item = &'i R>,
        count: usize,
    ) -> Option<Self> {
        // Posts that stay on top come first then, whatever is asked for.
        if asked.get("ignore_sticky").is_some_and(|ignore| matches!(ignore, "false" | "0")) {
            return None;
        }
        // As WordPress splits lists, and reads numbers.
        let ids = |name| -> HashSet<&str> {
            let ids = asked.values(name).flat_map(|ids| ids.split([',', ' ', '\t']));
            ids.map(|id| id.trim_start_matches('0')).filter(|id| !id.is_empty()).collect()
        };
        let (included, excluded) = (ids("include"), ids("exclude"));
        let most = asked.get("per_page").and_then(|most| most.parse::<usize>().ok());
        let of_item = |item: &R| {
            if included.is_empty() && excluded.is_empty() {
                return item.contradicts(asked);
            }
            let id = item.key().to_string();
            if !included.is_empty() && !included.contains(&*id) {
                return Some("include");
            }
            excluded.contains(&*id).then_some("exclude").or_else(|| item.contradicts(asked))
        };
        let of_items = items.find_map(of_item);
        let is_too_long = most.is_some_and(|most| most > 0 && count > most);
        of_items.or(is_too_long.then_some("per_page")).map(Self::new)
    }
}

/// Whether an item that should be deleted permanently is in the trash.
pub(crate) fn is_trashed(json: &Json) -> bool {
    #[derive(Deserialize)]
    struct Item {
        deleted: Option<bool>,
        status: Option<String>,
    }
    let item = json.decode::<Item>();
    item.is_ok_and(|item| item.deleted.is_none() && item.status.as_deref() == Some("trash"))
}

impl fmt::Display for QueryIgnored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the response is to a request without the parameter `{}`", self.parameter)
    }
}

impl std::error::Error for QueryIgnored {}
