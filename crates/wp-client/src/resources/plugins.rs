//! The plugins.

use wp_core::models::{Plugin, PluginStatus};

filters! {
    resource Plugin of None {
        /// Returns only plugins whose header contains these words.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// use wp_client::models::PluginStatus;
        ///
        /// for plugin in wp.plugins().list().containing("jwt").status(PluginStatus::Active).await? {
        ///     println!("{} {}", plugin.plugin, plugin.version);
        /// }
        /// # Ok(()) }
        /// ```
        containing as "search": str,
        /// Returns only plugins with this status.
        status: PluginStatus,
        /// Returns only plugins with any of these statuses.
        statuses as "status": [PluginStatus],
    }
}
