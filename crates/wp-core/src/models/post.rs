//! Posts.

use serde::{Deserialize, Serialize};

use super::{Autosave, CategoryId, MediaId, Meta, Revision, StringList, TagId, UserId};
use crate::{
    Autosaves, Context, Create, Edit, GmtTime, Id, Modified, PostType, Query, Revisions, SiteTime, Update,
    View,
};

/// The id of a post.
pub type PostId = Id<Post>;

/// An item of any post type: a post, a page, a file. A comment, for example, may belong to each of them.
///
/// Its id is made of theirs, and the other way round by [`of`](Id::of):
///
/// ```
/// use wp_core::Id;
/// use wp_core::models::{AnyPostId, NewComment, Page, PageId};
///
/// let page = PageId::new(7).unwrap();
/// let comment = NewComment::on(page, "Thank you!");
/// let any = AnyPostId::from(page);
/// assert_eq!(any.of::<Page>(), page);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyPost {}

/// The id of an item of any post type.
pub type AnyPostId = Id<AnyPost>;

impl<R: PostType> From<Id<R>> for AnyPostId {
    fn from(id: Id<R>) -> Self {
        id.cast()
    }
}

/// So that a value that can be taken away is set by any of these ids as well.
impl<R: PostType> From<Id<R>> for Option<AnyPostId> {
    fn from(id: Id<R>) -> Self {
        Some(id.into())
    }
}

impl AnyPostId {
    /// The same id, as that of an item of this post type.
    pub fn of<R: PostType>(self) -> Id<R> {
        self.cast()
    }
}

open_enum! {
    /// The status of a post.
    PostStatus {
        /// Published.
        Publish = "publish",
        /// Scheduled: published at its date.
        Future = "future",
        /// A draft.
        Draft = "draft",
        /// Pending review.
        Pending = "pending",
        /// Private: visible to users who may read private posts.
        Private = "private",
        /// In the trash.
        Trash = "trash",
        /// Inherited from the parent: attachments and revisions.
        Inherit = "inherit",
        /// Created by the editor and never saved.
        AutoDraft = "auto-draft",
    }
}

open_enum! {
    /// Whether comments or pings are accepted.
    OpenStatus {
        /// They are accepted.
        Open = "open",
        /// They are not accepted.
        Closed = "closed",
    }
}

open_enum! {
    /// The format of a post, which a theme may use to style it.
    Format {
        /// A standard post.
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
    /// A post. `Post<Edit>` has its texts as they were written.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Post<C: Context = View> {
        [key]
        /// The id of the post.
        id: PostId,
        /// The publication date, on the site's clock. `None` if it was never set.
        date: Option<SiteTime>,
        /// The publication date in GMT.
        date_gmt: Option<GmtTime>,
        /// The identifier in feeds, which never changes. It is not a URL.
        guid: C::Text,
        /// The date of the last change, on the site's clock.
        modified: Option<SiteTime>,
        /// The date of the last change, in GMT.
        modified_gmt: Option<GmtTime>,
        /// The name in URLs, percent-encoded if it is not ASCII; empty for a draft.
        slug: String,
        /// The status. The context `embed` omits it, since an embedded post is public. Default: `Publish`.
        status: PostStatus = PostStatus::Publish,
        /// The post type: `post`, `page`.
        kind as "type": String,
        /// The URL of the post.
        link: String,
        /// The title.
        title: C::Text,
        /// The content.
        content: C::Text,
        /// The excerpt. WordPress generates it from the content if the author wrote none.
        excerpt: C::Text,
        /// The author, who may have been deleted since.
        author: Option<UserId>,
        /// The featured image.
        featured_media: Option<MediaId>,
        /// Whether comments are accepted.
        comment_status: Option<OpenStatus>,
        /// Whether pings are accepted.
        ping_status: Option<OpenStatus>,
        /// Whether the post is sticky: listed first.
        sticky: bool,
        /// The template of the theme; empty for the default template.
        template: String,
        /// The format.
        format: Option<Format>,
        /// Registered meta fields.
        meta: Meta,
        /// The categories.
        categories: Vec<CategoryId>,
        /// The tags.
        tags: Vec<TagId>,
        /// CSS classes; since WordPress 6.7.
        class_list: StringList,

        /// The password that protects the content; empty if there is none. This field and all that follow are only in
        /// the context `edit`.
        password: Option<Password>,
        /// The URL with a placeholder for the slug.
        permalink_template: Option<String>,
        /// The slug that WordPress would choose.
        generated_slug: Option<String>,
    }
}

