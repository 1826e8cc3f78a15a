//! Resources: groups of endpoints that share a route.

use std::fmt::Display;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{GmtTime, Query, RequestError, Route};

/// The key of an item in its route: an [`Id`](crate::Id), or a [`Name`](crate::Name).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the key of a resource",
    note = "an item is identified by the `Id` or the `Name` of its own resource"
)]
pub trait Key: Clone + Display + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The route of the item below the route of its collection.
    ///
    /// # Errors
    /// [`RequestError::Route`] if the key is empty or leads to another route, such as `..`.
    fn below(&self, collection: &Route) -> Result<Route, RequestError> {
        collection.join(self)
    }
}

/// A resource: a type of items that the API has endpoints for. Implement it for your own post type or for a resource
/// of a plugin:
///
/// ```
/// use wp_core::models::Rendered;
/// use wp_core::{Id, PostType, Resource, Rooted};
///
/// #[derive(serde::Deserialize)]
/// struct Book {
///     id: Id<Book>,
///     title: Rendered,
/// }
///
/// impl Resource for Book {
///     type Key = Id<Book>;
///     type Edit = Self;
///
///     fn key(&self) -> Id<Book> {
///         self.id
///     }
/// }
///
/// impl Rooted for Book {
///     const ROUTE: &'static str = "/wp/v2/books";
/// }
///
/// // A post type: list with its filters, get, trash, delete.
/// impl PostType for Book {}
/// ```
///
/// | trait | what it adds to the resource |
/// |---|---|
/// | [`Rooted`] | a route of its own; [`Nested`]: a route below an item of another resource |
/// | [`Get`], [`Listed`], [`Paged`] | read one item, a list, a list in pages with a stream |
/// | [`Create`], [`Update`], [`Delete`], [`Trash`] | writes |
/// | [`Revisions`], [`Autosaves`] | the versions of an item |
/// | [`Modified`] | the time of the last change, which an update can be guarded with |
/// | [`PostType`] | everything that a post type has: `Get`, `Paged` with the filters of posts, `Delete`, `Trash` |
///
/// A call to an operation that a resource does not have does not compile.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    note = "implement `Resource` for your own type, or read other types by `Client::get` and `typed`"
)]
pub trait Resource: DeserializeOwned + Send + 'static {
    /// The type of an item's key.
    type Key: Key;

    /// The item in the context `edit`, in which WordPress responds to every write too: with the texts as they were
    /// written. `Self` if it is the same type.
    type Edit: Resource<Key = Self::Key>;

    /// The JSON name of the key.
    const KEY: &'static str = "id";

    /// Which batch takes the writes of its items.
    const BATCH: BatchKind = BatchKind::WordPress;

    /// The key of this item.
    fn key(&self) -> Self::Key;

    /// The query parameter that the server ignored, as this item of a list shows: for example, a draft in a list of
    /// published posts. `None` if the item matches the query.
    fn contradicts(&self, asked: &Query) -> Option<&'static str> {
        let _ = asked;
        None
    }
}

/// Which batch takes the writes of a resource: many of them in one request, by the client's `batch`.
///
/// ```
/// use wp_core::{BatchKind, Id, Resource};
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     id: Id<Order>,
/// }
///
/// impl Resource for Order {
///     type Key = Id<Order>;
///     type Edit = Self;
///     const BATCH: BatchKind = BatchKind::WooCommerce;
///
///     fn key(&self) -> Id<Order> {
///         self.id
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BatchKind {
    /// WordPress's `/batch/v1`, 25 requests at a time. Only routes below `/wp/v2` take part, and not all of them.
    WordPress,
    /// That of a shop: the route `batch` below the collection (`/wc/v3/orders/batch`), with a list of new items and one of
    /// changes, 100 of both together. It creates first.
    WooCommerce,
}

