//! Users.

use std::collections::BTreeMap;

use super::{AvatarUrls, Meta};
use crate::{GmtTime, Id};

/// The id of a user.
pub type UserId = Id<User>;

model! {
    /// A user.
    #[derive(Debug, Clone, PartialEq)]
    pub struct User {
        [key]
        /// The id of the user.
        id: UserId,
        /// The display name.
        name: String,
        /// The user's own website.
        url: String,
        /// The biography.
        description: String,
        /// The URL of the author's archive page.
        link: String,
        /// The name in URLs.
        slug: String,
        /// URLs of the avatar by its width in pixels. Empty if the site shows no avatars.
        avatar_urls: AvatarUrls,
        /// Registered meta fields.
        meta: Meta,

        /// The login name. This field and all that follow are only in the context `edit`.
        username: Option<String>,
        /// The first name.
        first_name: Option<String>,
        /// The last name.
        last_name: Option<String>,
        /// The nickname.
        nickname: Option<String>,
        /// The e-mail address.
        email: Option<String>,
        /// The language of the dashboard: `en_US`.
        locale: Option<String>,
        /// The roles: `editor`. `None` outside the context `edit`; empty for a user without a role.
        roles: Option<Vec<String>>,
        /// When the user registered.
        registered_date: Option<GmtTime> [with_offset],
        /// The capabilities, and whether the user has each.
        capabilities: BTreeMap<String, bool>,
    }
}

/// Core writes only this date with an offset.
#[allow(clippy::ref_option)] // as the field is
fn with_offset(date: &Option<GmtTime>) -> Option<String> {
    date.map(|date| format!("{date}+00:00"))
}

resource! { User: UserId = id, edit Self, at "/wp/v2/users"; has Get, Listed, Paged }
