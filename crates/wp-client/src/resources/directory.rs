//! The search in WordPress.org's directories.

use wp_core::models::{DirectoryBlock, DirectoryPattern};

use crate::{Client, Collection, List};

filters! {
    resource DirectoryPattern of None {
        /// Returns only patterns of the category with this id in the directory.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// for pattern in wp.pattern_directory().list().category(3).await? {
        ///     println!("{}", pattern.title);
        /// }
        /// # Ok(()) }
        /// ```
        category: u64,
        /// Returns only patterns with the keyword of this id in the directory.
        keyword: u64,
        /// Returns only patterns with any of these slugs.
        slugs as "slug": [String],
    }
}

impl Client {
    /// Searches WordPress.org's directory for plugins with a block. It needs the right to install plugins. WordPress
    /// responds with 500 `plugins_api_failed` if it does not reach WordPress.org.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for block in wp.block_directory("slider").await? {
    ///     println!("{} by {}", block.title, block.author);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn block_directory(&self, term: &str) -> List<DirectoryBlock> {
        let directory: Collection<DirectoryBlock> = self.collection();
        directory.list().query("term", term)
    }
}