/// A resource with a route of its own.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no route of its own",
    note = "implement `Rooted`, or use `Client::collection_at` or `Collection::nested`"
)]
pub trait Rooted: Resource {
    /// The route of the collection: `/wp/v2/posts`.
    const ROUTE: &'static str;
}

/// A resource below each item of the resource `P`, such as the revisions of a post.
#[diagnostic::on_unimplemented(message = "`{Self}` is not below the items of `{P}`")]
pub trait Nested<P: Resource>: Resource {
    /// The last segment of its route: `revisions` in `/wp/v2/posts/7/revisions`.
    const SEGMENT: &'static str;
}

/// A resource whose items can be requested one by one.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` cannot be requested one by one",
    note = "for another resource of your own: `impl Get for {Self} {{}}`",
    note = "for your own post type, implement `PostType`, which has this and more"
)]
pub trait Get: Resource {}

/// A resource whose items can be listed.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` cannot be listed",
    note = "for another resource of your own, implement `Listed`, with `type Filters = filters::None`, and `Paged`",
    note = "for your own post type, implement `PostType`, which has this and more"
)]
pub trait Listed: Resource {
    /// The parameters of its list: one of [`filters`], which is a family of methods of the list.
    type Filters: 'static;

    /// Whether the list is an object whose names are the keys: `{"post": {…}, "page": {…}}`.
    const BY_NAME: bool = false;

    /// How the list is limited to what was changed after an instant. `None` if it cannot be.
    const MODIFIED_AFTER: Option<ModifiedAfter> = None;
}

/// How a list is limited to the items that were changed after an instant: by its parameter `modified_after`.
///
/// ```
/// use wp_core::{Id, Listed, ModifiedAfter, Paged, Resource, filters};
///
/// #[derive(serde::Deserialize)]
/// struct Order {
///     id: Id<Order>,
/// }
///
/// # impl Resource for Order {
/// #     type Key = Id<Order>;
/// #     type Edit = Self;
/// #     fn key(&self) -> Id<Order> { self.id }
/// # }
/// impl Listed for Order {
///     type Filters = filters::None;
///     const MODIFIED_AFTER: Option<ModifiedAfter> = Some(ModifiedAfter::WooCommerce);
/// }
///
/// impl Paged for Order {}
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ModifiedAfter {
    /// Posts and media, since WordPress 5.7. The parameter is an instant with its zone, which WordPress converts to the
    /// clock of the site, where it compares it with `modified`. The instant of an item is its `modified_gmt`.
    WordPress,
    /// A shop (`/wc/v3/orders`, since version 5.8 of the plugin): with `dates_are_gmt`, the parameter is a time in GMT
    /// without a zone. The instant of an item is its `date_modified_gmt`.
    WooCommerce,
}

impl ModifiedAfter {
    /// The field of an item that holds the instant of its last change, in GMT.
    pub fn field(self) -> &'static str {
        match self {
            Self::WordPress => "modified_gmt",
            Self::WooCommerce => "date_modified_gmt",
        }
    }
}

/// A resource whose list is divided into pages.
#[diagnostic::on_unimplemented(
    message = "the list of `{Self}` is not divided into pages",
    note = "await the list: one response has all items"
)]
pub trait Paged: Listed {}

/// A resource whose items can be created.
///
/// ```
/// # use wp_core::{Id, Resource};
/// # #[derive(serde::Deserialize)]
/// # struct Book { id: Id<Book> }
/// # impl Resource for Book {
/// #     type Key = Id<Book>;
/// #     type Edit = Self;
/// #     fn key(&self) -> Id<Book> { self.id }
/// # }
/// use wp_core::Create;
///
/// /// A field that is not set is not sent, so WordPress uses its default.
/// #[derive(serde::Serialize)]
/// struct NewBook {
///     title: String,
///     #[serde(skip_serializing_if = "Option::is_none")]
///     isbn: Option<String>,
/// }
///
/// // From now on, the collection of books has `create`.
/// impl Create for Book {
///     type New = NewBook;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` cannot be created",
    note = "for your own resource, implement `Create` with the type of a new item"
)]
pub trait Create: Resource {
    /// The data of a new item.
    type New: Serialize + Send + Sync;
}

