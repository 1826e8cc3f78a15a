//! Pages.

post_type! {
    /// A page. `Page<Edit>` has its texts as they were written.
    ///
    /// ```
    /// use wp_core::models::Page;
    ///
    /// let page: Page = wp_core::php::from_str(r#"{"id":7,"parent":3,"menu_order":2,"title":{"rendered":"Team"}}"#)?;
    /// assert_eq!((page.parent.map(|id| id.get()), page.menu_order), (Some(3), 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    Page: PageId, at "/wp/v2/pages";
    new:
    /// ```
    /// use wp_core::models::{NewPage, PageId, PostStatus};
    ///
    /// let about = PageId::new(7).unwrap();
    /// let page = NewPage::titled("Team").parent(about).menu_order(2).status(PostStatus::Publish);
    /// assert_eq!(
    ///     serde_json::to_string(&page)?,
    ///     r#"{"title":"Team","status":"publish","parent":7,"menu_order":2}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewPage,
    patch:
    /// ```
    /// use wp_core::models::PagePatch;
    ///
    /// // To the top, as the first page.
    /// let patch = PagePatch::default().parent(None).menu_order(0);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"parent":0,"menu_order":0}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    PagePatch;
    title content excerpt status public
    both {
        /// The page above this one. `None` for a page at the top. WordPress responds with 400 `rest_post_invalid_id` to the
        /// id of a page that does not exist.
        parent: Option<PageId>,
        /// The place among the pages below the same parent; the smallest is the first. Default: 0.
        menu_order: i64,
    }
    meta password
}
