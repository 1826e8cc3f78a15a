//! The search over the whole site.

use wp_core::models::{SearchResult, SearchType};

filters! {
    resource SearchResult of None {
        /// The type of the items. Default: `Post`.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// use wp_client::models::SearchType;
        ///
        /// for term in wp.search("dune").of_type(SearchType::Term).await? {
        ///     println!("{}: {}", term.title, term.url);
        /// }
        /// # Ok(()) }
        /// ```
        of_type as "type": SearchType,
        /// Returns only items of this post type, or of this taxonomy. WordPress responds with 400 `rest_invalid_param` to
        /// one that does not belong to the [type](Self::of_type).
        subtype: str,
        /// Returns only items of any of these post types, or of these taxonomies.
        subtypes as "subtype": [String],
    }
}