/// A resource whose items can be changed.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` cannot be changed",
    note = "for your own resource, implement `Update` with the type of a change"
)]
pub trait Update: Resource {
    /// The changes to an item. Only fields that are set are sent.
    type Patch: Serialize + Send + Sync;
}

/// A resource whose items can be deleted permanently.
///
/// ```
/// # use wp_core::{Id, Resource};
/// # #[derive(serde::Deserialize)]
/// # struct Coupon { id: Id<Coupon> }
/// # impl Resource for Coupon {
/// #     type Key = Id<Coupon>;
/// #     type Edit = Self;
/// #     fn key(&self) -> Id<Coupon> { self.id }
/// # }
/// use wp_core::Delete;
///
/// // From now on, the collection of coupons has `delete`.
/// impl Delete for Coupon {
///     type Previous = Self;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` cannot be deleted",
    note = "for another resource of your own, implement `Delete`, with `type Previous = Self`",
    note = "for your own post type, implement `PostType`, which has this and more"
)]
pub trait Delete: Resource {
    /// The item before its deletion, as the response shows it: the [`Edit`](Resource::Edit) of most resources.
    type Previous: DeserializeOwned + Send + 'static;

    /// Whether the response always says that the item was deleted, as that of WordPress does:
    /// `{"deleted": true, "previous": {…}}`. Then the item alone is an error: WordPress returns it when it only moved it
    /// to the trash. Otherwise, the item alone is the deleted one, as in the responses of a shop.
    const SAYS_DELETED: bool = false;
}

/// A resource whose items are moved to the trash before they are deleted permanently.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` have no trash",
    note = "`delete` removes an item permanently",
    note = "for your own resource that has one: `impl Trash for {Self} {{}}`"
)]
pub trait Trash: Delete {}

/// A resource whose items have the time of their last change.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` have no time of their last change",
    note = "for your own resource that has one, implement `Modified`"
)]
pub trait Modified: Resource {
    /// When the item was last changed, to the second. `None` if the site did not say.
    fn modified_gmt(&self) -> Option<GmtTime>;
}

/// A resource whose texts a password may protect, so that reading an item takes the password.
pub trait Protected: Get {}

/// A resource of which there is one per site, such as the settings.
pub trait Singleton: DeserializeOwned + Send + 'static {
    /// The route of the collection.
    const ROUTE: &'static str;
    /// The changes to it. Only fields that are set are sent.
    type Patch: Serialize + Send + Sync;
}

/// A resource whose items have revisions.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` have no revisions",
    note = "for your own post type that has some, implement `Revisions`"
)]
pub trait Revisions: Resource {
    /// The type of a revision.
    type Revision: Nested<Self> + Get + Paged;
}

/// A resource whose items have autosaves: what the editor saved since the last revision.
#[diagnostic::on_unimplemented(
    message = "the items of `{Self}` have no autosaves",
    note = "for your own post type that has some, implement `Autosaves`"
)]
pub trait Autosaves: Resource {
    /// The type of an autosave.
    type Autosave: Nested<Self> + Get + Listed;
    /// The type of an autosave.
    type Draft: Serialize + Send + Sync;
}

/// The families of parameters that lists have. Each is a group of methods of the client's `List`.
pub mod filters {
    /// The filters of posts: status, author, dates, slug.
    #[derive(Debug, Clone, Copy)]
    pub enum Posts {}

    /// The filters of terms: `hide_empty`, post, slug.
    #[derive(Debug, Clone, Copy)]
    pub enum Terms {}

    /// The filters of users: roles, capabilities.
    #[derive(Debug, Clone, Copy)]
    pub enum Users {}

    /// The filters of comments: post, type, author, dates.
    #[derive(Debug, Clone, Copy)]
    pub enum Comments {}

