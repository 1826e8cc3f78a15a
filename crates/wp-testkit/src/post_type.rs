//! Post types that a test registers.

use crate::state::kinds::{self, MetaType, Taxonomy};

/// A post type, for [`Builder::post_type`](crate::Builder::post_type): its routes, fields, taxonomies and meta fields.
///
/// The posts have a title, a content, an excerpt, an author, a featured image and comments. Who may edit posts may edit
/// them.
#[derive(Debug, Clone, Copy)]
#[must_use]
// A registered type stays until the process ends: a few bytes, once for each stand-in.
pub struct PostType(pub(crate) &'static kinds::PostType);

const FIELDS: &[&str] =
    &["password", "content", "excerpt", "author", "featured_media", "comment_status", "ping_status"];

impl PostType {
    /// A type with this name (`book`), whose routes end in `rest_base` (`books`).
    pub fn new(name: &str, rest_base: &str) -> Self {
        Self::register(kinds::PostType {
            name: name.to_owned().leak(),
            base: rest_base.to_owned().leak(),
            capability: "posts",
            hierarchical: false,
            fields: FIELDS,
            taxonomies: &[],
            meta: &[],
        })
    }

    /// Adds a taxonomy of its own, whose routes and whose field in posts are called `rest_base`.
    pub fn taxonomy(self, name: &str, rest_base: &str, hierarchical: bool) -> Self {
        let name: &'static str = name.to_owned().leak();
        let base = rest_base.to_owned().leak();
        let taxonomy: &'static Taxonomy =
            Box::leak(Box::new(Taxonomy { name, base, archive: (name, name), hierarchical }));
        let taxonomies = [self.0.taxonomies, &[taxonomy]].concat().leak();
        Self::register(kinds::PostType { taxonomies, ..*self.0 })
    }

    /// Adds a taxonomy that posts have, too: `category` or `post_tag`. Any other name is ignored.
    pub fn shared_taxonomy(self, name: &str) -> Self {
        let Some(taxonomy) = kinds::TAXONOMIES.iter().find(|taxonomy| taxonomy.name == name) else {
            return self;
        };
        let taxonomies = [self.0.taxonomies, &[*taxonomy]].concat().leak();
        Self::register(kinds::PostType { taxonomies, ..*self.0 })
    }

    /// Adds a meta field with one value.
    pub fn meta(self, name: &str, kind: MetaType) -> Self {
        let name: &'static str = name.to_owned().leak();
        let meta = [self.0.meta, &[(name, kind)]].concat().leak();
        Self::register(kinds::PostType { meta, ..*self.0 })
    }

    fn register(kind: kinds::PostType) -> Self {
        Self(Box::leak(Box::new(kind)))
    }

    /// The taxonomies that no other type of a stock site has.
    pub(crate) fn own_taxonomies(self) -> impl Iterator<Item = &'static Taxonomy> + use<> {
        let is_own = |taxonomy: &&Taxonomy| kinds::TAXONOMIES.iter().all(|known| known.name != taxonomy.name);
        self.0.taxonomies.iter().copied().filter(is_own)
    }
}
