//! The categories of abilities.

use super::Meta;
use crate::Name;

model! {
    /// A category of abilities, such as `site`. Since WordPress 6.9.
    #[derive(Debug, Clone, PartialEq)]
    pub struct AbilityCategory {
        [key]
        /// The name by which WordPress knows it.
        slug: Name<AbilityCategory>,
        /// The name that people read.
        label: String,
        /// The description: the subject of its abilities. Not in the context `embed`.
        description: String,
        /// Other data. Not in the context `embed`.
        meta: Meta,
    }
}

resource! {
    AbilityCategory: Name<Self> = slug, edit Self, at "/wp-abilities/v1/categories";
    listed by None;
    has Get, Paged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_category_is_read_in_each_context() {
        // As WordPress 7.1 wrote it.
        let embed: AbilityCategory = strictly(r#"{"slug":"site","label":"Site"}"#);
        let view: AbilityCategory =
            strictly(r#"{"slug":"site","label":"Site","description":"Abilities of the site.","meta":[]}"#);
        assert!(embed.slug == view.slug && view.meta.is_empty() && embed.description.is_empty());
    }
}