    /// None beside those that every list has, and those of the resource itself.
    #[derive(Debug, Clone, Copy)]
    pub enum None {}
}

/// A post type: it is listed with the [filters of posts](filters::Posts), read, trashed and deleted. Add [`Create`] and
/// [`Update`] with the types of what is written, and [`Revisions`] if the post type has them.
#[diagnostic::on_unimplemented(message = "`{Self}` is not a post type")]
pub trait PostType: Rooted {}

impl<R: PostType> Get for R {}
impl<R: PostType> Listed for R {
    type Filters = filters::Posts;
    const MODIFIED_AFTER: Option<ModifiedAfter> = Some(ModifiedAfter::WordPress);
}
impl<R: PostType> Paged for R {}
impl<R: PostType> Delete for R {
    type Previous = R::Edit;
    const SAYS_DELETED: bool = true;
}
impl<R: PostType> Trash for R {}
impl<R: PostType> Protected for R {}

/// Implements the traits of a resource for a model of this crate.
///
/// `Comment<C: Context>: CommentId = id, edit Comment<Edit>, at "/wp/v2/comments"` reads: the key of `Comment<C>` is its field
/// `id`, a `CommentId`; in the context `edit` it is a `Comment<Edit>`; all other traits belong to the collection's type
/// `Comment`. Each of these may follow, in this order:
///
/// - `contradicts |item, asked| …`: the function of [`Resource`];
/// - `listed by Comments`: a list with that family of filters; `listed by None named`: a list that is an object by name;
///   `listed by Posts dated`: a list with `modified_after`;
/// - `has Get, Delete`: the traits without items of their own;
/// - `new NewComment`, `patch CommentPatch`: [`Create`] and [`Update`].
macro_rules! resource {
    (
        $name:ident $(<$param:ident: $bound:path>)?: $key_type:ty = $key:ident $(as $json:literal)?,
        edit $edit:ty $(, at $route:literal)?
        $(; contradicts $contradicts:expr)?
        $(; listed by $filters:ident $($form:ident)?)?
        $(; has $($verb:ident),+)?
        $(; new $new:ty)?
        $(; patch $patch:ty)?
    ) => {
        impl $(<$param: $bound>)? $crate::Resource for $name $(<$param>)? {
            type Key = $key_type;
            type Edit = $edit;
            const KEY: &'static str = $crate::models::declare::name!($key $($json)?);

            fn key(&self) -> $key_type {
                self.$key.clone()
            }

            $(
                fn contradicts(&self, asked: &$crate::Query) -> Option<&'static str> {
                    $contradicts(self, asked)
                }
            )?
        }
        $(
            impl $crate::Rooted for $name {
                const ROUTE: &'static str = $route;
            }
        )?
        $(
            impl $crate::Listed for $name {
                type Filters = $crate::filters::$filters;
                $($crate::model::resource::form_of_list! { $form })?
            }
        )?
        $($($crate::model::resource::verb! { $verb $name, $edit })+)?
        $(
            impl $crate::Create for $name {
                type New = $new;
            }
        )?
        $(
            impl $crate::Update for $name {
                type Patch = $patch;
            }
        )?
    };
}

/// Implements a trait that has no items of its own.
macro_rules! verb {
    (Delete $name:ident, $edit:ty) => {
        impl $crate::Delete for $name {
            type Previous = $edit;
            const SAYS_DELETED: bool = true;
        }
    };
    ($verb:ident $name:ident, $edit:ty) => {
        impl $crate::$verb for $name {}
    };
}

/// The parameters of a list beside its filters.
macro_rules! form_of_list {
    (named) => {
        const BY_NAME: bool = true;
    };
    (dated) => {
        const MODIFIED_AFTER: Option<$crate::ModifiedAfter> = Some($crate::ModifiedAfter::WordPress);
    };
}

pub(crate) use {form_of_list, verb};
