//! Font families that are installed in the font library.

use serde::{Serialize, Serializer};

use super::FontFaceSettings;
use crate::Id;

/// The id of a font family.
pub type FontFamilyId = Id<FontFamily>;

model! {
    /// The settings of a font family.
    ///
    /// ```
    /// use wp_core::models::{FontFamilySettings, NewFontFamily};
    ///
    /// let inter = NewFontFamily::with(FontFamilySettings::new("Inter", "inter", "Inter, sans-serif"));
    /// // WordPress reads the settings as JSON in a text.
    /// let text = r#"{"name":"Inter","slug":"inter","fontFamily":"Inter, sans-serif"}"#;
    /// assert_eq!(serde_json::to_value(&inter)?["font_family_settings"], text);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct FontFamilySettings {
        /// The name that people read.
        name: String,
        /// The name in CSS classes. It cannot be changed.
        slug: String,
        /// The value of `font-family` in CSS.
        font_family as "fontFamily": String,
        /// The URL of a picture of it.
        preview: String,
        /// The faces. Only in a font collection.
        font_face as "fontFace": Vec<FontFaceSettings>,
    }
}

impl FontFamilySettings {
    /// The settings of a family with this name, slug, and value of `font-family` in CSS.
    pub fn new(name: impl Into<String>, slug: impl Into<String>, font_family: impl Into<String>) -> Self {
        Self { name: name.into(), slug: slug.into(), font_family: font_family.into(), ..Self::default() }
    }
}

model! {
    /// A font family that is installed. Its fields are the same in each context. Since WordPress 6.5.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FontFamily {
        [key]
        /// The id of the family.
        id: FontFamilyId,
        /// The version of the format of its settings.
        theme_json_version: u32,
        /// The ids of the faces.
        font_faces: Vec<Id<super::FontFace>>,
        /// The settings.
        font_family_settings: FontFamilySettings,
    }
}

/// A value that is written as JSON in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonText<T>(T);

impl<T> From<T> for JsonText<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T: Serialize> Serialize for JsonText<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(&self.0).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

writable! {
    new:
    /// A font family to install. Its faces are created afterwards.
    ///
    /// ```
    /// use wp_core::models::{FontFamilySettings, NewFontFamily};
    ///
    /// let inter = NewFontFamily::with(FontFamilySettings::new("Inter", "inter", "Inter, sans-serif"));
    /// // WordPress reads the settings as JSON in a text.
    /// assert_eq!(
    ///     serde_json::to_value(&inter)?["font_family_settings"],
    ///     r#"{"name":"Inter","slug":"inter","fontFamily":"Inter, sans-serif"}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewFontFamily,
    patch:
    /// Changes to a font family.
    FontFamilyPatch,
    both {
        /// The settings; a change leaves those that are not set. WordPress responds with 400
        /// `rest_duplicate_font_family` to a slug that exists.
        font_family_settings: JsonText<FontFamilySettings>,
        /// The version of the format of the settings: 2 or 3. Default: the newest that WordPress knows.
        theme_json_version: u32,
    }
}

impl NewFontFamily {
    /// A font family with these settings.
    pub fn with(settings: FontFamilySettings) -> Self {
        Self::default().font_family_settings(settings)
    }
}

resource! {
    FontFamily: FontFamilyId = id, edit Self, at "/wp/v2/font-families";
    listed by None;
    has Get, Paged, Delete; new NewFontFamily; patch FontFamilyPatch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_family_is_read() {
        // As WordPress 7.1 wrote it.
        let lab: FontFamily = strictly(
            r#"{"id":327,"theme_json_version":3,"font_faces":[301],"font_family_settings":
                {"name":"Lab","slug":"lab-font","fontFamily":"Lab, serif","preview":""}}"#,
        );
        assert_eq!((lab.font_faces[0].get(), &*lab.font_family_settings.font_family), (301, "Lab, serif"));
    }
}
