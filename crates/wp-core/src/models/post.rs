//! Posts.

use serde::{Deserialize, Serialize};

use super::{CategoryId, TagId};
use crate::{Id, PostType, Query};

/// An item of any post type: a post, a page, a file. A comment, for example, may belong to each of them.
///
/// An id of any post type converts into this id, and back by [`of`](Id::of):
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

post_type! {
    /// A post. `Post<Edit>` has its texts as they were written.
    Post: PostId, at "/wp/v2/posts";
    new:
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
    /// ```
    /// use wp_core::models::PostPatch;
    ///
    /// // Takes values away: all tags, the password, and the featured image.
    /// let patch = PostPatch::default().tags([]).password("").featured_media(None);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"featured_media":0,"tags":[],"password":""}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    PostPatch;
    title content excerpt status public
    read {
        /// The format.
        format: Option<Format>,
    }
    set {
        /// The format.
        format: Format,
    }
    both {
        /// Whether the post is sticky: listed first. Not allowed together with a password.
        sticky: bool,
        /// The categories; a write replaces all of them.
        categories: Vec<CategoryId>,
        /// The tags; a write replaces all of them.
        tags: Vec<TagId>,
    }
    meta password
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

/// The parameter `status` if this is an item of another status.
pub(super) fn contradicts_status(asked: &Query, status: &PostStatus, was_read: bool) -> Option<&'static str> {
    // WordPress splits lists at these characters.
    let words = asked.values("status").flat_map(|value| value.split([',', ' ', '\t']));
    let mut statuses = words.filter(|status| !status.is_empty()).peekable();
    let is_one_of = |asked: &str| asked == "any" || asked == status.as_str();
    (was_read && statuses.peek().is_some() && !statuses.any(is_one_of)).then_some("status")
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
