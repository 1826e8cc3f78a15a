//! Types of blocks, and blocks that WordPress renders.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Meta, PostId};
use crate::Name;

/// The name of a type of blocks: `core/paragraph`.
pub type BlockName = Name<BlockType>;

open_enum! {
    /// Where a block is inserted, relative to another block.
    BlockPosition {
        /// Before it.
        Before = "before",
        /// After it.
        After = "after",
        /// In it, as its first child.
        FirstChild = "first_child",
        /// In it, as its last child.
        LastChild = "last_child",
    }
}

model! {
    /// A type of blocks. Only users who may edit posts may read it; others get 401 or 403
    /// `rest_block_type_cannot_view`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BlockType {
        [key]
        /// The name.
        name: BlockName,
        /// The title, for people.
        title: String,
        /// The description, for people.
        description: String,
        /// The version of the block API; 1 if the block does not say it.
        api_version: u32,
        /// The name of a dashboard icon, or an SVG image.
        icon: Option<String>,
        /// The category: `text`, `media`, `design`.
        category: Option<String>,
        /// Words by which an author finds the block.
        keywords: Vec<String>,
        /// The attributes, each with its definition.
        attributes: Meta,
        /// The blocks in which it can be placed directly. `None`: everywhere.
        parent: Option<Vec<BlockName>>,
        /// The blocks in which it can be placed at any depth. `None`: everywhere.
        ancestor: Option<Vec<BlockName>>,
        /// The blocks that can be placed in it. `None`: all; since WordPress 6.5.
        allowed_blocks: Option<Vec<BlockName>>,
        /// The values that it gives to the blocks in it: the names of its attributes by the names of the values.
        provides_context: BTreeMap<String, String>,
        /// The names of the values that it takes from the blocks around it.
        uses_context: Vec<String>,
        /// The CSS selectors of its parts; since WordPress 6.3.
        selectors: Meta,
        /// The features of the editor that it supports.
        supports: Meta,
        /// The styles that a user can choose.
        styles: Vec<BlockStyle>,
        /// The domain of its translations.
        textdomain: Option<String>,
        /// An example for its preview.
        example: Option<BlockExample>,
        /// The variations.
        variations: Vec<BlockVariation>,
        /// The blocks next to which it is inserted by itself; since WordPress 6.4.
        block_hooks: BTreeMap<String, BlockPosition>,
        /// Whether WordPress renders it when a page is shown.
        is_dynamic: bool,
        /// Handles of scripts of the editor.
        editor_script_handles: Vec<String>,
        /// Handles of scripts of the editor and of pages.
        script_handles: Vec<String>,
        /// Handles of scripts of pages.
        view_script_handles: Vec<String>,
        /// Ids of script modules of pages; since WordPress 6.5.
        view_script_module_ids: Vec<String>,
        /// Handles of styles of the editor.
        editor_style_handles: Vec<String>,
        /// Handles of styles of the editor and of pages.
        style_handles: Vec<String>,
        /// Handles of styles of pages; since WordPress 6.5.
        view_style_handles: Vec<String>,
        /// The first of the [`editor_script_handles`](Self::editor_script_handles). Deprecated by WordPress.
        editor_script: Option<String>,
        /// The first of the [`script_handles`](Self::script_handles). Deprecated by WordPress.
        script: Option<String>,
        /// The first of the [`view_script_handles`](Self::view_script_handles). Deprecated by WordPress.
        view_script: Option<String>,
        /// The first of the [`editor_style_handles`](Self::editor_style_handles). Deprecated by WordPress.
        editor_style: Option<String>,
        /// The first of the [`style_handles`](Self::style_handles). Deprecated by WordPress.
        style: Option<String>,
    }
}

model! {
    /// A style of a type of blocks.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BlockStyle {
        /// The name.
        name: String,
        /// The label, for people.
        label: String,
        /// CSS rules.
        inline_style: String,
        /// The handle of a stylesheet.
        style_handle: String,
        /// Whether it is the default style.
        is_default as "isDefault": bool,
    }
}

model! {
    /// An example of a block.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BlockExample {
        /// The attributes of the block.
        attributes: Meta,
        /// The blocks in it.
        inner_blocks as "innerBlocks": Vec<Value>,
        /// The width of the preview, in pixels.
        viewport_width as "viewportWidth": Option<f64>,
    }
}

model! {
    /// A variation of a type of blocks.
    #[derive(Debug, Clone, PartialEq)]
    pub struct BlockVariation {
        /// The name.
        name: String,
        /// The title, for people.
        title: String,
        /// The description, for people.
        description: String,
        /// The category.
        category: Option<String>,
        /// The name of a dashboard icon, or an SVG image.
        icon: Option<String>,
        /// Whether it is the default variation.
        is_default as "isDefault": bool,
        /// The attributes of its blocks.
        attributes: Meta,
        /// The blocks in it.
        inner_blocks as "innerBlocks": Vec<Value>,
        /// An example for its preview.
        example: Option<BlockExample>,
        /// Where it is offered: `block`, `inserter`, `transform`.
        scope: Vec<String>,
        /// Words by which an author finds it.
        keywords: Vec<String>,
        /// The attributes by which the editor recognizes it.
        is_active as "isActive": Vec<String>,
    }
}

resource! {
    BlockType: BlockName = name as "name", edit Self, at "/wp/v2/block-types"; listed by None; has Get
}

writable! {
    new:
    /// The attributes and the post to render a block with.
    ///
    /// ```
    /// use wp_core::models::BlockToRender;
    ///
    /// let latest = BlockToRender::default().attribute("postsToShow", 2);
    /// assert_eq!(serde_json::to_string(&latest)?, r#"{"attributes":{"postsToShow":2}}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    BlockToRender,
    both {
        /// The attributes. WordPress responds with 400 `rest_invalid_param` to one that the type of blocks does not
        /// have.
        attributes: Meta,
        /// The post that the block is rendered in. The user must be allowed to edit it.
        post_id: PostId,
    }
}

impl BlockToRender {
    /// Sets one attribute, in addition to those that are set.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.attributes.get_or_insert_default().insert(name.into(), value.into());
        self
    }
}

model! {
    /// A block as a page shows it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct RenderedBlock {
        /// HTML.
        rendered: String,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_read_with_phps_empty_maps() {
        // As recorded on WordPress 7.1, shortened.
        let text = r#"{"attributes":{"dropCap":{"type":"boolean","default":false}},"is_dynamic":false,
            "api_version":3,"name":"core/paragraph","title":"Paragraph","icon":null,"category":"text",
            "keywords":["text"],"parent":null,"ancestor":["core/query"],"allowed_blocks":null,
            "provides_context":[],"uses_context":[],"selectors":{"root":"p"},"supports":{"anchor":true},
            "styles":[{"name":"fill","label":"Fill","isDefault":true}],"textdomain":null,"example":[],
            "block_hooks":[],"variations":[{"name":"p","title":"P","isActive":["align"],"scope":[]}],
            "editor_script":null,"style":"wp-block-paragraph","style_handles":["wp-block-paragraph"]}"#;
        let paragraph: BlockType = serde_json::from_str(text).unwrap();
        assert_eq!((paragraph.name.as_str(), paragraph.api_version), ("core/paragraph", 3));
        assert_eq!(paragraph.ancestor, Some(vec!["core/query".into()]));
        assert!(paragraph.parent.is_none() && paragraph.provides_context.is_empty());
        assert!(paragraph.styles[0].is_default && paragraph.variations[0].is_active == ["align"]);
        assert_eq!(paragraph.attributes["dropCap"]["default"], false);
    }
}
