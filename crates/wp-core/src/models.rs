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
#[macro_use]
mod item;
#[macro_use]
mod post_type;

mod ability;
mod ability_category;
mod app_password;
mod avatar_urls;
mod batch;
mod block;
mod block_pattern;
mod block_type;
mod comment;
pub(crate) mod context;
mod directory;
mod embeds;
mod flag_or;
mod font_collection;
mod font_face;
mod font_family;
mod global_styles;
mod icon;
mod media;
mod menu;
mod menu_item;
mod navigation;
mod navigation_fallback;
mod oembed;
mod page;
mod plugin;
mod post;
mod post_type_info;
mod rendered;
mod revision;
mod search_result;
mod settings;
mod sidebar;
mod site_health;
mod site_info;
mod status_info;
mod string_list;
mod taxonomy_info;
mod template;
mod term;
mod theme;
mod url_details;
mod user;
mod view_config;
mod widget;
mod written;

pub use ability::{Ability, AbilityAnnotations, AbilityMeta};
pub use ability_category::AbilityCategory;
pub use app_password::{AppId, AppPassword, NewAppPassword};
pub use avatar_urls::AvatarUrls;
pub use batch::{Batch, BatchMethod, BatchPart, BatchRequest, BatchResponse, BatchValidation};
pub use block::{Block, BlockId, BlockPatch, NewBlock, SyncStatus};
pub use block_pattern::{BlockPattern, BlockPatternCategory, PatternSource};
pub use block_type::{
    BlockExample, BlockName, BlockPosition, BlockStyle, BlockToRender, BlockType, BlockVariation,
    RenderedBlock,
};
pub use comment::{Comment, CommentId, CommentPatch, CommentStatus, CommentType, NewComment, NoteStatus};
pub use directory::{DirectoryBlock, DirectoryPattern};
pub use embeds::{EmbedError, Embeds};
pub use flag_or::{FlagOr, NumberOrText};
pub use font_collection::{CollectionFont, FontCategory, FontCollection};
pub use font_face::{FontDisplay, FontFace, FontFaceId, FontFaceSettings, FontSources, NewFontFace};
pub use font_family::{
    FontFamily, FontFamilyId, FontFamilyPatch, FontFamilySettings, JsonText, NewFontFamily,
};
pub use global_styles::{
    GlobalStyles, GlobalStylesId, GlobalStylesPatch, GlobalStylesRevision, ThemeJson, ThemeStyles,
};
pub use icon::{Icon, IconCollection};
pub use media::{
    ImageEdit, ImageModifier, ImageQuality, ImageSize, Media, MediaDetails, MediaId, MediaPatch, MediaType,
    NewMedia, ParentImage, SizeNames, SubSize,
};
pub use menu::{Menu, MenuId, MenuLocation, MenuPatch, NewMenu};
pub use menu_item::{LinkTarget, MenuItem, MenuItemId, MenuItemPatch, MenuItemType, NewMenuItem};
pub use navigation::{Navigation, NavigationId, NavigationPatch, NewNavigation};
pub use navigation_fallback::NavigationFallback;
pub use oembed::{Oembed, OembedProxyQuery, OembedQuery, OembedType};
pub use page::{NewPage, Page, PageId, PagePatch};
pub use plugin::{NewPlugin, Plugin, PluginPatch, PluginStatus};
pub use post::{
    AnyPost, AnyPostId, Format, NewPost, OpenStatus, Password, Post, PostId, PostPatch, PostStatus,
};
pub use post_type_info::{PostTypeInfo, TemplateLock, TypeVisibility};
pub use rendered::{Editable, Raw, Rendered, plain_text};
pub use revision::{Autosave, Revision};
pub use search_result::{SearchResult, SearchType};
pub use settings::{FrontPage, Settings, SettingsPatch};
pub use sidebar::{Sidebar, SidebarId, SidebarPatch, SidebarStatus};
pub use site_health::{DirectorySize, DirectorySizes, HealthBadge, HealthReport, HealthStatus, HealthTest};
pub use site_info::{Hours, IndexImageSize, RouteInfo, SiteInfo};
pub use status_info::StatusInfo;
pub use string_list::StringList;
pub use taxonomy_info::{TaxonomyInfo, TaxonomyVisibility};
pub use template::{
    NewTemplate, NewTemplatePart, Pages, Parts, Template, TemplateArea, TemplateAutosave, TemplateKind,
    TemplateName, TemplatePart, TemplatePartName, TemplatePartPatch, TemplatePatch, TemplateRevision,
    TemplateSource,
};
pub use term::{
    Category, CategoryId, CategoryPatch, NewCategory, NewTag, NewTerm, PatternCategory, Tag, TagId, TagPatch,
    Taxonomy, Term, TermPatch, taxonomy,
};
pub use theme::{
    CustomBackground, CustomHeader, CustomLogo, FontSize, Gradient, Link, PaletteColor, SpacingSize,
    TemplatePartArea, TemplateType, Theme, ThemeLinks, ThemeStatus, ThemeSupports, ThemeTags,
};
pub use url_details::UrlDetails;
pub use user::{NewUser, User, UserId, UserPatch};
pub use view_config::{DataView, ListedView, ViewConfig, ViewFilter, ViewKind, ViewSort};
pub use widget::{
    EncodedWidget, NewWidget, Widget, WidgetId, WidgetInstance, WidgetPatch, WidgetPreview, WidgetToEncode,
    WidgetType, WidgetTypeId,
};
pub use written::Written;

/// Registered meta fields, with values of any type.
pub type Meta = std::collections::BTreeMap<String, serde_json::Value>;

/// Reads a model, and panics if a value had to be converted.
#[cfg(test)]
pub(crate) fn strictly<T: serde::de::DeserializeOwned>(text: &str) -> T {
    let read = crate::php::read::<T>(text, true).unwrap_or_else(|_| panic!("it cannot be read: {text}"));
    assert!(read.coercions.is_empty(), "{:?}: {text}", read.coercions);
    read.value
}
