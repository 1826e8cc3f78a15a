//! The endpoints of one resource.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::Deserialize;
use wp_core::models::User;
use wp_core::{Create, Resource, Trash, Update};

use crate::{Client, List, Request};

/// The endpoints of the resource `R`. A verb that `R` does not have does not compile:
///
/// ```compile_fail
/// # fn f(wp: wp_client::Client, id: wp_client::models::UserId) {
/// wp.users().trash(id); // users have no trash
/// # }
/// ```
pub struct Collection<R> {
    client: Client,
    of: PhantomData<fn() -> R>,
}

impl<R: Resource> Collection<R> {
    pub(crate) fn new(client: &Client) -> Self {
        Self { client: client.clone(), of: PhantomData }
    }

    /// A list: one page by awaiting it, or all items by [`stream`](List::stream).
    pub fn list(&self) -> List<R> {
        List::new(Request::collection(&self.client, Method::GET, R::ROUTE))
    }

    /// One item.
    pub fn get(&self, id: R::Id) -> Request<R> {
        Request::item(&self.client, Method::GET, R::ROUTE, id)
    }
}

impl<R: Create> Collection<R> {
    /// Creates an item, and gives it as the context `edit` shows it.
    #[allow(clippy::needless_pass_by_value)] // a draft is made for this
    pub fn create(&self, new: R::New) -> Request<R> {
        Request::collection(&self.client, Method::POST, R::ROUTE).json(&new)
    }
}

impl<R: Update> Collection<R> {
    /// Changes what `patch` says, and gives the item as the context `edit` shows it.
    #[allow(clippy::needless_pass_by_value)]
    pub fn update(&self, id: R::Id, patch: R::Patch) -> Request<R> {
        // POST does what PATCH does, and firewalls let it through.
        Request::item(&self.client, Method::POST, R::ROUTE, id).json(&patch)
    }
}

impl<R: Trash> Collection<R> {
    /// Moves an item to the trash, and gives it. A site without a trash responds
    /// `rest_trash_not_supported`, a second time `rest_already_trashed`.
    pub fn trash(&self, id: R::Id) -> Request<R> {
        Request::item(&self.client, Method::DELETE, R::ROUTE, id)
    }

    /// Deletes an item for good, from the trash or not, and gives what it was.
    pub fn delete(&self, id: R::Id) -> Request<Deleted<R>> {
        Request::item(&self.client, Method::DELETE, R::ROUTE, id).query("force", true)
    }
}

impl Collection<User> {
    /// The user who asks. Nobody is an error: 401 `rest_not_logged_in`.
    pub fn me(&self) -> Request<User> {
        Request::item(&self.client, Method::GET, User::ROUTE, "me")
    }
}

impl<R> fmt::Debug for Collection<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("client", &self.client).finish_non_exhaustive()
    }
}

/// What was deleted for good.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Deleted<R> {
    /// Whether it is gone.
    pub deleted: bool,
    /// What it was, as the context `edit` shows it.
    pub previous: R,
}
