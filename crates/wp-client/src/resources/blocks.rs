//! The lists of patterns that users made.

use wp_core::Id;
use wp_core::models::{Block, PatternCategory};

filters! {
    resource Block of Posts {
        /// Returns only patterns in any of these categories. Since WordPress 6.4.
        ///
        /// ```no_run
        /// # use wp_client::models::PatternCategory;
        /// # async fn run(wp: wp_client::Client, footers: wp_client::Id<PatternCategory>) -> wp_client::Result<()> {
        /// for pattern in wp.blocks().list().wp_pattern_category([footers]).await? {
        ///     println!("{}", &*pattern.title.raw);
        /// }
        /// # Ok(()) }
        /// ```
        wp_pattern_category: [Id<PatternCategory>],
        /// Leaves out patterns in any of these categories.
        wp_pattern_category_exclude: [Id<PatternCategory>],
        /// How several filters by taxonomy combine: `AND` or `OR`. Default: `AND`.
        tax_relation: str,
    }
}
