//! The endpoints of one resource.

use std::fmt;
use std::marker::PhantomData;

use http::Method;
use serde::Deserialize;
use wp_core::models::User;
use wp_core::{Create, Resource, Trash, Update};

use crate::session::Session;
use crate::{List, Request};

/// The endpoints of the resource `R`: list, get, create, update, trash, delete.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// for category in wp.categories().list().await? {
///     println!("{}", category.name);
/// }
/// # Ok(()) }
/// ```
///
/// A method that `R` does not support does not compile:
///
/// ```compile_fail
/// # fn f(wp: wp_client::Client, id: wp_client::models::UserId) {
/// wp.users().trash(id); // users have no trash
/// # }
/// ```
pub struct Collection<R> {
    session: Session,
    of: PhantomData<fn() -> R>,
}

impl<R: Resource> Collection<R> {
    pub(crate) fn new(session: &Session) -> Self {
        Self { session: session.clone(), of: PhantomData }
    }

    /// Lists items: one page by awaiting it, or all items by [`stream`](List::stream).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let newest = wp.posts().list().per_page(5).await?;
    /// println!("{}", newest.len());
    /// # Ok(()) }
    /// ```
    pub fn list(&self) -> List<R> {
        List::new(Request::collection(&self.session, Method::GET, R::ROUTE))
    }

    /// Requests one item. An unknown id is an error: see [`Error::is_not_found`](crate::Error::is_not_found).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let post = wp.posts().get(id).await?;
    /// println!("{}", post.title.rendered);
    /// # Ok(()) }
    /// ```
    pub fn get(&self, id: R::Id) -> Request<R> {
        Request::item(&self.session, Method::GET, R::ROUTE, id)
    }
}

impl<R: Create> Collection<R> {
    /// Creates an item and returns it, with the fields of the context `edit`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// use wp_client::models::{NewPost, PostStatus};
    ///
    /// let post = wp.posts().create(NewPost::titled("Hello").status(PostStatus::Draft)).await?;
    /// println!("{}", post.id);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn create(&self, new: R::New) -> Request<R> {
        Request::collection(&self.session, Method::POST, R::ROUTE).json(&new)
    }
}

impl<R: Update> Collection<R> {
    /// Changes the fields that are set in `patch` and returns the item, with the fields of the context `edit`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::{PostPatch, PostStatus};
    ///
    /// wp.posts().update(id, PostPatch::default().status(PostStatus::Publish)).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn update(&self, id: R::Id, patch: R::Patch) -> Request<R> {
        // POST has the same effect as PATCH, and firewalls do not block it.
        Request::item(&self.session, Method::POST, R::ROUTE, id).json(&patch)
    }
}

impl<R: Trash> Collection<R> {
    /// Moves an item to the trash and returns it.
    ///
    /// WordPress responds with `rest_trash_not_supported` if the site has no trash, and with `rest_already_trashed` if
    /// the item is already in it.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// wp.posts().trash(id).await?;
    /// # Ok(()) }
    /// ```
    pub fn trash(&self, id: R::Id) -> Request<R> {
        Request::item(&self.session, Method::DELETE, R::ROUTE, id)
    }

    /// Deletes an item permanently, whether or not it is in the trash, and returns its last state.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let deleted = wp.posts().delete(id).await?;
    /// println!("{} is deleted", deleted.previous.title.rendered);
    /// # Ok(()) }
    /// ```
    pub fn delete(&self, id: R::Id) -> Request<Deleted<R>> {
        Request::item(&self.session, Method::DELETE, R::ROUTE, id).query("force", true)
    }
}

impl Collection<User> {
    /// Requests the user of the client's credential. Without a credential, WordPress responds with 401
    /// `rest_not_logged_in`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// println!("Hello {}", wp.users().me().await?.name);
    /// # Ok(()) }
    /// ```
    pub fn me(&self) -> Request<User> {
        Request::item(&self.session, Method::GET, User::ROUTE, "me")
    }
}

impl<R> fmt::Debug for Collection<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection").field("client", &self.session).finish_non_exhaustive()
    }
}

/// The response to a permanent deletion.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Deleted<R> {
    /// Whether WordPress deleted the item.
    pub deleted: bool,
    /// The item before its deletion, with the fields of the context `edit`.
    pub previous: R,
}
