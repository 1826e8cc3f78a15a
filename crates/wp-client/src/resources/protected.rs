//! The options for reading an item of a post type.

use wp_core::models::Password;
use wp_core::{PostType, Protected};

use crate::Request;

impl<R: Protected> Request<R> {
    /// The password of a protected item, or of the item of a comment. Without it, WordPress leaves the text empty. A wrong
    /// one is 403 `rest_post_incorrect_password`. Users who may edit the item need none.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let post = wp.posts().get(id).password("open sesame").await?;
    /// println!("{}", post.content.rendered);
    /// # Ok(()) }
    /// ```
    pub fn password(self, password: impl Into<Password>) -> Self {
        self.set("password", password.into())
    }
}

impl<R: PostType> Request<R> {
    /// The number of words of an excerpt that WordPress makes of the content. Default: 55. Since WordPress 6.8; earlier
    /// versions ignore it.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let post = wp.posts().get(id).excerpt_length(20).await?;
    /// println!("{}", post.excerpt.rendered);
    /// # Ok(()) }
    /// ```
    pub fn excerpt_length(self, words: u32) -> Self {
        self.set("excerpt_length", words)
    }
}
