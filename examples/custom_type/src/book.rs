//! The types: a post type, its taxonomy, its fields.

use serde::{Deserialize, Serialize};
use wp_client::models::{Editable, PostStatus, Rendered, Taxonomy, Term};
use wp_client::{Create, Id, PostType, Resource, Rooted, Update};

/// A book, as a visitor sees it.
#[derive(Debug, Deserialize)]
pub(crate) struct Book {
    pub(crate) id: Id<Book>,
    pub(crate) title: Rendered,
    pub(crate) genres: Vec<Id<Genre>>,
    pub(crate) meta: Meta,
}

/// A book in the context `edit`, as its author wrote it.
#[derive(Debug, Deserialize)]
pub(crate) struct Manuscript {
    pub(crate) id: Id<Book>,
    pub(crate) content: Editable,
    pub(crate) status: PostStatus,
}

/// The meta fields that `books.php` registers.
#[derive(Debug, Default, PartialEq, Deserialize, Serialize)]
pub(crate) struct Meta {
    pub(crate) isbn: String,
    pub(crate) pages: u32,
}

/// A new book, or changes to one. What is `None` is not sent.
#[derive(Debug, Default, Serialize)]
pub(crate) struct BookFields {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<PostStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) genres: Option<Vec<Id<Genre>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<Meta>,
}

impl Resource for Book {
    type Key = Id<Book>;
    type Edit = Manuscript;

    fn key(&self) -> Id<Book> {
        self.id
    }
}

impl Resource for Manuscript {
    type Key = Id<Book>;
    type Edit = Self;

    fn key(&self) -> Id<Book> {
        self.id
    }
}

impl Rooted for Book {
    const ROUTE: &'static str = "/wp/v2/books";
}

impl PostType for Book {}

impl Create for Book {
    type New = BookFields;
}

impl Update for Book {
    type Patch = BookFields;
}

/// The taxonomy `genre`. Its terms are read and written as [`Genre`].
#[derive(Debug)]
pub(crate) enum Genres {}

impl Taxonomy for Genres {
    const ROUTE: &'static str = "/wp/v2/genres";
    const NAME: &'static str = "genre";
}

pub(crate) type Genre = Term<Genres>;
