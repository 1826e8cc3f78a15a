//! Texts whose raw form is in every context.

use super::Raw;

model! {
    /// A text as it was written, with its rendered form where there is one. WordPress sends both in each context, for
    /// patterns, templates, global styles, themes and plugins. In the context `embed`, it leaves out the texts of a pattern
    /// and the content of a template, which are then empty.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct Written read exactly {
        /// The text as it was written.
        raw: Raw,
        /// HTML, with entities. Empty where WordPress does not render the text, as for a pattern and the content of a
        /// template.
        rendered: String,
        /// Whether a password protects the text for visitors; if so, the text is empty for them.
        protected: bool,
        /// The version of the block format; 0 for a text without blocks. Only for a content in the context `edit`.
        block_version: u32,
    }
}
