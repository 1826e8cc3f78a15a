//! The endpoints of one resource.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use wp_core::response::Json;
use wp_core::{
    Autosaves, Create, Delete, Get, GmtTime, Key as _, Listed, Modified, Nested, RequestError, Resource,
    Revisions, Rooted, Route, Trash, Update,
};

use crate::read::{self, Converted, Sent};
use crate::session::Session;
use crate::{Call, EditConflict, List, Request};

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
/// Anything that `R` does not have does not compile: a verb, a key of another resource, or a field that only a new item
/// has.
///
/// ```compile_fail,E0277
/// # fn f(wp: wp_client::Client, id: wp_client::models::UserId) {
/// wp.users().trash(id); // users have no trash
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn f<Coupon: wp_client::Rooted>(wp: wp_client::Client) {
/// wp.collection::<Coupon>().list(); // a resource of your own without `impl Listed`
/// # }
/// ```
///
/// ```compile_fail,E0277
/// # fn f(wp: wp_client::Client, id: wp_client::models::UserId) {
/// wp.posts().get(id); // the id of a user
/// # }
/// ```
///
/// ```compile_fail,E0599
/// # fn f() -> wp_client::models::UserPatch {
/// wp_client::models::UserPatch::default().username("ana") // a login name cannot be changed
/// # }
/// ```
pub struct Collection<R> {
    session: Session,
    /// The route, or the reason why there is none, which each request returns.
    route: Result<Route, WrongRoute>,
    of: PhantomData<fn() -> R>,
}

/// A route that is invalid, for example since the name of its parent is empty.
#[derive(Debug, Clone)]
struct WrongRoute(String, &'static str);

impl From<RequestError> for WrongRoute {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Route { route, reason } => Self(route, reason),
            _ => Self(String::new(), "it is invalid"),
        }
    }
}

impl From<WrongRoute> for RequestError {
    fn from(WrongRoute(route, reason): WrongRoute) -> Self {
        Self::Route { route, reason }
    }
}

impl<R: Rooted> Collection<R> {
    pub(crate) fn new(session: &Session) -> Self {
        Self::of_route(session, Route::from_static(R::ROUTE))
    }
}

impl<R: Resource> Collection<R> {
    pub(crate) fn at(session: &Session, route: &str) -> Self {
        Self::of_route(session, Route::new(route))
    }

    fn of_route(session: &Session, route: Result<Route, RequestError>) -> Self {
        Self { session: session.clone(), route: route.map_err(Into::into), of: PhantomData }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// The route of the collection.
    pub(crate) fn route(&self) -> Result<Route, RequestError> {
        self.route.clone().map_err(Into::into)
    }

    /// A request to the collection.
    pub(crate) fn request<T: DeserializeOwned>(&self, method: Method) -> Request<T> {
        Request::at(&self.session, method, self.route())
    }

    /// A request to one item.
    pub(crate) fn item<T: DeserializeOwned>(&self, method: Method, key: &R::Key) -> Request<T> {
        Request::at(&self.session, method, self.route().and_then(|route| key.below(&route)))
    }

    /// A request to a route below the collection that is not an item, such as `/wp/v2/users/me`. A slash in `path` is
    /// not encoded.
    pub(crate) fn named<T: DeserializeOwned>(&self, method: Method, path: &str) -> Request<T> {
        Request::at(&self.session, method, self.route().and_then(|route| route.join_path(path)))
    }

    /// A request to a route below one item, such as `/wp/v2/media/7/edit`.
    pub(crate) fn action<T: DeserializeOwned>(&self, method: Method, key: &R::Key, name: &str) -> Request<T> {
        let route = self.route().and_then(|route| key.below(&route)?.join(name));
        Request::at(&self.session, method, route)
    }

    /// The collection of `N` below an item, such as the font faces of a font family.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, inter: wp_client::models::FontFamilyId) -> wp_client::Result<()> {
    /// use wp_client::models::FontFace;
    ///
    /// for face in wp.font_families().nested::<FontFace>(inter).list().await? {
    ///     println!("{} {}", face.font_face_settings.font_family, face.font_face_settings.font_style);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn nested<N: Nested<R>>(&self, key: impl Into<R::Key>) -> Collection<N> {
        let route = self.route().and_then(|route| key.into().below(&route)?.join(N::SEGMENT));
        Collection { session: self.session.clone(), route: route.map_err(Into::into), of: PhantomData }
    }

    /// Lists items: one page by awaiting it, or all items by [`stream`](List::stream).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
    /// let newest = wp.posts().list().per_page(5).await?;
    /// println!("{}", newest.len());
    /// # Ok(()) }
    /// ```
    pub fn list(&self) -> List<R>
    where
        R: Listed,
    {
        List::new(self.request::<Value>(Method::GET))
    }

    /// Requests one item. An unknown key is an error: see [`Error::is_not_found`](crate::Error::is_not_found).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let post = wp.posts().get(id).await?;
    /// println!("{}", post.title.rendered);
    /// # Ok(()) }
    /// ```
    pub fn get(&self, key: impl Into<R::Key>) -> Request<R>
    where
        R: Get,
    {
        self.item(Method::GET, &key.into())
    }

    /// Requests one item; `None` if there is none with this key. A route that the site does not have is an error.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// if let Some(post) = wp.posts().get_opt(id).await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn get_opt(&self, key: impl Into<R::Key>) -> Request<Option<R>>
    where
        R: Get,
    {
        self.get(key).optional()
    }

    /// Creates an item and returns it, with the fields of the context `edit`. See also [`checked`](Request::checked).
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
    pub fn create(&self, new: R::New) -> Request<R::Edit>
    where
        R: Create,
    {
        self.request(Method::POST).json(&new).of_resource().in_batch_of::<R>(self.route(), None)
    }

