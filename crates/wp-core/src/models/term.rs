//! Terms: categories, tags, and the terms of other taxonomies.

use std::fmt;

use super::{Meta, plain_text};
use crate::{Create, Delete, Get, Id, Listed, Paged, Resource, Rooted, Update, filters};

/// A taxonomy. It makes the ids of categories and of tags different types.
///
/// For a taxonomy of a plugin, implement this trait for your own type, and use `Term<Genre>`.
pub trait Taxonomy: Send + Sync + 'static {
    /// The route of its terms.
    const ROUTE: &'static str;
    /// The name: `category`, `post_tag`.
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

    /// The taxonomy `wp_pattern_category`: the categories of patterns.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum PatternCategories {}

    impl Taxonomy for PatternCategories {
        const ROUTE: &'static str = "/wp/v2/wp_pattern_category";
        const NAME: &'static str = "wp_pattern_category";
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
/// A category of patterns.
pub type PatternCategory = Term<taxonomy::PatternCategories>;
/// The id of a category.
pub type CategoryId = Id<Category>;
/// The id of a tag.
pub type TagId = Id<Tag>;

model! {
    /// A term of the taxonomy `T`.
    #[derive(PartialEq)]
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
        /// The name, with HTML entities: `Rock &amp; Roll`. See [`plain_name`](Self::plain_name).
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

impl<T> Term<T> {
    /// The name as text, as [`plain_text`] makes it.
    ///
    /// ```
    /// use wp_core::models::Category;
    ///
    /// let category: Category = serde_json::from_str(r#"{"id":3,"name":"Rock &amp; Roll"}"#)?;
    /// assert_eq!(category.plain_name(), "Rock & Roll");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn plain_name(&self) -> String {
        plain_text(&self.name)
    }
}

/// A derived implementation would require it of `T`, which is only a marker.
impl<T> Clone for Term<T> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
            count: self.count,
            description: self.description.clone(),
            link: self.link.clone(),
            name: self.name.clone(),
            slug: self.slug.clone(),
            taxonomy: self.taxonomy.clone(),
            parent: self.parent,
            meta: self.meta.clone(),
            present: self.present,
        }
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

writable! {
    new:
    /// A new term of the taxonomy `T`.
    ///
    /// ```
    /// use wp_core::models::{NewCategory, CategoryId};
    ///
    /// let below = CategoryId::new(3).unwrap();
    /// let category = NewCategory::named("Dunes").parent(below);
    /// assert_eq!(serde_json::to_string(&category)?, r#"{"name":"Dunes","parent":3}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewTerm<T>,
    patch:
    /// Changes to a term. Fields that are not set stay unchanged.
    ///
    /// ```
    /// use wp_core::models::CategoryPatch;
    ///
    /// let patch = CategoryPatch::default().name("Sea").parent(None);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"name":"Sea","parent":0}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    TermPatch<T>,
    both {
        /// The name. WordPress responds with 400 `term_exists` if the taxonomy has it at the same level.
        name: String,
        /// The description, as HTML.
        description: String,
        /// The name in URLs.
        slug: String,
        /// The parent term; `None` takes it away. Only in a hierarchical taxonomy: WordPress responds with 400
        /// `rest_taxonomy_not_hierarchical` otherwise.
        parent: Option<Id<Term<T>>>,
    }
    ; meta
}

/// A new category.
pub type NewCategory = NewTerm<taxonomy::Categories>;
/// A new tag.
pub type NewTag = NewTerm<taxonomy::Tags>;
/// Changes to a category.
pub type CategoryPatch = TermPatch<taxonomy::Categories>;
/// Changes to a tag.
pub type TagPatch = TermPatch<taxonomy::Tags>;

impl<T> NewTerm<T> {
    /// A new term with this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().name(name)
    }
}

impl<T> From<&str> for NewTerm<T> {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

impl<T> From<String> for NewTerm<T> {
    fn from(name: String) -> Self {
        Self::named(name)
    }
}

impl<T: Taxonomy> Create for Term<T> {
    type New = NewTerm<T>;
}

impl<T: Taxonomy> Update for Term<T> {
    type Patch = TermPatch<T>;
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
impl<T: Taxonomy> Listed for Term<T> {
    type Filters = filters::Terms;
}
impl<T: Taxonomy> Paged for Term<T> {}
impl<T: Taxonomy> Delete for Term<T> {
    type Previous = Self;
    const SAYS_DELETED: bool = true;
}
