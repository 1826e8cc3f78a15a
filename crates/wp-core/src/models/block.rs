//! Patterns that users made, which WordPress calls blocks.

use super::{PatternCategory, Written};
use crate::Id;

open_enum! {
    /// Whether a pattern is synced: a change of it changes all posts that use it.
    SyncStatus {
        /// The block is synced.
        Synced = "",
        /// Each use is a copy of its own.
        Unsynced = "unsynced",
        /// The block is synced, and some of its inner blocks may be overridden. Only in drafts of the feature.
        Partial = "partial",
    }
}

post_type! {
    /// A pattern that a user made: a group of blocks to insert into posts. A synced pattern was once called a reusable
    /// block. Its post type is `wp_block`. Its excerpt is known since WordPress 6.8.
    ///
    /// The list is for users who may edit posts; WordPress shows an empty list to others.
    Block: BlockId, at "/wp/v2/blocks";
    new:
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
    patch: BlockPatch;
    read {
        /// The title.
        title: Written,
        /// The blocks.
        content: Written,
        /// Whether the pattern is synced. Since WordPress 6.3.
        sync_status as "wp_pattern_sync_status": Option<SyncStatus>,
    }
    set {
        /// The title.
        title: String,
        /// The blocks.
        content: String,
    }
    excerpt status
    both {
        /// The categories of patterns; a write replaces all of them. Since WordPress 6.4.
        wp_pattern_category: Vec<Id<PatternCategory>>,
    }
    meta password
}

/// The name of the meta field.
const SYNC_STATUS: &str = "wp_pattern_sync_status";

impl NewBlock {
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
