//! Icons, and their collections; since WordPress 7.1.

use crate::Name;

model! {
    /// An icon; since WordPress 7.1. Users who may not edit posts get 401 or 403 `rest_cannot_view`.
    #[derive(Debug, Clone, PartialEq)]
    pub struct Icon {
        [key]
        /// The name, with that of the collection: `core/plus`.
        name: Name<Icon>,
        /// The label, for people.
        label: String,
        /// An SVG image.
        content: String,
        /// The collection.
        collection: Name<IconCollection>,
    }
}

model! {
    /// A collection of icons; since WordPress 7.1.
    #[derive(Debug, Clone, PartialEq)]
    pub struct IconCollection {
        [key]
        /// The name: `core`.
        slug: Name<IconCollection>,
        /// The label, for people.
        label: String,
        /// The description, for people.
        description: String,
    }
}

resource! { Icon: Name<Icon> = name as "name", edit Self, at "/wp/v2/icons"; listed by None; has Get }
resource! {
    IconCollection: Name<IconCollection> = slug as "slug", edit Self, at "/wp/v2/icon-collections";
    listed by None; has Get
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_read() {
        // As recorded on WordPress 7.1.
        let text = r#"{"name":"core/plus","label":"Plus","content":"<svg></svg>\n","collection":"core"}"#;
        let icon: Icon = serde_json::from_str(text).unwrap();
        assert_eq!((icon.name.as_str(), icon.collection.as_str()), ("core/plus", "core"));
        let text = r#"[{"slug":"core","label":"WordPress","description":"Default icon collection."}]"#;
        let collections: Vec<IconCollection> = serde_json::from_str(text).unwrap();
        assert_eq!(collections[0].slug, "core");
    }
}
