//! The token plugins: their properties, as data, and their hooks into a request.

mod bearer;
mod hs256;
mod miniorange;
mod refusal;
mod sign_in;
mod simple_jwt;
mod tmeister;
mod useful_team;

use std::collections::{HashMap, HashSet};

use crate::{
    app_passwords::SignIn,
    builder::{Builder, Secret, SignInFailure},
    error::Error,
    front::Place,
    params::Params,
    response::RestResponse,
    router::Route,
    site::Site,
    state::{Caller, Entropy, State, User},
};

pub(crate) use hs256::sign;
pub use refusal::Refusal;
use sign_in::Refused;
pub(crate) use simple_jwt::SecondFactor;
pub use simple_jwt::SimpleJwtLogin;

/// The token plugin that is active.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugin {
    /// "JWT Authentication for WP REST API" (Tmeister) 1.3.4. The default.
    JwtAuth,
    /// "API Bearer Auth" 20200916. It closes the whole API to anonymous requests.
    ApiBearerAuth {
        /// Whether access tokens are JWTs (`API_BEARER_JWT_SECRET` is defined); otherwise they are opaque.
        jwt: bool,
    },
    /// "WP REST API Authentication" (miniOrange) 4.4.0 with its method. It checks every request to the API.
    MiniOrange(MiniOrange),
    /// "JWT Auth" (useful-team) 3.0.2.
    UsefulTeam,
    /// "Simple JWT Login" 4.0.0 or 3.6.6.
    SimpleJwtLogin(SimpleJwtLogin),
}

/// The authentication method of miniOrange's plugin.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MiniOrange {
    /// One key for all clients, as `Bearer`. It gives access to the API without a user.
    ApiKey(String),
    /// Tokens of `/api/v1/token`.
    Jwt,
    /// Login and account password, as `Basic`.
    BasicPassword,
    /// One client, as `Basic`. It gives access to the API without a user.
    BasicClient {
        /// The client's id.
        id: String,
        /// The client's secret.
        secret: String,
    },
    /// No method, as the plugin is installed: the API is closed.
    Unset,
}

/// The properties of a plugin, and its hooks.
pub(crate) struct Dialect {
    pub(crate) namespace: &'static str,
    pub(crate) routes: &'static [Route],
    /// The routes that issue tokens.
    giving: &'static [&'static str],
    /// The default lifetime of tokens, in seconds.
    lifetime: u64,
    /// Where the plugin reads the `Authorization` header.
    pub(crate) reads: &'static [Place],
    /// A header that is read if `Authorization` is missing.
    pub(crate) second_header: Option<&'static str>,
    /// The plugin's check of a request, before a route is matched.
    pub(crate) judge: fn(&mut State, &Asked<'_>, &SignIn) -> Verdict,
    sign_in: fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>,
    renew: fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>,
    /// How the plugin reports that WordPress refused a name and a password.
    refused: fn(&State, Refused) -> RestResponse,
    bad_config: fn(&State) -> RestResponse,
    /// Creates a token for a user, without a request to the endpoint.
    pub(crate) token: fn(&mut State, &User) -> Option<String>,
    /// Revokes a user's tokens, as far as the plugin can. Returns whether there were any.
    pub(crate) revoke: fn(&mut State, u64) -> bool,
}

impl Dialect {
    /// Whether this is a request for a token.
    pub(crate) fn gives(&self, method: &str, route: &str) -> bool {
        method == "POST" && self.giving.iter().any(|giving| giving.eq_ignore_ascii_case(route))
    }
}

impl Plugin {
    pub(crate) fn dialect(&self) -> &'static Dialect {
        match self {
            Self::JwtAuth => &tmeister::DIALECT,
            Self::ApiBearerAuth { .. } => &bearer::DIALECT,
            Self::MiniOrange(_) => &miniorange::DIALECT,
            Self::UsefulTeam => &useful_team::DIALECT,
            Self::SimpleJwtLogin(settings) => settings.dialect(),
        }
    }
}

