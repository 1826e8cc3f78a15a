//! Templates and template parts of block themes.

use super::{PostStatus, UserId, Written};
use crate::{
    Autosaves, Create, Delete, Get, Id, Listed, Name, Nested, Paged, Resource, Revisions, Rooted, SiteTime,
    Trash, Update, filters,
};

/// A kind of templates. It makes the names of templates and of template parts different types.
pub trait TemplateKind: Send + Sync + 'static {
    /// The route of its templates.
    const ROUTE: &'static str;
}

/// Templates: each is a whole page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pages {}

/// Template parts: each is a part of pages, such as a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {}

impl TemplateKind for Pages {
    const ROUTE: &'static str = "/wp/v2/templates";
}

impl TemplateKind for Parts {
    const ROUTE: &'static str = "/wp/v2/template-parts";
}

/// A template part, such as a header or a footer.
pub type TemplatePart = Template<Parts>;
/// The name of a template: `twentytwentyfive//single`.
pub type TemplateName = Name<Template>;
/// The name of a template part: `twentytwentyfive//header`.
pub type TemplatePartName = Name<TemplatePart>;

open_enum! {
    /// The area of a page for which a template part is.
    TemplateArea {
        /// None: WordPress's default.
        Uncategorized = "uncategorized",
        /// The header.
        Header = "header",
        /// The footer.
        Footer = "footer",
        /// A sidebar. Since WordPress 6.8 or later.
        Sidebar = "sidebar",
    }
}

open_enum! {
    /// Where a template comes from.
    TemplateSource {
        /// A file of the theme.
        Theme = "theme",
        /// A plugin.
        Plugin = "plugin",
        /// The site.
        Site = "site",
        /// A user.
        User = "user",
        /// The database: a user made it, or changed that of the theme. Only in `source`.
        Custom = "custom",
    }
}

