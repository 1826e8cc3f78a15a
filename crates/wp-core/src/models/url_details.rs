//! What a page says about itself.

model! {
    /// What the page at a URL says about itself: the editor's preview of a link. A text is empty if the page does not
    /// say it.
    #[derive(Debug, Clone, PartialEq)]
    pub struct UrlDetails {
        /// The title.
        title: String,
        /// The URL of the icon.
        icon: String,
        /// The description.
        description: String,
        /// The URL of the image.
        image: String,
    }
}
