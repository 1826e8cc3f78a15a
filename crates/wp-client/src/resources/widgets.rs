//! Widgets and their types.

use http::Method;
use wp_core::extensions::Retryable;
use wp_core::models::{
    EncodedWidget, SidebarId, Widget, WidgetId, WidgetInstance, WidgetPreview, WidgetToEncode, WidgetType,
    WidgetTypeId,
};

use crate::{Collection, Request};

filters! {
    resource Widget {
        /// Returns only the widgets of this sidebar.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// for widget in wp.widgets().list().sidebar("sidebar-1").edit().await? {
        ///     println!("{}: {:?}", widget.id, widget.instance);
        /// }
        /// # Ok(()) }
        /// ```
        sidebar: SidebarId,
    }
}

impl Collection<Widget> {
    /// Moves a widget to the sidebar `wp_inactive_widgets`, and returns it. The widget keeps its settings;
    /// [`delete`](Self::delete) removes it.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// wp.widgets().deactivate("block-7").await?;
    /// # Ok(()) }
    /// ```
    pub fn deactivate(&self, id: impl Into<WidgetId>) -> Request<Widget> {
        self.item(Method::DELETE, &id.into())
    }
}

impl Collection<WidgetType> {
    /// Encodes the settings of a widget, which the fields of the dashboard's form change. Nothing is saved.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewWidget, WidgetToEncode};
    ///
    /// let fields = WidgetToEncode::default().form_data("widget-text[1][title]=About");
    /// let encoded = wp.widget_types().encode("text", fields).await?;
    /// wp.widgets().create(NewWidget::of("text", encoded.instance).sidebar("sidebar-1")).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn encode(&self, id: impl Into<WidgetTypeId>, widget: WidgetToEncode) -> Request<EncodedWidget> {
        self.action(Method::POST, &id.into(), "encode").json(&widget).retryable(Retryable::Idempotent)
    }

    /// Renders a page with a widget of these settings. Nothing is saved.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::WidgetInstance;
    ///
    /// let about = WidgetInstance::raw([("title", "About"), ("text", "This is my site.")]);
    /// println!("{}", wp.widget_types().render("text", about).await?.preview);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn render(&self, id: impl Into<WidgetTypeId>, instance: WidgetInstance) -> Request<WidgetPreview> {
        let widget = WidgetToEncode::default().instance(instance);
        self.action(Method::POST, &id.into(), "render").json(&widget).retryable(Retryable::Idempotent)
    }
}
