//! Items of WordPress.org's directories: plugins with a block, and patterns.

use crate::{Id, Name, SiteTime};

model! {
    /// A plugin with a block, in WordPress.org's directory of blocks.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DirectoryBlock {
        [key]
        /// The name of the block.
        name: Name<DirectoryBlock>,
        /// The title, for people.
        title: String,
        /// The description, for people.
        description: String,
        /// The slug of the plugin, by which it can be installed.
        id: String,
        /// The rating, 0 to 5 stars.
        rating: Option<f64>,
        /// The number of ratings.
        rating_count: u64,
        /// The number of sites on which it is active.
        active_installs: u64,
        /// The rating of the author's blocks.
        author_block_rating: Option<f64>,
        /// The number of the author's blocks.
        author_block_count: u64,
        /// The name of the author.
        author: String,
        /// The URL of the icon.
        icon: String,
        /// When it was last changed, on the site's clock.
        last_updated: Option<SiteTime>,
        /// The time since then, for people.
        humanized_updated: String,
    }
}

model! {
    /// A pattern in WordPress.org's directory of patterns.
    #[derive(Debug, Clone, PartialEq)]
    pub struct DirectoryPattern {
        [key]
        /// The id of the pattern in the directory.
        id: Id<DirectoryPattern>,
        /// The title, for people.
        title: String,
        /// The blocks.
        content: String,
        /// The slugs of its categories.
        categories: Vec<String>,
        /// Words by which it is found.
        keywords: Vec<String>,
        /// The description, for people.
        description: String,
        /// The width of its preview, in pixels.
        viewport_width: u32,
        /// The blocks for which it is offered; since WordPress 6.2.
        block_types: Vec<String>,
    }
}

resource! {
    DirectoryBlock: Name<DirectoryBlock> = name as "name", edit Self, at "/wp/v2/block-directory/search";
    listed by None; has Paged
}
resource! {
    DirectoryPattern: Id<DirectoryPattern> = id, edit Self, at "/wp/v2/pattern-directory/patterns";
    listed by None; has Paged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read() {
        // The shapes of the schema of WordPress 7.1.
        let text = r#"{"name":"x/slider","title":"Slider","description":"","id":"slider","rating":4.5,"rating_count":3,
            "active_installs":100,"author_block_rating":5,"author_block_count":1,"author":"Ana","icon":"https://x/i.png",
            "last_updated":"2026-01-02T03:04:05","humanized_updated":"3 days"}"#;
        let block: DirectoryBlock = serde_json::from_str(text).unwrap();
        assert_eq!((block.rating, block.author_block_rating), (Some(4.5), Some(5.0)));
        assert_eq!(block.last_updated.unwrap().to_string(), "2026-01-02T03:04:05");
        let text = r#"{"id":7,"title":"T","content":"c","categories":["a"],"keywords":["b"],"description":"d",
            "viewport_width":1200,"block_types":[]}"#;
        let pattern: DirectoryPattern = serde_json::from_str(text).unwrap();
        assert_eq!((pattern.id.get(), pattern.viewport_width), (7, 1200));
    }
}
