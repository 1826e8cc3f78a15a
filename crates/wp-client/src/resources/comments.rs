//! The comments.

use http::Method;
use wp_core::filters;
use wp_core::models::{
    AnyPostId, Comment, CommentId, CommentStatus, CommentType, NewComment, Password, UserId,
};
use wp_core::{Edit, Listed, SiteTime};

use crate::{Collection, Deleted, List, Request};

filters! {
    family Comments {
        /// Returns only comments on any of these items.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client, post: wp_client::models::PostId) -> wp_client::Result<()> {
        /// for comment in wp.comments().list().post([post]).await? {
        ///     println!("{}: {}", comment.author_name, comment.content.rendered);
        /// }
        /// # Ok(()) }
        /// ```
        post: [AnyPostId],
        /// Returns only comments of this type. Default: `Comment`, so that notes are in no ordinary list; `"all"` returns
        /// every type. Another type than the default needs a user who may edit the item: others get 401 or 403
        /// `rest_forbidden_param`.
        kind as "type": CommentType,
        /// Returns only comments of any of these users. It needs the right to moderate.
        author: [UserId],
        /// Leaves out comments of any of these users. It needs the right to moderate.
        author_exclude: [UserId],
        /// Returns only comments with this e-mail address of their author. It needs the right to moderate.
        author_email: str,
        /// Returns only replies to any of these comments.
        parent: [CommentId],
        /// Leaves out replies to any of these comments.
        parent_exclude: [CommentId],
        /// Returns only comments written after this time, in the site's time zone.
        after: SiteTime,
        /// Returns only comments written before this time, in the site's time zone.
        before: SiteTime,
    }
}

impl<R: Listed, T> List<R, T, filters::Comments> {
    /// Returns only comments with this status. Default: `Approved`; `"all"` returns those that are approved or on hold.
    /// Another status than the default needs the right to moderate: others get 401 or 403 `rest_forbidden_param`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{CommentPatch, CommentStatus};
    ///
    /// for comment in wp.comments().list().status(CommentStatus::Hold).edit().await? {
    ///     if comment.author_email.as_deref() == Some("ana@example.org") {
    ///         wp.comments().update(comment.id, CommentPatch::default().status(CommentStatus::Approved)).await?;
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    pub fn status(self, status: impl Into<CommentStatus>) -> Self {
        match status.into() {
            // The filter's value is `approve`, the field's is `approved`.
            CommentStatus::Approved => self.query("status", "approve"),
            status => self.query("status", status),
        }
    }

    /// Returns only those without a parent: no replies.
    pub fn at_top(self) -> Self {
        self.query("parent", 0)
    }

    /// The password of the item whose comments are listed.
    pub fn password(self, password: impl Into<Password>) -> Self {
        self.query("password", password.into())
    }
}

impl Request<Deleted<Comment<Edit>>> {
    /// The password of the item whose comment is deleted.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::CommentId) -> wp_client::Result<()> {
    /// wp.comments().delete(id).password("open sesame").await?;
    /// # Ok(()) }
    /// ```
    pub fn password(self, password: impl Into<Password>) -> Self {
        self.query("password", password.into())
    }
}

impl Collection<Comment> {
    /// Creates a comment as a user who may not moderate, or as a visitor where the site allows it. WordPress responds
    /// to them without the text as it was written, which [`create`](Self::create) reads.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, post: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::{CommentStatus, NewComment};
    ///
    /// let comment = wp.comments().submit(NewComment::on(post, "Thank you!")).await?;
    /// if comment.status == CommentStatus::Hold {
    ///     println!("it waits for a moderator");
    /// }
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn submit(&self, new: NewComment) -> Request<Comment> {
        self.request(Method::POST).json(&new)
    }
}
