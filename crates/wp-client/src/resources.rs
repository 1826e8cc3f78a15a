//! The resources of WordPress: their collections, the parameters of their lists, and what only one of them can do.

#[macro_use]
mod filters;
mod posts;
mod terms;
mod users;

use wp_core::models::{Category, PatternCategory, Post, Tag, User};

use crate::{ApplicationPasswords, Client, Collection, UserRef};

/// A method of the client for each collection.
macro_rules! collections {
    ($($(#[$doc:meta])* $name:ident: $item:ty,)*) => {
        impl Client {$(
            $(#[$doc])*
            pub fn $name(&self) -> Collection<$item> {
                self.collection()
            }
        )*}
    };
}

collections! {
    /// The posts: `/wp/v2/posts`.
    posts: Post,
    /// The users: `/wp/v2/users`.
    users: User,
    /// The categories: `/wp/v2/categories`.
    categories: Category,
    /// The tags: `/wp/v2/tags`.
    tags: Tag,
    /// The categories of patterns: `/wp/v2/wp_pattern_category`.
    pattern_categories: PatternCategory,
}

impl Client {
    /// The application passwords of a user, usually [`UserRef::Me`].
    pub fn application_passwords(&self, user: impl Into<UserRef>) -> ApplicationPasswords {
        ApplicationPasswords::new(&self.0, user.into())
    }
}
