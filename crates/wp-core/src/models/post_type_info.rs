//! The post types of the site.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{FlagOr, TaxonomyInfo};
use crate::Name;

open_enum! {
    /// The changes that an editor may make in a post whose type has a template of blocks.
    TemplateLock {
        /// No block may be added, moved or removed.
        All = "all",
        /// Blocks may be moved, and neither added nor removed.
        Insert = "insert",
        /// Only the content of blocks may be changed.
        ContentOnly = "contentOnly",
    }
}

model! {
    /// Where a post type is shown in the dashboard.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct TypeVisibility {
        /// Whether the dashboard has pages for it.
        show_ui: bool,
        /// Whether its items may be added to menus.
        show_in_nav_menus: bool,
    }
}

model! {
    /// A post type of a site, such as `post`, `page`, or a custom one.
    #[derive(Debug, Clone, PartialEq)]
    pub struct PostTypeInfo {
        [key]
        /// The name by which WordPress knows it: `post`.
        slug: Name<PostTypeInfo>,
        /// The name that people read: `Posts`.
        name: String,
        /// The description.
        description: String,
        /// Whether items may have a parent.
        hierarchical: bool,
        /// Whether it has an archive page, and the slug of that page if it has one of its own.
        has_archive: FlagOr<String>,
        /// The icon in the dashboard: the name of a dashicon, or a URL.
        icon: Option<String>,
        /// The taxonomies of its items.
        taxonomies: Vec<Name<TaxonomyInfo>>,
        /// The last part of its route: `posts`.
        rest_base: String,
        /// The namespace of its route: `wp/v2`.
        rest_namespace: String,
        /// The blocks of a new item: lists of a name, attributes and inner blocks. Since WordPress 6.8.
        template: Vec<Value>,
        /// The changes that an editor may make in those blocks. Since WordPress 6.8.
        template_lock: FlagOr<TemplateLock>,

        /// The capability that each action needs, by the action: `edit_posts`. This field and all that follow are only in
        /// the context `edit`.
        capabilities: BTreeMap<String, String>,
        /// The texts of the dashboard, by their purpose: `add_new_item`.
        labels: BTreeMap<String, Option<String>>,
        /// The features of its items: `title`, `editor`, `thumbnail`. The value is `true`, or a list of options.
        supports: BTreeMap<String, Value>,
        /// Whether its items have pages.
        viewable: Option<bool>,
        /// Where the dashboard shows it.
        visibility: Option<TypeVisibility>,
    }
}

impl PostTypeInfo {
    /// The route of its items: `/wp/v2/posts`.
    ///
    /// ```no_run
    /// # use wp_core::models::PostTypeInfo;
    /// # fn f(recipe: PostTypeInfo) {
    /// assert_eq!(recipe.route(), "/wp/v2/recipes");
    /// # }
    /// ```
    pub fn route(&self) -> String {
        format!("/{}/{}", self.rest_namespace, self.rest_base)
    }
}

resource! { PostTypeInfo: Name<Self> = slug, edit Self, at "/wp/v2/types"; listed by None named; has Get }

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_type_is_read_in_each_context() {
        // As WordPress 7.1 wrote it.
        let embed = r#""name":"Posts","slug":"post","icon":"dashicons-admin-post","rest_base":"posts",
            "rest_namespace":"wp/v2","template":[],"template_lock":false"#;
        let view = format!(
            r#"{embed},"description":"","hierarchical":false,"has_archive":false,"taxonomies":["category","post_tag"]"#
        );
        let edit = format!(
            r#"{view},"capabilities":{{"edit_post":"edit_post"}},"visibility":{{"show_in_nav_menus":true,"show_ui":true}},
            "viewable":true,"labels":{{"name":"Posts","parent_item_colon":null}},
            "supports":{{"title":true,"editor":[{{"notes":true}}]}}"#
        );
        let [embed, view, edit] =
            [embed, &view, &edit].map(|fields| strictly::<PostTypeInfo>(&format!("{{{fields}}}")));
        assert_eq!(
            (embed.slug.as_str(), embed.taxonomies.len(), embed.route().as_str()),
            ("post", 0, "/wp/v2/posts")
        );
        assert!(view.taxonomies[1] == "post_tag" && !view.has_archive.is_on() && view.viewable.is_none());
        assert!(edit.visibility.is_some_and(|it| it.show_ui) && edit.labels["parent_item_colon"].is_none());
        assert_eq!(edit.supports["title"], true);
    }

    #[test]
    fn a_custom_type_may_have_an_archive_and_a_locked_template() {
        let text = r#"{"slug":"book","has_archive":"books","template":[["core/paragraph",{}]],"template_lock":"insert"}"#;
        let book: PostTypeInfo = strictly(text);
        assert_eq!(book.has_archive.value().map(String::as_str), Some("books"));
        assert_eq!(book.template_lock, FlagOr::Value(TemplateLock::Insert));
    }
}
