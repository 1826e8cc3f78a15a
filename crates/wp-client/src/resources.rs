//! The resources of WordPress: their collections, the parameters of their lists, and what only one of them can do.

#[macro_use]
mod filters;
mod blocks;
mod comments;
mod media;
mod menu_items;
mod pages;
mod posts;
mod protected;
mod terms;
mod users;

use wp_core::models::{
    Block, Category, Comment, Media, Menu, MenuItem, MenuLocation, Navigation, Page, PatternCategory, Post,
    Tag, User,
};

pub use media::MediaFile;

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
    /// The pages: `/wp/v2/pages`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewPage, PostStatus};
    ///
    /// let about = wp.pages().create(NewPage::titled("About").status(PostStatus::Publish)).await?;
    /// wp.pages().create(NewPage::titled("Team").parent(about.id)).await?;
    /// # Ok(()) }
    /// ```
    pages: Page,
    /// The media: `/wp/v2/media`. See [`upload`](Collection::upload).
    media: Media,
    /// The comments: `/wp/v2/comments`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, post: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::NewComment;
    ///
    /// let comment = wp.comments().create(NewComment::on(post, "Thank you!")).await?;
    /// wp.comments().create(NewComment::on(post, "You are welcome.").parent(comment.id)).await?;
    /// wp.comments().trash(comment.id).await?;
    /// # Ok(()) }
    /// ```
    comments: Comment,
    /// The patterns that users made, synced or not: `/wp/v2/blocks`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for pattern in wp.blocks().list().await? {
    ///     println!("{}: {}", &*pattern.title.raw, &*pattern.content.raw);
    /// }
    /// # Ok(()) }
    /// ```
    blocks: Block,
    /// The navigation menus of block themes: `/wp/v2/navigation`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for menu in wp.navigation().list().edit().await? {
    ///     println!("{}: {}", &*menu.title.raw, &*menu.content.raw);
    /// }
    /// # Ok(()) }
    /// ```
    navigation: Navigation,
    /// The menus of classic themes: `/wp/v2/menus`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewMenu, NewMenuItem};
    ///
    /// let menu = wp.menus().create(NewMenu::named("Main")).await?;
    /// let link = NewMenuItem::to_url("Shop", "https://shop.example.org").menus(menu.id);
    /// wp.menu_items().create(link).await?;
    /// # Ok(()) }
    /// ```
    menus: Menu,
    /// The links in the menus of classic themes: `/wp/v2/menu-items`.
    menu_items: MenuItem,
    /// The places that a classic theme has for menus: `/wp/v2/menu-locations`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for place in wp.menu_locations().list().await? {
    ///     println!("{} shows {:?}", place.name, place.menu);
    /// }
    /// # Ok(()) }
    /// ```
    menu_locations: MenuLocation,
    /// The users: `/wp/v2/users`.
    users: User,
    /// The categories: `/wp/v2/categories`.
    categories: Category,
    /// The tags: `/wp/v2/tags`.
    tags: Tag,
    /// The categories of patterns: `/wp/v2/wp_pattern_category`.
    pattern_categories: PatternCategory,
}

impl Client {
    /// The application passwords of a user, usually [`UserRef::Me`].
    pub fn application_passwords(&self, user: impl Into<UserRef>) -> ApplicationPasswords {
        ApplicationPasswords::new(&self.0, user.into())
    }
}
