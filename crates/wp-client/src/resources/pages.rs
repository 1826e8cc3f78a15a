//! The lists of pages.

use wp_core::models::{Page, PageId};

filters! {
    resource Page of Posts {
        /// Returns only pages directly below any of these pages.
        ///
        /// ```no_run
        /// # async fn run(wp: wp_client::Client, about: wp_client::models::PageId) -> wp_client::Result<()> {
        /// use wp_client::Order;
        ///
        /// for page in wp.pages().list().parent([about]).order_by("menu_order", Order::Asc).await? {
        ///     println!("{}", page.title.rendered);
        /// }
        /// # Ok(()) }
        /// ```
        parent: [PageId],
        /// Leaves out pages directly below any of these pages.
        parent_exclude: [PageId],
        /// Returns only pages with this place below their parent.
        menu_order: i64,
    }
}

impl<T> crate::List<Page, T, wp_core::filters::Posts> {
    /// Returns only pages at the top, which are below no other page.
    pub fn at_top(self) -> Self {
        self.query("parent", 0)
    }
}
