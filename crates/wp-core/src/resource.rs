//! Families of endpoints.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Query;

/// A family of endpoints that share a route: what `/wp/v2/posts` holds. Implement it for your own
/// post type or for a plugin's resource:
///
/// ```
/// use wp_core::{Id, Resource};
///
/// #[derive(serde::Deserialize)]
/// struct Book {
///     id: Id<Book>,
///     slug: String,
/// }
///
/// impl Resource for Book {
///     type Id = Id<Book>;
///     const ROUTE: &'static str = "/wp/v2/books";
///
///     fn id(&self) -> Id<Book> {
///         self.id
///     }
/// }
/// ```
///
/// What can be done with it beyond reading is said by the traits [`Create`], [`Update`] and
/// [`Trash`]: a verb that a resource does not have does not compile.
pub trait Resource: DeserializeOwned + Send + 'static {
    /// What names one item.
    type Id: Copy + Display + Send + Sync + Serialize + 'static;

    /// The route of the collection.
    const ROUTE: &'static str;

    /// The name of this item.
    fn id(&self) -> Self::Id;

    /// The parameter of the query that a server cannot have seen, since it gave this item of a list: a draft, where those
    /// that are published were asked for. `None` where nothing contradicts the query.
    fn contradicts(&self, asked: &Query) -> Option<&'static str> {
        let _ = asked;
        None
    }
}

/// A resource of which items can be created.
pub trait Create: Resource {
    /// What a new item is made from.
    type New: Serialize + Send + Sync;
}

/// A resource of which items can be changed.
pub trait Update: Resource {
    /// What is changed. Only what is set is sent.
    type Patch: Serialize + Send + Sync;
}

/// A resource whose items go to the trash before they are deleted for good.
pub trait Trash: Resource {}
