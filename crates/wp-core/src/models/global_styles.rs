//! Global styles: what the user changed of the styles of a theme.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{UserId, Written};
use crate::{GmtTime, Id, Nested, Revisions, SiteTime};

/// The id of global styles.
pub type GlobalStylesId = Id<GlobalStyles>;

/// Settings or styles, as in a `theme.json`.
pub type ThemeJson = BTreeMap<String, Value>;

model! {
    /// The user's changes to the styles of a theme. [`Theme::global_styles`](super::Theme::global_styles) has the id.
    #[derive(Debug, Clone, PartialEq)]
    pub struct GlobalStyles {
        [key]
        /// The id of the styles.
        id: GlobalStylesId,
        /// The title, in each context as it was written.
        title: Written,
        /// The settings, as in a `theme.json`. Empty if the user changed none. Not in the context `embed`.
        settings: ThemeJson,
        /// The styles, as in a `theme.json`. Empty if the user changed none. Not in the context `embed`.
        styles: ThemeJson,
    }
}

model! {
    /// A revision of global styles. WordPress 6.2 has none: it responds with the styles themselves, not with a list.
    #[derive(Debug, Clone, PartialEq)]
    pub struct GlobalStylesRevision {
        [key]
        /// The id of the revision.
        id: Id<GlobalStylesRevision>,
        /// The styles of which it is a revision.
        parent: Option<GlobalStylesId>,
        /// Who changed them.
        author: Option<UserId>,
        /// The date on the site's clock.
        date: Option<SiteTime>,
        /// The date in GMT.
        date_gmt: Option<GmtTime>,
        /// The date of the last change, on the site's clock.
        modified: Option<SiteTime>,
        /// The date of the last change, in GMT.
        modified_gmt: Option<GmtTime>,
        /// The settings.
        settings: ThemeJson,
        /// The styles.
        styles: ThemeJson,
    }
}

model! {
    /// The settings and styles of a theme, or of a variation of its styles, as in a `theme.json`.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct ThemeStyles {
        /// The name of a variation. `None` for the theme itself.
        title: Option<String>,
        /// The version of the format. `None` for the theme itself.
        version: Option<u32>,
        /// The settings.
        settings: ThemeJson,
        /// The styles.
        styles: ThemeJson,
    }
}

writable! {
    patch:
    /// Changes to global styles. WordPress replaces all settings, or all styles.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    /// use serde_json::json;
    /// use wp_core::models::GlobalStylesPatch;
    ///
    /// let dark = BTreeMap::from([("color".to_owned(), json!({"background": "#000000"}))]);
    /// let patch = GlobalStylesPatch::default().styles(dark);
    /// assert_eq!(serde_json::to_string(&patch)?, r##"{"styles":{"color":{"background":"#000000"}}}"##);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    GlobalStylesPatch,
    both {
        /// The title.
        title: String,
        /// All settings; they replace the current ones.
        settings: ThemeJson,
        /// All styles; they replace the current ones. WordPress responds with 400 `rest_custom_css_illegal_markup` if
        /// the CSS contains markup.
        styles: ThemeJson,
    }
}

impl crate::Rooted for GlobalStyles {
    const ROUTE: &'static str = "/wp/v2/global-styles";
}

resource! { GlobalStyles: GlobalStylesId = id, edit Self; has Get; patch GlobalStylesPatch }
resource! { GlobalStylesRevision: Id<Self> = id, edit Self; listed by None; has Get, Paged }

impl Revisions for GlobalStyles {
    type Revision = GlobalStylesRevision;
}

impl Nested<GlobalStyles> for GlobalStylesRevision {
    const SEGMENT: &'static str = "revisions";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn styles_are_read_in_each_context() {
        // As WordPress 7.1 wrote them.
        let edit: GlobalStyles = strictly(
            r#"{"id":324,"title":{"raw":"Custom Styles","rendered":"Custom Styles"},"settings":{},"styles":{}}"#,
        );
        let embed: GlobalStyles =
            strictly(r#"{"id":324,"title":{"raw":"Custom Styles","rendered":"Custom Styles"}}"#);
        assert!(edit.title == embed.title && edit.styles == embed.styles);
        let revision: GlobalStylesRevision = strictly(
            r##"{"settings":{},"styles":{"color":{"background":"#000000"}},"author":1,"date":"2026-11-22T19:01:23",
                "date_gmt":"2026-11-22T19:01:23","id":326,"modified":"2026-11-22T19:01:23",
                "modified_gmt":"2026-11-22T19:01:23","parent":324}"##,
        );
        assert_eq!(
            (revision.parent, &revision.styles["color"]["background"]),
            (Some(edit.id), &"#000000".into())
        );
        let variation: ThemeStyles =
            strictly(r#"{"version":2,"title":"Ember","settings":{},"styles":{"a":1}}"#);
        assert_eq!((variation.title.as_deref(), variation.version), (Some("Ember"), Some(2)));
    }
}
