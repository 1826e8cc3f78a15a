//! Media: images and other files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::post::contradicts_status;
use super::{AnyPostId, PostStatus};
use crate::{Context, Edit, Query};

impl From<MediaId> for AnyPostId {
    fn from(id: MediaId) -> Self {
        id.cast()
    }
}

impl From<MediaId> for Option<AnyPostId> {
    fn from(id: MediaId) -> Self {
        Some(id.into())
    }
}

open_enum! {
    /// The kind of a file by which a list is filtered.
    MediaType {
        /// Images.
        Image = "image",
        /// Videos.
        Video = "video",
        /// Sound.
        Audio = "audio",
        /// Text.
        Text = "text",
        /// Documents, archives and the like.
        Application = "application",
        /// The type of every file that is not an image, in a media item. It is not a filter.
        File = "file",
    }
}

post_type! {
    /// A media item: an image or another file. `Media<Edit>` has its texts as they were written.
    ///
    /// The date is that of the upload, the author uploaded the file, and a video or a sound file can have a featured
    /// image.
    Media: MediaId;
    new:
    /// The fields of a new file: with an upload, or with the URL of an image that WordPress fetches.
    ///
    /// ```
    /// use wp_core::models::NewMedia;
    ///
    /// let file = NewMedia::default().title("Dune").alt_text("A dune");
    /// assert_eq!(serde_json::to_string(&file)?, r#"{"title":"Dune","alt_text":"A dune"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewMedia,
    patch: MediaPatch;
    set {
        /// The title. Default: the name of the file without its ending.
        title: String,
        /// The text for those who cannot see the image, on one line: WordPress makes a blank of a line break.
        alt_text: String,
        /// The caption, as HTML.
        caption: String,
        /// The description, as HTML.
        description: String,
        /// The item to which the file is attached; `None` for none. WordPress 6.8 and later put the file into the directory
        /// of that item's month.
        post: Option<AnyPostId>,
        /// The status: `Inherit` unless this is `Private`.
        status: PostStatus,
    }
    public
    read {
        /// The title.
        title: C::Text,
        /// The status: usually `Inherit`, that of the item to which the file is attached. The context `embed` omits it.
        status: PostStatus = PostStatus::Inherit,
        /// The description. Its rendered form shows the file too.
        description: C::Text,
        /// The caption.
        caption: C::Text,
        /// The text for those who cannot see the image.
        alt_text: String,
        /// `Image`, or `File` for everything else.
        media_type: Option<MediaType>,
        /// The media type: `image/jpeg`.
        mime_type: String,
        /// The metadata of the file. Empty if WordPress could not read the file.
        media_details: MediaDetails,
        /// The item to which the file is attached.
        post: Option<AnyPostId> [or_null],
        /// The URL of the file.
        source_url: String,
        /// The name of the file; since WordPress 7.1.
        filename: Option<String>,
        /// The size of the file in bytes; since WordPress 7.1.
        filesize: Option<u64>,
        /// The names of the sizes that WordPress has not made yet, such as `medium`; see the client's `create_sub_sizes`. This
        /// field and all that follow are only in the context `edit`.
        missing_image_sizes: Vec<String>,
        /// How the image is to be turned, from 1 to 8 as in EXIF; 1 is not at all. Since WordPress 7.1.
        exif_orientation: Option<u64>,
        /// The media type to which WordPress converts the image; since WordPress 7.1.
        image_output_format: Option<String>,
        /// Whether WordPress writes a progressive image; since WordPress 7.1.
        image_save_progressive: Option<bool>,
        /// How well WordPress keeps the image; since WordPress 7.1.
        image_quality: Option<ImageQuality>,
    }
    new {
        /// The URL of an image that WordPress fetches; it replaces a file that is sent too. Of the other fields, WordPress
        /// then reads `post`, `generate_sub_sizes` and `convert_format` alone, and ignores the title and all others
        /// (observed on 7.1.4): set those by an update.
        ///
        /// Since WordPress 7.1; earlier versions respond with 400 `rest_upload_no_content_disposition`. WordPress responds
        /// with 400 `rest_invalid_param` to a host that is not public, and with 500 `http_404` if there is no such image.
        url: String,
        /// Whether WordPress makes the smaller sizes of an image at once. Default: true. Without them, a large image is
        /// less likely to take too long; the client's `create_sub_sizes` makes them later. Since WordPress 7.1; earlier
        /// versions ignore it.
        generate_sub_sizes: bool,
        /// Whether WordPress may convert the image to another format. Default: true. Since WordPress 7.1.
        convert_format: bool,
    }
    meta
}

