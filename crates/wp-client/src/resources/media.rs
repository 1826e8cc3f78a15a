//! The media: uploads, and what is done to images.

use http::Method;
use http::header::{CONTENT_DISPOSITION, HeaderValue};
use serde_json::json;
use wp_core::models::{AnyPostId, ImageEdit, Media, MediaId, MediaType, NewMedia, SubSize};
use wp_core::{Body, Edit, Multipart, Query, RequestError};

use crate::{Collection, List, Request};

filters! {
    resource Media of Posts {
        /// Returns only files of this kind.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
        /// use wp_client::models::MediaType;
        ///
        /// for image in wp.media().list().media_type(MediaType::Image).await? {
        ///     println!("{}", image.source_url);
        /// }
        /// # Ok(()) }
        /// ```
        media_type: MediaType,
        /// Returns only files of any of these kinds. Since WordPress 6.9; earlier versions respond with 400
        /// `rest_invalid_param`.
        media_types as "media_type": [MediaType],
        /// Returns only files of this media type: `image/png`.
        mime_type: str,
        /// Returns only files of any of these media types. Since WordPress 6.9; earlier versions respond with 400
        /// `rest_invalid_param`.
        mime_types as "mime_type": [String],
        /// Returns only files that are attached to any of these items.
        parent: [AnyPostId],
        /// Leaves out files that are attached to any of these items.
        parent_exclude: [AnyPostId],
    }
}

impl<T> List<Media, T, wp_core::filters::Posts> {
    /// Returns only files that are attached to nothing.
    pub fn unattached(self) -> Self {
        self.query("parent", 0)
    }
}

/// A file to upload: its name, its media type, and its content.
///
/// The content is bytes, or a [`Body`] of known length that is streamed: see [`Body::stream`] and [`Body::reopen`].
#[derive(Debug)]
pub struct MediaFile {
    name: String,
    content_type: String,
    content: Body,
}

impl MediaFile {
    /// A file with this name (`dune.jpg`), media type (`image/jpeg`) and content.
    ///
    /// WordPress removes some characters from the name and replaces blanks by hyphens. It looks into the content of a
    /// file, and gives it another ending if that is of another type.
    pub fn new(name: impl Into<String>, content_type: impl Into<String>, content: impl Into<Body>) -> Self {
        Self { name: name.into(), content_type: content_type.into(), content: content.into() }
    }

    /// The header that names the file.
    ///
    /// WordPress divides it at each `;` and takes off the outer quotes: it reads neither a quoted pair nor RFC 5987's
    /// `filename*`. What cannot be in it, WordPress removes from every name of a file anyway.
    fn disposition(&self) -> Result<HeaderValue, RequestError> {
        let wrong = |reason| RequestError::Header { name: CONTENT_DISPOSITION.to_string(), reason };
        let name: String = self
            .name
            .chars()
            .map(|c| if c.is_whitespace() { ' ' } else { c })
            .filter(|c| !matches!(c, ';' | '"' | '\\') && !c.is_control())
            .collect();
        if name.trim().is_empty() {
            return Err(wrong("the file has no name"));
        }
        HeaderValue::from_bytes(format!("attachment; filename=\"{}\"", name.trim()).as_bytes())
            .map_err(|_| wrong("the name of the file holds a character that no header can"))
    }
}

impl<T> Request<T> {
    /// Sends a file as the whole body.
    fn file(self, file: MediaFile) -> Self {
        match file.disposition() {
            Ok(name) => self.set_header(CONTENT_DISPOSITION, name).body(&file.content_type, file.content),
            Err(error) => self.failing(error),
        }
    }
}