/// The password of a protected post. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// The password itself; empty if the post has none.
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

writable! {
    new:
    /// A new post.
    ///
    /// ```
    /// use wp_core::SiteTime;
    /// use wp_core::models::{NewPost, PostStatus};
    ///
    /// // WordPress publishes it at nine on the site's clock. With a date alone it would stay a draft.
    /// let post = NewPost::titled("Good morning")
    ///     .content("<p>Coffee is ready.</p>")
    ///     .status(PostStatus::Future)
    ///     .date("2030-01-31T09:00:00".parse::<SiteTime>()?);
    /// assert_eq!(serde_json::to_value(&post)?["date"], "2030-01-31T09:00:00");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    NewPost,
    patch:
    /// Changes to a post. Fields that are not set stay unchanged.
    ///
    /// ```
    /// use wp_core::models::PostPatch;
    ///
    /// // Takes values away: all tags, the password, and the featured image.
    /// let patch = PostPatch::default().tags([]).password("").featured_media(None);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"featured_media":0,"tags":[],"password":""}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    PostPatch,
    both {
        /// The title.
        title: String,
        /// The content, as HTML or blocks.
        content: String,
        /// The excerpt.
        excerpt: String,
        /// The status. WordPress creates a draft if none is sent.
        status: PostStatus,
        /// The name in URLs.
        slug: String,
        /// The date on the site's clock. `None` is the current time.
        date: Option<SiteTime>,
        /// The date in GMT. `None` is the current time.
        date_gmt: Option<GmtTime>,
        /// The author.
        author: UserId,
        /// The featured image. `None` takes it away.
        featured_media: Option<MediaId>,
        /// Whether comments are accepted.
        comment_status: OpenStatus,
        /// Whether pings are accepted.
        ping_status: OpenStatus,
        /// Whether the post is sticky. Not allowed together with a password.
        sticky: bool,
        /// The template of the theme.
        template: String,
        /// The format.
        format: Format,
        /// All categories; they replace the current ones.
        categories: Vec<CategoryId>,
        /// All tags; they replace the current ones.
        tags: Vec<TagId>,
        /// A password that protects the content. An empty one takes the protection away.
        password: Password,
    }
    ; meta
}

impl NewPost {
    /// A new post with this title. It is a draft unless a status is set.
    pub fn titled(title: impl Into<String>) -> Self {
        Self::default().title(title)
    }
}

resource! {
    Post<C: Context>: PostId = id, edit Post<Edit>, at "/wp/v2/posts";
    contradicts |post: &Self, asked: &Query| contradicts_status(asked, &post.status, post.was_read("status"));
    has PostType
}

/// The parameter `status` if this is an item of another status.
pub(super) fn contradicts_status(asked: &Query, status: &PostStatus, was_read: bool) -> Option<&'static str> {
    // WordPress splits lists at these characters.
    let words = asked.values("status").flat_map(|value| value.split([',', ' ', '\t']));
    let mut statuses = words.filter(|status| !status.is_empty()).peekable();
    let is_one_of = |asked: &str| asked == "any" || asked == status.as_str();
    (was_read && statuses.peek().is_some() && !statuses.any(is_one_of)).then_some("status")
}

impl<C: Context> Modified for Post<C> {
    fn modified_gmt(&self) -> Option<GmtTime> {
        self.modified_gmt
    }
}

impl Create for Post {
    type New = NewPost;
}

impl Update for Post {
    type Patch = PostPatch;
}

impl Revisions for Post {
    type Revision = Revision<Self>;
}

impl Autosaves for Post {
    type Autosave = Autosave<Self>;
    type Draft = PostPatch;
}

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
    fn debug_hides_the_post_password() {
        assert!(!format!("{:?}", NewPost::titled("x").password("hunter2")).contains("hunter2"));
    }

    #[test]
    fn unknown_status_round_trips() {
        let status: PostStatus = serde_json::from_str("\"in-progress\"").unwrap();
        assert_eq!(status.as_str(), "in-progress");
        assert_eq!(serde_json::to_string(&status).unwrap(), "\"in-progress\"");
        assert_eq!(PostStatus::from("draft"), PostStatus::Draft);
    }
}
