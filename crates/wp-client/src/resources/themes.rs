//! The themes.

use wp_core::models::{Theme, ThemeStatus};

filters! {
    resource Theme of None {
        /// Returns only themes with this status.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// use wp_client::models::ThemeStatus;
        ///
        /// if let Some(theme) = wp.themes().list().status(ThemeStatus::Active).await?.first() {
        ///     println!("{} {}", theme.stylesheet, theme.version);
        /// }
        /// # Ok(()) }
        /// ```
        status: ThemeStatus,
        /// Returns only themes with any of these statuses.
        statuses as "status": [ThemeStatus],
    }
}
