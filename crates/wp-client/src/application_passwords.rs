//! The application passwords of a user.

use std::fmt;

use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wp_auth::{Basic, SecretString};
use wp_core::Route;
use wp_core::models::{AppPassword, NewAppPassword, UserId};

use crate::session::Session;
use crate::{Deleted, Request};

/// The user whose application passwords are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum UserRef {
    /// The user of the client's credential.
    Me,
    /// The user with this id. It needs the right to edit that user.
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
/// If application passwords are off, or the site is neither on https nor configured as local, WordPress responds to
/// each request with 501 `application_passwords_disabled`.
#[derive(Debug, Clone)]
pub struct ApplicationPasswords {
    session: Session,
    route: String,
}

impl ApplicationPasswords {
    pub(crate) fn new(session: &Session, user: UserRef) -> Self {
        Self { session: session.clone(), route: format!("/wp/v2/users/{user}/application-passwords") }
    }

    fn item<T: DeserializeOwned>(&self, method: Method, name: &str) -> Request<T> {
        Request::at(&self.session, method, Route::new(&self.route).and_then(|route| route.join(name)))
    }

    /// Lists all application passwords. WordPress does not paginate them.
    pub fn list(&self) -> Request<Vec<AppPassword>> {
        Request::new(&self.session, Method::GET, &self.route)
    }

    /// Requests one application password. An unknown id is 404 `rest_application_password_not_found`.
    pub fn get(&self, uuid: &str) -> Request<AppPassword> {
        self.item(Method::GET, uuid)
    }

    /// Requests the application password that this request is sent with. With another credential, WordPress responds
    /// with 404 `rest_no_authenticated_app_password`; for another user, it refuses the request.
    pub fn introspect(&self) -> Request<AppPassword> {
        self.item(Method::GET, "introspect")
    }

    /// Creates an application password: `create("Nightly export")`, or a [`NewAppPassword`] with the id of the program.
    /// Only this response contains the password.
    pub fn create(&self, new: impl Into<NewAppPassword>) -> Request<CreatedAppPassword> {
        Request::new(&self.session, Method::POST, &self.route).json(&new.into())
    }

    /// Changes the name of an application password. WordPress can change nothing else of it.
    pub fn rename(&self, uuid: &str, name: &str) -> Request<AppPassword> {
        let name = serde_json::json!({ "name": name });
        self.item(Method::POST, uuid).json(&name)
    }

    /// Revokes an application password and returns it. WordPress then ignores it without an error: public routes
    /// respond as to an anonymous request, and [`verify`](crate::Client::verify) fails.
    pub fn revoke(&self, uuid: &str) -> Request<Deleted<AppPassword>> {
        self.item(Method::DELETE, uuid)
    }

    /// Revokes all application passwords of the user, including the one that this request is sent with.
    pub fn revoke_all(&self) -> Request<RevokedAll> {
        Request::new(&self.session, Method::DELETE, &self.route)
    }
}

/// A new application password, with the password itself. It cannot be serialized, because the password is a secret:
///
/// ```compile_fail,E0277
/// fn write<T: serde::Serialize>() {}
/// write::<wp_client::CreatedAppPassword>();
/// ```
///
/// The [record](Self::record) can be serialized:
///
/// ```
/// fn write<T: serde::Serialize>() {}
/// write::<wp_client::models::AppPassword>();
/// ```
#[derive(Debug, Clone, Deserialize)]
#[non_exhaustive]
pub struct CreatedAppPassword {
    /// The record that WordPress keeps: the id, the name and the dates.
    #[serde(flatten)]
    pub record: AppPassword,
    /// The password, in groups of four with spaces between them. The spaces are optional.
    pub password: SecretString,
}

impl CreatedAppPassword {
    /// The provider for this password and the user with the login or e-mail address `user`.
    pub fn provider(&self, user: impl Into<String>) -> Basic {
        Basic::application_password(user, self.password.clone())
    }
}

/// The response to [`ApplicationPasswords::revoke_all`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct RevokedAll {
    /// Whether WordPress deleted them.
    pub deleted: bool,
    /// The number of deleted application passwords.
    pub count: u64,
}
