//! The totals of a list.

use http::{HeaderMap, HeaderName};

/// The totals of a list, from `X-WP-Total` and `X-WP-TotalPages`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// The number of items on all pages.
    pub items: u64,
    /// The number of pages, at the requested page size.
    pub pages: u64,
}

impl Totals {
    /// Reads the headers of a response. `None` if one is missing or not a number: the response is not a list, or the
    /// server lost its headers to a PHP warning.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_core::Totals;
    ///
    /// // To count posts, ask for a list with `per_page=1`.
    /// let response = http::Response::builder().header("x-wp-total", "41").header("x-wp-totalpages", "41").body(())?;
    /// assert_eq!(Totals::of(response.headers()).map(|totals| totals.items), Some(41));
    /// # Ok(()) }
    /// ```
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        const ITEMS: HeaderName = HeaderName::from_static("x-wp-total");
        const PAGES: HeaderName = HeaderName::from_static("x-wp-totalpages");
        let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
        Some(Self { items: number(ITEMS)?, pages: number(PAGES)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_require_both_headers() {
        let mut headers = HeaderMap::new();
        headers.insert("x-wp-total", "41".parse().unwrap());
        assert_eq!(Totals::of(&headers), None);
        headers.insert("x-wp-totalpages", "5".parse().unwrap());
        assert_eq!(Totals::of(&headers), Some(Totals { items: 41, pages: 5 }));
    }
}
