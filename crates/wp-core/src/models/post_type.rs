//! The macro that declares post types.

/// Declares a post type with its ids, by `item!`; what all post types have is added. `Page: PageId, at "/wp/v2/pages"` is
/// its name, the name of its ids, and its route. With a route, it is a [`PostType`](crate::PostType) with revisions and
/// autosaves, and `new` has a constructor `titled`; without one, the traits are implemented beside it.
macro_rules! post_type {
    (
        $(#[$of:meta])* $name:ident: $id:ident $(, at $route:literal)?;
        new: $(#[$of_new:meta])* $new:ident,
        patch: $(#[$of_patch:meta])* $patch:ident;
        $($fields:tt)*
    ) => {
        #[doc = concat!("The id of a [`", stringify!($name), "`].")]
        pub type $id = $crate::Id<$name>;

        item! {
            $(#[$of])*
            $name<C>: $id;
            new: $(#[$of_new])* $new,
            patch: $(#[$of_patch])* $patch;
            read {
                /// The publication date, on the site's clock. `None` if it was never set.
                date: Option<$crate::SiteTime>,
                /// The publication date in GMT.
                date_gmt: Option<$crate::GmtTime>,
                /// The identifier in feeds, which never changes. It is not a URL.
                guid: C::Text,
                /// The date of the last change, on the site's clock.
                modified: Option<$crate::SiteTime>,
                /// The date of the last change, in GMT.
                modified_gmt: Option<$crate::GmtTime>,
                /// The name in URLs, percent-encoded if it is not ASCII; empty for a draft.
                slug: String,
                /// The post type: `post`, `page`.
                kind as "type": String,
                /// The URL of the item.
                link: String,
                /// The template of the theme; empty for the default template.
                template: String,
            }
            $($fields)*
            set {
                /// The name in URLs.
                slug: String,
                /// The date on the site's clock. `None` is the current time.
                date: Option<$crate::SiteTime>,
                /// The date in GMT. `None` is the current time.
                date_gmt: Option<$crate::GmtTime>,
                /// The template of the theme.
                template: String,
            }
        }

        impl<C: $crate::Context> $crate::Modified for $name<C> {
            fn modified_gmt(&self) -> Option<$crate::GmtTime> {
                self.modified_gmt
            }
        }

        $(
            impl $new {
                /// A new item with this title. It is a draft unless a status is set.
                pub fn titled(title: impl Into<String>) -> Self {
                    Self::default().title(title)
                }
            }

            resource! {
                $name<C: $crate::Context>: $id = id, edit $name<$crate::Edit>, at $route;
                contradicts |item: &Self, asked: &$crate::Query| {
                    $crate::models::post::contradicts_status(asked, &item.status, item.was_read("status"))
                };
                has PostType; new $new; patch $patch
            }

            impl $crate::Revisions for $name {
                type Revision = $crate::models::Revision<Self>;
            }

            impl $crate::Autosaves for $name {
                type Autosave = $crate::models::Autosave<Self>;
                type Draft = $patch;
            }
        )?
    };
}
