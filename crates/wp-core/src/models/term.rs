//! Terms: categories, tags, and the terms of other taxonomies.

use std::fmt;

use super::Meta;
use crate::{Get, Id, Listed, Paged, Resource, Rooted, TermFilters};

/// A taxonomy. It makes the ids of categories and of tags different types.
///
/// For a taxonomy of a plugin, implement this trait for your own type, and use `Term<Genre>`.
pub trait Taxonomy: Send + Sync + 'static {
    /// The route of its terms.
    const ROUTE: &'static str;
    /// Its name: `category`, `post_tag`.
    const NAME: &'static str;
}

/// The taxonomies of WordPress core.
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
        const NAME: &'static str = "category";
    }

    impl Taxonomy for Tags {
        const ROUTE: &'static str = "/wp/v2/tags";
        const NAME: &'static str = "post_tag";
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
        /// The id of the term.
        id: Id<Term<T>>,
        /// The number of posts with this term. Not in the context `embed`.
        count: u64,
        /// The description, as HTML.
        description: String,
        /// The URL of the archive page.
        link: String,
        /// The name, with HTML entities.
        name: String,
        /// The name in URLs, percent-encoded if it is not ASCII.
        slug: String,
        /// The taxonomy: `category`, `post_tag`.
        taxonomy: String,
        /// The parent term, in a hierarchical taxonomy.
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
    type Key = Id<Self>;
    type Edit = Self;

    fn key(&self) -> Id<Self> {
        self.id
    }
}

impl<T: Taxonomy> Rooted for Term<T> {
    const ROUTE: &'static str = T::ROUTE;
}

impl<T: Taxonomy> Get for Term<T> {}
impl<T: Taxonomy> Listed for Term<T> {}
impl<T: Taxonomy> Paged for Term<T> {}
impl<T: Taxonomy> TermFilters for Term<T> {}
