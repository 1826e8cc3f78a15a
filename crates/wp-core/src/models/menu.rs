//! Menus of classic themes, and the places that a theme has for them.

use crate::{Id, Name};

/// The id of a menu.
pub type MenuId = Id<Menu>;

item! {
    /// A menu of a classic theme: a group of [menu items](super::MenuItem). Menus are terms of the taxonomy `nav_menu`.
    ///
    /// Only users who may edit theme options see menus, and since WordPress 6.8 those who may edit posts: others get 401 or
    /// 403 `rest_cannot_view`.
    Menu: MenuId;
    new:
    /// ```
    /// use wp_core::models::NewMenu;
    ///
    /// let menu = NewMenu::named("Main").locations(["primary".into()]);
    /// assert_eq!(serde_json::to_string(&menu)?, r#"{"name":"Main","locations":["primary"]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    NewMenu,
    patch: MenuPatch;
    both {
        /// The name, with HTML entities. WordPress responds with 400 `menu_exists` if another menu has it.
        name: String,
        /// The description, as HTML.
        description: String,
        /// The name for programs. WordPress ignores one that is set: it makes one of the name (observed up to 7.1).
        slug: String,
        /// The places in which the theme shows the menu; a write replaces all of them. WordPress responds with 400
        /// `rest_invalid_param` to one that the theme does not have.
        locations: Vec<Name<MenuLocation>>,
        /// Whether WordPress adds new top-level pages to the menu. Default: false.
        auto_add: bool,
    }
    meta
}

model! {
    /// A place in which a classic theme shows a menu.
    #[derive(Debug, Clone, PartialEq)]
    pub struct MenuLocation {
        [key]
        /// The name of the place: `primary`.
        name: Name<MenuLocation>,
        /// The theme's name of the place, for users.
        description: String,
        /// The menu in this place.
        menu: Option<MenuId>,
    }
}

impl NewMenu {
    /// A new menu with this name.
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().name(name)
    }
}

resource! {
    Menu: MenuId = id, edit Self, at "/wp/v2/menus";
    listed by Terms; has Get, Paged, Delete; new NewMenu; patch MenuPatch
}
resource! {
    MenuLocation: Name<MenuLocation> = name, edit Self, at "/wp/v2/menu-locations"; listed by None named; has Get
}
