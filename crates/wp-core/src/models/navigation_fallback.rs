//! The navigation menu that a theme shows if none is chosen.

use super::NavigationId;

model! {
    /// The navigation menu that a theme shows if none is chosen.
    #[derive(Debug, Clone, PartialEq)]
    pub struct NavigationFallback {
        [key]
        /// The id of the menu.
        id: NavigationId,
    }
}
