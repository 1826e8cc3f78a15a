//! The taxonomies of the site.

use std::collections::BTreeMap;

use super::PostTypeInfo;
use crate::Name;

model! {
    /// Where a taxonomy is shown.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct TaxonomyVisibility {
        /// Whether it is public.
        public: bool,
        /// Whether its terms have archive pages.
        publicly_queryable: bool,
        /// Whether the dashboard has pages for it.
        show_ui: bool,
        /// Whether lists in the dashboard have a column for it.
        show_admin_column: bool,
        /// Whether its terms may be added to menus.
        show_in_nav_menus: bool,
        /// Whether it is in the quick edit of the dashboard.
        show_in_quick_edit: bool,
    }
}

model! {
    /// A taxonomy of a site, such as `category`, or a custom one.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct TaxonomyInfo {
        [key]
        /// The name by which WordPress knows it: `post_tag`.
        slug: Name<TaxonomyInfo>,
        /// The name that people read: `Tags`.
        name: String,
        /// The description.
        description: String,
        /// The post types whose items have its terms.
        types: Vec<Name<PostTypeInfo>>,
        /// Whether terms may have a parent.
        hierarchical: bool,
        /// The last part of the route of its terms: `tags`.
        rest_base: String,
        /// The namespace of that route: `wp/v2`.
        rest_namespace: String,

        /// The capability that each action needs, by the action: `manage_terms`. This field and all that follow are only
        /// in the context `edit`.
        capabilities: BTreeMap<String, String>,
        /// The texts of the dashboard, by their purpose: `add_new_item`.
        labels: BTreeMap<String, Option<String>>,
        /// Whether it may be shown as a cloud of its terms.
        show_cloud: Option<bool>,
        /// Where it is shown.
        visibility: Option<TaxonomyVisibility>,
    }
}

impl TaxonomyInfo {
    /// The route of its terms: `/wp/v2/tags`.
    pub fn route(&self) -> String {
        format!("/{}/{}", self.rest_namespace, self.rest_base)
    }
}

resource! { TaxonomyInfo: Name<Self> = slug, edit Self, at "/wp/v2/taxonomies"; listed by None named; has Get }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_taxonomy_is_read_in_each_context() {
        // As WordPress 7.1 wrote it.
        let embed =
            r#""name":"Categories","slug":"category","rest_base":"categories","rest_namespace":"wp/v2""#;
        let view = format!(r#"{embed},"description":"","types":["post"],"hierarchical":true"#);
        let edit = format!(
            r#"{view},"capabilities":{{"manage_terms":"manage_categories"}},"labels":{{"popular_items":null}},
            "show_cloud":true,"visibility":{{"public":true,"publicly_queryable":true,"show_admin_column":true,
            "show_in_nav_menus":true,"show_in_quick_edit":true,"show_ui":true}}"#
        );
        let [embed, view, edit] =
            [embed, &view, &edit].map(|fields| strictly::<TaxonomyInfo>(&format!("{{{fields}}}")));
        assert_eq!((embed.route().as_str(), embed.hierarchical), ("/wp/v2/categories", false));
        assert!(view.types[0] == "post" && view.hierarchical && view.show_cloud.is_none());
        assert_eq!(edit.capabilities["manage_terms"], "manage_categories");
        assert!(
            edit.visibility.is_some_and(|it| it.show_in_quick_edit) && edit.labels["popular_items"].is_none()
        );
    }
}
