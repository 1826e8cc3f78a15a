//! The lists of terms.

use wp_core::Id;
use wp_core::models::{AnyPostId, Taxonomy, Term};

filters! {
    family Terms {
        /// Whether terms without posts are left out. Default: false.
        hide_empty: bool,
        /// Returns only the terms of this item.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client, post: wp_client::models::PostId) -> wp_client::Result<()> {
        /// let tags = wp.tags().list().post(post).await?;
        /// let names: Vec<_> = tags.iter().map(|tag| &*tag.name).collect();
        /// println!("{}", names.join(", "));
        /// # Ok(()) }
        /// ```
        post: AnyPostId,
        /// Returns only the term with this slug.
        slug: str,
        /// Returns only terms with any of these slugs.
        slugs as "slug": [String],
    }
}

impl<X: Taxonomy, T> crate::List<Term<X>, T, wp_core::filters::Terms> {
    /// Returns only terms directly below this one; `None` for those without a parent. Only for a hierarchical
    /// taxonomy; WordPress ignores it for tags.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for category in wp.categories().list().parent(None).await? {
    ///     println!("{}: {} posts", category.name, category.count);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn parent(self, parent: impl Into<Option<Id<Term<X>>>>) -> Self {
        self.query("parent", parent.into().map_or(0, Id::get))
    }
}
