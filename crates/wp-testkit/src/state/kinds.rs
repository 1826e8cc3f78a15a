//! Post types and taxonomies: what tells one resource of a family from another.

use serde_json::{Value, json};

/// A taxonomy. Its terms are one resource.
#[derive(Debug)]
pub(crate) struct Taxonomy {
    pub(crate) name: &'static str,
    /// The last segment of its routes, and the name of its field in posts.
    pub(crate) base: &'static str,
    /// The segment of its archives' URLs, pretty and plain.
    pub(crate) archive: (&'static str, &'static str),
    pub(crate) hierarchical: bool,
}

/// A post type. Its posts are one resource.
#[derive(Debug)]
pub(crate) struct PostType {
    pub(crate) name: &'static str,
    /// The last segment of its routes.
    pub(crate) base: &'static str,
    /// The end of the names of its capabilities: `posts`, for `edit_posts`.
    pub(crate) capability: &'static str,
    pub(crate) hierarchical: bool,
    /// The fields that it has beside those of all types.
    pub(crate) fields: &'static [&'static str],
    pub(crate) taxonomies: &'static [&'static Taxonomy],
    pub(crate) meta: &'static [(&'static str, MetaType)],
}

/// The type of a meta field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetaType {
    /// `string`, empty if it is not set.
    Text,
    /// `integer`, 0 if it is not set.
    Integer,
    /// `number`, 0 if it is not set.
    Number,
    /// `boolean`, `false` if it is not set.
    Flag,
}

impl MetaType {
    /// The name in a schema, and the value of a field that is not set.
    pub(crate) fn default(self) -> (&'static str, Value) {
        match self {
            Self::Text => ("string", json!("")),
            Self::Integer => ("integer", json!(0)),
            Self::Number => ("number", json!(0)),
            Self::Flag => ("boolean", json!(false)),
        }
    }
}

pub(crate) static CATEGORY: Taxonomy =
    Taxonomy { name: "category", base: "categories", archive: ("category", "cat"), hierarchical: true };
pub(crate) static TAG: Taxonomy =
    Taxonomy { name: "post_tag", base: "tags", archive: ("tag", "tag"), hierarchical: false };

/// The taxonomies of a stock site.
pub(crate) static TAXONOMIES: &[&Taxonomy] = &[&CATEGORY, &TAG];

const FOOTNOTES: &[(&str, MetaType)] = &[("footnotes", MetaType::Text)];

#[rustfmt::skip]
pub(crate) static POST: PostType = PostType {
    name: "post",
    base: "posts",
    capability: "posts",
    hierarchical: false,
    fields: &[
        "password", "content", "excerpt", "author", "featured_media", "comment_status", "ping_status", "sticky",
        "format", "categories", "tags",
    ],
    taxonomies: &[&CATEGORY, &TAG],
    meta: FOOTNOTES,
};

#[rustfmt::skip]
pub(crate) static PAGE: PostType = PostType {
    name: "page",
    base: "pages",
    capability: "pages",
    hierarchical: true,
    fields: &[
        "password", "content", "excerpt", "author", "featured_media", "comment_status", "ping_status", "parent",
        "menu_order",
    ],
    taxonomies: &[],
    meta: FOOTNOTES,
};

#[rustfmt::skip]
pub(crate) static ATTACHMENT: PostType = PostType {
    name: "attachment",
    base: "media",
    capability: "posts",
    hierarchical: false,
    fields: &[
        "author", "featured_media", "comment_status", "ping_status", "description", "caption", "alt_text",
        "media_type", "mime_type", "media_details", "post", "source_url", "missing_image_sizes", "filename", "filesize",
        "exif_orientation", "image_output_format", "image_save_progressive", "image_quality",
    ],
    taxonomies: &[],
    meta: &[],
};

/// The post types of a stock site that the stand-in serves.
pub(crate) static TYPES: &[&PostType] = &[&POST, &PAGE, &ATTACHMENT];

impl PostType {
    pub(crate) fn has(&self, field: &str) -> bool {
        self.fields.contains(&field)
    }

    /// `edit_others` becomes `edit_others_pages`.
    pub(crate) fn cap(&self, action: &str) -> String {
        format!("{action}_{}", self.capability)
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The member of a family that a route is for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Of {
    #[default]
    Nothing,
    Type(&'static PostType),
    Taxonomy(&'static Taxonomy),
}
