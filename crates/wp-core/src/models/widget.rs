//! Widgets, and their types.

use serde_json::Value;

use super::{Meta, SidebarId};
use crate::Name;

/// The id of a widget: `block-7`, the type and a number. A widget whose type allows only one has the id of its type.
pub type WidgetId = Name<Widget>;

/// The id of a type of widgets: `block`, `text`.
pub type WidgetTypeId = Name<WidgetType>;

model! {
    /// A widget in a sidebar. Users who may not edit the theme get 401 or 403 `rest_cannot_manage_widgets`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Widget {
        [key]
        /// The id of the widget.
        id: WidgetId,
        /// The type of the widget.
        id_base: WidgetTypeId,
        /// The sidebar that holds it.
        sidebar: SidebarId,
        /// The widget as HTML. Empty in the sidebar `wp_inactive_widgets`.
        rendered: String,
        /// The form of the dashboard as HTML. Only in the context `edit`.
        rendered_form: Option<String>,
        /// The settings. Only in the context `edit`, and only if the type allows more than one widget.
        instance: Option<WidgetInstance>,
    }
}

model! {
    /// The settings of a widget: [raw](Self::raw), or in the encoded form that every type has.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct WidgetInstance {
        /// The settings as PHP serializes them, in Base64.
        encoded: String,
        /// A hash of [`encoded`](Self::encoded), without which WordPress does not accept it.
        hash: String,
        /// The settings by name. `None` if the type does not show them in the REST API.
        raw: Option<Meta>,
    }
}

impl WidgetInstance {
    /// Settings by name. WordPress responds with 400 `rest_invalid_widget` if the type does not show them in the REST
    /// API.
    ///
    /// ```
    /// use wp_core::models::{NewWidget, WidgetInstance};
    ///
    /// let text = WidgetInstance::raw([("content", "<!-- wp:search /-->")]);
    /// let new = NewWidget::of("block", text).sidebar("sidebar-1");
    /// assert_eq!(
    ///     serde_json::to_string(&new)?,
    ///     r#"{"id_base":"block","sidebar":"sidebar-1","instance":{"raw":{"content":"<!-- wp:search /-->"}}}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn raw<N: Into<String>, V: Into<Value>>(settings: impl IntoIterator<Item = (N, V)>) -> Self {
        let raw = settings.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { raw: Some(raw), ..Self::default() }
    }

    /// Settings in the encoded form, as WordPress sent them: both texts of another widget or of a form.
    pub fn encoded(encoded: impl Into<String>, hash: impl Into<String>) -> Self {
        Self { encoded: encoded.into(), hash: hash.into(), ..Self::default() }
    }
}

writable! {
    new:
    /// A new widget.
    ///
    /// ```
    /// use wp_core::models::{NewWidget, WidgetInstance};
    ///
    /// let tags = NewWidget::of("tag_cloud", WidgetInstance::raw([("title", "Tags")]));
    /// assert_eq!(
    ///     serde_json::to_string(&tags.sidebar("sidebar-1"))?,
    ///     r#"{"id_base":"tag_cloud","sidebar":"sidebar-1","instance":{"raw":{"title":"Tags"}}}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewWidget,
    patch:
    /// Changes to a widget. Fields that are not set stay unchanged.
    ///
    /// ```
    /// use wp_core::models::WidgetPatch;
    ///
    /// let moved = WidgetPatch::default().sidebar("sidebar-2");
    /// assert_eq!(serde_json::to_string(&moved)?, r#"{"sidebar":"sidebar-2"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    WidgetPatch,
    both {
        /// The sidebar that holds it. Default of a new widget: `wp_inactive_widgets`.
        sidebar: SidebarId,
        /// The settings. If they are not set, WordPress reads [`form_data`](Self::form_data).
        instance: WidgetInstance,
        /// The fields of the dashboard's form as a form in PHP's notation: `widget-text[1][title]=About`. For types
        /// whose settings are not in the REST API.
        form_data: String,
    }
    new {
        /// The id, for a widget whose type allows only one. WordPress chooses it for others.
        id: WidgetId,
        /// The type.
        id_base: WidgetTypeId,
    }
}

impl NewWidget {
    /// A new widget of this type with these settings.
    pub fn of(id_base: impl Into<WidgetTypeId>, instance: WidgetInstance) -> Self {
        Self::default().id_base(id_base).instance(instance)
    }
}

resource! { Widget: WidgetId = id, edit Self, at "/wp/v2/widgets"; listed by None; has Get, Delete; new NewWidget; patch WidgetPatch }

model! {
    /// A type of widgets.
    #[derive(Debug, Clone, PartialEq)]
    pub struct WidgetType {
        [key]
        /// The id of the type.
        id: WidgetTypeId,
        /// The name, for people.
        name: String,
        /// The description, for people.
        description: String,
        /// Whether a site can have more than one widget of this type.
        is_multi: bool,
        /// The CSS class of its widgets.
        classname: String,
    }
}

resource! { WidgetType: WidgetTypeId = id, edit Self, at "/wp/v2/widget-types"; listed by None; has Get }

writable! {
    new:
    /// Settings to be encoded: those of a widget, changed by the fields of a form.
    WidgetToEncode,
    both {
        /// The settings before.
        instance: WidgetInstance,
        /// The fields of the dashboard's form as a form in PHP's notation: `widget-text[1][title]=About`.
        form_data: String,
    }
}

model! {
    /// The encoded settings of a widget, and what the dashboard shows for them.
    #[derive(Debug, Clone, PartialEq)]
    pub struct EncodedWidget {
        /// The fields of the dashboard's form as HTML.
        form: String,
        /// The widget as HTML.
        preview: String,
        /// The settings.
        instance: WidgetInstance,
    }
}

model! {
    /// A widget as a page shows it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct WidgetPreview {
        /// A whole HTML page.
        preview: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_were_read_can_be_written_back() {
        // As recorded on WordPress 7.1.
        let text = r#"{"id":"block-7","id_base":"block","sidebar":"side-1","rendered":"<b><p>w</p></b>",
            "rendered_form":"<p></p>","instance":{"encoded":"YToxOntzOjc6ImNvbnRlbnQiO3M6MjoidzIiO30=",
            "hash":"53f1c686e930a11f90fdfa0df57f0acd","raw":{"content":"w2"}}}"#;
        let widget: Widget = serde_json::from_str(text).unwrap();
        let instance = widget.instance.clone().unwrap();
        assert_eq!(
            (widget.id.as_str(), &instance.raw.as_ref().unwrap()["content"]),
            ("block-7", &"w2".into())
        );
        let patch = serde_json::to_value(WidgetPatch::default().instance(instance)).unwrap();
        assert_eq!(patch["instance"], serde_json::to_value(&widget).unwrap()["instance"]);
        let encoded = WidgetInstance::encoded("YTowOnt9", "53f1");
        assert_eq!(serde_json::to_string(&encoded).unwrap(), r#"{"encoded":"YTowOnt9","hash":"53f1"}"#);
    }

    #[test]
    fn settings_without_a_value_stay_an_object() {
        let none: [(&str, &str); 0] = [];
        assert_eq!(serde_json::to_string(&WidgetInstance::raw(none)).unwrap(), r#"{"raw":{}}"#);
    }
}