model! {
    /// The metadata of a file. An image has a width, a height and sizes; a video or a sound file has a length.
    /// For fields of a plugin, use the client's `with`.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct MediaDetails {
        /// The width in pixels.
        width: Option<u64>,
        /// The height in pixels.
        height: Option<u64>,
        /// The path below the directory of uploads: `2026/11/dune.jpg`.
        file: Option<String>,
        /// The size of the file in bytes.
        filesize: Option<u64>,
        /// The sizes of an image by their names: `thumbnail`, `medium`, `full`.
        sizes: BTreeMap<String, ImageSize>,
        /// The camera's data: `aperture`, `camera`, `created_timestamp`. WordPress writes numbers as strings.
        image_meta: BTreeMap<String, Value>,
        /// The name of the file as it was uploaded, if WordPress made a smaller one of it.
        original_image: Option<String>,
        /// The image that was edited to make this one.
        parent_image: Option<ParentImage>,
        /// The length of a video or a sound file, in seconds.
        length: Option<u64>,
        /// The length as a text: `1:02`.
        length_formatted: Option<String>,
        /// The bits per second of a video or a sound file.
        bitrate: Option<f64>,
    }
}

model! {
    /// One size of an image.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct ImageSize {
        /// The name of the file.
        file: String,
        /// The width in pixels.
        width: u64,
        /// The height in pixels.
        height: u64,
        /// The size of the file in bytes.
        filesize: Option<u64>,
        /// The media type.
        mime_type: String,
        /// The URL of the file.
        source_url: String,
    }
}

model! {
    /// The image of which another one was made by editing.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct ParentImage {
        /// The id, which WordPress writes as a text; see [`id`](Self::id).
        attachment_id: String,
        /// The path below the directory of uploads.
        file: String,
    }
}

/// Unlike for other ids, WordPress writes `null` for "none".
#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref)] // as the field is
fn or_null(id: &Option<AnyPostId>) -> Option<AnyPostId> {
    *id
}

impl ParentImage {
    /// The id of the image. `None` if WordPress wrote none.
    pub fn id(&self) -> Option<MediaId> {
        self.attachment_id.parse().ok()
    }
}

model! {
    /// How well WordPress keeps an image that it writes: 1 to 100.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct ImageQuality {
        /// The value of all sizes without one of their own.
        default: u64,
        /// The values of single sizes, by their names.
        sizes: BTreeMap<String, u64>,
    }
}

impl NewMedia {
    /// An image that WordPress fetches from this URL. Since WordPress 7.1; see [`url`](Self::url).
    pub fn from_url(url: impl Into<String>) -> Self {
        Self::default().url(url)
    }
}

/// A change of an image.
///
/// The serialized form is the one that WordPress reads.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ImageModifier {
    /// Turns the image clockwise.
    Rotate {
        /// The angle in degrees.
        angle: f64,
    },
    /// Cuts the image. All values are percentages of the image: 0 to 100.
    Crop {
        /// The left edge of what stays.
        left: f64,
        /// The top edge of what stays.
        top: f64,
        /// The width of what stays.
        width: f64,
        /// The height of what stays.
        height: f64,
    },
    /// Mirrors the image. Since WordPress 6.9; earlier versions respond with 400 `rest_invalid_param`.
    Flip {
        /// Whether left and right are exchanged.
        horizontal: bool,
        /// Whether top and bottom are exchanged.
        vertical: bool,
    },
}

