//! The items of a menu of a classic theme.

use super::post::contradicts_status;
use super::{AnyPostId, Autosave, MenuId, Meta, PostStatus, StringList, Term};
use crate::{Autosaves, Context, Delete, Edit, Id, Query, View};

/// The id of a menu item.
pub type MenuItemId = Id<MenuItem>;

open_enum! {
    /// The kind of target of a menu item.
    MenuItemType {
        /// The archive of a term.
        Taxonomy = "taxonomy",
        /// A post, a page, or an item of another post type.
        PostType = "post_type",
        /// The archive of a post type.
        PostTypeArchive = "post_type_archive",
        /// Any URL.
        Custom = "custom",
    }
}

open_enum! {
    /// Where a link opens.
    LinkTarget {
        /// In the same window.
        Same = "",
        /// In a new window.
        Blank = "_blank",
    }
}

model! {
    /// A link in a menu of a classic theme.
    ///
    /// Who may see menu items is the same as for [menus](super::Menu).
    #[derive(Debug, Clone, PartialEq)]
    pub struct MenuItem<C: Context = View> {
        [key]
        /// The id of the item.
        id: MenuItemId,
        /// The text of the link.
        title: C::Text,
        /// The status: a draft is not shown. Default: `Publish`.
        status: PostStatus = PostStatus::Publish,
        /// The URL. Empty if what the item leads to does not exist.
        url: String,
        /// The `title` attribute of the link.
        attr_title: String,
        /// The description, which some themes show.
        description: String,
        /// The kind of target.
        kind as "type": Option<MenuItemType>,
        /// The name of that kind in the dashboard: `Post`, `Custom Link`.
        type_label: String,
        /// The post type or the taxonomy of the item's target: `page`, `category`; `custom` for any URL.
        object: String,
        /// The id of the target, a post or a term; for any URL, the id of this item itself. `None` for an archive of a post
        /// type.
        object_id: Option<AnyPostId>,
        /// The item above this one.
        parent: Option<MenuItemId>,
        /// The place in the menu, from 1.
        menu_order: i64,
        /// Where the link opens.
        target: Option<LinkTarget>,
        /// CSS classes. WordPress writes one empty class for none.
        classes: StringList,
        /// The relation to the target's owner (XFN), such as `me`. WordPress writes one empty text for none.
        xfn: StringList,
        /// Whether the target does not exist any more.
        invalid: bool,
        /// Registered meta fields.
        meta: Meta,
        /// The menu with this item. `None` if it is in no menu.
        menus: Option<MenuId>,
    }
}

writable! {
    new:
    /// A new menu item. By default it is published; without a menu, no theme shows it.
    ///
    /// ```
    /// use wp_core::models::{MenuId, NewMenuItem, PageId};
    ///
    /// let (main, about) = (MenuId::new(54).unwrap(), PageId::new(7).unwrap());
    /// let item = NewMenuItem::to_post("page", about).menus(main);
    /// assert_eq!(
    ///     serde_json::to_string(&item)?,
    ///     r#"{"type":"post_type","object":"page","object_id":7,"menus":54}"#
    /// );
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewMenuItem,
    patch:
    /// Changes to a menu item. Fields that are not set stay unchanged.
    ///
    /// ```
    /// use wp_core::models::{LinkTarget, MenuItemPatch};
    ///
    /// // To the top of the menu, in a new window.
    /// let patch = MenuItemPatch::default().parent(None).menu_order(1).target(LinkTarget::Blank);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"parent":0,"menu_order":1,"target":"_blank"}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    MenuItemPatch,
    both {
        /// The text of the link. Default: the title of what the item leads to.
        title: String,
        /// The status. Default: `Publish`.
        status: PostStatus,
        /// The URL of an item that leads to any URL. WordPress responds with 400 `rest_url_required` if it is missing.
        url: String,
        /// The `title` attribute of the link.
        attr_title: String,
        /// The description.
        description: String,
        /// The kind of target. Default: `Custom`.
        kind as "type": MenuItemType,
        /// The post type or the taxonomy of the target.
        object: String,
        /// The id of the target, a post or a term. WordPress accepts an id that does not exist.
        object_id: AnyPostId,
        /// The item above this one. `None` moves it to the top.
        parent: Option<MenuItemId>,
        /// The place in the menu, from 1. Default: the end of the menu.
        menu_order: i64,
        /// Where the link opens.
        target: LinkTarget,
        /// CSS classes; they replace the current ones.
        classes: StringList,
        /// The relation to the target's owner (XFN); it replaces the current one.
        xfn: StringList,
        /// The menu with this item. WordPress moves an item to another menu, but does not take it out of all: delete it
        /// instead.
        menus: MenuId,
    }
    ; meta
}

impl NewMenuItem {
    /// A link with this text to any URL.
    pub fn to_url(title: impl Into<String>, url: impl Into<String>) -> Self {
        Self::default().title(title).url(url)
    }

    /// A link to an item of this post type: `post`, `page`.
    pub fn to_post(post_type: &str, id: impl Into<AnyPostId>) -> Self {
        Self::default().kind(MenuItemType::PostType).object(post_type).object_id(id)
    }

    /// A link to the archive of a term of this taxonomy: `category`, `post_tag`.
    pub fn to_term<T>(taxonomy: &str, id: Id<Term<T>>) -> Self {
        Self::default().kind(MenuItemType::Taxonomy).object(taxonomy).object_id(id.cast::<super::AnyPost>())
    }

    /// A link to the archive of this post type.
    pub fn to_archive(post_type: &str) -> Self {
        Self::default().kind(MenuItemType::PostTypeArchive).object(post_type)
    }
}

resource! {
    MenuItem<C: Context>: MenuItemId = id, edit MenuItem<Edit>, at "/wp/v2/menu-items";
    contradicts |item: &Self, asked: &Query| contradicts_status(asked, &item.status, item.was_read("status"));
    listed by Posts;
    has Get, Paged; new NewMenuItem; patch MenuItemPatch
}

/// WordPress shows a deleted item in the context `view`.
impl Delete for MenuItem {
    type Previous = Self;
    const SAYS_DELETED: bool = true;
}

impl Autosaves for MenuItem {
    type Autosave = Autosave<Self>;
    type Draft = MenuItemPatch;
}
