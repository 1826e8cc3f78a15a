//! Sidebars: the places of a theme that hold widgets.

use super::WidgetId;
use crate::Name;

/// The id of a sidebar: `sidebar-1`. The sidebar `wp_inactive_widgets` holds the widgets that no page shows.
pub type SidebarId = Name<Sidebar>;

open_enum! {
    /// Whether the theme shows a sidebar.
    SidebarStatus {
        /// The active theme has it.
        Active = "active",
        /// The sidebar holds widgets that are not shown: `wp_inactive_widgets`, or a sidebar of an earlier theme.
        Inactive = "inactive",
    }
}

model! {
    /// A sidebar of a classic theme. Users who may not edit the theme get 401 or 403 `rest_cannot_manage_widgets`,
    /// except for a sidebar that is registered with `show_in_rest`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Sidebar {
        [key]
        /// The id of the sidebar.
        id: SidebarId,
        /// The name, for people.
        name: String,
        /// The description, for people.
        description: String,
        /// CSS classes of the sidebar in the dashboard.
        class: String,
        /// HTML before each widget.
        before_widget: String,
        /// HTML after each widget.
        after_widget: String,
        /// HTML before the title of a widget.
        before_title: String,
        /// HTML after the title of a widget.
        after_title: String,
        /// Whether the theme shows the sidebar. Default: `Inactive`.
        status: SidebarStatus = SidebarStatus::Inactive,
        /// The widgets in their order.
        widgets: Vec<WidgetId>,
    }
}

writable! {
    patch:
    /// Changes to a sidebar.
    ///
    /// ```
    /// use wp_core::models::{SidebarPatch, WidgetId};
    ///
    /// let patch = SidebarPatch::default().widgets([WidgetId::from("block-3"), "block-2".into()]);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"widgets":["block-3","block-2"]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    SidebarPatch,
    both {
        /// All widgets in their order. A widget that is left out moves to `wp_inactive_widgets`.
        widgets: Vec<WidgetId>,
    }
}

resource! { Sidebar: SidebarId = id, edit Self, at "/wp/v2/sidebars"; listed by None; has Get; patch SidebarPatch }
