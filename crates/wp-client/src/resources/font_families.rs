//! The font families, and their faces.

use http::Method;
use wp_core::models::{FontFace, FontFaceSettings, FontFamily, FontFamilyId, FontSources};
use wp_core::{Body, Multipart, RequestError};

use crate::{Collection, Request};

filters! {
    resource FontFamily of None {
        /// Returns only the family with this slug.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// if let Some(inter) = wp.font_families().list().slug("inter").await?.first() {
        ///     println!("{} faces", inter.font_faces.len());
        /// }
        /// # Ok(()) }
        /// ```
        slug: str,
        /// Returns only families with any of these slugs.
        slugs as "slug": [String],
        /// How a search compares: `exact` finds only fields that equal the words. Default: fields that contain them. Since
        /// WordPress 6.8.
        search_semantics: str,
    }
}

filters! {
    resource FontFace of None {
        /// How a search compares: `exact` finds only fields that equal the words. Default: fields that contain them. Since
        /// WordPress 6.8.
        search_semantics: str,
    }
}

impl Collection<FontFamily> {
    /// The faces of a font family: `/wp/v2/font-families/7/font-faces`. WordPress cannot change a face, only create and
    /// delete it.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, inter: wp_client::models::FontFamilyId) -> wp_client::Result<()> {
    /// use wp_client::models::{FontFaceSettings, NewFontFace};
    ///
    /// let bold = FontFaceSettings::new("Inter", "https://example.org/inter-700.woff2");
    /// wp.font_families().faces(inter).create(NewFontFace::with(bold)).await?;
    /// # Ok(()) }
    /// ```
    pub fn faces(&self, family: FontFamilyId) -> Collection<FontFace> {
        self.nested(family)
    }
}

impl Collection<FontFace> {
    /// Creates a face from a font file, which WordPress keeps.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, inter: wp_client::models::FontFamilyId) -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_client::models::FontFaceSettings;
    ///
    /// let mut bold = FontFaceSettings::default();
    /// bold.font_family = "Inter".to_owned();
    /// bold.font_weight = "700".into();
    /// let file = std::fs::read("inter-700.woff2")?;
    /// wp.font_families().faces(inter).upload(bold, "inter-700.woff2", "font/woff2", file).await?;
    /// # Ok(()) }
    /// ```
    pub fn upload(
        &self,
        mut settings: FontFaceSettings,
        file_name: &str,
        content_type: &str,
        file: impl Into<Body>,
    ) -> Request<FontFace> {
        // `src` names the form part that holds the file.
        const PART: &str = "file-0";
        settings.src = FontSources::from(PART);
        let request = self.request(Method::POST);
        match serde_json::to_string(&settings) {
            Ok(settings) => request.multipart(Multipart::new().text("font_face_settings", settings).file(
                PART,
                file_name,
                content_type,
                file,
            )),
            Err(error) => request.failing(RequestError::Json(error)),
        }
    }
}
