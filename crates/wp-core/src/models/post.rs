//! Posts.

use serde::{Deserialize, Serialize};

use super::{CategoryId, MediaId, Meta, Rendered, StringList, TagId, UserId};
use crate::{Create, GmtTime, Id, Query, Resource, SiteTime, Trash, Update};

/// The id of a post.
pub type PostId = Id<Post>;

open_enum! {
    /// The state of a post.
    PostStatus {
        /// Public.
        Publish = "publish",
        /// Public from its date on.
        Future = "future",
        /// Being written.
        Draft = "draft",
        /// Waiting for review.
        Pending = "pending",
        /// For those who may read private posts.
        Private = "private",
        /// In the trash.
        Trash = "trash",
        /// As its parent: attachments and revisions.
        Inherit = "inherit",
        /// Opened in the editor and never saved.
        AutoDraft = "auto-draft",
    }
}

open_enum! {
    /// Whether comments or pings are accepted.
    OpenStatus {
        /// They are.
        Open = "open",
        /// They are not.
        Closed = "closed",
    }
}

open_enum! {
    /// How a theme may set a post apart.
    Format {
        /// An ordinary post.
        Standard = "standard",
        /// A note without a title.
        Aside = "aside",
        /// A chat.
        Chat = "chat",
        /// A gallery of images.
        Gallery = "gallery",
        /// A link.
        Link = "link",
        /// A single image.
        Image = "image",
        /// A quotation.
        Quote = "quote",
        /// A short update.
        Status = "status",
        /// A single video.
        Video = "video",
        /// A sound file.
        Audio = "audio",
    }
}

model! {
    /// A post.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Post {
        [key]
        /// Its id.
        id: PostId,
        /// When it was or will be published, on the site's clock. `None` where it was never set.
        date: Option<SiteTime>,
        /// The same in GMT.
        date_gmt: Option<GmtTime>,
        /// A name for feeds that never changes. Not an address.
        guid: Rendered,
        /// When it was last changed, on the site's clock.
        modified: Option<SiteTime>,
        /// The same in GMT.
        modified_gmt: Option<GmtTime>,
        /// Its name in URLs, percent-encoded where it is not ASCII; empty for a draft.
        slug: String,
        /// Its state. The context `embed` leaves it out; what can be embedded is public.
        status: PostStatus = PostStatus::Publish,
        /// Its type: `post`, `page`.
        kind as "type": String,
        /// Its address.
        link: String,
        /// Its title.
        title: Rendered,
        /// Its text.
        content: Rendered,
        /// Its summary, which WordPress makes from the text when there is none.
        excerpt: Rendered,
        /// Who wrote it; they may be deleted since.
        author: Option<UserId>,
        /// The image that stands for it.
        featured_media: Option<MediaId>,
        /// Whether it takes comments.
        comment_status: Option<OpenStatus>,
        /// Whether it takes pings.
        ping_status: Option<OpenStatus>,
        /// Whether it stays on top.
        sticky: bool,
        /// The theme's template for it; empty for the usual one.
        template: String,
        /// Its format.
        format: Option<Format>,
        /// Registered meta fields.
        meta: Meta,
        /// Its categories.
        categories: Vec<CategoryId>,
        /// Its tags.
        tags: Vec<TagId>,
        /// CSS classes; since WordPress 6.7.
        class_list: StringList,

        /// The password that hides its text; only in the context `edit`, like all that follows. Empty
        /// without one.
        password: Option<Password>,
        /// Its address with a placeholder for the slug.
        permalink_template: Option<String>,
        /// The slug that WordPress would choose.
        generated_slug: Option<String>,
    }
}

/// The password of a protected post, which shows up in no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The password itself; empty where a post has none.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl<T: Into<String>> From<T> for Password {
    fn from(password: T) -> Self {
        Self(password.into())
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_empty() { "Password(none)" } else { "Password(…)" })
    }
}

