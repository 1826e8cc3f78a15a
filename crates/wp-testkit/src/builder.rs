//! How a stand-in is set up.

use std::time::Duration;

use crate::stand_in::StandIn;

/// Which URLs lead to the API. `?rest_route=` does with each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Permalinks {
    /// `/wp-json/…`; `/index.php/wp-json/…` works as well.
    #[default]
    Pretty,
    /// "Almost pretty": `/index.php/wp-json/…` only, the web server knows no rewriting.
    Index,
    /// `/index.php?rest_route=/…` only. `/wp-json/…` answers the home page, or redirects to it.
    Plain,
}

/// stub
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plugin {
    /// x
    JwtAuth,
    /// x
    ApiBearerAuth {
        /// x
        jwt: bool,
    },
    /// x
    MiniOrange(MiniOrange),
    /// x
    UsefulTeam,
}
/// stub
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MiniOrange {
    /// x
    ApiKey(String),
    /// x
    Jwt,
    /// x
    BasicPassword,
    /// x
    BasicClient {
        /// x
        id: String,
        /// x
        secret: String,
    },
    /// x
    Unset,
}

/// How the token endpoint fails, whatever it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInFailure {
    /// 403 `[jwt_auth] incorrect_password`.
    WrongPassword,
    /// 403 `jwt_auth_bad_config`.
    BadConfig,
    /// 500 as an HTML page: a fatal error met without `Accept: application/json`.
    ServerErrorHtml,
    /// 500 `internal_server_error` as JSON: a fatal error met with it.
    ServerErrorJson,
    /// 503 with `Retry-After: 600`: `.maintenance` is there.
    Maintenance,
    /// 429 with `Retry-After: 1` as an HTML page: a limiter in front of the site.
    TooManyRequests,
    /// 200 with no body: a plugin said `exit`.
    Empty,
    /// 200 with a JSON object that has no token in it.
    NoToken,
}

/// Sets up a [`StandIn`]; made by [`StandIn::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    pub(crate) token_lifetime: Duration,
    pub(crate) permalinks: Permalinks,
    pub(crate) subdirectory: String,
    pub(crate) rest_prefix: String,
    pub(crate) jwt_plugin: bool,
    pub(crate) jwt_secret: Option<String>,
    pub(crate) strip_authorization: bool,
    pub(crate) token_delay: Duration,
    pub(crate) api_keys: Vec<(String, String, String)>,
    pub(crate) posts: u64,
    pub(crate) gmt_offset_minutes: i32,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            token_lifetime: Duration::from_secs(7 * 24 * 60 * 60),
            permalinks: Permalinks::default(),
            subdirectory: String::new(),
            rest_prefix: "wp-json".into(),
            jwt_plugin: true,
            jwt_secret: Some("stand-in secret, long enough for HS256".into()),
            strip_authorization: false,
            token_delay: Duration::ZERO,
            api_keys: Vec::new(),
            posts: 25,
            gmt_offset_minutes: 0,
        }
    }
}

impl Builder {
    /// How long tokens live (the plugin's `jwt_auth_expire`): 7 days unless told. `exp` counts whole
    /// seconds, so parts of a second are lost; zero gives tokens that are expired when they arrive.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = lifetime;
        self
    }

    /// Which URLs lead to the API.
    pub fn permalinks(mut self, permalinks: Permalinks) -> Self {
        self.permalinks = permalinks;
        self
    }

    /// The site lives in a directory: `blog` for `http://host/blog`.
    pub fn subdirectory(mut self, directory: &str) -> Self {
        directory.trim_matches('/').clone_into(&mut self.subdirectory);
        self
    }

    /// Another name than `wp-json` (the filter `rest_url_prefix`).
    pub fn rest_prefix(mut self, prefix: &str) -> Self {
        prefix.trim_matches('/').clone_into(&mut self.rest_prefix);
        self
    }

    /// stub
    pub fn plugin(mut self, p: impl Into<Option<Plugin>>) -> Self {
        self.jwt_plugin = p.into().is_some();
        self
    }

    /// Whether the token plugin is active.
    pub fn jwt_plugin(mut self, active: bool) -> Self {
        self.jwt_plugin = active;
        self
    }

    /// The constant `JWT_AUTH_SECRET_KEY`; `None` when it isn't defined (`jwt_auth_bad_config`).
    pub fn jwt_secret(mut self, secret: Option<&str>) -> Self {
        self.jwt_secret = secret.map(str::to_owned);
        self
    }

    /// Whether the web server drops the `Authorization` header before WordPress sees it.
    pub fn strip_authorization(mut self, strip: bool) -> Self {
        self.strip_authorization = strip;
        self
    }

    /// How long the token endpoint takes to answer.
    pub fn token_delay(mut self, delay: Duration) -> Self {
        self.token_delay = delay;
        self
    }

    /// A header that signs a user in, as a plugin of one site might do. May be given several times.
    /// A wrong value is ignored, as wrong application passwords are.
    pub fn api_key(mut self, header: &str, value: &str, login: &str) -> Self {
        self.api_keys.push((header.to_owned(), value.to_owned(), login.to_owned()));
        self
    }

    /// How many published posts there are: 25 unless told. A draft, a pending, a private, a
    /// scheduled and a trashed post are there besides, unless this is 0.
    pub fn posts(mut self, published: u64) -> Self {
        self.posts = published;
        self
    }

    /// The site's time: minutes east of Greenwich. UTC unless told.
    pub fn gmt_offset_minutes(mut self, minutes: i32) -> Self {
        self.gmt_offset_minutes = minutes.clamp(-12 * 60, 14 * 60);
        self
    }

    /// Boots the site on a free port.
    pub async fn start(self) -> StandIn {
        StandIn::boot(self).await
    }
}
