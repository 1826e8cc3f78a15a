//! Sign-in at a site of which only the address is known.

use std::fmt;

use serde_json::Value;
use wp_auth::{
    ApiBearerAuth, AuthError, AuthErrorKind, Basic, ExposeSecret, Identity, JwtAuth, Login, MiniOrangeJwt,
    Scheme, SimpleJwtLogin, UsefulTeamJwt,
};
use wp_core::models::User;

use crate::{Client, Discovery, Error, Result};

/// The result of [`Discovery::connect`]: a client that is signed in, and how the sign-in was chosen.
#[derive(Clone)]
#[non_exhaustive]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// The user.
    pub user: User,
    /// The kind of credential that was chosen.
    pub scheme: Scheme,
    /// The site, and how its API was found.
    pub site: Discovery,
    /// The ways to sign in that failed before, in order.
    pub tried: Vec<Tried>,
}

/// A way to sign in that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// The kind of credential.
    pub scheme: Scheme,
    /// Why it was tried: what the site offers.
    pub because: &'static str,
    /// The fault of the credential; `None` for any other failure.
    pub kind: Option<AuthErrorKind>,
    /// The error message.
    pub outcome: String,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (since {}): {}", self.scheme.name(), self.because, self.outcome)
    }
}

/// A way to sign in with a login and a password.
#[derive(Clone, Copy)]
struct Way {
    because: &'static str,
    identity: fn(Login) -> Identity,
    /// Whether it accepts an application password as well as the account's password: its plugin signs in by
    /// `wp_authenticate` (observed on sites that have application passwords).
    takes_both: bool,
}

const APPLICATION_PASSWORD: Way = Way {
    because: "the password looks like an application password",
    identity: |login| Basic::application_password(login.user(), login.password().clone()).into(),
    takes_both: false,
};

const JWT_AUTH: Way = Way {
    because: "the API has /jwt-auth/v1/token",
    identity: |login| JwtAuth::from_login(login).into(),
    takes_both: true,
};

const USEFUL_TEAM: Way = Way {
    because: "the API has /jwt-auth/v1/token/refresh",
    identity: |login| UsefulTeamJwt::from_login(login).into(),
    takes_both: true,
};

const API_BEARER_AUTH: Way = Way {
    because: "API Bearer Auth closes the API to anonymous requests",
    identity: |login| ApiBearerAuth::from_login(login).into(),
    takes_both: true,
};

const MINI_ORANGE_JWT: Way = Way {
    because: "WP REST API Authentication (miniOrange) closes the API to anonymous requests",
    identity: |login| MiniOrangeJwt::from_login(login).into(),
    takes_both: false,
};

const ACCOUNT_PASSWORD: Way = Way {
    because: "WP REST API Authentication (miniOrange) may be set to Basic",
    identity: |login| Basic::account_password(login.user(), login.password().clone()).into(),
    takes_both: false,
};

const SIMPLE_JWT_LOGIN: Way = Way {
    because: "the API has /simple-jwt-login/v1/auth",
    identity: |login| SimpleJwtLogin::from_login(login).into(),
    takes_both: false,
};

/// The kind of a password, as far as its form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PasswordKind {
    Account,
    Application,
    /// 24 letters and digits: an application password without its spaces, or the account's password.
    Either,
}

impl PasswordKind {
    fn of(password: &str) -> Self {
        let groups: Vec<&str> = password.trim().split(' ').collect();
        let is_alphanumeric = |group: &&str| group.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match &*groups {
            [one] if one.len() == 24 && is_alphanumeric(one) => Self::Either,
            _ if groups.len() == 6
                && groups.iter().all(|group| group.len() == 4 && is_alphanumeric(group)) =>
            {
                Self::Application
            }
            _ => Self::Account,
        }
    }
}

