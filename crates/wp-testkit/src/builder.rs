//! How a stand-in is set up.

use std::time::Duration;

use jiff::SignedDuration;

use crate::{
    front::{Cache, CacheKey, Firewall, Front, HeaderPath, HostPassword, Noise},
    plugins::Plugin,
    stand_in::StandIn,
};

/// Which URLs lead to the API. `?rest_route=` does with each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Permalinks {
    /// `/wp-json/…`; `/index.php/wp-json/…` works as well.
    #[default]
    Pretty,
    /// "Almost pretty": `/index.php/wp-json/…` only, the web server knows no rewriting.
    Index,
    /// `/index.php?rest_route=/…` only. `/wp-json/…` responds with the home page, or redirects to it.
    Plain,
}

/// How the sign-in endpoint fails, whatever it is sent. Statuses and codes of the first two are those
/// of [`Plugin::JwtAuth`]; the other plugins say it in their way.
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

/// What the token plugin signs with.
#[derive(Debug, Clone)]
pub(crate) enum Secret {
    /// One that no other site has.
    Own,
    Chosen(String),
    Undefined,
}

/// Sets up a [`StandIn`]; made by [`StandIn::builder`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Builder {
    pub(crate) token_lifetime: Option<Duration>,
    pub(crate) permalinks: Permalinks,
    pub(crate) subdirectory: String,
    pub(crate) rest_prefix: String,
    pub(crate) plugin: Option<Plugin>,
    pub(crate) leaky_profile: bool,
    pub(crate) jwt_secret: Secret,
    pub(crate) front: Front,
    pub(crate) application_passwords: bool,
    pub(crate) clock_offset: SignedDuration,
    pub(crate) issuer: Option<String>,
    pub(crate) token_delay: Duration,
    pub(crate) api_keys: Vec<(String, String, String)>,
    pub(crate) posts: u64,
    pub(crate) gmt_offset_minutes: i32,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            token_lifetime: None,
            permalinks: Permalinks::default(),
            subdirectory: String::new(),
            rest_prefix: "wp-json".into(),
            plugin: Some(Plugin::JwtAuth),
            leaky_profile: false,
            jwt_secret: Secret::Own,
            front: Front::default(),
            application_passwords: true,
            clock_offset: SignedDuration::ZERO,
            issuer: None,
            token_delay: Duration::ZERO,
            api_keys: Vec::new(),
            posts: 25,
            gmt_offset_minutes: 0,
        }
    }
}

impl Builder {
    /// How long access tokens live. Unless told, as long as the plugin's do: 7 days (`JwtAuth`), one
    /// day (`ApiBearerAuth`), five years (`MiniOrange`), ten minutes (`UsefulTeam`), an hour
    /// (`SimpleJwtLogin`, which accepts them for another minute). `exp` counts
    /// whole seconds, so parts of a second are lost; zero gives tokens that are expired when they
    /// arrive.
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.token_lifetime = Some(lifetime);
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

    /// The token plugin that is active: [`Plugin::JwtAuth`] unless told, `None` for none.
    pub fn plugin(mut self, plugin: impl Into<Option<Plugin>>) -> Self {
        self.plugin = plugin.into();
        self
    }

    /// Whether API Bearer Auth's sign-in gives away `user_pass` and `user_activation_key`, as old
    /// releases did.
    pub fn leaky_profile(mut self, leaky: bool) -> Self {
        self.leaky_profile = leaky;
        self
    }

    /// The secret the plugin signs with (`JWT_AUTH_SECRET_KEY`); `None` when it isn't defined
    /// (`jwt_auth_bad_config`; API Bearer Auth's tokens are opaque then). Unless told, each site has a secret that no
    /// other has, so a token of one is worth nothing to another.
    pub fn jwt_secret(mut self, secret: Option<&str>) -> Self {
        self.jwt_secret = secret.map_or(Secret::Undefined, |secret| Secret::Chosen(secret.to_owned()));
        self
    }

    /// Whether the web server drops the `Authorization` header before WordPress sees it:
    /// [`HeaderPath::Nowhere`], or [`HeaderPath::Everywhere`].
    pub fn strip_authorization(self, strip: bool) -> Self {
        self.header_arrives(if strip { HeaderPath::Nowhere } else { HeaderPath::Everywhere })
    }

    /// How far the `Authorization` header gets.
    pub fn header_arrives(mut self, path: HeaderPath) -> Self {
        self.front.header_path = path;
        self
    }

    /// A `Basic` password in front of the whole host. What passes it goes on to WordPress with the
    /// gate's credential in `Authorization`, which is tried as an application password.
    pub fn host_password(mut self, user: &str, password: &str) -> Self {
        self.front.host_password = Some(HostPassword::new(user, password));
        self
    }

    /// Whether the server hands `X-Authorization` on as `Authorization`, where there is one: the way
    /// past a gate that keeps the header for itself.
    pub fn host_password_in_x_authorization(mut self, reads: bool) -> Self {
        self.front.reads_x_authorization = reads;
        self
    }

    /// Whether application passwords are available; they aren't on plain http. The credential is
    /// silently ignored then, and their routes respond with 501.
    pub fn application_passwords(mut self, available: bool) -> Self {
        self.application_passwords = available;
        self
    }

    /// A cache in front that cares for nothing but this: the first response is everybody's.
    pub fn cache(mut self, key: CacheKey) -> Self {
        self.front.cache = Some(Cache::by(key));
        self
    }

    /// Whether the web server drops `X-HTTP-Method-Override`: a request is what its method says, or `_method` in its
    /// query.
    pub fn drop_method_override(mut self, drop: bool) -> Self {
        self.front.drops_method_override = drop;
        self
    }

    /// How far the site's clock is off, and whether it is ahead: the `Date` header, and `iat` and
    /// `exp` of tokens.
    pub fn clock_offset(mut self, offset: Duration, ahead: bool) -> Self {
        let offset = SignedDuration::try_from(offset).unwrap_or(SignedDuration::MAX);
        self.clock_offset = if ahead { offset } else { -offset };
        self
    }

    /// The address the site takes for its own, when that is another than it is asked at: another
    /// scheme, or another site of a network. The index says so, and `JwtAuth` and `UsefulTeam` sign
    /// tokens with it that they refuse afterwards (`jwt_auth_bad_iss`). `ApiBearerAuth` gives out no
    /// tokens where host or port differ.
    pub fn issuer(mut self, url: impl Into<String>) -> Self {
        self.issuer = Some(url.into());
        self
    }

    /// A web application firewall in front of the site.
    pub fn firewall(mut self, firewall: Firewall) -> Self {
        self.front.firewall = Some(firewall);
        self
    }

    /// The whole site redirects (301) to the same path and query of another origin:
    /// `https://www.example.org`.
    pub fn redirect_to(mut self, origin: &str) -> Self {
        self.front.moved = Some(origin.trim_end_matches('/').to_owned());
        self
    }

    /// Whether the site's pages name the API in a `Link` header. The `<link>` in their HTML and the
    /// RSD document name it in any case.
    pub fn link_header(mut self, link: bool) -> Self {
        self.front.link_header = link;
        self
    }

    /// What PHP prints around every JSON response.
    pub fn noise(mut self, noise: Noise) -> Self {
        self.front.noise = Some(noise);
        self
    }

    /// How long the endpoints that give out tokens, or refresh them, take to respond.
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
