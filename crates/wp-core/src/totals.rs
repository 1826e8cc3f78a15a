//! The totals of a list.

use http::HeaderMap;

/// How much a list holds in all, from `X-WP-Total` and `X-WP-TotalPages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Items in all pages.
    pub items: u64,
    /// Pages of the size that was asked for.
    pub pages: u64,
}

impl Totals {
    /// Reads the headers of a response. `None` when one is missing or no number: not a list, or a
    /// server that lost its headers to a PHP warning.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self { items: number("x-wp-total")?, pages: number("x-wp-totalpages")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_headers_or_none() {
        let mut headers = HeaderMap::new();
        headers.insert("x-wp-total", "41".parse().unwrap());
        assert_eq!(Totals::of(&headers), None);
        headers.insert("x-wp-totalpages", "5".parse().unwrap());
        assert_eq!(Totals::of(&headers), Some(Totals { items: 41, pages: 5 }));
    }
}
