//! The token plugins: what each of them is, as data, and where they hook into a request.

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
    /// "API Bearer Auth" 20200916. It closes the whole API to strangers.
    ApiBearerAuth {
        /// Access tokens are JWTs (`API_BEARER_JWT_SECRET` is defined); opaque ones otherwise.
        jwt: bool,
    },
    /// "WP REST API Authentication" (miniOrange) 4.4.0 with its method. A gate before the API.
    MiniOrange(MiniOrange),
    /// "JWT Auth" (useful-team) 3.0.2.
    UsefulTeam,
    /// "Simple JWT Login" 4.0.0 or 3.6.6.
    SimpleJwtLogin(SimpleJwtLogin),
}

/// The authentication method miniOrange's plugin is set to.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MiniOrange {
    /// One key for everybody, as `Bearer`. It opens the gate and signs nobody in.
    ApiKey(String),
    /// Tokens of `/api/v1/token`.
    Jwt,
    /// Login and account password, as `Basic`.
    BasicPassword,
    /// One client for everybody, as `Basic`. It opens the gate and signs nobody in.
    BasicClient {
        /// The client's id.
        id: String,
        /// The client's secret.
        secret: String,
    },
    /// None, as the plugin is installed: the API is shut.
    Unset,
}

/// What a plugin is, and what it does where WordPress lets it.
pub(crate) struct Dialect {
    pub(crate) namespace: &'static str,
    pub(crate) routes: &'static [Route],
    /// The routes that give out tokens.
    giving: &'static [&'static str],
    /// How long tokens live unless told, in seconds.
    lifetime: u64,
    /// Where the plugin looks for the `Authorization` header.
    pub(crate) reads: &'static [Place],
    /// A header that is read when `Authorization` is missing.
    pub(crate) second_header: Option<&'static str>,
    /// What the plugin makes of a request before a route is looked for.
    pub(crate) judge: fn(&mut State, &Asked<'_>, &SignIn) -> Verdict,
    sign_in: fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>,
    renew: fn(&mut State, &Caller, &Params) -> Result<RestResponse, Error>,
    /// How the plugin says that WordPress refused a name and a password.
    refused: fn(&State, Refused) -> RestResponse,
    bad_config: fn(&State) -> RestResponse,
    /// A token for a user, without asking the endpoint.
    pub(crate) token: fn(&mut State, &User) -> Option<String>,
    /// Takes a user's tokens back, as far as the plugin can. Whether there were any.
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

/// What a plugin gets to see of a request.
pub(crate) struct Asked<'a> {
    /// The method on the wire.
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) route: &'a str,
    pub(crate) host: &'a str,
    pub(crate) origin: Option<&'a str>,
    /// A browser asks whether it may ask.
    pub(crate) preflight: bool,
    /// The credential that reached the plugin.
    pub(crate) authorization: Option<&'a str>,
}

impl Asked<'_> {
    /// PHP's `REQUEST_URI`.
    fn uri(&self) -> String {
        if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) }
    }

    /// Whether the request's address is this one of what WordPress takes for its own, whatever the
    /// scheme.
    fn is_at(&self, site: &Site, path: &str) -> bool {
        let address = site.issuer.split_once("://").map_or(site.issuer.as_str(), |(_, rest)| rest);
        format!("{}{}", self.host, self.path) == format!("{address}{path}")
    }
}

pub(crate) enum Verdict {
    /// The plugin has nothing to say.
    Pass,
    User(u64),
    /// Refused, before any route is looked for: an unknown one is refused all the same.
    Refuse(Error),
    /// Responded before the API starts.
    Stop(RestResponse),
    /// Responded by the plugin, where the API has begun.
    RestResponse(RestResponse),
}

/// What the plugins remember.
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
    /// JWTs that the test declared expired before their time.
    expired: HashSet<String>,
    /// API Bearer Auth: the table of tokens.
    rows: Vec<bearer::Row>,
    /// miniOrange: what it counts before it locks its endpoints.
    attempts: miniorange::Attempts,
    /// useful-team: the refresh token of a user and a device.
    slots: HashMap<(u64, String), useful_team::Slot>,
    /// Simple JWT Login: the refresh tokens, with user and end.
    rotating: HashMap<String, (u64, i64)>,
    /// Simple JWT Login: JWTs that were taken back.
    revoked_jwts: HashSet<String>,
    /// Simple JWT Login: who has a second factor.
    pub(crate) second_factors: HashMap<u64, SecondFactor>,
    /// useful-team: how often a user's access tokens were taken back.
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

    /// Every token given out so far has expired.
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

/// A token for a user; without a plugin one that nobody reads.
pub(crate) fn token(state: &mut State, user: &User) -> Option<String> {
    let dialect = state.dialect().unwrap_or(&tmeister::DIALECT);
    (dialect.token)(state, user)
}

/// For plugins that renew nothing: there is no such route.
fn no_renewal(_: &mut State, _: &Caller, _: &Params) -> Result<RestResponse, Error> {
    Err(Error::no_route())
}

/// For plugins whose tokens can't be taken back.
fn keep(_: &mut State, _: u64) -> bool {
    false
}
