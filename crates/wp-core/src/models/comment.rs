//! Comments, and notes of the block editor.

use super::{AnyPostId, AvatarUrls, Meta, UserId};
use crate::{Context, Edit, GmtTime, Id, SiteTime, View};

/// The id of a comment.
pub type CommentId = Id<Comment>;

open_enum! {
    /// The status of a comment.
    CommentStatus {
        /// Visible to everyone.
        Approved = "approved",
        /// Waits for a moderator.
        Hold = "hold",
        /// Spam.
        Spam = "spam",
        /// In the trash.
        Trash = "trash",
        /// In the trash because its post is. It cannot be set.
        PostTrashed = "post-trashed",
        /// Takes a comment out of the spam, back to the status that it had. Only to set.
        Unspam = "unspam",
        /// Takes a comment out of the trash, back to the status that it had. Only to set.
        Untrash = "untrash",
    }
}

open_enum! {
    /// The type of a comment.
    CommentType {
        /// A comment of a reader.
        Comment = "comment",
        /// A link from another site.
        Pingback = "pingback",
        /// A link from another site, reported by that site.
        Trackback = "trackback",
        /// A note of an editor on a block, which readers do not see. Since WordPress 6.9.
        Note = "note",
    }
}

open_enum! {
    /// The state that a note gives to its thread.
    NoteStatus {
        /// The thread is resolved.
        Resolved = "resolved",
        /// The thread is open again.
        Reopen = "reopen",
    }
}

model! {
    /// A comment, or a note of the block editor. `Comment<Edit>` has the text as it was written, and the fields that only
    /// a moderator may see.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Comment<C: Context = View> {
        [key]
        /// The id of the comment.
        id: CommentId,
        /// The item of which this is a comment. Not in the context `embed`.
        post: Option<AnyPostId>,
        /// The comment to which this is a reply.
        parent: Option<CommentId>,
        /// The user who wrote it. `None` for a visitor.
        author: Option<UserId>,
        /// The name of the author, as the comment shows it.
        author_name: String,
        /// The author's own website.
        author_url: String,
        /// When it was written, on the site's clock.
        date: Option<SiteTime>,
        /// When it was written, in GMT.
        date_gmt: Option<GmtTime>,
        /// The text.
        content: C::Text,
        /// The URL of the comment.
        link: String,
        /// The status. The context `embed` omits it, since an embedded comment is public. Default: `Approved`.
        status: CommentStatus = CommentStatus::Approved,
        /// The type. Default: `Comment`.
        kind as "type": CommentType = CommentType::Comment,
        /// URLs of the author's avatar by its width in pixels. Empty if the site shows no avatars.
        author_avatar_urls: AvatarUrls,
        /// Registered meta fields.
        meta: Meta,

        /// The e-mail address of the author. This field and all that follow are only in the context `edit`.
        author_email: Option<String>,
        /// The IP address of the author. May be empty.
        author_ip: Option<String>,
        /// The `User-Agent` of the author's browser.
        author_user_agent: Option<String>,
    }
}

/// The name of the meta field.
const NOTE_STATUS: &str = "_wp_note_status";

impl<C: Context> Comment<C> {
    /// The state that this note gives to its thread. `None` for most notes and for every other comment. Since WordPress
    /// 6.9.
    pub fn note_status(&self) -> Option<NoteStatus> {
        self.meta.get(NOTE_STATUS)?.as_str().filter(|status| !status.is_empty()).map(Into::into)
    }
}

writable! {
    new:
    /// A new comment.
    ///
    /// WordPress responds with 409 `comment_duplicate` to the same text of the same author on the same item, with 400
    /// `comment_flood` to several within 15 seconds, and with 401 `rest_comment_login_required` to a visitor.
    ///
    /// ```
    /// use wp_core::models::{NewComment, PostId};
    ///
    /// let post = PostId::new(7).unwrap();
    /// let comment = NewComment::on(post, "Thank you!");
    /// assert_eq!(serde_json::to_string(&comment)?, r#"{"post":7,"content":"Thank you!"}"#);
    ///
    /// // A note of an editor, which readers do not see.
    /// let note = NewComment::note(post, "Is this still true?");
    /// assert_eq!(serde_json::to_value(&note)?["type"], "note");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewComment,
    patch:
    /// Changes to a comment. Fields that are not set stay unchanged.
    ///
    /// ```
    /// use wp_core::models::{CommentPatch, CommentStatus};
    ///
    /// let patch = CommentPatch::default().status(CommentStatus::Spam);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"status":"spam"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    CommentPatch,
    both {
        /// The item of which this is a comment. WordPress responds with 403 `rest_comment_invalid_post_id` to one that does
        /// not exist.
        post: AnyPostId,
        /// The comment to which this is a reply. `None` for none.
        parent: Option<CommentId>,
        /// The text, as HTML.
        content: String,
        /// The user who wrote it. Default: the user of the request, or a visitor if a name, an e-mail address or a website is
        /// set. For another user, it needs the right to moderate.
        author: UserId,
        /// The name of the author.
        author_name: String,
        /// The e-mail address of the author.
        author_email: String,
        /// The author's own website.
        author_url: String,
        /// The IP address of the author. It needs the right to moderate. An empty one is 400 `rest_invalid_param`.
        author_ip: String,
        /// The `User-Agent` of the author's browser.
        author_user_agent: String,
        /// When it was written, on the site's clock. Default: the current time.
        date: SiteTime,
        /// When it was written, in GMT.
        date_gmt: GmtTime,
        /// The status. It needs the right to moderate.
        status: CommentStatus,
    }
    new {
        /// The type: `Comment`, or `Note` since WordPress 6.9. Others are 400 `rest_invalid_comment_type`.
        kind as "type": CommentType,
    }
    ; meta
}

impl NewComment {
    /// A comment on this item.
    pub fn on(post: impl Into<AnyPostId>, content: impl Into<String>) -> Self {
        Self::default().post(post).content(content)
    }

    /// A note on this item, for its editors. Since WordPress 6.9. It needs the right to edit the item: 403
    /// `rest_cannot_create_note`.
    pub fn note(post: impl Into<AnyPostId>, content: impl Into<String>) -> Self {
        Self::on(post, content).kind(CommentType::Note)
    }

    /// Makes a note that replies to another say that the thread is resolved, or open again. Such a note may be empty.
    #[allow(clippy::needless_pass_by_value)] // as the other setters
    pub fn note_status(self, status: NoteStatus) -> Self {
        self.meta(NOTE_STATUS, status.as_str())
    }
}

resource! {
    Comment<C: Context>: CommentId = id, edit Comment<Edit>, at "/wp/v2/comments";
    listed by Comments;
    has Get, Paged, Delete, Trash, Protected; new NewComment; patch CommentPatch
}
