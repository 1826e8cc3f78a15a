//! The lists of posts, and of other resources with the same parameters.

use wp_core::SiteTime;
use wp_core::models::{CategoryId, Format, Post, PostStatus, TagId, UserId};

filters! {
    family Posts {
        /// Returns only items with this status. Default: `publish`.
        ///
        /// Any other status needs a user who may see such items. WordPress responds to other users with 400
        /// `rest_invalid_param`.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// use wp_client::models::PostStatus;
        ///
        /// for draft in wp.posts().list().status(PostStatus::Draft).await? {
        ///     println!("{}: {}", draft.id, draft.title.rendered);
        /// }
        /// # Ok(()) }
        /// ```
        status: PostStatus,
        /// Returns only items with any of these statuses.
        statuses as "status": [PostStatus],
        /// Returns only items by any of these authors. Not for patterns, navigation menus and menu items.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client, ana: wp_client::models::UserId) -> wp_client::Result<()> {
        /// let posts = wp.posts().list().author([ana]).await?;
        /// if let Some(totals) = posts.totals {
        ///     println!("Ana wrote {} posts", totals.items);
        /// }
        /// # Ok(()) }
        /// ```
        author: [UserId],
        /// Leaves out items by any of these authors.
        author_exclude: [UserId],
        /// Returns only items with this slug. A slug is unique below its parent.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// match wp.posts().list().slug("hello-world").await?.first() {
        ///     Some(post) => println!("{}", post.link),
        ///     None => println!("there is no such post"),
        /// }
        /// # Ok(()) }
        /// ```
        slug: str,
        /// Returns only items with any of these slugs.
        slugs as "slug": [String],
        /// Returns only items published after this time, in the site's time zone.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
        /// let new_year = "2026-01-01T00:00:00".parse::<wp_client::SiteTime>()?;
        /// for post in wp.posts().list().after(new_year).await? {
        ///     println!("{:?}: {}", post.date, post.title.rendered);
        /// }
        /// # Ok(()) }
        /// ```
        after: SiteTime,
        /// Returns only items published before this time, in the site's time zone.
        before: SiteTime,
        /// Returns only items that were changed after this time, in the site's time zone. For an instant, convert it by
        /// [`SiteInfo::local_time`](wp_core::models::SiteInfo::local_time), or use
        /// [`changes_since`](crate::List::changes_since).
        modified_after: SiteTime,
        /// Returns only items that were changed before this time, in the site's time zone.
        modified_before: SiteTime,
        /// Searches only these fields: `post_title`, `post_content`, `post_excerpt`. Default: all three. Since
        /// WordPress 6.2 for posts.
        search_columns: [String],
        /// How a search compares: `exact` finds only fields that equal the words. Default: fields that contain them. Since
        /// WordPress 6.8.
        search_semantics: str,
        /// The number of words of an excerpt that WordPress makes of the content. Default: 55. Since WordPress 6.8;
        /// earlier versions ignore it.
        excerpt_length: u32,
    }
}

filters! {
    resource Post of Posts {
        /// Returns only posts in any of these categories, or below them.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client, news: wp_client::models::CategoryId) -> wp_client::Result<()> {
        /// for post in wp.posts().list().categories([news]).per_page(5).await? {
        ///     println!("{}: {}", post.title.rendered, post.link);
        /// }
        /// # Ok(()) }
        /// ```
        categories: [CategoryId],
        /// Leaves out posts in any of these categories.
        categories_exclude: [CategoryId],
        /// Returns only posts with any of these tags.
        ///
        /// ```no_run
        /// # use wp_client::models::TagId;
        /// # async fn run(wp: wp_client::Client, rust: TagId, wasm: TagId) -> wp_client::Result<()> {
        /// for post in wp.posts().list().tags([rust, wasm]).await? {
        ///     println!("{}: {}", post.title.rendered, post.link);
        /// }
        /// # Ok(()) }
        /// ```
        tags: [TagId],
        /// Leaves out posts with any of these tags.
        tags_exclude: [TagId],
        /// How the filters by category and by tag combine: `AND` or `OR`. Default: `AND`.
        tax_relation: str,
        /// Returns only sticky posts, or only others. Default: both.
        sticky: bool,
        /// Whether sticky posts are listed at their own place. Default: true. With `false`, they come first and in
        /// addition to the posts of the page. Since WordPress 6.8.
        ignore_sticky: bool,
        /// Returns only posts with any of these formats. Since WordPress 6.8; earlier versions ignore it.
        format: [Format],
    }
}