/// Declares what can be written of a resource: the same setters for making an item and for changing
/// one. What was not set is not sent.
macro_rules! writable {
    ($new:ident, $patch:ident, $what:literal { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        writable! { @ #[doc = concat!("A new ", $what, ".")] $new { $($(#[$doc])* $field: $type,)* } }
        writable! {
            @ #[doc = concat!("What to change of a ", $what, ". The rest stays as it is.")]
            $patch { $($(#[$doc])* $field: $type,)* }
        }
    };
    (@ #[$head:meta] $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        #[$head]
        #[derive(Clone, PartialEq, Default, Serialize)]
        #[must_use]
        pub struct $name {
            $(#[serde(skip_serializing_if = "Option::is_none")] $field: Option<$type>,)*
            #[serde(skip_serializing_if = "Meta::is_empty")]
            meta: Meta,
            #[serde(flatten)]
            more: Meta,
        }

        /// Of meta fields and of other fields, the names only: a plugin's may be secret.
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let mut fields = f.debug_struct(stringify!($name));
                $(if let Some(value) = &self.$field { fields.field(stringify!($field), value); })*
                let more: Vec<_> = self.meta.keys().chain(self.more.keys()).collect();
                fields.field("more", &more).finish()
            }
        }

        impl $name {
            $(
                $(#[$doc])*
                pub fn $field(mut self, $field: impl Into<$type>) -> Self {
                    self.$field = Some($field.into());
                    self
                }
            )*

            /// A registered meta field. WordPress ignores one that is not registered for REST.
            pub fn meta(mut self, key: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                self.meta.insert(key.into(), value.into());
                self
            }

            /// Any other field: one of a plugin, or a custom taxonomy.
            pub fn field(mut self, name: impl Into<String>, value: impl Into<serde_json::Value>) -> Self {
                self.more.insert(name.into(), value.into());
                self
            }
        }
    };
}

writable! { NewPost, PostPatch, "post" {
    /// The title.
    title: String,
    /// The text, as HTML or blocks.
    content: String,
    /// The summary.
    excerpt: String,
    /// The state. WordPress makes a draft of what does not say.
    status: PostStatus,
    /// The name in URLs.
    slug: String,
    /// The date on the site's clock.
    date: SiteTime,
    /// The date in GMT.
    date_gmt: GmtTime,
    /// Who wrote it.
    author: UserId,
    /// The image that stands for it.
    featured_media: MediaId,
    /// Whether it takes comments.
    comment_status: OpenStatus,
    /// Whether it takes pings.
    ping_status: OpenStatus,
    /// Whether it stays on top. Not together with a password.
    sticky: bool,
    /// The theme's template for it.
    template: String,
    /// The format.
    format: Format,
    /// All its categories.
    categories: Vec<CategoryId>,
    /// All its tags.
    tags: Vec<TagId>,
    /// A password that hides the text.
    password: Password,
} }

impl NewPost {
    /// A new post with this title: a draft until a status is set.
    pub fn titled(title: impl Into<String>) -> Self {
        Self::default().title(title)
    }
}

impl Resource for Post {
    type Id = PostId;
    const ROUTE: &'static str = "/wp/v2/posts";

    fn id(&self) -> PostId {
        self.id
    }

    fn contradicts(&self, asked: &Query) -> Option<&'static str> {
        // As WordPress splits lists.
        let words = |value: &'static str| asked.values(value).flat_map(|value| value.split([',', ' ', '\t']));
        let mut statuses = words("status").filter(|status| !status.is_empty()).peekable();
        let is_told = self.was_read("status");
        let is_one_of = |status: &str| status == "any" || status == self.status.as_str();
        (is_told && statuses.peek().is_some() && !statuses.any(is_one_of)).then_some("status")
    }
}

impl Create for Post {
    type New = NewPost;
}

impl Update for Post {
    type Patch = PostPatch;
}

impl Trash for Post {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_set_is_sent() {
        assert_eq!(serde_json::to_string(&PostPatch::default()).unwrap(), "{}");
        let post =
            NewPost::titled("Hi").status(PostStatus::Draft).tags([TagId::new(3).unwrap()]).meta("a", 1);
        let json = serde_json::to_string(&post.field("template", serde_json::Value::Null)).unwrap();
        assert_eq!(json, r#"{"title":"Hi","status":"draft","tags":[3],"meta":{"a":1},"template":null}"#);
    }

    #[test]
    fn a_password_shows_in_no_debug() {
        assert!(!format!("{:?}", NewPost::titled("x").password("hunter2")).contains("hunter2"));
    }

    #[test]
    fn a_status_of_a_plugin_survives() {
        let status: PostStatus = serde_json::from_str("\"in-progress\"").unwrap();
        assert_eq!(status.as_str(), "in-progress");
        assert_eq!(serde_json::to_string(&status).unwrap(), "\"in-progress\"");
        assert_eq!(PostStatus::from("draft"), PostStatus::Draft);
    }
}
