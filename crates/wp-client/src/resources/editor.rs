//! The routes that the editor of the dashboard uses.

use bytes::Bytes;
use http::Method;
use wp_core::Route;
use wp_core::models::{NavigationFallback, UrlDetails, ViewConfig, ViewKind};

use crate::{Client, Request};

impl Client {
    /// How the dashboard shows the list of a post type, a taxonomy or other items; since WordPress 7.1. WordPress
    /// responds with 404 `rest_view_config_invalid_entity` to an unknown post type.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::ViewKind;
    ///
    /// let config = wp.view_config(ViewKind::PostType, "page").await?;
    /// for view in &config.view_list {
    ///     println!("{}", view.title);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn view_config(&self, kind: impl Into<ViewKind>, name: &str) -> Request<ViewConfig> {
        let request = Request::at(&self.0, Method::GET, Route::new("/wp/v2/view-config"));
        request.query("kind", kind.into()).query("name", name)
    }

    /// The title, the icon and the description of the page at a URL. The request needs the right to edit posts.
    /// WordPress requests the page; it responds with 400 `rest_invalid_param` if the URL is invalid or its host is not
    /// found.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// println!("{}", wp.url_details("https://example.org/").await?.title);
    /// # Ok(()) }
    /// ```
    pub fn url_details(&self, url: &str) -> Request<UrlDetails> {
        Request::at(&self.0, Method::GET, Route::new("/wp-block-editor/v1/url-details")).query("url", url)
    }

    /// The navigation menu that a theme shows if none is chosen. If the site has no menu, WordPress creates one: of a
    /// classic menu, or of the pages. It needs the right to edit the theme.
    /// WordPress 6.2 does not have this route.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let menu = wp.navigation_fallback().await?;
    /// println!("{}", wp.navigation().get(menu.id).await?.title.rendered);
    /// # Ok(()) }
    /// ```
    pub fn navigation_fallback(&self) -> Request<NavigationFallback> {
        Request::at(&self.0, Method::GET, Route::new("/wp-block-editor/v1/navigation-fallback"))
    }

    /// Exports the active theme with the changes that were made to its templates and styles: a zip archive. It needs
    /// the right to edit the theme.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// std::fs::write("theme.zip", wp.export_theme().await?)?;
    /// # Ok(()) }
    /// ```
    pub fn export_theme(&self) -> Request<Bytes> {
        Request::<()>::at(&self.0, Method::GET, Route::new("/wp-block-editor/v1/export")).zip()
    }
}