    /// Changes the fields that are set in `patch` and returns the item, with the fields of the context `edit`. See
    /// also [`checked`](Request::checked).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::{PostPatch, PostStatus};
    ///
    /// wp.posts().update(id, PostPatch::default().status(PostStatus::Publish)).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn update(&self, key: impl Into<R::Key>, patch: R::Patch) -> Request<R::Edit>
    where
        R: Update,
    {
        // POST has the same effect as PATCH, and firewalls do not block it.
        let key = key.into();
        self.item(Method::POST, &key).json(&patch).of_resource().in_batch_of::<R>(self.route(), Some(&key))
    }

    /// Changes the fields that are set in `patch`, unless the item was changed since `read` was read. Then nothing is
    /// written, and the error is an [`EditConflict`]. It is the same if the site does not say when the item was changed.
    ///
    /// The item's time of change is read first. WordPress has no conditional writes, so a change between the two
    /// requests, or within the same second, is not noticed.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::ErrorKind;
    /// use wp_client::models::PostPatch;
    ///
    /// let post = wp.posts().get(id).edit().await?;
    /// let patch = PostPatch::default().content(post.content.raw.replace("sand", "spice"));
    /// match wp.posts().update_if_unmodified(&post, patch).await {
    ///     Err(error) if matches!(error.kind(), ErrorKind::Conflict(_)) => println!("another user was faster"),
    ///     other => println!("{}", other?.link),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn update_if_unmodified(&self, read: &R::Edit, patch: R::Patch) -> Call<R::Edit>
    where
        R: Update<Edit: Modified, Patch: 'static>,
    {
        let (collection, key, read) = (self.clone(), read.key(), read.modified_gmt());
        let clock = Arc::clone(self.session.site().clock());
        Call::within(clock, move |mut deadline| async move {
            let request = collection.item::<R::Edit>(Method::GET, &key).set("context", "edit");
            let found = deadline.send(request.select::<Changed>()).await?.modified_gmt;
            let update = collection.update(key, patch);
            if found.is_some() && found == read {
                deadline.send(update).await
            } else {
                Err(update.error_context().error(EditConflict { read, found }))
            }
        })
    }

    /// Deletes an item permanently, whether or not it is in the trash, and returns its last state. Some plugins respond
    /// with that alone, which is read for [their resources](Delete::SAYS_DELETED) only.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// let deleted = wp.posts().delete(id).await?;
    /// println!("{} is deleted", deleted.previous.title.rendered);
    /// # Ok(()) }
    /// ```
    pub fn delete(&self, key: impl Into<R::Key>) -> Request<Deleted<R::Previous>>
    where
        R: Delete,
    {
        self.item::<Value>(Method::DELETE, &key.into()).query("force", true).read_by(deleted::<R>)
    }

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
    pub fn trash(&self, key: impl Into<R::Key>) -> Request<R::Edit>
    where
        R: Trash,
    {
        self.item(Method::DELETE, &key.into())
    }

    /// The revisions of an item, the newest first.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// for revision in wp.posts().revisions(id).list().await? {
    ///     println!("{:?}", revision.modified);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn revisions(&self, key: impl Into<R::Key>) -> Collection<R::Revision>
    where
        R: Revisions,
    {
        self.nested(key)
    }

    /// The autosaves of an item: what the editor saved since the last revision, at most one for each user.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// for autosave in wp.posts().autosaves(id).list().edit().await? {
    ///     println!("{:?}: {}", autosave.author, autosave.content.raw);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn autosaves(&self, key: impl Into<R::Key>) -> Collection<R::Autosave>
    where
        R: Autosaves,
    {
        self.nested(key)
    }

    /// Saves a draft of an item without publishing it. If the item is a draft of the same user, WordPress changes the
    /// item itself.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::models::PostPatch;
    ///
    /// wp.posts().autosave(id, PostPatch::default().content("<p>To be continued</p>")).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn autosave(
        &self,
        key: impl Into<R::Key>,
        draft: R::Draft,
    ) -> Request<<R::Autosave as Resource>::Edit>
    where
        R: Autosaves,
    {
        let route = self.autosaves(key).route();
        Request::at(&self.session, Method::POST, route).json(&draft)
    }
}

impl<R> fmt::Debug for Collection<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Collection")
            .field("client", &self.session)
            .field("route", &self.route)
            .finish_non_exhaustive()
    }
}

impl<R> Clone for Collection<R> {
    fn clone(&self) -> Self {
        Self { session: self.session.clone(), route: self.route.clone(), of: PhantomData }
    }
}

/// When an item was last changed.
#[derive(Deserialize)]
struct Changed {
    modified_gmt: Option<GmtTime>,
}

/// The response to a permanent deletion.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Deleted<T> {
    /// Whether the item was deleted. True for a response that is [the item alone](Delete::SAYS_DELETED).
    pub deleted: bool,
    /// The item before its deletion: in the context `edit`, except for menu items.
    pub previous: T,
}

/// Reads the response to a deletion: a [`Deleted`], or the item alone where that proves it.
fn deleted<R: Delete>(json: &Json, sent: &Sent<'_>) -> Converted<Deleted<R::Previous>> {
    let is_item = |fields: Map<String, Value>| {
        let has = |name| fields.contains_key(name);
        has(R::KEY) && !has("deleted") && !has("previous")
    };
    if R::SAYS_DELETED || !json.decode().is_ok_and(is_item) {
        return read::value(json, sent);
    }
    let (previous, coercions) = read::value(json, sent)?;
    Ok((Deleted { deleted: true, previous }, coercions))
}
