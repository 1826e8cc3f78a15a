//! Pages.

use super::post::contradicts_status;
use super::{Autosave, MediaId, Meta, OpenStatus, Password, PostStatus, Revision, StringList, UserId};
use crate::{Autosaves, Context, Create, Edit, GmtTime, Id, Query, Revisions, SiteTime, Update, View};

/// The id of a page.
pub type PageId = Id<Page>;

model! {
    /// A page. `Page<Edit>` has its texts as they were written.
    ///
    /// ```
    /// use wp_core::models::Page;
    ///
    /// let page: Page = wp_core::php::from_str(r#"{"id":7,"parent":3,"menu_order":2,"title":{"rendered":"Team"}}"#)?;
    /// assert_eq!((page.parent.map(|id| id.get()), page.menu_order), (Some(3), 2));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug, Clone, PartialEq)]
    pub struct Page<C: Context = View> {
        [key]
        /// The id of the page.
        id: PageId,
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
        /// The name in URLs, percent-encoded if it is not ASCII; empty for a draft.
        slug: String,
        /// The status. The context `embed` omits it, since an embedded page is public. Default: `Publish`.
        status: PostStatus = PostStatus::Publish,
        /// The post type: `page`.
        kind as "type": String,
        /// The URL of the page.
        link: String,
        /// The title.
        title: C::Text,
        /// The content.
        content: C::Text,
        /// The excerpt. WordPress generates it from the content if the author wrote none.
        excerpt: C::Text,
        /// The author, who may have been deleted since.
        author: Option<UserId>,
        /// The featured image.
        featured_media: Option<MediaId>,
        /// The page above this one.
        parent: Option<PageId>,
        /// The place among the pages below the same parent; the smallest is the first.
        menu_order: i64,
        /// Whether comments are accepted.
        comment_status: Option<OpenStatus>,
        /// Whether pings are accepted.
        ping_status: Option<OpenStatus>,
        /// The template of the theme; empty for the default template.
        template: String,
        /// Registered meta fields.
        meta: Meta,
        /// CSS classes; since WordPress 6.7.
        class_list: StringList,

        /// The password that protects the content; empty if there is none. This field and all that follow are only in
        /// the context `edit`.
        password: Option<Password>,
        /// The URL with a placeholder for the slug.
        permalink_template: Option<String>,
        /// The slug that WordPress would choose.
        generated_slug: Option<String>,
    }
}

writable! {
    new:
    /// A new page.
    ///
    /// ```
    /// use wp_core::models::{NewPage, PageId, PostStatus};
    ///
    /// let about = PageId::new(7).unwrap();
    /// let page = NewPage::titled("Team").parent(about).menu_order(2).status(PostStatus::Publish);
    /// assert_eq!(
    ///     serde_json::to_string(&page)?,
    ///     r#"{"title":"Team","status":"publish","parent":7,"menu_order":2}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewPage,
    patch:
    /// Changes to a page. Fields that are not set stay unchanged.
    PagePatch,
    both {
        /// The title.
        title: String,
        /// The content, as HTML or blocks.
        content: String,
        /// The excerpt.
        excerpt: String,
        /// The status. WordPress creates a draft if none is sent.
        status: PostStatus,
        /// The name in URLs.
        slug: String,
        /// The date on the site's clock. `None` is the current time.
        date: Option<SiteTime>,
        /// The date in GMT. `None` is the current time.
        date_gmt: Option<GmtTime>,
        /// The author.
        author: UserId,
        /// The featured image. `None` takes it away.
        featured_media: Option<MediaId>,
        /// The page above this one. `None` moves it to the top. WordPress responds with 400 `rest_post_invalid_id` to a
        /// parent that does not exist.
        parent: Option<PageId>,
        /// The place among the pages below the same parent. Default: 0.
        menu_order: i64,
        /// Whether comments are accepted.
        comment_status: OpenStatus,
        /// Whether pings are accepted.
        ping_status: OpenStatus,
        /// The template of the theme.
        template: String,
        /// A password that protects the content. An empty one takes the protection away.
        password: Password,
    }
    ; meta
}

impl NewPage {
    /// A new page with this title. It is a draft unless a status is set.
    pub fn titled(title: impl Into<String>) -> Self {
        Self::default().title(title)
    }
}

resource! {
    Page<C: Context>: PageId = id, edit Page<Edit>, at "/wp/v2/pages";
    contradicts |page: &Self, asked: &Query| contradicts_status(asked, &page.status, page.was_read("status"));
    has PostType
}

impl Create for Page {
    type New = NewPage;
}

impl Update for Page {
    type Patch = PagePatch;
}

impl Revisions for Page {
    type Revision = Revision<Self>;
}

impl Autosaves for Page {
    type Autosave = Autosave<Self>;
    type Draft = PagePatch;
}
