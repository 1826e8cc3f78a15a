//! oEmbed: what a page needs to show another page.

use http::Method;
use wp_core::Route;
use wp_core::models::{Oembed, OembedProxyQuery, OembedQuery};

use crate::{Client, Request};

impl Client {
    /// The oEmbed data that another page needs to show a post of this site. The request needs no credential. WordPress
    /// responds with 404 `oembed_invalid_url` to the URL of anything else.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let embed = wp.oembed("https://example.org/hello-world/").await?;
    /// println!("{}: {}", embed.title, embed.html);
    /// # Ok(()) }
    /// ```
    pub fn oembed(&self, page: impl Into<OembedQuery>) -> Request<Oembed> {
        Request::at(&self.0, Method::GET, Route::new("/oembed/1.0/embed")).queries(page.into())
    }

    /// The oEmbed data to show a page of any site: WordPress requests it there. The request needs the right to edit
    /// posts.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::OembedProxyQuery;
    ///
    /// let video = OembedProxyQuery::of("https://example.org/video/7").max_width(300_u32);
    /// println!("{}", wp.oembed_proxy(video).await?.html);
    /// # Ok(()) }
    /// ```
    pub fn oembed_proxy(&self, page: impl Into<OembedProxyQuery>) -> Request<Oembed> {
        Request::at(&self.0, Method::GET, Route::new("/oembed/1.0/proxy")).queries(page.into())
    }
}