impl Serialize for ImageModifier {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, args) = match *self {
            Self::Rotate { angle } => ("rotate", serde_json::json!({ "angle": angle })),
            Self::Crop { left, top, width, height } => {
                ("crop", serde_json::json!({ "left": left, "top": top, "width": width, "height": height }))
            }
            Self::Flip { horizontal, vertical } => {
                ("flip", serde_json::json!({ "flip": { "horizontal": horizontal, "vertical": vertical } }))
            }
        };
        serde_json::json!({ "type": kind, "args": args }).serialize(serializer)
    }
}

writable! {
    new:
    /// Changes of an image, which make a new one. They are made in their order.
    ///
    /// ```
    /// use wp_core::models::ImageEdit;
    ///
    /// let edit = ImageEdit::of("https://example.org/wp-content/uploads/dune.jpg")
    ///     .rotate(90.0)
    ///     .crop(0.0, 0.0, 50.0, 100.0)
    ///     .title("The left half");
    /// assert_eq!(serde_json::to_value(&edit)?["modifiers"][1]["args"]["width"], 50.0);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    ImageEdit,
    both {
        /// The URL of the image, which must be that of the edited item, in any of its sizes: WordPress responds with 404
        /// `rest_unknown_attachment` to another, and to a file that is not an image.
        src: String,
        /// All changes; they replace those that were added.
        modifiers: Vec<ImageModifier>,
        /// The title of the new image. Default: that of the edited one. This field and all that follow are read since
        /// WordPress 6.9.
        title: String,
        /// The caption, as HTML.
        caption: String,
        /// The description, as HTML.
        description: String,
        /// The text for those who cannot see the image.
        alt_text: String,
        /// The item to which the new image is attached.
        post: AnyPostId,
    }
}

impl ImageEdit {
    /// Changes of the image with this URL, which is the item's [`source_url`](Media::source_url).
    pub fn of(src: impl Into<String>) -> Self {
        Self::default().src(src)
    }

    /// Turns the image clockwise by this many degrees.
    pub fn rotate(self, angle: f64) -> Self {
        self.then(ImageModifier::Rotate { angle })
    }

    /// Cuts the image. All values are percentages of the image: 0 to 100.
    pub fn crop(self, left: f64, top: f64, width: f64, height: f64) -> Self {
        self.then(ImageModifier::Crop { left, top, width, height })
    }

    /// Exchanges left and right. Since WordPress 6.9.
    pub fn flip_horizontally(self) -> Self {
        self.then(ImageModifier::Flip { horizontal: true, vertical: false })
    }

    /// Exchanges top and bottom. Since WordPress 6.9.
    pub fn flip_vertically(self) -> Self {
        self.then(ImageModifier::Flip { horizontal: false, vertical: true })
    }

    /// Adds a change.
    pub fn then(mut self, modifier: ImageModifier) -> Self {
        self.modifiers.get_or_insert_with(Vec::new).push(modifier);
        self
    }
}

model! {
    /// A size of an image that the program made itself and sent to WordPress. Since WordPress 7.1.
    ///
    /// WordPress responds with this type, and reads it to finish the upload.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    pub struct SubSize {
        /// The name of the size, or the names if several have the same pixels.
        image_size: SizeNames,
        /// The width in pixels.
        width: Option<u64>,
        /// The height in pixels.
        height: Option<u64>,
        /// The name of the file.
        file: Option<String>,
        /// The media type.
        mime_type: Option<String>,
        /// The size of the file in bytes.
        filesize: Option<u64>,
        /// The name of the file as it was uploaded, of a size that replaces it.
        original_image: Option<String>,
    }
}

/// The names of a [`SubSize`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SizeNames {
    /// One name.
    One(String),
    /// Several names for the same pixels.
    Several(Vec<String>),
}

impl Default for SizeNames {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

resource! {
    Media<C: Context>: MediaId = id, edit Media<Edit>, at "/wp/v2/media";
    contradicts |media: &Self, asked: &Query| contradicts_status(asked, &media.status, media.was_read("status"));
    listed by Posts dated;
    has Get, Paged, Delete; new NewMedia; patch MediaPatch
}