impl Discovery {
    /// Signs in with a method that the site offers for a login and a password, and verifies the user as
    /// [`Client::verify`] does.
    ///
    /// A password in groups of four with spaces between them is sent as an application password. Any other password is
    /// sent to a token plugin if the site has one. 24 letters and digits without spaces can be either: they are sent to
    /// a plugin that accepts both, or as an application password.
    ///
    /// A wrong password causes only one failed sign-in: after the site has checked the password, no other method is
    /// tried. The next method is tried only if the site did not check the password, or accepted it but not the token;
    /// [`Connection::tried`] lists those methods.
    ///
    /// ```no_run
    /// # async fn run(password: &str) -> wp_client::Result<()> {
    /// use wp_client::{Client, Login};
    ///
    /// let found = Client::discover("example.org").await?;
    /// let connection = found.connect(Login::new("ana", password)).await?;
    /// println!("{} with {}", connection.user.name, connection.scheme.name());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The site's error about the password: [`AuthErrorKind::WrongCredentials`], a lock-out, a missing second factor.
    /// Otherwise the error of the most likely method: a plugin without its secret, a header that is lost.
    /// [`AuthErrorKind::NotOffered`] if the site offers no supported method.
    pub async fn connect(self, login: Login) -> Result<Connection> {
        let anonymous = self.client().build()?;
        let mut tried: Vec<Tried> = Vec::new();
        let mut nearest: Option<Error> = None;
        for way in self.ways(&anonymous, &login).await {
            let identity = (way.identity)(login.clone());
            let scheme = identity.scheme();
            let client = anonymous.with_auth(identity);
            let error = match client.verify().await {
                Ok(user) => return Ok(Connection { client, user, scheme, site: self, tried }),
                Err(error) => error,
            };
            if !may_try_another(&error) {
                return Err(error);
            }
            let (because, kind, outcome) = (way.because, error.auth_kind(), error.to_string());
            tried.push(Tried { scheme, because, kind, outcome });
            // Report the error of the first method that the site offers.
            let is_nearer = |nearest: &Error| nearest.auth_kind() == Some(AuthErrorKind::NotOffered);
            if nearest.as_ref().is_none_or(is_nearer) {
                nearest = Some(error);
            }
        }
        Err(nearest.unwrap_or_else(|| self.no_way(&login).into()))
    }

    /// The methods that the site may offer for this password, the most likely first.
    async fn ways(&self, anonymous: &Client, login: &Login) -> Vec<Way> {
        let password = PasswordKind::of(login.password().expose_secret());
        let mut plugins =
            if password == PasswordKind::Application { Vec::new() } else { self.plugins(anonymous).await };
        if password == PasswordKind::Account || !self.may_take_application_passwords() {
            return plugins;
        }
        // Only one method checks the password, so try one that accepts both kinds first.
        let takes_both = plugins.iter().filter(|way| way.takes_both).count();
        plugins.sort_by_key(|way| !way.takes_both);
        plugins.insert(takes_both, APPLICATION_PASSWORD);
        plugins
    }

    /// Whether to try an application password. A closed API does not say whether it accepts them; miniOrange does not.
    fn may_take_application_passwords(&self) -> bool {
        self.application_passwords().is_some()
            || (self.closed().is_some() && !self.is_closed_by_mini_orange())
    }

    fn is_closed_by_mini_orange(&self) -> bool {
        let code = self.closed().map(|error| error.code().as_str());
        matches!(code, Some("Restricted" | "UNAUTHORIZED" | "MISSING_AUTHORIZATION_HEADER"))
    }

    /// The token plugins that the site may have.
    async fn plugins(&self, anonymous: &Client) -> Vec<Way> {
        let mut ways = Vec::new();
        match self.closed().map(|error| error.code().as_str()) {
            Some("api_bearer_auth_not_logged_in") => ways.push(API_BEARER_AUTH),
            _ if self.is_closed_by_mini_orange() => ways.extend([MINI_ORANGE_JWT, ACCOUNT_PASSWORD]),
            _ => {}
        }
        if self.has_namespace("jwt-auth/v1") {
            // Two plugins use this namespace; only one of them has a refresh route.
            let index = anonymous.get("/jwt-auth/v1").query("_fields", "routes").await.unwrap_or_default();
            let renews = |routes: &Value| !routes["/jwt-auth/v1/token/refresh"].is_null();
            ways.push(if renews(&index["routes"]) { USEFUL_TEAM } else { JWT_AUTH });
        }
        if self.has_namespace("simple-jwt-login/v1") {
            ways.push(SIMPLE_JWT_LOGIN);
        }
        if self.has_namespace("api/v1") {
            ways.push(MINI_ORANGE_JWT);
        }
        ways
    }

