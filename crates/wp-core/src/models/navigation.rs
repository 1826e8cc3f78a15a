//! Navigation menus of block themes.

post_type! {
    /// A navigation menu of a block theme, whose links are blocks. Its post type is `wp_navigation`, and its URL does
    /// not show a page. A menu of a classic theme is a [`Menu`](super::Menu).
    Navigation: NavigationId, at "/wp/v2/navigation";
    new:
    /// ```
    /// use wp_core::models::{NewNavigation, PostStatus};
    ///
    /// let link = r#"<!-- wp:navigation-link {"label":"Shop","url":"/shop"} /-->"#;
    /// let menu = NewNavigation::titled("Main").content(link).status(PostStatus::Publish);
    /// assert_eq!(serde_json::to_value(&menu)?["title"], "Main");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewNavigation,
    patch: NavigationPatch;
    title content status password
}
