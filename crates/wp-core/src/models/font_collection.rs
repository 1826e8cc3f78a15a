//! Font collections: fonts that can be installed.

use super::FontFamilySettings;
use crate::Name;

model! {
    /// A category of the fonts of a collection.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct FontCategory {
        /// The name that people read.
        name: String,
        /// The name that fonts have: `sans-serif`.
        slug: String,
    }
}

model! {
    /// A font family of a collection.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct CollectionFont {
        /// The settings, with those of its faces.
        font_family_settings: FontFamilySettings,
        /// The slugs of its categories.
        categories: Vec<String>,
    }
}

model! {
    /// A collection of fonts that can be installed, such as `google-fonts`. Since WordPress 6.5.
    ///
    /// WordPress loads the fonts from the source of the collection. It leaves a collection that it cannot load out of the
    /// list, although it counts it in the totals, and responds with 500 `font_collection_json_missing` to a request for it.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FontCollection {
        [key]
        /// The name by which WordPress knows it: `google-fonts`.
        slug: Name<FontCollection>,
        /// The name that people read.
        name: String,
        /// The description.
        description: String,
        /// The fonts.
        font_families: Vec<CollectionFont>,
        /// The categories of the fonts.
        categories: Vec<FontCategory>,
    }
}

resource! {
    FontCollection: Name<Self> = slug, edit Self, at "/wp/v2/font-collections";
    listed by None;
    has Get, Paged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_collection_is_read() {
        let collection: FontCollection = strictly(
            r#"{"slug":"lab","name":"Lab","description":"","categories":[{"name":"Serif","slug":"serif"}],
                "font_families":[{"font_family_settings":{"name":"Lab","slug":"lab","fontFamily":"Lab, serif","fontFace":
                [{"src":"http://e.org/a.woff2","fontWeight":"400"}]},"categories":["serif"]}]}"#,
        );
        let font = &collection.font_families[0];
        assert_eq!((font.categories[0].as_str(), &*collection.categories[0].slug), ("serif", "serif"));
        assert_eq!(font.font_family_settings.font_face[0].font_weight, "400".into());
    }
}
