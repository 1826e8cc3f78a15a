//! Patterns that the site's themes and plugins register, and their categories.

use crate::Name;

open_enum! {
    /// Where a pattern comes from.
    PatternSource {
        /// WordPress.
        Core = "core",
        /// A plugin.
        Plugin = "plugin",
        /// The theme.
        Theme = "theme",
        /// WordPress's patterns in the directory of patterns.
        DirectoryCore = "pattern-directory/core",
        /// The theme's patterns in the directory of patterns.
        DirectoryTheme = "pattern-directory/theme",
        /// Featured patterns in the directory of patterns.
        DirectoryFeatured = "pattern-directory/featured",
    }
}

model! {
    /// A registered pattern: blocks that an author can insert. Patterns that authors wrote are posts of their own.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BlockPattern {
        [key]
        /// The name: `core/query-standard-posts`.
        name: Name<BlockPattern>,
        /// The title, for people.
        title: String,
        /// The blocks.
        content: String,
        /// The description, for people.
        description: String,
        /// The names of its categories.
        categories: Vec<String>,
        /// Words by which an author finds it.
        keywords: Vec<String>,
        /// The blocks for which it is offered: `core/query`.
        block_types: Vec<String>,
        /// The post types for which it is offered. Empty: all.
        post_types: Vec<String>,
        /// The templates for which it is offered: `404`; since WordPress 6.2.
        template_types: Vec<String>,
        /// The width of its preview, in pixels.
        viewport_width: Option<f64>,
        /// Whether the inserter offers it. `None`: the pattern does not say it, so it does.
        inserter: Option<bool>,
        /// Where it comes from; since WordPress 6.3.
        source: Option<PatternSource>,
    }
}

model! {
    /// A category of registered patterns.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BlockPatternCategory {
        [key]
        /// The name: `query`.
        name: Name<BlockPatternCategory>,
        /// The label, for people.
        label: String,
        /// The description, for people.
        description: String,
    }
}

resource! {
    BlockPattern: Name<BlockPattern> = name as "name", edit Self, at "/wp/v2/block-patterns/patterns";
    listed by None
}
resource! {
    BlockPatternCategory: Name<BlockPatternCategory> = name as "name", edit Self,
    at "/wp/v2/block-patterns/categories"; listed by None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_only_what_was_registered() {
        let text = r#"{"name":"core/x","title":"X","content":"<!-- wp:x /-->","categories":["query"],
            "block_types":["core/query"],"source":"core"}"#;
        let pattern: BlockPattern = serde_json::from_str(text).unwrap();
        assert_eq!((&pattern.source, pattern.inserter), (&Some(PatternSource::Core), None));
        assert_eq!(
            serde_json::to_value(&pattern).unwrap(),
            serde_json::from_str::<serde_json::Value>(text).unwrap()
        );
        // As recorded on WordPress 7.1.
        let text = r#"[{"name":"banner","label":"Banners","description":"Bold sections designed to showcase key content."}]"#;
        let categories: Vec<BlockPatternCategory> = serde_json::from_str(text).unwrap();
        assert_eq!(categories[0].label, "Banners");
    }
}