    /// The error if there is no method to try.
    fn no_way(&self, login: &Login) -> AuthError {
        let password = PasswordKind::of(login.password().expose_secret());
        let detail = if self.is_closed_by_mini_orange() {
            "WP REST API Authentication (miniOrange) closes the API, and accepts no application password"
                .into()
        } else if password == PasswordKind::Application {
            "the password looks like an application password, and the site accepts none: they need https, and a plugin may \
             switch them off"
                .into()
        } else if let Some(closed) = self.closed() {
            format!(
                "the API is closed to anonymous requests by something unknown, with the code {}",
                closed.code()
            )
        } else if self.application_passwords().is_none() {
            "the site has no token plugin that is known, and accepts no application passwords either".into()
        } else {
            "the site has no token plugin that is known; it accepts application passwords, which a user makes in \
             their profile, and this is not one"
                .into()
        };
        AuthError::new(AuthErrorKind::NotOffered, detail)
    }
}

/// Whether the site has not checked the password yet, or accepted it but not the token that it issued. After any other
/// error, another attempt could count as another failed sign-in.
fn may_try_another(error: &Error) -> bool {
    use AuthErrorKind::{HeaderLost, Misconfigured, NotOffered, Unrecognized, WrongSite};
    matches!(error.auth_kind(), Some(NotOffered | Misconfigured | HeaderLost | Unrecognized | WrongSite))
}

impl Client {
    /// Finds the site at `url` (any address that a user types), signs in with a method that the site offers for a login
    /// and a password, and verifies the user. [`Discovery::connect`] also returns which method it chose.
    ///
    /// ```no_run
    /// # async fn run(password: &str) -> Result<(), wp_client::Error> {
    /// use wp_client::{Client, Login};
    ///
    /// let wp = Client::connect("example.org", Login::new("ana", password)).await?;
    /// println!("Hello {}", wp.users().me().await?.name);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// The errors of [`discover`](Client::discover) and [`Discovery::connect`].
    pub async fn connect(url: &str, login: Login) -> Result<Self> {
        Ok(Self::discover(url).await?.connect(login).await?.client)
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("scheme", &self.scheme.name())
            .field("user", &self.user.slug)
            .field("site", &self.site)
            .field("tried", &self.tried)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_password_is_recognised_by_its_format() {
        for (password, kind) in [
            ("abcd efgh ijkl mnop qrst uvwx", PasswordKind::Application),
            (" abcd EFGH 1234 mnop qrst uvwx ", PasswordKind::Application),
            ("abcdefghijklmnopqrstuvwx", PasswordKind::Either),
            ("abcdefghijkl012345678901", PasswordKind::Either),
            ("abcdefghijklmnopqrstuvw!", PasswordKind::Account),
            ("abcdefghijklmnopqrstuvwxy", PasswordKind::Account),
            ("abcd efgh ijkl mnop qrst uvw!", PasswordKind::Account),
            ("abcd efgh ijkl mnop qrst", PasswordKind::Account),
            ("abcde fgh ijkl mnop qrst uvwx", PasswordKind::Account),
            ("abcd  efgh ijkl mnop qrst uvwx", PasswordKind::Account),
            ("\u{fc}bcdefghijklmnopqrstuvw", PasswordKind::Account),
            ("secret", PasswordKind::Account),
            ("", PasswordKind::Account),
        ] {
            assert_eq!(PasswordKind::of(password), kind, "{password:?}");
        }
    }
}
