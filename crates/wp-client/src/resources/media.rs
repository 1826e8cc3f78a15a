//! The media: uploads, and what is done to images.

use std::future::IntoFuture;

use http::Method;
use serde_json::json;
use wp_core::models::{AnyPostId, ImageEdit, Media, MediaId, MediaType, NewMedia, SubSize};
use wp_core::{Context, Edit};

use crate::{Collection, Download, List, MediaFile, Request, Result, Upload, Uploads};

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

impl Collection<Media> {
    /// Uploads a file as the whole body of the request, with what is said about it in the query. PHP's limits for uploads
    /// do not apply to it; those of the web server do. See [`Upload`] for what happens when WordPress fails after it stored
    /// the file, and for an upload that never makes a second copy.
    ///
    /// A file that is refused is an error with an [`UploadRefusal`](crate::UploadRefusal). To have WordPress fetch an image
    /// from a URL, use [`create`](Self::create).
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
    pub fn upload(&self, file: MediaFile, new: NewMedia) -> Upload {
        Upload::new(self.clone(), file, new)
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
    pub fn upload_form(&self, file: MediaFile, new: NewMedia) -> Upload {
        Upload::new(self.clone(), file, new).in_form()
    }

    /// Uploads many files: each upload is sent in turn, some at the same time, and the results are in the order of the
    /// uploads. See [`Uploads`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, files: Vec<wp_client::MediaFile>) {
    /// use wp_client::models::NewMedia;
    ///
    /// let media = wp.media();
    /// let uploads = files.into_iter().map(move |file| media.upload(file, NewMedia::default()));
    /// for result in wp.media().upload_all(uploads).concurrency(4).await {
    ///     match result {
    ///         Ok(media) => println!("{}", media.source_url),
    ///         Err(error) => eprintln!("{error}"),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn upload_all<U, T>(
        &self,
        uploads: impl IntoIterator<Item = U, IntoIter: Send + 'static>,
    ) -> Uploads<T>
    where
        U: IntoFuture<Output = Result<T>, IntoFuture: Send + 'static>,
        T: Send + 'static,
    {
        Uploads::new(uploads)
    }

    /// Downloads the file of an item. See [`Download`].
    ///
    /// ```no_run
    /// # async fn run(wp: wp_client::Client, id: wp_client::models::MediaId) -> wp_client::Result<()> {
    /// let media = wp.media().get(id).await?;
    /// let mut chunks = wp.media().download(&media).chunks();
    /// while let Some(chunk) = chunks.try_next().await? {
    ///     println!("{} bytes", chunk.len());
    /// }
    /// # Ok(()) }
    /// ```
    pub fn download<C: Context>(&self, media: &Media<C>) -> Download {
        Download::new(self.session().clone(), &media.source_url)
    }

    /// Downloads one size of an image: `thumbnail`, `medium`. See [`Download`].
    ///
    /// The error is a [`RequestError::Url`](wp_core::RequestError::Url) if the image has no such size.
    pub fn download_size<C: Context>(&self, media: &Media<C>, size: &str) -> Download {
        if let Some(image) = media.media_details.sizes.get(size) {
            return self.download_url(&image.source_url);
        }
        Download::failing(self.session().clone(), &media.source_url, "the image has no such size")
    }

    /// Downloads the file at a URL, such as the [`source_url`](Media::source_url) of an item. See [`Download`].
    pub fn download_url(&self, url: &str) -> Download {
        Download::new(self.session().clone(), url)
    }

    /// Makes a new image of an image: turned, cut, mirrored. The edited one stays as it is.
    ///
    /// WordPress responds with 400 `rest_image_not_edited` if nothing is to be done, and with 404 `rest_unknown_attachment`
    /// if the URL is not that of the item, or if the item is not an image.
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
