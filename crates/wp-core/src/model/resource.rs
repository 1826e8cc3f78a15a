//! Resources: groups of endpoints that share a route.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Query;

/// A resource: the group of endpoints at one route, such as `/wp/v2/posts`. Implement it for your own post type or
/// for a resource of a plugin:
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
/// The traits [`Create`], [`Update`] and [`Trash`] declare which operations a resource has beyond reading. A call to an
/// operation that it does not have does not compile.
pub trait Resource: DeserializeOwned + Send + 'static {
    /// The type of an item's id.
    type Id: Copy + Display + Send + Sync + Serialize + 'static;

    /// The route of the collection.
    const ROUTE: &'static str;

    /// The id of this item.
    fn id(&self) -> Self::Id;

    /// The query parameter that the server ignored, as this item of a list shows: for example, a draft in a list of
    /// published posts. `None` if the item matches the query.
    fn contradicts(&self, asked: &Query) -> Option<&'static str> {
        let _ = asked;
        None
    }
}

/// A resource whose items can be created.
pub trait Create: Resource {
    /// The data of a new item.
    type New: Serialize + Send + Sync;
}

/// A resource whose items can be changed.
pub trait Update: Resource {
    /// The changes to an item. Only fields that are set are sent.
    type Patch: Serialize + Send + Sync;
}

/// A resource whose items are moved to the trash before they are deleted permanently.
pub trait Trash: Resource {}
