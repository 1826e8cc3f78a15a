//! Revisions and autosaves: the versions of an item.

use super::{Meta, UserId};
use crate::{
    Context, Delete, Edit, Get, GmtTime, Id, Listed, Nested, Paged, Resource, SiteTime, View, filters,
};

/// Declares a model of a version of an item.
macro_rules! version {
    ($(#[$doc:meta])* $name:ident { $($more:tt)* }) => {
        model! {
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $name<R, C: Context = View> {
                [key]
                /// The id of the version itself.
                id: Id<$name<R>>,
                /// Who saved the version. `None` for a user without a name in the database.
                author: Option<UserId>,
                /// The date of the version, on the site's clock.
                date: Option<SiteTime>,
                /// The date of the version in GMT.
                date_gmt: Option<GmtTime>,
                /// The identifier in feeds.
                guid: C::Text,
                /// The date of the last change, on the site's clock.
                modified: Option<SiteTime>,
                /// The date of the last change, in GMT.
                modified_gmt: Option<GmtTime>,
                /// The item of which this is a version.
                parent: Option<Id<R>>,
                /// The name in the database: `7-revision-v1`.
                slug: String,
                /// The title.
                title: C::Text,
                /// The content; empty for a resource without one, such as a menu item.
                content: C::Text,
                /// The excerpt, or one that WordPress made; empty for a resource without one.
                excerpt: C::Text,
                /// Registered meta fields that have revisions. Since WordPress 6.4.
                meta: Meta,
                $($more)*
            }
        }

        impl<R: Resource, C: Context> Resource for $name<R, C> {
            type Key = Id<$name<R>>;
            type Edit = $name<R, Edit>;

            fn key(&self) -> Id<$name<R>> {
                self.id
            }
        }

        impl<R: Resource> Get for $name<R> {}
        impl<R: Resource> Listed for $name<R> {
            type Filters = filters::None;
        }
    };
}

version! {
    /// A revision of an `R`: the item as it was when a user saved it.
    ///
    /// An autosave is among the revisions too, until the item is saved; its slug says so.
    ///
    /// They may be read by users who may edit the item: others get 401 or 403 `rest_cannot_read`. WordPress does not allow
    /// even an administrator to delete a revision of a post: 403 `rest_cannot_delete`, unless a plugin grants it.
    Revision {}
}

version! {
    /// An autosave of an `R`: what the editor saved since the last revision, at most one for each user.
    Autosave {
        /// The URL of the preview. Only in the context `edit`; empty if the post type has no page of its own.
        preview_link: Option<String>,
    }
}

impl<R: Resource> Nested<R> for Revision<R> {
    const SEGMENT: &'static str = "revisions";
}

impl<R: Resource> Paged for Revision<R> {}
impl<R: Resource> Delete for Revision<R> {
    type Previous = Revision<R, Edit>;
    const SAYS_DELETED: bool = true;
}

impl<R: Resource> Nested<R> for Autosave<R> {
    const SEGMENT: &'static str = "autosaves";
}
