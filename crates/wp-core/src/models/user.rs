//! Users.

use std::collections::BTreeMap;

use super::{AvatarUrls, Meta, Password};
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
        /// The capabilities that the user has beside those of the roles; the roles themselves are among them.
        extra_capabilities: BTreeMap<String, bool>,
    }
}

/// Core writes only this date with an offset.
#[allow(clippy::ref_option)] // as the field is
fn with_offset(date: &Option<GmtTime>) -> Option<String> {
    date.map(|date| format!("{date}+00:00"))
}

writable! {
    new:
    /// A new user. WordPress requires a login name, an e-mail address and a password.
    ///
    /// ```
    /// use wp_core::models::NewUser;
    ///
    /// let user = NewUser::new("ana", "ana@example.org", "a long password").roles(["editor"]);
    /// assert!(!format!("{user:?}").contains("a long password"));
    /// ```
    NewUser,
    patch:
    /// Changes to a user. Fields that are not set stay unchanged. A login name cannot be changed.
    ///
    /// ```
    /// use wp_core::models::UserPatch;
    ///
    /// let patch = UserPatch::default().name("Ana").roles(["author"]);
    /// assert_eq!(serde_json::to_string(&patch)?, r#"{"name":"Ana","roles":["author"]}"#);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    UserPatch,
    both {
        /// The e-mail address. WordPress responds with 500 `existing_user_email` if another user has it.
        email: String,
        /// The password.
        password: Password,
        /// The display name.
        name: String,
        /// The first name.
        first_name: String,
        /// The last name.
        last_name: String,
        /// The nickname.
        nickname: String,
        /// The user's own website.
        url: String,
        /// The biography.
        description: String,
        /// The language of the dashboard, which must be installed: `en_US`. An empty one is that of the site.
        locale: String,
        /// The name in URLs.
        slug: String,
        /// All roles; they replace the current ones. WordPress responds with 400 `rest_user_invalid_role` to a role
        /// that does not exist. An empty `Vec<String>` takes all away.
        roles => String,
    }
    new {
        /// The login name.
        username: String,
    }
    ; meta
}

impl NewUser {
    /// A new user with this login name, e-mail address and password.
    pub fn new(username: impl Into<String>, email: impl Into<String>, password: impl Into<Password>) -> Self {
        Self::default().username(username).email(email).password(password)
    }
}

resource! { User: UserId = id, edit Self, at "/wp/v2/users"; listed by Users; has Get, Paged; new NewUser; patch UserPatch }
