//! Types of blocks, and blocks that WordPress renders.

use http::Method;
use serde_json::Value;
use wp_core::extensions::Retryable;
use wp_core::models::{BlockName, BlockToRender, BlockType, RenderedBlock};
use wp_core::{Key as _, Route};

use crate::{Collection, List, Request};

filters! {
    resource BlockType {
        /// Returns only the types of this namespace: `core`. WordPress returns an empty list for one without types.
        namespace: str,
    }
}

impl Collection<BlockType> {
    /// Lists the types of one namespace: `core`. WordPress returns an empty list for a namespace without types.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for block in wp.block_types().in_namespace("core").await? {
    ///     println!("{}: {}", block.name, block.title);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn in_namespace(&self, namespace: &str) -> List<BlockType> {
        List::new(self.named::<Value>(Method::GET, namespace))
    }

    /// Renders a block whose HTML WordPress makes, as a page would show it. WordPress responds with 404 `block_invalid`
    /// to the name of a block that is not dynamic.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::BlockToRender;
    ///
    /// let latest = BlockToRender::default().attribute("postsToShow", 2);
    /// println!("{}", wp.block_types().render("core/latest-posts", latest).await?.rendered);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn render(&self, name: impl Into<BlockName>, block: BlockToRender) -> Request<RenderedBlock> {
        let request = self.renderer(Method::POST, &name.into()).json(&block);
        request.retryable(Retryable::Idempotent)
    }

    /// Does the same as [`render`](Self::render) by a GET request: for few attributes, which are sent in the URL.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::BlockToRender;
    ///
    /// let archives = wp.block_types().render_by_get("core/archives", BlockToRender::default()).await?;
    /// println!("{}", archives.rendered);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn render_by_get(&self, name: impl Into<BlockName>, block: BlockToRender) -> Request<RenderedBlock> {
        self.renderer(Method::GET, &name.into()).queries(&block)
    }

    fn renderer(&self, method: Method, name: &BlockName) -> Request<RenderedBlock> {
        let route = Route::new("/wp/v2/block-renderer").and_then(|route| name.below(&route));
        // The default context `view` is refused.
        Request::at(self.session(), method, route).query("context", "edit")
    }
}