impl Collection<Media> {
    /// Uploads a file as the whole body of the request, with what is said about it in the query. PHP's limits for uploads
    /// do not apply to it; those of the web server do.
    ///
    /// A file that is refused is an error with an [`UploadRefusal`](crate::UploadRefusal). If WordPress fails after it
    /// stored the file, the error has the [id](crate::Error::attachment_id) of the new item, and
    /// [`create_sub_sizes`](Self::create_sub_sizes) goes on from there. To have WordPress fetch an image from a URL, use
    /// [`create`](Self::create).
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, jpeg: Vec<u8>, post: wp_client::models::PostId) -> wp_client::Result<()> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::{NewMedia, PostPatch};
    ///
    /// let file = MediaFile::new("dune.jpg", "image/jpeg", jpeg);
    /// let image = wp.media().upload(file, NewMedia::default().alt_text("A dune")).await?;
    /// wp.posts().update(post, PostPatch::default().featured_media(image.id)).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)] // the caller builds the value for this call
    pub fn upload(&self, file: MediaFile, new: NewMedia) -> Request<Media<Edit>> {
        self.request(Method::POST).queries(&new).file(file)
    }

    /// Uploads a file in a form. Use it where a firewall refuses files that are the whole body, and for a long description,
    /// which makes a URL too long. PHP's limits for uploads apply to it: `upload_max_filesize`, `post_max_size`.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, pdf: Vec<u8>, terms: String) -> wp_client::Result<()> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// let file = MediaFile::new("terms.pdf", "application/pdf", pdf);
    /// wp.media().upload_form(file, NewMedia::default().description(terms)).await?;
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn upload_form(&self, file: MediaFile, new: NewMedia) -> Request<Media<Edit>> {
        let request = self.request(Method::POST);
        let mut fields = Query::new();
        if let Err(error) = fields.extend(&new) {
            return request.failing(error);
        }
        let form = fields.iter().fold(Multipart::new(), |form, (name, value)| form.text(name, value));
        request.multipart(form.file("file", file.name, file.content_type, file.content))
    }

    /// Makes a new image of an image: turned, cut, mirrored. The edited one stays as it is.
    ///
    /// WordPress responds with 400 `rest_image_not_edited` if nothing is to be done, and with 404 `rest_unknown_attachment`
    /// if the URL is not that of the item, or if the item is no image.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::MediaId) -> wp_client::Result<()> {
    /// use wp_client::models::ImageEdit;
    ///
    /// let image = wp.media().get(id).await?;
    /// let edit = ImageEdit::of(&image.source_url).rotate(90.0).crop(10.0, 10.0, 80.0, 80.0);
    /// let turned = wp.media().edit_image(id, edit).await?;
    /// println!("{}", turned.source_url);
    /// # Ok(()) }
    /// ```
    #[allow(clippy::needless_pass_by_value)]
    pub fn edit_image(&self, id: MediaId, edit: ImageEdit) -> Request<Media> {
        self.action(Method::POST, &id, "edit").json(&edit)
    }

    /// Makes the sizes of an image that are [missing](Media::missing_image_sizes), and returns the item.
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, jpeg: Vec<u8>) -> wp_client::Result<()> {
    /// use wp_client::MediaFile;
    /// use wp_client::models::NewMedia;
    ///
    /// // Two short requests in place of a long one.
    /// let file = MediaFile::new("dune.jpg", "image/jpeg", jpeg);
    /// let image = wp.media().upload(file, NewMedia::default().generate_sub_sizes(false)).await?;
    /// let image = wp.media().create_sub_sizes(image.id).await?;
    /// println!("{:?}", image.media_details.sizes.keys());
    /// # Ok(()) }
    /// ```
    pub fn create_sub_sizes(&self, id: MediaId) -> Request<Media<Edit>> {
        self.action(Method::POST, &id, "post-process").json(&json!({ "action": "create-image-subsizes" }))
    }

    /// Uploads one size of an image that the program made itself, for all of these names: `thumbnail`, `medium`. The image
    /// may not be larger than the size: 400 `rest_upload_dimension_mismatch`. [`finalize`](Self::finalize) makes it a part
    /// of the item.
    ///
    /// Since WordPress 7.1, and only over https or for `localhost`: 404 `rest_no_route` otherwise.
    ///
    /// ```no_run
    /// # use wp_client::MediaFile;
    /// # async fn run(wp: wp_client::Client, large: MediaFile, small: MediaFile) -> wp_client::Result<()> {
    /// use wp_client::models::NewMedia;
    ///
    /// let new = NewMedia::default().generate_sub_sizes(false).convert_format(false);
    /// let image = wp.media().upload(large, new).await?;
    /// let size = wp.media().sideload(image.id, ["thumbnail"], small).await?;
    /// let image = wp.media().finalize(image.id, [size]).await?;
    /// println!("{}", image.media_details.sizes["thumbnail"].source_url);
    /// # Ok(()) }
    /// ```
    pub fn sideload(
        &self,
        id: MediaId,
        sizes: impl IntoIterator<Item = impl Into<String>>,
        file: MediaFile,
    ) -> Request<SubSize> {
        let sizes: Vec<String> = sizes.into_iter().map(Into::into).collect();
        let request = self.action(Method::POST, &id, "sideload");
        match &*sizes {
            [size] => request.query("image_size", size),
            sizes => request.query("image_size", sizes),
        }
        .query("convert_format", false)
        .file(file)
    }

    /// Makes the sizes that were [sideloaded](Self::sideload) a part of the item, at most 100, and returns the item.
    ///
    /// Since WordPress 7.1, and only over https or for `localhost`: 404 `rest_no_route` otherwise.
    pub fn finalize(&self, id: MediaId, sizes: impl IntoIterator<Item = SubSize>) -> Request<Media<Edit>> {
        let sizes: Vec<SubSize> = sizes.into_iter().collect();
        self.action(Method::POST, &id, "finalize").json(&json!({ "sub_sizes": sizes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_is_in_the_form_that_wordpress_reads() {
        let header = |name: &str| MediaFile::new(name, "image/png", "").disposition();
        for (name, sent) in [
            ("dune.png", "dune.png"),
            ("my dune.png", "my dune.png"),
            ("a;b\"c\\d.png", "abcd.png"),
            ("a\r\nX-Evil: 1.png", "a  X-Evil: 1.png"),
            ("文.png", "文.png"),
            ("it's (1) = 100%.png", "it's (1) = 100%.png"),
            (" dune.png ", "dune.png"),
            ("\u{7f}dune.png\0", "dune.png"),
        ] {
            let expected = format!("attachment; filename=\"{sent}\"");
            assert_eq!(header(name).unwrap().as_bytes(), expected.as_bytes(), "{name:?}");
        }
        for name in ["", " ", ";", "\"\"", "\n"] {
            assert!(matches!(header(name), Err(RequestError::Header { .. })), "{name:?}");
        }
    }
}
