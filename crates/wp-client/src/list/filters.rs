//! The parameters of lists, by family.

use wp_core::models::{CategoryId, Post, PostStatus, TagId, UserId};
use wp_core::{PostFilters, SiteTime};

use crate::List;

impl<R: PostFilters, T> List<R, T> {
    /// Returns only posts with this status. Default: `publish`.
    ///
    /// Any other status needs a user who may see such posts. WordPress responds to other users with 400
    /// `rest_invalid_param`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::PostStatus;
    ///
    /// let posts = wp.posts().list().status(PostStatus::Draft).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn status(self, status: PostStatus) -> Self {
        self.query("status", status)
    }

    /// Returns only posts by any of these authors.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, ana: wp_client::models::UserId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().author([ana]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn author(self, authors: impl IntoIterator<Item = UserId>) -> Self {
        self.query("author", authors.into_iter().collect::<Vec<_>>())
    }

    /// Returns only posts with this slug.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().slug("hello-world").await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn slug(self, slug: &str) -> Self {
        self.query("slug", [slug])
    }

    /// Returns only posts published after this time, in the site's time zone.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let posts = wp.posts().list().after("2026-01-01T00:00:00".parse()?).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn after(self, time: SiteTime) -> Self {
        self.query("after", time)
    }

    /// Returns only posts published before this time, in the site's time zone.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let posts = wp.posts().list().before("2026-01-01T00:00:00".parse()?).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn before(self, time: SiteTime) -> Self {
        self.query("before", time)
    }
}

impl<T> List<Post, T> {
    /// Returns only posts in any of these categories.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, news: wp_client::models::CategoryId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().categories([news]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn categories(self, categories: impl IntoIterator<Item = CategoryId>) -> Self {
        self.query("categories", categories.into_iter().collect::<Vec<_>>())
    }

    /// Returns only posts with any of these tags.
    ///
    /// ```no_run
    /// # use wp_client::models::TagId;
    /// # async fn run(wp: wp_client::Client, rust: TagId, wasm: TagId) -> wp_client::Result<()> {
    /// let posts = wp.posts().list().tags([rust, wasm]).await?;
    /// # drop(posts); Ok(()) }
    /// ```
    pub fn tags(self, tags: impl IntoIterator<Item = TagId>) -> Self {
        self.query("tags", tags.into_iter().collect::<Vec<_>>())
    }
}
