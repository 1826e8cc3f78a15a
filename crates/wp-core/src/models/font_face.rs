//! Font faces: the weights and styles of a font family.

use super::font_family::JsonText;
use super::{FontFamily, FontFamilyId, NumberOrText};
use crate::{Id, Nested};

/// The id of a font face.
pub type FontFaceId = Id<FontFace>;

open_enum! {
    /// How a browser shows text while it loads a font.
    FontDisplay {
        /// The browser decides.
        Auto = "auto",
        /// Nothing for a short time, then another font.
        Block = "block",
        /// Another font. WordPress's default.
        Fallback = "fallback",
        /// Another font, until the font is there.
        Swap = "swap",
        /// Another font if the font is not there at once.
        Optional = "optional",
    }
}

/// The sources of a font face.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum FontSources {
    /// One source.
    One(String),
    /// Several sources, of which a browser takes the first that it can read.
    Several(Vec<String>),
}

impl FontSources {
    /// The sources in their order.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(source) => std::slice::from_ref(source),
            Self::Several(sources) => sources,
        }
    }
}

impl Default for FontSources {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl From<&str> for FontSources {
    fn from(source: &str) -> Self {
        Self::One(source.to_owned())
    }
}

model! {
    /// The settings of a font face, as the descriptors of `@font-face` in CSS.
    ///
    /// ```
    /// use wp_core::models::{FontFaceSettings, NewFontFace};
    ///
    /// let mut bold = FontFaceSettings::new("Inter", "https://example.org/inter-700.woff2");
    /// bold.font_weight = "700".into();
    /// let text = r#"{"fontFamily":"Inter","fontWeight":"700","src":"https://example.org/inter-700.woff2"}"#;
    /// assert_eq!(serde_json::to_value(NewFontFace::with(bold))?["font_face_settings"], text);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct FontFaceSettings {
        /// The family.
        font_family as "fontFamily": String,
        /// `normal`, `italic`, or `oblique` with an angle.
        font_style as "fontStyle": String,
        /// The weight: `400`, or a range as `100 900`. WordPress writes a text or a number.
        font_weight as "fontWeight": NumberOrText,
        /// How a browser shows text while it loads the font.
        font_display as "fontDisplay": Option<FontDisplay>,
        /// URLs of the files. For a file that is uploaded with the face, the name of its part.
        src: FontSources,
        /// The width.
        font_stretch as "fontStretch": Option<String>,
        /// The ascent.
        ascent_override as "ascentOverride": Option<String>,
        /// The descent.
        descent_override as "descentOverride": Option<String>,
        /// The gap between lines.
        line_gap_override as "lineGapOverride": Option<String>,
        /// The scale of its glyphs.
        size_adjust as "sizeAdjust": Option<String>,
        /// The variants of its glyphs.
        font_variant as "fontVariant": Option<String>,
        /// The features of the font.
        font_feature_settings as "fontFeatureSettings": Option<String>,
        /// The values of the axes of a variable font.
        font_variation_settings as "fontVariationSettings": Option<String>,
        /// The characters that it is for.
        unicode_range as "unicodeRange": Option<String>,
        /// The URL of a picture of it.
        preview: Option<String>,
    }
}

impl FontFaceSettings {
    /// The settings of a face of this family with this source.
    pub fn new(font_family: impl Into<String>, source: impl Into<String>) -> Self {
        let src = FontSources::One(source.into());
        Self { font_family: font_family.into(), src, ..Self::default() }
    }
}

model! {
    /// A font face. Its fields are the same in each context. Since WordPress 6.5.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct FontFace {
        [key]
        /// The id of the face.
        id: FontFaceId,
        /// The version of the format of its settings.
        theme_json_version: u32,
        /// The font family.
        parent: Option<FontFamilyId>,
        /// The settings.
        font_face_settings: FontFaceSettings,
    }
}

writable! {
    new:
    /// A font face to add to a font family. WordPress cannot change a face.
    ///
    /// ```
    /// use wp_core::models::{FontFaceSettings, NewFontFace};
    ///
    /// let inter = NewFontFace::with(FontFaceSettings::new("Inter", "https://example.org/inter.woff2"));
    /// // WordPress reads the settings as JSON in a text.
    /// assert_eq!(
    ///     serde_json::to_value(&inter)?["font_face_settings"],
    ///     r#"{"fontFamily":"Inter","src":"https://example.org/inter.woff2"}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewFontFace,
    both {
        /// The settings. WordPress responds with 400 `rest_duplicate_font_face` to a face that exists, and with 400
        /// `rest_invalid_param` to a source that is neither a URL that it can resolve nor a file of the request.
        font_face_settings: JsonText<FontFaceSettings>,
        /// The version of the format of the settings: 2 or 3. Default: the newest that WordPress knows.
        theme_json_version: u32,
    }
}

impl NewFontFace {
    /// A font face with these settings.
    pub fn with(settings: FontFaceSettings) -> Self {
        Self::default().font_face_settings(settings)
    }
}

resource! { FontFace: FontFaceId = id, edit Self; listed by None; has Get, Paged, Delete; new NewFontFace }

impl Nested<FontFamily> for FontFace {
    const SEGMENT: &'static str = "font-faces";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn a_face_is_read() {
        // As WordPress 7.1 wrote it.
        let face: FontFace = strictly(
            r#"{"id":301,"theme_json_version":3,"parent":300,"font_face_settings":{"fontFamily":"Lab","fontWeight":"700",
                "fontStyle":"normal","src":"http://e.org/a.woff2"}}"#,
        );
        assert_eq!(
            (face.parent, face.font_face_settings.font_weight),
            (FontFamilyId::new(300), "700".into())
        );
        assert_eq!(face.font_face_settings.src.as_slice(), ["http://e.org/a.woff2"]);
        let settings: FontFaceSettings =
            strictly(r#"{"fontWeight":700,"src":["a","b"],"fontDisplay":"swap"}"#);
        assert_eq!((settings.font_weight.number(), settings.src.as_slice().len()), (Some(700), 2));
        assert_eq!(settings.font_display, Some(FontDisplay::Swap));
    }
}
