//! Navigation menus of block themes.

use super::post::contradicts_status;
use super::{Autosave, Password, PostStatus, Revision};
use crate::{Autosaves, Context, Create, Edit, GmtTime, Id, Query, Revisions, SiteTime, Update, View};

/// The id of a navigation menu of a block theme.
pub type NavigationId = Id<Navigation>;

model! {
    /// A navigation menu of a block theme, whose links are blocks. Its post type is `wp_navigation`. A menu of a classic
    /// theme is a [`Menu`](super::Menu).
    #[derive(Debug, Clone, PartialEq)]
    pub struct Navigation<C: Context = View> {
        [key]
        /// The id of the menu.
        id: NavigationId,
        /// The publication date, on the site's clock. `None` if it was never set.
        date: Option<SiteTime>,
        /// The publication date in GMT.
        date_gmt: Option<GmtTime>,
        /// The identifier in feeds, which never changes. It is not a URL.
        guid: C::Text,
        /// The date of the last change, on the site's clock.
        modified: Option<SiteTime>,
        /// The date of the last change, in GMT.
        modified_gmt: Option<GmtTime>,
        /// The name in URLs; empty for a draft.
        slug: String,
        /// The status. Default: `Publish`.
        status: PostStatus = PostStatus::Publish,
        /// The post type: `wp_navigation`.
        kind as "type": String,
        /// The URL of the menu, which is no page.
        link: String,
        /// The title.
        title: C::Text,
        /// The links, as blocks.
        content: C::Text,
        /// The template of the theme; empty for the default template.
        template: String,

        /// The password that protects the content; empty if there is none. Only in the context `edit`.
        password: Option<Password>,
    }
}

writable! {
    new:
    /// A new navigation menu.
    ///
    /// ```
    /// use wp_core::models::{NewNavigation, PostStatus};
    ///
    /// let link = r#"<!-- wp:navigation-link {"label":"Shop","url":"/shop"} /-->"#;
    /// let menu = NewNavigation::titled("Main").content(link).status(PostStatus::Publish);
    /// assert_eq!(serde_json::to_value(&menu)?["title"], "Main");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewNavigation,
    patch:
    /// Changes to a navigation menu. Fields that are not set stay unchanged.
    NavigationPatch,
    both {
        /// The title.
        title: String,
        /// The links, as blocks.
        content: String,
        /// The status. WordPress creates a draft if none is sent.
        status: PostStatus,
        /// The name in URLs.
        slug: String,
        /// The date on the site's clock. `None` is the current time.
        date: Option<SiteTime>,
        /// The date in GMT. `None` is the current time.
        date_gmt: Option<GmtTime>,
        /// The template of the theme.
        template: String,
        /// A password that protects the content. An empty one takes the protection away.
        password: Password,
    }
}

impl NewNavigation {
    /// A new navigation menu with this title. It is a draft unless a status is set.
    pub fn titled(title: impl Into<String>) -> Self {
        Self::default().title(title)
    }
}

resource! {
    Navigation<C: Context>: NavigationId = id, edit Navigation<Edit>, at "/wp/v2/navigation";
    contradicts |menu: &Self, asked: &Query| contradicts_status(asked, &menu.status, menu.was_read("status"));
    has PostType
}

impl Create for Navigation {
    type New = NewNavigation;
}

impl Update for Navigation {
    type Patch = NavigationPatch;
}

impl Revisions for Navigation {
    type Revision = Revision<Self>;
}

impl Autosaves for Navigation {
    type Autosave = Autosave<Self>;
    type Draft = NavigationPatch;
}
