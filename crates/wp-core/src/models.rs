//! Types of the API's resources, as the context `view` shows them. What only `edit` shows (to those
//! who may edit, and in the response to every write), and what only newer releases send, is an
//! `Option` or empty. Unknown fields are skipped.
//!
//! They are read as [`php`](crate::php) says. Only what names an item is required. Each is written as JSON as it was read:
//! what was absent stays absent, unless it was set since (PHP's empty map `[]` becomes `{}`, a date that was never set
//! `null`). So a post can be kept in a file or a cache; one that was read in
//! the context `edit` holds its password.

mod app_password;
mod avatar_urls;
mod post;
mod rendered;
mod site_info;
mod string_list;
mod term;
mod user;

pub use app_password::{AppId, AppPassword, NewAppPassword};
pub use avatar_urls::AvatarUrls;
pub use post::{Format, NewPost, OpenStatus, Password, Post, PostId, PostPatch, PostStatus};
pub use rendered::{Raw, Rendered};
pub use site_info::SiteInfo;
pub use string_list::StringList;
pub use term::{Category, CategoryId, Tag, TagId, Taxonomy, Term, taxonomy};
pub use user::{User, UserId};

/// A media item. Its fields come with the media endpoints; its [`Id`](crate::Id) is used by posts.
#[derive(Debug)]
#[non_exhaustive]
pub struct Media;

/// The id of a media item.
pub type MediaId = crate::Id<Media>;

/// Registered meta fields, of whatever type the site gave them.
pub type Meta = std::collections::BTreeMap<String, serde_json::Value>;
