//! The lists of menu items.

use wp_core::models::{MenuId, MenuItem};

filters! {
    resource MenuItem of Posts {
        /// Returns only the items of any of these menus. By default, a page has 100 items in the order of the menu.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client, main: wp_client::models::MenuId) -> wp_client::Result<()> {
        /// for item in wp.menu_items().list().menus([main]).await? {
        ///     println!("{} leads to {}", item.title.rendered, item.url);
        /// }
        /// # Ok(()) }
        /// ```
        menus: [MenuId],
        /// Leaves out the items of any of these menus.
        menus_exclude: [MenuId],
        /// How several filters by taxonomy combine: `AND` or `OR`. Default: `AND`.
        tax_relation: str,
        /// Returns only items with this place in their menu.
        menu_order: i64,
    }
}
