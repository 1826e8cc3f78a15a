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
mod batch;
mod block_pattern;
mod block_type;
mod directory;
mod embeds;
mod icon;
mod oembed;
mod post;
mod rendered;
mod sidebar;
mod site_health;
mod site_info;
mod string_list;
mod term;
mod url_details;
mod user;
mod view_config;
mod widget;

pub use app_password::{AppId, AppPassword, NewAppPassword};
pub use avatar_urls::AvatarUrls;
pub use batch::{Batch, BatchMethod, BatchPart, BatchRequest, BatchResponse, BatchValidation};
pub use block_pattern::{BlockPattern, BlockPatternCategory, PatternSource};
pub use block_type::{
    BlockExample, BlockName, BlockPosition, BlockStyle, BlockToRender, BlockType, BlockVariation,
    RenderedBlock,
};
pub use directory::{DirectoryBlock, DirectoryPattern};
pub use embeds::{EmbedError, Embeds};
pub use icon::{Icon, IconCollection};
pub use oembed::{Oembed, OembedProxyQuery, OembedQuery, OembedType};
pub use post::{Format, NewPost, OpenStatus, Password, Post, PostId, PostPatch, PostStatus};
pub use rendered::{Editable, Raw, Rendered};
pub use sidebar::{Sidebar, SidebarId, SidebarPatch, SidebarStatus};
pub use site_health::{DirectorySize, DirectorySizes, HealthBadge, HealthReport, HealthStatus, HealthTest};
pub use site_info::SiteInfo;
pub use string_list::StringList;
pub use term::{
    Category, CategoryId, CategoryPatch, NewCategory, NewTag, NewTerm, PatternCategory, Tag, TagId, TagPatch,
    Taxonomy, Term, TermPatch, taxonomy,
};
pub use url_details::UrlDetails;
pub use user::{NewUser, User, UserId, UserPatch};
pub use view_config::{DataView, ListedView, ViewConfig, ViewFilter, ViewKind, ViewSort};
pub use widget::{
    EncodedWidget, NewWidget, Widget, WidgetId, WidgetInstance, WidgetPatch, WidgetPreview, WidgetToEncode,
    WidgetType, WidgetTypeId,
};

/// A media item. Its fields will come with the media endpoints; posts use its [`Id`](crate::Id).
#[derive(Debug)]
#[non_exhaustive]
pub struct Media;

/// The id of a media item.
pub type MediaId = crate::Id<Media>;

/// Registered meta fields, with values of any type.
pub type Meta = std::collections::BTreeMap<String, serde_json::Value>;
