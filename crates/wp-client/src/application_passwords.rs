//! The application passwords of a user.

use std::fmt;

use http::Method;
use serde::Deserialize;
use wp_auth::{Basic, SecretString};
use wp_core::models::{AppPassword, NewAppPassword, UserId};

use crate::{Client, Deleted, Request};

/// Whose: somebody's, or of who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserRef {
    /// Who asks.
    Me,
    /// The user with this id. It takes the right to edit them.
    Id(UserId),
}

impl From<UserId> for UserRef {
    fn from(id: UserId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for UserRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Me => f.write_str("me"),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// The application passwords of a user: one for each program, which can be revoked alone.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> Result<(), wp_client::Error> {
/// use wp_client::UserRef;
///
/// let passwords = wp.application_passwords(UserRef::Me);
/// let made = passwords.create("Nightly export").await?;
/// let export = wp.with_auth(made.provider("ana")); // or keep `made.password`: it is shown this once
/// export.verify().await?;
/// passwords.revoke(&made.record.uuid).await?;
/// # Ok(()) }
/// ```
///
/// Where they are off, or the site is neither on https nor says that it is local, each of these responses
/// 501 `application_passwords_disabled`.
#[derive(Debug, Clone)]
pub struct ApplicationPasswords {
    client: Client,
    route: String,
}

impl ApplicationPasswords {
    pub(crate) fn new(client: &Client, user: UserRef) -> Self {
        Self { client: client.clone(), route: format!("/wp/v2/users/{user}/application-passwords") }
    }

    /// All of them: WordPress knows no pages here.
    pub fn list(&self) -> Request<Vec<AppPassword>> {
        Request::new(&self.client, Method::GET, &self.route)
    }

    /// One of them. None of that id is 404 `rest_application_password_not_found`.
    pub fn get(&self, uuid: &str) -> Request<AppPassword> {
        Request::item(&self.client, Method::GET, &self.route, uuid)
    }

    /// The one with which this request is made. Without one it is 404
    /// `rest_no_authenticated_app_password`; of another user it is refused.
    pub fn introspect(&self) -> Request<AppPassword> {
        Request::item(&self.client, Method::GET, &self.route, "introspect")
    }

    /// Makes one: `create("Nightly export")`, or a [`NewAppPassword`] with the id of the program. The
    /// password comes back this once.
    pub fn create(&self, new: impl Into<NewAppPassword>) -> Request<CreatedAppPassword> {
        Request::new(&self.client, Method::POST, &self.route).json(&new.into())
    }

    /// Gives it another name, which is all of it that WordPress changes.
    pub fn rename(&self, uuid: &str, name: &str) -> Request<AppPassword> {
        let name = serde_json::json!({ "name": name });
        Request::item(&self.client, Method::POST, &self.route, uuid).json(&name)
    }

    /// Revokes it, and gives what it was. It is not accepted from then on, and silently so: public routes
    /// respond as to nobody, and [`verify`](Client::verify) fails.
    pub fn revoke(&self, uuid: &str) -> Request<Deleted<AppPassword>> {
        Request::item(&self.client, Method::DELETE, &self.route, uuid)
    }

    /// Revokes all of them, the one with which it is asked as well.
    pub fn revoke_all(&self) -> Request<RevokedAll> {
        Request::new(&self.client, Method::DELETE, &self.route)
    }
}

/// An application password that was just made, with the password itself: so it is not written, in whatever form.
///
/// ```compile_fail,E0277
/// fn write<T: serde::Serialize>() {}
/// write::<wp_client::CreatedAppPassword>();
/// ```
///
/// Its [record](Self::record) is.
///
/// ```
/// fn write<T: serde::Serialize>() {}
/// write::<wp_client::models::AppPassword>();
/// ```
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct CreatedAppPassword {
    /// Its record.
    #[serde(flatten)]
    pub record: AppPassword,
    /// The password, in groups of four with blanks between them, which may stay or go.
    pub password: SecretString,
}

impl CreatedAppPassword {
    /// Signs in with it, as the user whose login or e-mail address is `user`.
    pub fn provider(&self, user: impl Into<String>) -> Basic {
        Basic::application_password(user, self.password.clone())
    }
}

/// What became of all application passwords of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RevokedAll {
    /// Whether they are gone.
    pub deleted: bool,
    /// How many there were.
    pub count: u64,
}
