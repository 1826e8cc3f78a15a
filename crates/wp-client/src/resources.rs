//! The resources of WordPress: their collections, the parameters of their lists, and what only one of them can do.

#[macro_use]
mod filters;
mod batch;
mod block_types;
mod directory;
mod editor;
mod embedding;
mod icons;
mod posts;
pub(crate) mod site_health;
mod terms;
mod users;
mod widgets;

use wp_core::models::{
    BlockPattern, BlockPatternCategory, BlockType, Category, DirectoryPattern, Icon, IconCollection,
    PatternCategory, Post, Sidebar, Tag, User, Widget, WidgetType,
};

use crate::{ApplicationPasswords, Client, Collection, UserRef};

/// A method of the client for each collection.
macro_rules! collections {
    ($($(#[$doc:meta])* $name:ident: $item:ty,)*) => {
        impl Client {$(
            $(#[$doc])*
            pub fn $name(&self) -> Collection<$item> {
                self.collection()
            }
        )*}
    };
}

collections! {
    /// The posts: `/wp/v2/posts`.
    posts: Post,
    /// The users: `/wp/v2/users`.
    users: User,
    /// The categories: `/wp/v2/categories`.
    categories: Category,
    /// The tags: `/wp/v2/tags`.
    tags: Tag,
    /// The categories of patterns: `/wp/v2/wp_pattern_category`.
    pattern_categories: PatternCategory,
    /// The sidebars of a classic theme: `/wp/v2/sidebars`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::SidebarPatch;
    ///
    /// let mut sidebar = wp.sidebars().get("sidebar-1").await?;
    /// sidebar.widgets.reverse();
    /// wp.sidebars().update(sidebar.id, SidebarPatch::default().widgets(sidebar.widgets)).await?;
    /// # Ok(()) }
    /// ```
    sidebars: Sidebar,
    /// The widgets in the sidebars: `/wp/v2/widgets`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewWidget, WidgetInstance};
    ///
    /// let search = WidgetInstance::raw([("content", "<!-- wp:search /-->")]);
    /// wp.widgets().create(NewWidget::of("block", search).sidebar("sidebar-1")).await?;
    /// # Ok(()) }
    /// ```
    widgets: Widget,
    /// The types of widgets: `/wp/v2/widget-types`.
    widget_types: WidgetType,
    /// The types of blocks: `/wp/v2/block-types`.
    block_types: BlockType,
    /// The registered patterns: `/wp/v2/block-patterns/patterns`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for pattern in wp.block_patterns().list().await? {
    ///     println!("{}: {}", pattern.name, pattern.title);
    /// }
    /// # Ok(()) }
    /// ```
    block_patterns: BlockPattern,
    /// The categories of registered patterns: `/wp/v2/block-patterns/categories`.
    block_pattern_categories: BlockPatternCategory,
    /// The patterns in WordPress.org's directory: `/wp/v2/pattern-directory/patterns`. It needs the right to edit
    /// posts. WordPress responds with 500 `pattern_api_failed` if it does not reach WordPress.org.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let patterns = wp.pattern_directory().list().search("gallery").await?;
    /// # drop(patterns); Ok(()) }
    /// ```
    pattern_directory: DirectoryPattern,
    /// The icons; since WordPress 7.1: `/wp/v2/icons`.
    icons: Icon,
    /// The collections of icons; since WordPress 7.1: `/wp/v2/icon-collections`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for collection in wp.icon_collections().list().await? {
    ///     println!("{}: {}", collection.slug, collection.label);
    /// }
    /// # Ok(()) }
    /// ```
    icon_collections: IconCollection,
}

impl Client {
    /// The application passwords of a user, usually [`UserRef::Me`].
    pub fn application_passwords(&self, user: impl Into<UserRef>) -> ApplicationPasswords {
        ApplicationPasswords::new(&self.0, user.into())
    }
}
