//! Signing in at a site of which nothing is known but its address.

use std::fmt;

use serde_json::Value;
use wp_auth::{
    ApiBearerAuth, AuthError, AuthErrorKind, Basic, ExposeSecret, Identity, JwtAuth, Login, MiniOrangeJwt,
    UsefulTeamJwt,
};
use wp_core::models::User;

use crate::{Client, Discovery, Error, Result};

/// A client that is signed in, and how that came about.
#[derive(Clone)]
#[non_exhaustive]
pub struct Connection {
    /// The client.
    pub client: Client,
    /// Who it is.
    pub user: User,
    /// The name of the provider that was chosen: `JwtAuth`.
    pub scheme: &'static str,
    /// The site, and how its API was found.
    pub site: Discovery,
    /// What was tried before, why, and what came of it.
    pub tried: Vec<Tried>,
}

/// A way to sign in that was tried in vain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tried {
    /// The name of the provider.
    pub scheme: &'static str,
    /// What of the site spoke for it.
    pub because: &'static str,
    /// What came of it.
    pub outcome: String,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (since {}): {}", self.scheme, self.because, self.outcome)
    }
}

/// A way to sign in with a login and a password.
struct Way {
    scheme: &'static str,
    because: &'static str,
    identity: fn(Login) -> Identity,
}

const APPLICATION_PASSWORD: Way = Way {
    scheme: "ApplicationPassword",
    because: "the password looks like an application password",
    identity: |login| Basic::application_password(login.user(), login.password().clone()).into(),
};

const JWT_AUTH: Way = Way {
    scheme: "JwtAuth",
    because: "the API has /jwt-auth/v1/token",
    identity: |login| JwtAuth::from_login(login).into(),
};

const USEFUL_TEAM: Way = Way {
    scheme: "UsefulTeamJwt",
    because: "the API has /jwt-auth/v1/token/refresh",
    identity: |login| UsefulTeamJwt::from_login(login).into(),
};

const API_BEARER_AUTH: Way = Way {
    scheme: "ApiBearerAuth",
    because: "API Bearer Auth closes the API to strangers",
    identity: |login| ApiBearerAuth::from_login(login).into(),
};

const MINI_ORANGE_JWT: Way = Way {
    scheme: "MiniOrangeJwt",
    because: "WP REST API Authentication (miniOrange) closes the API to strangers",
    identity: |login| MiniOrangeJwt::from_login(login).into(),
};

const ACCOUNT_PASSWORD: Way = Way {
    scheme: "AccountPassword",
    because: "WP REST API Authentication (miniOrange) may be set to Basic",
    identity: |login| Basic::account_password(login.user(), login.password().clone()).into(),
};

impl Discovery {
    /// Signs in with whatever the site offers for a login and a password, and proves it.
    ///
    /// An application password is tried as one; for the password of an account a token plugin is needed.
    /// [`Connection::tried`] says what else was tried.
    ///
    /// # Errors
    /// That of the way that came nearest: a wrong password, a plugin without its secret, a header that is
    /// lost. [`AuthErrorKind::NotOffered`] where the site has no way that is known.
    pub async fn connect(self, login: Login) -> Result<Connection> {
        let nobody = self.client().build()?;
        let mut tried: Vec<Tried> = Vec::new();
        let mut nearest: Option<Error> = None;
        for way in self.ways(&nobody, &login).await {
            let client = nobody.with_auth((way.identity)(login.clone()));
            let error = match client.verify().await {
                Ok(user) => {
                    return Ok(Connection { client, user, scheme: way.scheme, site: self, tried });
                }
                Err(error) => error,
            };
            tried.push(Tried { scheme: way.scheme, because: way.because, outcome: error.to_string() });
            // What the first way says counts, unless the site says that it is none.
            let is_nearer = |nearest: &Error| nearest.auth_kind() == Some(AuthErrorKind::NotOffered);
            if nearest.as_ref().is_none_or(is_nearer) {
                nearest = Some(error);
            }
        }
        Err(nearest.unwrap_or_else(|| self.no_way(&login).into()))
    }

    /// What the site may offer, the likeliest first.
    async fn ways(&self, nobody: &Client, login: &Login) -> Vec<Way> {
        let mut ways = Vec::new();
        // Where the API is closed, it does not say whether it takes them.
        let takes = self.closed().is_some() || self.application_passwords().is_some();
        if takes && is_application_password(login.password().expose_secret()) {
            ways.push(APPLICATION_PASSWORD);
        }
        match self.closed().map(|error| error.code().as_str()) {
            Some("api_bearer_auth_not_logged_in") => ways.push(API_BEARER_AUTH),
            Some("Restricted" | "UNAUTHORIZED" | "MISSING_AUTHORIZATION_HEADER") => {
                ways.extend([MINI_ORANGE_JWT, ACCOUNT_PASSWORD]);
            }
            _ => {}
        }
        if self.has_namespace("jwt-auth/v1") {
            // Two plugins have it; one renews its tokens.
            let index = nobody.get("/jwt-auth/v1").query("_fields", "routes").await.unwrap_or_default();
            let renews = |routes: &Value| !routes["/jwt-auth/v1/token/refresh"].is_null();
            ways.push(if renews(&index["routes"]) { USEFUL_TEAM } else { JWT_AUTH });
        }
        if self.has_namespace("api/v1") {
            ways.push(MINI_ORANGE_JWT);
        }
        ways
    }

    fn no_way(&self, login: &Login) -> AuthError {
        let detail = if let Some(closed) = self.closed() {
            format!("the API is closed to strangers by something unknown, which says {}", closed.code())
        } else if self.application_passwords().is_none() {
            "the site has no token plugin that is known, and takes no application passwords either".to_owned()
        } else if is_application_password(login.password().expose_secret()) {
            "the site takes no application password".to_owned()
        } else {
            "the site has no token plugin that is known; it takes application passwords, which a user makes in \
             their profile, and this is none"
                .to_owned()
        };
        AuthError::new(AuthErrorKind::NotOffered, detail)
    }
}

impl Client {
    /// A client of the site at `url`, whatever is typed there, signed in with whatever the site offers for a
    /// login and a password, and proven. [`Discovery::connect`] is the same and tells how.
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
    /// As those of [`discover`](Client::discover) and [`Discovery::connect`].
    pub async fn connect(url: &str, login: Login) -> Result<Self> {
        Ok(Self::discover(url).await?.connect(login).await?.client)
    }
}

/// 24 letters and digits, in groups of four or not.
fn is_application_password(password: &str) -> bool {
    let bare: Vec<char> = password.chars().filter(|c| *c != ' ').collect();
    bare.len() == 24 && bare.iter().all(char::is_ascii_alphanumeric)
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("scheme", &self.scheme)
            .field("user", &self.user.slug)
            .field("site", &self.site)
            .field("tried", &self.tried)
            .finish_non_exhaustive()
    }
}
