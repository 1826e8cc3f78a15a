//! Terms: categories, tags, and the terms of other taxonomies.

use std::fmt;

use super::Meta;
use crate::{Id, Resource};

/// A taxonomy: what makes the ids of categories and tags different types.
///
/// For a taxonomy of a plugin, implement this for a type of your own, and use `Term<Genre>`.
pub trait Taxonomy: Send + Sync + 'static {
    /// The route of its terms.
    const ROUTE: &'static str;
}

/// The taxonomies of WordPress itself.
pub mod taxonomy {
    use super::Taxonomy;

    /// The taxonomy `category`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Categories {}

    /// The taxonomy `post_tag`.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Tags {}

    impl Taxonomy for Categories {
        const ROUTE: &'static str = "/wp/v2/categories";
    }

    impl Taxonomy for Tags {
        const ROUTE: &'static str = "/wp/v2/tags";
    }
}

/// A category.
pub type Category = Term<taxonomy::Categories>;
/// A tag.
pub type Tag = Term<taxonomy::Tags>;
/// The id of a category.
pub type CategoryId = Id<Category>;
/// The id of a tag.
pub type TagId = Id<Tag>;

model! {
    /// A term of the taxonomy `T`.
    #[derive(Clone, PartialEq)]
    pub struct Term<T> {
        [key]
        /// Its id.
        id: Id<Term<T>>,
        /// How many posts have it. Not in the context `embed`.
        count: u64,
        /// What it is about, as HTML.
        description: String,
        /// The address of its archive.
        link: String,
        /// Its name, with HTML entities.
        name: String,
        /// Its name in URLs, percent-encoded where it is not ASCII.
        slug: String,
        /// The taxonomy: `category`, `post_tag`.
        taxonomy: String,
        /// The term above it, in taxonomies that have levels.
        parent: Option<Id<Term<T>>>,
        /// Registered meta fields.
        meta: Meta,
    }
}

impl<T> fmt::Debug for Term<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Term")
            .field("taxonomy", &self.taxonomy)
            .field("id", &self.id)
            .field("slug", &self.slug)
            .field("name", &self.name)
            .field("parent", &self.parent)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl<T: Taxonomy> Resource for Term<T> {
    type Id = Id<Self>;
    const ROUTE: &'static str = T::ROUTE;

    fn id(&self) -> Id<Self> {
        self.id
    }
}
