//! Patterns that users made, which WordPress calls blocks.

use super::post::contradicts_status;
use super::{Autosave, Meta, Password, PatternCategory, PostStatus, Revision, Written};
use crate::{Autosaves, Context, Create, Edit, GmtTime, Id, Query, Revisions, SiteTime, Update, View};

/// The id of a pattern.
pub type BlockId = Id<Block>;

open_enum! {
    /// Whether a pattern is synced: a change of it changes all posts that use it.
    SyncStatus {
        /// It is synced.
        Synced = "",
        /// Each use is a copy of its own.
        Unsynced = "unsynced",
        /// It is synced, and some of its blocks may be overridden. Only in drafts of the feature.
        Partial = "partial",
    }
}

model! {
    /// A pattern that a user made: a group of blocks to insert into posts. A synced pattern was once called a reusable
    /// block. Its post type is `wp_block`.
    ///
    /// Its list is for users who may edit posts; WordPress shows an empty list to others.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Block<C: Context = View> {
        [key]
        /// The id of the pattern.
        id: BlockId,
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
        /// The name in URLs; empty for a draft.
        slug: String,
        /// The status. The context `embed` omits it. Default: `Publish`.
        status: PostStatus = PostStatus::Publish,
        /// The post type: `wp_block`.
        kind as "type": String,
        /// The URL of the pattern.
        link: String,
        /// The title.
        title: Written,
        /// The blocks.
        content: Written,
        /// The excerpt. WordPress generates it from the content if the author wrote none. Since WordPress 6.8.
        excerpt: C::Text,
        /// The template of the theme; empty for the default template.
        template: String,
        /// Registered meta fields.
        meta: Meta,
        /// The categories of patterns. Since WordPress 6.4.
        wp_pattern_category: Vec<Id<PatternCategory>>,
        /// Whether the pattern is synced. Since WordPress 6.3.
        sync_status as "wp_pattern_sync_status": Option<SyncStatus>,

        /// The password that protects the content; empty if there is none. Only in the context `edit`.
        password: Option<Password>,
    }
}

writable! {
    new:
    /// A new pattern.
    ///
    /// ```
    /// use wp_core::models::{NewBlock, PostStatus, SyncStatus};
    ///
    /// let pattern = NewBlock::titled("Sign-off")
    ///     .content("<!-- wp:paragraph --><p>Ana</p><!-- /wp:paragraph -->")
    ///     .status(PostStatus::Publish)
    ///     .sync_status(SyncStatus::Unsynced);
    /// assert_eq!(serde_json::to_value(&pattern)?["meta"]["wp_pattern_sync_status"], "unsynced");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewBlock,
    patch:
    /// Changes to a pattern. Fields that are not set stay unchanged.
    BlockPatch,
    both {
        /// The title.
        title: String,
        /// The blocks.
        content: String,
        /// The excerpt. Since WordPress 6.8; earlier versions ignore it.
        excerpt: String,
        /// The status. WordPress creates a draft if none is sent.
        status: PostStatus,
        /// The name in URLs.
        slug: String,
        /// The date on the site's clock. `None` is the current time.
        date: Option<SiteTime>,
        /// The date in GMT. `None` is the current time.
        date_gmt: Option<GmtTime>,
        /// The template of the theme.
        template: String,
        /// A password that protects the content. An empty one takes the protection away.
        password: Password,
        /// All categories of patterns; they replace the current ones. Since WordPress 6.4.
        wp_pattern_category: Vec<Id<PatternCategory>>,
    }
    ; meta
}

/// The name of the meta field.
const SYNC_STATUS: &str = "wp_pattern_sync_status";

impl NewBlock {
    /// A new pattern with this title. It is a draft unless a status is set.
    pub fn titled(title: impl Into<String>) -> Self {
        Self::default().title(title)
    }

    /// Whether the pattern is synced. Default: it is. Since WordPress 6.3. A later change of it is
    /// [`BlockPatch::meta`].
    pub fn sync_status(self, status: SyncStatus) -> Self {
        match status {
            // WordPress has no value for it: 400 `rest_invalid_param`.
            SyncStatus::Synced => self,
            status => self.meta(SYNC_STATUS, status.as_str()),
        }
    }
}

resource! {
    Block<C: Context>: BlockId = id, edit Block<Edit>, at "/wp/v2/blocks";
    contradicts |block: &Self, asked: &Query| contradicts_status(asked, &block.status, block.was_read("status"));
    has PostType
}

impl Create for Block {
    type New = NewBlock;
}

impl Update for Block {
    type Patch = BlockPatch;
}

impl Revisions for Block {
    type Revision = Revision<Self>;
}

impl Autosaves for Block {
    type Autosave = Autosave<Self>;
    type Draft = BlockPatch;
}