/// What a plugin sees of a request.
pub(crate) struct Asked<'a> {
    /// The method on the wire.
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) route: &'a str,
    pub(crate) host: &'a str,
    pub(crate) origin: Option<&'a str>,
    /// A CORS preflight request.
    pub(crate) preflight: bool,
    /// The credential that reached the plugin.
    pub(crate) authorization: Option<&'a str>,
}

impl Asked<'_> {
    /// PHP's `REQUEST_URI`.
    fn uri(&self) -> String {
        if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) }
    }

    /// Whether the request's URL is this path of the site's own URL, whatever the scheme.
    fn is_at(&self, site: &Site, path: &str) -> bool {
        let address = site.issuer.split_once("://").map_or(site.issuer.as_str(), |(_, rest)| rest);
        format!("{}{}", self.host, self.path) == format!("{address}{path}")
    }
}

pub(crate) enum Verdict {
    /// The plugin does not act on the request.
    Pass,
    User(u64),
    /// Refused before a route is matched, so an unknown route is refused as well.
    Refuse(Error),
    /// The plugin responds before the API starts.
    Stop(RestResponse),
    /// The plugin responds after the API has started.
    RestResponse(RestResponse),
}

/// The persistent data of the plugins.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) secret: Option<String>,
    /// In seconds.
    lifetime: i64,
    pub(crate) failure: Option<SignInFailure>,
    pub(crate) refuse_sign_in: Option<Refusal>,
    pub(crate) refuse_renewal: Option<Refusal>,
    pub(crate) delay: std::time::Duration,
    leaky_profile: bool,
    issued: HashSet<String>,
    /// JWTs that the test declared expired early.
    expired: HashSet<String>,
    /// API Bearer Auth: the table of tokens.
    rows: Vec<bearer::Row>,
    /// miniOrange: the failures that it counts before it locks its endpoints.
    attempts: miniorange::Attempts,
    /// useful-team: the refresh token of a user and a device.
    slots: HashMap<(u64, String), useful_team::Slot>,
    /// Simple JWT Login: the refresh tokens, with user and expiry.
    rotating: HashMap<String, (u64, i64)>,
    /// Simple JWT Login: revoked JWTs.
    revoked_jwts: HashSet<String>,
    /// Simple JWT Login: the users with a second factor.
    pub(crate) second_factors: HashMap<u64, SecondFactor>,
    /// useful-team: how often a user's access tokens were revoked.
    revoked: HashMap<u64, u32>,
}

impl Tokens {
    pub(crate) fn new(builder: &Builder, entropy: &mut Entropy) -> Self {
        let usual = builder.plugin.as_ref().unwrap_or(&Plugin::JwtAuth).dialect().lifetime;
        let lifetime = builder.token_lifetime.map_or(usual, |lifetime| lifetime.as_secs());
        Self {
            secret: match &builder.jwt_secret {
                Secret::Own => Some(entropy.hex()),
                Secret::Chosen(secret) => Some(secret.clone()),
                Secret::Undefined => None,
            },
            lifetime: lifetime.try_into().unwrap_or(i64::MAX),
            delay: builder.token_delay,
            leaky_profile: builder.leaky_profile,
            ..Self::default()
        }
    }

    /// Whether the test declared this JWT expired.
    fn is_expired(&self, token: &str) -> bool {
        self.expired.contains(token)
    }

    /// Declares every token issued so far expired.
    pub(crate) fn expire(&mut self, now: i64) {
        let issued = std::mem::take(&mut self.issued);
        self.expired.extend(issued);
        for row in &mut self.rows {
            row.expire(now);
        }
    }
}

impl State {
    pub(crate) fn dialect(&self) -> Option<&'static Dialect> {
        self.plugin.as_ref().map(Plugin::dialect)
    }
}

/// Creates a token for a user; without a plugin, one that nothing accepts.
pub(crate) fn token(state: &mut State, user: &User) -> Option<String> {
    let dialect = state.dialect().unwrap_or(&tmeister::DIALECT);
    (dialect.token)(state, user)
}

/// For plugins without renewal: there is no such route.
fn no_renewal(_: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    Err(Error::no_route())
}

/// For plugins that cannot revoke tokens.
fn keep(_: &mut State, _: u64) -> bool {
    false
}
