//! Users.

use std::collections::BTreeMap;

use super::{AvatarUrls, Meta};
use crate::{GmtTime, Id, Resource};

/// The id of a user.
pub type UserId = Id<User>;

model! {
    /// A user.
    #[derive(Debug, Clone, PartialEq)]
    pub struct User {
        [key]
        /// Their id.
        id: UserId,
        /// The name that they show.
        name: String,
        /// Their own site.
        url: String,
        /// What they say of themselves.
        description: String,
        /// The address of their archive.
        link: String,
        /// Their name in URLs.
        slug: String,
        /// Addresses of their picture by its width in pixels. Empty when the site shows none.
        avatar_urls: AvatarUrls,
        /// Registered meta fields.
        meta: Meta,

        /// The login name; only in the context `edit`, like all that follows.
        username: Option<String>,
        /// The first name.
        first_name: Option<String>,
        /// The last name.
        last_name: Option<String>,
        /// The nickname.
        nickname: Option<String>,
        /// The e-mail address.
        email: Option<String>,
        /// The language of their dashboard: `en_US`.
        locale: Option<String>,
        /// Their roles: `editor`. `None` outside the context `edit`; empty for a user without a role.
        roles: Option<Vec<String>>,
        /// When they registered.
        registered_date: Option<GmtTime> [with_offset],
        /// What they may do, and whether.
        capabilities: BTreeMap<String, bool>,
    }
}

/// Core writes this date alone with an offset.
#[allow(clippy::ref_option)] // as the field is
fn with_offset(date: &Option<GmtTime>) -> Option<String> {
    date.map(|date| format!("{date}+00:00"))
}

impl Resource for User {
    type Id = UserId;
    const ROUTE: &'static str = "/wp/v2/users";

    fn id(&self) -> UserId {
        self.id
    }
}