macro_rules! template {
    ($(#[$meta:meta])* $name:ident<$($default:ident)?>, [$($key:tt)*], [$($first:tt)*], [$($more:tt)*]) => {
        template! { @ $(#[$meta])* $name, [$($default)?], [$($key)*], [$($first)*], [$($more)*] }
    };
    (@ $(#[$meta:meta])* $name:ident, [$default:ident], [$($key:tt)*], [$($first:tt)*], [$($more:tt)*]) => {
        model! {
            $(#[$meta])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $name<K: TemplateKind = $default> {
                [key]
                $($key)*
                $($first)*
                /// The theme: `twentytwentyfive`.
                theme: String,
                /// The name within the theme: `single`.
                slug: String,
                /// The post type: `wp_template` or `wp_template_part`.
                kind as "type": String,
                /// The title.
                title: Written,
                /// The blocks.
                content: Written,
                /// The description.
                description: String,
                /// The status.
                status: PostStatus,
                /// Where it is: in a file of the theme or a plugin, or in the database.
                source: Option<TemplateSource>,
                /// Where the original of a changed template is. `None` if it was not changed.
                origin: Option<TemplateSource>,
                /// Where it was made first. Since WordPress 6.5.
                original_source: Option<TemplateSource>,
                /// The name of its author: of a user, the theme, a plugin, or the site. Since WordPress 6.5.
                author_text: Option<String>,
                /// Whether the theme has a file for it.
                has_theme_file: bool,
                /// The author. `None` for one that is only a file.
                author: Option<UserId>,
                /// The date of the last change, on the site's clock. `None` for one that is only a file. Since WordPress
                /// 6.3.
                modified: Option<SiteTime>,
                /// The date of its creation, on the site's clock. `None` for one that is only a file. Since WordPress 6.9
                /// or later.
                date: Option<SiteTime>,
                /// Whether it was made for single items to choose, and not by the hierarchy of templates. Only for
                /// templates.
                is_custom: Option<bool>,
                /// The plugin that registered it. Only for templates. Since WordPress 6.7.
                plugin: Option<String>,
                /// The area. Only for template parts.
                area: Option<TemplateArea>,
                $($more)*
            }
        }
    };
}

template! {
    /// A template of a block theme. Its text is in every context as it was written; the context `embed` leaves it out.
    ///
    /// Reading templates takes the right to edit posts (WordPress 6.8 and later), or to edit the theme: WordPress responds
    /// with 401 or 403 `rest_cannot_manage_templates` to others.
    Template<Pages>,
    [
        /// The theme and the name within it: `twentytwentyfive//single`.
        id: Name<Template<K>>,
    ],
    [
        /// The id in the database. `None` for one that is only a file.
        wp_id: Option<Id<Template<K>>>,
    ],
    []
}

template! {
    /// A revision of a template.
    TemplateRevision<Pages>,
    [
        /// The id of the revision.
        wp_id: Id<TemplateRevision<K>>,
    ],
    [
        /// The name of the template.
        id: Option<Name<Template<K>>>,
    ],
    [
        /// The id of the template in the database.
        parent: Option<Id<Template<K>>>,
    ]
}

template! {
    /// An autosave of a template.
    TemplateAutosave<Pages>,
    [
        /// The id of the autosave.
        wp_id: Id<TemplateAutosave<K>>,
    ],
    [
        /// The name of the template.
        id: Option<Name<Template<K>>>,
    ],
    [
        /// The id of the template in the database.
        parent: Option<Id<Template<K>>>,
    ]
}

writable! {
    new:
    /// A new template, or a new template part with `NewTemplate<Parts>`: [`NewTemplatePart`].
    ///
    /// ```
    /// use wp_core::models::{NewTemplatePart, TemplateArea};
    ///
    /// let part = NewTemplatePart::named("shop-footer")
    ///     .title("Footer of the shop")
    ///     .area(TemplateArea::Footer)
    ///     .content("<!-- wp:paragraph --><p>Dunes Ltd</p><!-- /wp:paragraph -->");
    /// assert_eq!(serde_json::to_value(&part)?["area"], "footer");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewTemplate<K>,
    patch:
    /// Changes to a template. Fields that are not set stay unchanged. Changing a template of the theme makes a copy of it
    /// in the database.
    ///
    /// ```
    /// use wp_core::models::TemplatePatch;
    ///
    /// let patch: TemplatePatch<wp_core::models::Pages> = TemplatePatch::default().title("Wide");
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"title":"Wide"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    TemplatePatch<K>,
    both {
        /// The name within the theme. WordPress adds a number to one that exists.
        slug: String,
        /// The theme. Default: the active one.
        theme: String,
        /// The post type. WordPress sets it; it is ignored.
        kind as "type": String,
        /// The title.
        title: String,
        /// The blocks.
        content: String,
        /// The description.
        description: String,
        /// The status. Default: `Publish`.
        status: PostStatus,
        /// The author. Default: the user of the request.
        author: UserId,
        /// The area. Only for template parts.
        area: TemplateArea,
    }
}

/// A new template part.
pub type NewTemplatePart = NewTemplate<Parts>;
/// Changes to a template part.
pub type TemplatePartPatch = TemplatePatch<Parts>;

impl<K> NewTemplate<K> {
    /// A new template with this name within the theme.
    pub fn named(slug: impl Into<String>) -> Self {
        Self::default().slug(slug)
    }
}

impl<K: TemplateKind> Resource for Template<K> {
    type Key = Name<Self>;
    type Edit = Self;

    fn key(&self) -> Name<Self> {
        self.id.clone()
    }
}

impl<K: TemplateKind> Rooted for Template<K> {
    const ROUTE: &'static str = K::ROUTE;
}

impl<K: TemplateKind> Get for Template<K> {}
impl<K: TemplateKind> Listed for Template<K> {
    type Filters = filters::None;
}
impl<K: TemplateKind> Delete for Template<K> {
    type Previous = Self;
    const SAYS_DELETED: bool = true;
}
impl<K: TemplateKind> Trash for Template<K> {}

impl<K: TemplateKind> Create for Template<K> {
    type New = NewTemplate<K>;
}

impl<K: TemplateKind> Update for Template<K> {
    type Patch = TemplatePatch<K>;
}

impl<K: TemplateKind> Revisions for Template<K> {
    type Revision = TemplateRevision<K>;
}

impl<K: TemplateKind> Autosaves for Template<K> {
    type Autosave = TemplateAutosave<K>;
    type Draft = TemplatePatch<K>;
}

macro_rules! version {
    ($name:ident below $segment:literal) => {
        impl<K: TemplateKind> Resource for $name<K> {
            type Key = Id<Self>;
            type Edit = Self;
            const KEY: &'static str = "wp_id";

            fn key(&self) -> Id<Self> {
                self.wp_id
            }
        }

        impl<K: TemplateKind> Nested<Template<K>> for $name<K> {
            const SEGMENT: &'static str = $segment;
        }

        impl<K: TemplateKind> Get for $name<K> {}
        impl<K: TemplateKind> Listed for $name<K> {
            type Filters = filters::None;
        }
    };
}

version! { TemplateRevision below "revisions" }
version! { TemplateAutosave below "autosaves" }

impl<K: TemplateKind> Paged for TemplateRevision<K> {}
impl<K: TemplateKind> Delete for TemplateRevision<K> {
    type Previous = Self;
    const SAYS_DELETED: bool = true;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    /// As WordPress 7.1 wrote it in the context `edit`.
    const EDIT: &str = r#"{"id":"twentytwentyfour//lab","theme":"twentytwentyfour","content":{"raw":"z","block_version":0},
        "slug":"lab","source":"custom","origin":null,"type":"wp_template","description":"d",
        "title":{"raw":"Lab","rendered":"Lab"},"status":"publish","wp_id":314,"has_theme_file":false,"is_custom":true,
        "author":1,"modified":"2026-11-22T19:01:21","date":"2026-11-22T19:01:21","author_text":"admin",
        "original_source":"user"}"#;

    #[test]
    fn a_template_is_read_in_each_context() {
        let edit: Template = strictly(EDIT);
        assert!(edit.content.raw == "z" && edit.id == "twentytwentyfour//lab");
        assert_eq!((edit.wp_id, edit.is_custom, edit.origin), (Id::new(314), Some(true), None));
        let view: Template = strictly(&EDIT.replace(r#","block_version":0"#, ""));
        assert!(view.content.raw == "z" && view.modified.is_some());
        let embed: Template = strictly(&EDIT.replace(r#"{"raw":"z","block_version":0}"#, "[]"));
        assert!(embed.content.raw.is_empty() && embed.title.raw == "Lab");
    }

    #[test]
    fn a_file_of_the_theme_has_no_dates() {
        // Until WordPress 6.8, a missing date was `false`.
        for none in ["null", "false"] {
            let text =
                format!(r#"{{"id":"t//header","wp_id":0,"author":0,"modified":{none},"area":"header"}}"#);
            let part: TemplatePart = strictly(&text);
            assert_eq!((part.wp_id, part.author, part.modified), (None, None, None));
            assert_eq!(part.area, Some(TemplateArea::Header));
        }
    }

    #[test]
    fn a_revision_has_its_own_key_and_that_of_its_template() {
        let text = EDIT.replace(r#""wp_id":314"#, r#""wp_id":316,"parent":314"#);
        let revision: TemplateRevision = strictly(&text);
        assert_eq!((revision.key().get(), revision.parent), (316, Id::new(314)));
        assert_eq!(revision.id.unwrap(), "twentytwentyfour//lab");
        let autosave: TemplateAutosave = strictly(&text);
        assert_eq!(autosave.key().get(), 316);
    }
}
