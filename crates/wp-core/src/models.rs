//! Types of the API's resources in the context `view`. A field is an `Option` or may be empty if only the context
//! `edit` has it (that context requires the permission to edit, and every write responds in it), or if only newer
//! releases send it. Unknown fields are ignored.
//!
//! Models are deserialized by the rules in [`php`](crate::php). Only the field that identifies an item is required.
//! Serializing a model restores the JSON that it was read from: an absent field stays absent unless it was set since
//! (PHP's empty map `[]` becomes `{}`, a date that was never set becomes `null`). So a post can be kept in a file or a
//! cache; a post that was read in the context `edit` includes its password.

#[macro_use]
pub(crate) mod declare;
#[macro_use]
pub(crate) mod writable;

mod app_password;
mod avatar_urls;
mod block;
mod comment;
mod embeds;
mod media;
mod menu;
mod menu_item;
mod navigation;
mod page;
mod post;
mod rendered;
mod revision;
mod site_info;
mod string_list;
mod term;
mod user;

pub use app_password::{AppId, AppPassword, NewAppPassword};
pub use avatar_urls::AvatarUrls;
pub use block::{Block, BlockId, BlockPatch, NewBlock, SyncStatus, Unrendered};
pub use comment::{Comment, CommentId, CommentPatch, CommentStatus, CommentType, NewComment, NoteStatus};
pub use embeds::{EmbedError, Embeds};
pub use media::{
    ImageEdit, ImageModifier, ImageQuality, ImageSize, Media, MediaDetails, MediaId, MediaPatch, MediaType,
    NewMedia, ParentImage, SizeNames, SubSize,
};
pub use menu::{Menu, MenuId, MenuLocation, MenuPatch, NewMenu};
pub use menu_item::{LinkTarget, MenuItem, MenuItemId, MenuItemPatch, MenuItemType, NewMenuItem};
pub use navigation::{Navigation, NavigationId, NavigationPatch, NewNavigation};
pub use page::{NewPage, Page, PageId, PagePatch};
pub use post::{
    AnyPost, AnyPostId, Format, NewPost, OpenStatus, Password, Post, PostId, PostPatch, PostStatus,
};
pub use rendered::{Editable, Raw, Rendered};
pub use revision::{Autosave, Revision};
pub use site_info::SiteInfo;
pub use string_list::StringList;
pub use term::{
    Category, CategoryId, CategoryPatch, NewCategory, NewTag, NewTerm, PatternCategory, Tag, TagId, TagPatch,
    Taxonomy, Term, TermPatch, taxonomy,
};
pub use user::{NewUser, User, UserId, UserPatch};

/// Registered meta fields, with values of any type.
pub type Meta = std::collections::BTreeMap<String, serde_json::Value>;
