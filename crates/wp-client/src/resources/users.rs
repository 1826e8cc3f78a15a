//! The users.

use http::Method;
use wp_core::models::{User, UserId, UserPatch};

use crate::{Collection, Deleted, Request};

filters! {
    family Users {
        /// Returns only users with any of these roles, such as `editor`. It needs the right to list users.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// for user in wp.users().list().roles(["author", "editor"]).edit().await? {
        ///     println!("{} {:?}", user.name, user.registered_date);
        /// }
        /// # Ok(()) }
        /// ```
        roles: [String],
        /// Returns only users with any of these capabilities, such as `edit_posts`. It needs the right to list users.
        capabilities: [String],
        /// Returns only the user with this slug.
        slug: str,
        /// Returns only users with any of these slugs.
        slugs as "slug": [String],
        /// Searches only these fields: `email`, `name`, `id`, `username`, `slug`. Default: all of them. Since WordPress 6.8.
        search_columns: [String],
        /// Returns only users who have published items of a public post type. WordPress ignores `false`.
        has_published_posts: bool,
        /// Returns only users who have published items of any of these post types.
        has_published as "has_published_posts": [String],
        /// `authors`: only users who may write posts. Deprecated by WordPress in favour of `capabilities`.
        who: str,
    }
}

impl Collection<User> {
    /// Requests the user of the client's credential. Without a credential, WordPress responds with 401
    /// `rest_not_logged_in`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// println!("Hello {}", wp.users().me().await?.name);
    /// # Ok(()) }
    /// ```
    pub fn me(&self) -> Request<User> {
        self.named(Method::GET, "me")
    }

    /// Changes the user of the client's credential.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::UserPatch;
    ///
    /// wp.users().update_me(UserPatch::default().name("Ana")).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn update_me(&self, patch: UserPatch) -> Request<User> {
        self.named(Method::POST, "me").json(&patch)
    }

    /// Deletes a user. Users have no trash. The user's posts go to `heir`, or are deleted too if that is `None`.
    ///
    /// ```no_run
    /// # use wp_client::models::UserId;
    /// # async fn run(wp: wp_client::Client, leaver: UserId, successor: UserId) -> wp_client::Result<()> {
    /// wp.users().delete_reassigning(leaver, successor).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// For an heir who does not exist, WordPress responds with 400 `rest_user_invalid_reassign`.
    pub fn delete_reassigning(&self, id: UserId, heir: impl Into<Option<UserId>>) -> Request<Deleted<User>> {
        reassigning(self.item(Method::DELETE, &id), heir.into())
    }

    /// Deletes the user of the client's credential; see [`delete_reassigning`](Self::delete_reassigning).
    pub fn delete_me(&self, heir: impl Into<Option<UserId>>) -> Request<Deleted<User>> {
        reassigning(self.named(Method::DELETE, "me"), heir.into())
    }
}

/// A user's deletion. WordPress deletes the posts for `false`; for 0 it leaves them without an author.
fn reassigning<T>(request: Request<T>, heir: Option<UserId>) -> Request<T> {
    let request = request.query("force", true);
    match heir {
        Some(heir) => request.query("reassign", heir),
        None => request.query("reassign", false),
    }
}
