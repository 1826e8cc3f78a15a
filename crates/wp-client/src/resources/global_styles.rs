//! The global styles.

use http::Method;
use wp_core::Name;
use wp_core::models::{GlobalStyles, Theme, ThemeStyles};

use crate::{Collection, Request};

impl Collection<GlobalStyles> {
    /// Requests the settings and styles of a theme itself. WordPress gives them only for the active one, and responds with
    /// 404 `rest_theme_not_found` to another.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let theme = wp.global_styles().of_theme("twentytwentyfive").await?;
    /// println!("{}", theme.settings["color"]);
    /// # Ok(()) }
    /// ```
    pub fn of_theme(&self, theme: impl Into<Name<Theme>>) -> Request<ThemeStyles> {
        self.named(Method::GET, &format!("themes/{}", theme.into()))
    }

    /// Requests the variations of the styles of a theme. WordPress gives them only for the active one.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for variation in wp.global_styles().variations("twentytwentyfive").await? {
    ///     println!("{}", variation.title.unwrap_or_default());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn variations(&self, theme: impl Into<Name<Theme>>) -> Request<Vec<ThemeStyles>> {
        self.named(Method::GET, &format!("themes/{}/variations", theme.into()))
    }
}
