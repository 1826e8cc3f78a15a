//! Icons.

use http::Method;
use serde_json::Value;
use wp_core::Name;
use wp_core::models::{Icon, IconCollection};

use crate::{Collection, List};

filters! {
    resource Icon {
        /// Returns only icons whose name or label contains this text.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// for icon in wp.icons().list().containing("arrow").await? {
        ///     println!("{}", icon.name);
        /// }
        /// # Ok(()) }
        /// ```
        containing as "search": str,
        /// Returns only the icons of this collection.
        collection: str,
    }
}

impl Collection<Icon> {
    /// Lists the icons of one collection. WordPress responds with 404 `rest_icon_collection_not_found` to an unknown
    /// one.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// for icon in wp.icons().in_collection("core").await? {
    ///     println!("{}: {}", icon.name, icon.label);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn in_collection(&self, collection: impl Into<Name<IconCollection>>) -> List<Icon> {
        List::new(self.named::<Value>(Method::GET, collection.into().as_str()))
    }
}
