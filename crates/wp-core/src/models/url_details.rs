//! The preview data of a page.

model! {
    /// The title, icon, description and image of the page at a URL: the editor's preview of a link. A text is empty if
    /// the page has none.
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
