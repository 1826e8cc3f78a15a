//! The settings of the site.

use super::{CategoryId, Format, MediaId, OpenStatus, PageId};
use crate::Singleton;

open_enum! {
    /// The content of the front page.
    FrontPage {
        /// The newest posts.
        Posts = "posts",
        /// A page.
        Page = "page",
    }
}

model! {
    /// The settings of the site. A value is `None` if its option was deleted, which WordPress writes as `null`.
    ///
    /// Settings that a plugin registers are read by `with` of the request.
    #[derive(Debug, Clone, PartialEq, Default)]
    pub struct Settings {
        /// The name of the site.
        title: Option<String>,
        /// The tagline.
        description: Option<String>,
        /// The URL of the home page. Not on multisite.
        url: Option<String>,
        /// The e-mail address of the administrator. Not on multisite.
        email: Option<String>,
        /// The time zone: `Europe/Berlin`. Empty if the site has only an offset.
        timezone: Option<String>,
        /// The format of dates, as for PHP's `date`.
        date_format: Option<String>,
        /// The format of times, as for PHP's `date`.
        time_format: Option<String>,
        /// The first day of the week: 0 is Sunday.
        start_of_week: Option<u8>,
        /// The language: `en_US`.
        language: Option<String>,
        /// Whether emoticons such as `:-)` become images.
        use_smilies: Option<bool>,
        /// The category of a post without one.
        default_category: Option<CategoryId>,
        /// The format of new posts. WordPress writes the standard format as `0`.
        default_post_format: Option<Format>,
        /// The number of posts on a page of the site.
        posts_per_page: Option<u32>,
        /// The content of the front page.
        show_on_front: Option<FrontPage>,
        /// The page that is the front page.
        page_on_front: Option<PageId>,
        /// The page that lists the posts.
        page_for_posts: Option<PageId>,
        /// Whether new posts accept pings.
        default_ping_status: Option<OpenStatus>,
        /// Whether new posts accept comments.
        default_comment_status: Option<OpenStatus>,
        /// The logo.
        site_logo: Option<MediaId>,
        /// The icon.
        site_icon: Option<MediaId>,
    }
}

writable! {
    patch:
    /// Changes to the settings. Settings that are not set stay unchanged. A setting of a plugin is set by
    /// [`field`](Self::field).
    ///
    /// ```
    /// use wp_core::models::SettingsPatch;
    ///
    /// // An id is taken away by `None`; any setting is reset by deleting its option.
    /// let patch = SettingsPatch::default().title("Dunes").site_icon(None).reset("posts_per_page");
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"title":"Dunes","site_icon":0,"posts_per_page":null}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    SettingsPatch,
    both {
        /// The name of the site.
        title: String,
        /// The tagline.
        description: String,
        /// The URL of the home page. Not on multisite.
        url: String,
        /// The e-mail address of the administrator. Not on multisite.
        email: String,
        /// The time zone: `Europe/Berlin`.
        timezone: String,
        /// The format of dates, as for PHP's `date`.
        date_format: String,
        /// The format of times, as for PHP's `date`.
        time_format: String,
        /// The first day of the week: 0 is Sunday.
        start_of_week: u8,
        /// The language, which must be installed: `en_US`.
        language: String,
        /// Whether emoticons such as `:-)` become images.
        use_smilies: bool,
        /// The category of a post without one.
        default_category: CategoryId,
        /// The format of new posts.
        default_post_format: Format,
        /// The number of posts on a page of the site.
        posts_per_page: u32,
        /// The content of the front page.
        show_on_front: FrontPage,
        /// The page that is the front page; `None` takes it away.
        page_on_front: Option<PageId>,
        /// The page that lists the posts; `None` takes it away.
        page_for_posts: Option<PageId>,
        /// Whether new posts accept pings.
        default_ping_status: OpenStatus,
        /// Whether new posts accept comments.
        default_comment_status: OpenStatus,
        /// The logo; `None` takes it away.
        site_logo: Option<MediaId>,
        /// The icon; `None` takes it away.
        site_icon: Option<MediaId>,
    }
}

impl SettingsPatch {
    /// Deletes the option of this setting, so that WordPress uses its default. The value of a setting without a default
    /// is `null` from then on, which themes may not expect: an empty text or `None` is a better way to take it away.
    pub fn reset(self, setting: &str) -> Self {
        self.field(setting, serde_json::Value::Null)
    }
}

impl Singleton for Settings {
    const ROUTE: &'static str = "/wp/v2/settings";
    type Patch = SettingsPatch;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::strictly;

    #[test]
    fn settings_are_read_with_and_without_their_options() {
        // As WordPress 7.1 wrote it, after the option of the title was deleted.
        let text = r#"{"title":null,"description":"","url":"http://e.org","email":"a@e.org","timezone":"",
            "date_format":"F j, Y","time_format":"g:i a","start_of_week":1,"language":"en_US","use_smilies":true,
            "default_category":1,"default_post_format":"0","posts_per_page":10,"show_on_front":"posts",
            "page_on_front":0,"page_for_posts":0,"default_ping_status":"open","default_comment_status":"open",
            "site_logo":null,"site_icon":0}"#;
        let settings: Settings = strictly(text);
        assert_eq!((settings.title, settings.description.as_deref()), (None, Some("")));
        assert_eq!((settings.page_on_front, settings.site_logo), (None, None));
        assert_eq!(settings.default_category, CategoryId::new(1));
        assert_eq!(settings.show_on_front, Some(FrontPage::Posts));
    }
}
