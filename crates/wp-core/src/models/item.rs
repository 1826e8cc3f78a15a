//! The macro that declares a model and its writes together, so that a field that is read and set is written once.

/// Declares a model with an id, and the types of a new item and of a change. `Page<C>: PageId` is its name, with `<C>` if
/// it has texts in a [`Context`](crate::Context), and the type of its ids. `new` and `patch` may have more documentation. Then
/// come the fields, in their order:
///
/// - `both { … }`: fields that are read and set, as in `model!`; `read { … }` and `set { … }`: fields that are only read or
///   set, or that have two types or names; `new { … }`: fields that only a new item has;
/// - a name of fields that many resources have: `title`, `content`, `excerpt`, `status`, `public` (what a post type with pages
///   for visitors has), `meta`, `password`.
///
/// A type that does not fit is declared by `model!` and `writable!`.
macro_rules! item {
    (
        $(#[$of:meta])* $name:ident $(<$context:ident>)?: $id:ty;
        new: $(#[$of_new:meta])* $new:ident,
        patch: $(#[$of_patch:meta])* $patch:ident;
        $($fields:tt)*
    ) => {
        fields_of! {
            { [$(#[$of])*] $name [$($context)?] $id; $(#[$of_new])* $new, $(#[$of_patch])* $patch }
            [] [] [] []
            $($fields)*
        }
    };
}

/// Collects the fields: `[those that are read] [those that are set] [those of a new item alone]`, and `[meta]` if meta fields
/// are set; then declares the types.
macro_rules! fields_of {
    ($state:tt $read:tt $set:tt $new:tt $meta:tt title $($rest:tt)*) => {
        fields_of! { $state $read $set $new $meta
            read {
                /// The title.
                title: C::Text,
            }
            set {
                /// The title.
                title: String,
            }
            $($rest)*
        }
    };
    ($state:tt $read:tt $set:tt $new:tt $meta:tt content $($rest:tt)*) => {
        fields_of! { $state $read $set $new $meta
            read {
                /// The content.
                content: C::Text,
            }
            set {
                /// The content, as HTML or blocks.
                content: String,
            }
            $($rest)*
        }
    };
    ($state:tt $read:tt $set:tt $new:tt $meta:tt excerpt $($rest:tt)*) => {
        fields_of! { $state $read $set $new $meta
            read {
                /// The excerpt. WordPress generates it from the content if the author wrote none.
                excerpt: C::Text,
            }
            set {
                /// The excerpt.
                excerpt: String,
            }
            $($rest)*
        }
    };
    ($state:tt $read:tt $set:tt $new:tt $meta:tt status $($rest:tt)*) => {
        fields_of! { $state $read $set $new $meta
            read {
                /// The status. The context `embed` omits it, since an embedded item is public. Default: `Publish`.
                status: $crate::models::PostStatus = $crate::models::PostStatus::Publish,
            }
            set {
                /// The status. WordPress creates a draft if none is sent.
                status: $crate::models::PostStatus,
            }
            $($rest)*
        }
    };
    ($state:tt $read:tt $set:tt $new:tt $meta:tt public $($rest:tt)*) => {
        fields_of! { $state $read $set $new $meta
            read {
                /// The author, who may have been deleted since.
                author: Option<$crate::models::UserId>,
                /// The featured image.
                featured_media: Option<$crate::models::MediaId>,
                /// Whether comments are accepted.
                comment_status: Option<$crate::models::OpenStatus>,
                /// Whether pings are accepted.
                ping_status: Option<$crate::models::OpenStatus>,
                /// CSS classes; since WordPress 6.7.
                class_list: $crate::models::StringList,
                /// The URL with a placeholder for the slug. Only in the context `edit`.
                permalink_template: Option<String>,
                /// The slug that WordPress would choose. Only in the context `edit`.
                generated_slug: Option<String>,
            }
            set {
                /// The author. Default: the user of the request.
                author: $crate::models::UserId,
                /// The featured image. `None` takes it away.
                featured_media: Option<$crate::models::MediaId>,
                /// Whether comments are accepted.
                comment_status: $crate::models::OpenStatus,
                /// Whether pings are accepted.
                ping_status: $crate::models::OpenStatus,
            }
            $($rest)*
        }
    };
    ($state:tt $read:tt $set:tt $new:tt $meta:tt password $($rest:tt)*) => {
        fields_of! { $state $read $set $new $meta
            read {
                /// The password that protects the content; empty if there is none. Only in the context `edit`.
                password: Option<$crate::models::Password>,
            }
            set {
                /// A password that protects the content. An empty one takes the protection away.
                password: $crate::models::Password,
            }
            $($rest)*
        }
    };
    ($state:tt [$($read:tt)*] $set:tt $new:tt [] meta $($rest:tt)*) => {
        fields_of! { $state
            [
                $($read)*
                /// Registered meta fields.
                meta: $crate::models::Meta,
            ]
            $set $new [meta] $($rest)*
        }
    };
    ($state:tt [$($read:tt)*] [$($set:tt)*] $new:tt $meta:tt both { $($own:tt)* } $($rest:tt)*) => {
        fields_of! { $state [$($read)* $($own)*] [$($set)* $($own)*] $new $meta $($rest)* }
    };
    ($state:tt [$($read:tt)*] $set:tt $new:tt $meta:tt read { $($own:tt)* } $($rest:tt)*) => {
        fields_of! { $state [$($read)* $($own)*] $set $new $meta $($rest)* }
    };
    ($state:tt $read:tt [$($set:tt)*] $new:tt $meta:tt set { $($own:tt)* } $($rest:tt)*) => {
        fields_of! { $state $read [$($set)* $($own)*] $new $meta $($rest)* }
    };
    ($state:tt $read:tt $set:tt [] $meta:tt new { $($own:tt)* } $($rest:tt)*) => {
        fields_of! { $state $read $set [$($own)*] $meta $($rest)* }
    };
    (
        { [$(#[$of:meta])*] $name:ident [$($context:ident)?] $id:ty; $(#[$of_new:meta])* $new:ident, $(#[$of_patch:meta])* $patch:ident }
        [$($read:tt)*] [$($set:tt)*] [$($only_new:tt)*] [$($meta:ident)?]
    ) => {
        model! {
            $(#[$of])*
            #[derive(Debug, Clone, PartialEq)]
            pub struct $name $(<$context: $crate::Context = $crate::View>)? {
                [key]
                /// The id of the item.
                id: $id,
                $($read)*
            }
        }

        writable! {
            new:
            #[doc = concat!("A new [`", stringify!($name), "`].\n")]
            $(#[$of_new])*
            $new,
            patch:
            #[doc = concat!("Changes to a [`", stringify!($name), "`]. Fields that are not set stay unchanged.\n")]
            $(#[$of_patch])*
            $patch,
            both { $($set)* }
            new { $($only_new)* }
            $(; $meta)?
        }
    };
}
