//! The stand-in, as a test uses it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use wiremock::{Match, Mock, MockServer, Request};

use crate::{
    builder::Builder,
    front::{Cache, CacheKey, HeaderPath, HostPassword},
    hold::Hold,
    plugins,
    post_type::PostType,
    resources::app_passwords,
    server::wire::{self, Wire},
    state::{
        ApiKey, Entropy, SharedState, State,
        clock::Clock,
        counts::Counts,
        holds::{Held, Holds},
        log::Entry,
        plugin::Plugin,
        refusal::Refusal,
        roles, seed,
        site::Site,
        tokens::{SecondFactor, SignInFailure, Tokens},
    },
};

/// A WordPress site that runs in this process until it is dropped. Then its port and all connections to it are
/// closed. No later site reuses its port, secret, tokens or log.
///
/// ```
/// # use wp_testkit::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let site = StandIn::start().await;
/// // Point the program under test at the site, then check what it did there.
/// let url = site.url();
/// assert!(url.starts_with("http://127.0.0.1:"));
/// assert_eq!(site.count("POST", "/wp/v2/posts"), 0);
/// # }
/// ```
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    state: SharedState,
    /// Both are taken on drop.
    wire: Option<Wire>,
    mocks: Option<MockServer>,
}

/// Matches every request that no mock of the test matches.
struct Everything;

impl Match for Everything {
    fn matches(&self, _: &Request) -> bool {
        true
    }
}

impl StandIn {
    /// Starts a site with the default configuration; see [`Builder`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Returns a builder for another configuration.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let site = StandIn::builder().plugin(Plugin::UsefulTeam).subdirectory("blog").start().await;
    /// assert!(site.url().ends_with("/blog"));
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    async fn boot(builder: Builder) -> Self {
        let listener = wire::listen();
        let Ok(address) = listener.local_addr() else { panic!("a listener has an address") };
        let base = match builder.subdirectory.as_str() {
            "" => String::new(),
            directory => format!("/{directory}"),
        };
        let url = format!("http://{address}{base}");
        let mut entropy = Entropy::new();
        let usual = plugins::default_lifetime(builder.plugin.as_ref());
        let lifetime = builder.token_lifetime.map_or(usual, |lifetime| lifetime.as_secs());
        let api_key = |(header, value, login)| ApiKey { header, value, login };
        let mut state = State {
            tokens: Tokens {
                secret: builder.jwt_secret.resolve(&mut entropy),
                lifetime: lifetime.try_into().unwrap_or(i64::MAX),
                delay: builder.token_delay,
                leaky_profile: builder.leaky_profile,
                ..Tokens::default()
            },
            front: builder.front,
            holds: Holds::default(),
            entropy,
            site: Site {
                issuer: builder.issuer.clone().unwrap_or_else(|| url.clone()),
                url,
                base,
                prefix: builder.rest_prefix,
                permalinks: builder.permalinks,
                gmt_offset_minutes: builder.gmt_offset_minutes,
            },
            clock: Clock::off_by(builder.clock_offset),
            plugin: builder.plugin,
            application_passwords: builder.application_passwords,
            had_app_passwords: false,
            counts: Counts::default(),
            credentials: Vec::new(),
            api_keys: builder.api_keys.into_iter().map(api_key).collect(),
            users: std::collections::BTreeMap::new(),
            posts: std::collections::BTreeMap::new(),
            last_post: 0,
            comments: std::collections::BTreeMap::new(),
            last_comment: 0,
            settings: serde_json::Map::new(),
            types: builder.post_types.iter().map(|kind| kind.0).collect(),
            taxonomies: builder.post_types.iter().copied().flat_map(PostType::own_taxonomies).collect(),
            terms: std::collections::BTreeMap::new(),
            formats: std::collections::BTreeSet::new(),
            log: Vec::new(),
        };
        seed::fill(&mut state, builder.posts);
        let state = SharedState(Arc::new(Mutex::new(state)));
        // The lowest priority: mocks that a test mounts are matched first.
        let mock = Mock::given(Everything).respond_with(state.clone()).with_priority(u8::MAX);
        // A server of its own: a server from wiremock's pool keeps serving after it is returned.
        let mocks = MockServer::builder().start().await;
        mocks.register(mock).await;
        let wire = Wire::open(listener, *mocks.address(), state.clone());
        Self { address, state, wire: Some(wire), mocks: Some(mocks) }
    }

    /// The address of the site's socket, for tests that write raw bytes.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The site's URL, without a trailing slash.
    pub fn url(&self) -> String {
        self.state.lock().site.url.clone()
    }

    /// The URL of a path below the site: `site.uri("/wp-json/wp/v2/posts")`.
    pub fn uri(&self, path: &str) -> String {
        format!("{}/{}", self.url(), path.trim_start_matches('/'))
    }

    /// The URL of a route, in the form of this site's permalinks: `site.rest("/wp/v2/posts")`.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let site = StandIn::builder().permalinks(Permalinks::Plain).start().await;
    /// assert!(site.rest("/wp/v2/posts").ends_with("/index.php?rest_route=/wp/v2/posts"));
    /// # }
    /// ```
    pub fn rest(&self, route: &str) -> String {
        self.state.lock().site.rest(route)
    }

    /// The mock server behind the site. A mock that is mounted here takes precedence over the stand-in,
    /// permanently or `up_to_n_times`. `mount_as_scoped` does not work, because wiremock then removes another
    /// mock than the scoped one, and `reset` removes the stand-in as well. Requests go to [`Self::url`], not to
    /// the URL of this server.
    pub fn server(&self) -> &MockServer {
        match &self.mocks {
            Some(mocks) => mocks,
            None => unreachable!("it is there until it is dropped"),
        }
    }

    /// Creates an application password and returns it as WordPress shows it, in groups of four. After the first
    /// one, and even if it is deleted, the token endpoints of plugins that call `wp_authenticate` accept an
    /// application password as the password and report other errors.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let site = StandIn::start().await;
    /// let password = site.application_password("editor");
    /// assert_eq!(password.split(' ').count(), 6);
    /// # }
    /// ```
    ///
    /// # Panics
    /// If no user has that login.
    pub fn application_password(&self, login: &str) -> String {
        let state = &mut *self.state.lock();
        let id = state.user(login).map(|user| user.id);
        let added = id.and_then(|id| app_passwords::add(state, id, "stand-in", ""));
        let Some(added) = added else { panic!("the site has no user `{login}`") };
        app_passwords::spaced(&added.password)
    }

    /// Creates a token of the plugin for a user, without a request to the token endpoint. The user's other tokens
    /// stay valid.
    ///
    /// # Panics
    /// If no user has that login, or if the site has no secret.
    pub fn token(&self, login: &str) -> String {
        let state = &mut *self.state.lock();
        let user = state.user(login).cloned();
        let token = user.and_then(|user| plugins::token(state, &user));
        let Some(token) = token else { panic!("no token for `{login}`: no such user, or no secret") };
        token
    }

    /// Creates a token with any claims, signed with the site's secret.
    ///
    /// # Panics
    /// If the site has no secret.
    pub fn sign(&self, claims: &Value) -> String {
        let Some(token) = plugins::sign(&mut self.state.lock().tokens, claims) else { panic!("no secret") };
        token
    }

    /// Expires every access token issued so far. New tokens and refresh tokens stay valid. miniOrange's plugin
    /// ignores this, because it does not check the expiry.
    ///
    /// ```
    /// # fn example(site: &wp_testkit::StandIn) {
    /// let token = site.token("editor");
    /// site.expire_tokens(); // a request with `token` is refused from now on
    /// # let _ = token;
    /// # }
    /// ```
    pub fn expire_tokens(&self) {
        let state = &mut *self.state.lock();
        state.tokens.expire(state.clock.now().as_second());
    }

    /// Revokes a user's tokens. With API Bearer Auth an administrator deletes the rows (a JWT stays valid until
    /// it expires); with useful-team's plugin the devices are removed and the cookies become invalid; with Simple
    /// JWT Login 4 the refresh tokens are deleted (a JWT stays valid). The other plugins cannot revoke tokens.
    /// Returns whether anything was revoked.
    pub fn revoke(&self, login: &str) -> bool {
        let state = &mut *self.state.lock();
        let user = state.user(login).map(|user| user.id);
        user.zip(plugins::active(state)).is_some_and(|(user, dialect)| (dialect.revoke)(state, user))
    }

    /// Changes the secret (`JWT_AUTH_SECRET_KEY`): older tokens get `Signature verification failed`. `None`
    /// removes the constant (`jwt_auth_bad_config`; new tokens of API Bearer Auth are opaque).
    pub fn set_jwt_secret(&self, secret: Option<&str>) {
        self.state.lock().tokens.secret = secret.map(str::to_owned);
    }

    /// Replaces the plugin's secret with a random one, as after a leak: older JWTs are invalid from then on.
    /// Opaque tokens and refresh tokens stay valid; [`Self::revoke`] revokes them.
    pub fn replace_jwt_secret(&self) {
        let state = &mut *self.state.lock();
        state.tokens.secret = Some(state.entropy.hex());
    }

    /// The secret that the plugin signs with.
    pub fn jwt_secret(&self) -> Option<String> {
        self.state.lock().tokens.secret.clone()
    }

    /// Activates another plugin, or changes its method or key.
    pub fn set_plugin(&self, plugin: impl Into<Option<Plugin>>) {
        self.state.lock().plugin = plugin.into();
    }

    /// Makes the sign-in endpoint of the plugin fail until this is called with `None`.
    ///
    /// ```
    /// use wp_testkit::{SignInFailure, StandIn};
    ///
    /// # fn example(site: &StandIn) {
    /// site.fail_sign_in(Some(SignInFailure::Maintenance));
    /// // Every sign-in fails with 503 until:
    /// site.fail_sign_in(None);
    /// # }
    /// ```
    pub fn fail_sign_in(&self, failure: Option<SignInFailure>) {
        self.state.lock().tokens.failure = failure;
    }

    /// Makes the sign-in endpoint of the plugin refuse every request until this is called with `None`.
    ///
    /// ```
    /// use wp_testkit::{Refusal, StandIn};
    ///
    /// # fn example(site: &StandIn) {
    /// site.refuse_sign_in(Refusal::new("too_many_attempts", "Try again later.").status(429));
    /// # }
    /// ```
    pub fn refuse_sign_in(&self, refusal: impl Into<Option<Refusal>>) {
        self.state.lock().tokens.refuse_sign_in = refusal.into();
    }

    /// Makes the endpoint that renews tokens refuse every request until this is called with `None`. Has no effect
    /// if the plugin has no such endpoint.
    pub fn refuse_renewal(&self, refusal: impl Into<Option<Refusal>>) {
        self.state.lock().tokens.refuse_renewal = refusal.into();
    }

    /// Holds the responses of the endpoints that issue or renew tokens until they are released.
    pub fn hold_tokens(&self) -> Hold {
        Hold::new(self.state.clone(), Held::Tokens)
    }

    /// Holds the responses to requests with this path (see [`Entry::path`]) until they are released.
    ///
    /// ```
    /// # async fn example(site: &wp_testkit::StandIn) {
    /// let hold = site.hold("/wp/v2/posts");
    /// // Start a request in another task. When the site has processed it, cancel the task or:
    /// hold.arrived(1).await;
    /// hold.release(1);
    /// # }
    /// ```
    pub fn hold(&self, path: &str) -> Hold {
        Hold::new(self.state.clone(), Held::Path(path.to_owned()))
    }

    /// Loses the next `count` responses of the endpoints that issue or renew tokens: the site processes the
    /// request, including the rotation of a refresh token, and then closes the connection.
    pub fn lose_token_responses(&self, count: usize) {
        self.state.lock().holds.lost_tokens = count;
    }

    /// Sets the delay of the endpoints that issue tokens.
    pub fn set_token_delay(&self, delay: Duration) {
        self.state.lock().tokens.delay = delay;
    }

    /// Sets whether the web server drops the `Authorization` header.
    ///
    /// ```
    /// # fn example(site: &wp_testkit::StandIn) {
    /// site.set_strip_authorization(true); // credentials no longer reach WordPress
    /// # }
    /// ```
    pub fn set_strip_authorization(&self, strip: bool) {
        self.set_header_arrives(if strip { HeaderPath::Nowhere } else { HeaderPath::Everywhere });
    }

    /// Sets where PHP finds the `Authorization` header.
    pub fn set_header_arrives(&self, path: HeaderPath) {
        self.state.lock().front.header_path = path;
    }

    /// Sets the cache in front of the site, initially empty; `None` removes it.
    pub fn set_cache(&self, key: impl Into<Option<CacheKey>>) {
        self.state.lock().front.cache = key.into().map(Cache::by);
    }

    /// Sets whether the web server drops `X-HTTP-Method-Override`.
    pub fn set_drop_method_override(&self, drop: bool) {
        self.state.lock().front.drops_method_override = drop;
    }

    /// Sets the user and password that the host requires; `None` removes them.
    pub fn set_host_password(&self, credential: Option<(&str, &str)>) {
        self.state.lock().front.host_password =
            credential.map(|(user, password)| HostPassword::new(user, password));
    }

    /// Advances the site's clock: its dates, the `Date` header, and the expiry of tokens.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn example(site: &wp_testkit::StandIn) {
    /// site.advance(Duration::from_secs(7 * 24 * 3600)); // tokens of `Plugin::JwtAuth` have expired
    /// # }
    /// ```
    pub fn advance(&self, by: Duration) {
        self.state.lock().clock.advance(by);
    }

    /// Sets the site's clock, in Unix seconds. From then on only [`advance`](Self::advance) moves it.
    pub fn set_now(&self, unix_seconds: i64) {
        self.state.lock().clock.set(unix_seconds);
    }

    /// The site's clock, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.state.lock().clock.now().as_second()
    }

    /// Adds a user with the password `password` and returns its id.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let site = StandIn::start().await;
    /// let id = site.add_user("ana", "author");
    /// assert!(id > 0);
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the role is not one of WordPress' five roles, nor empty for a user without a role.
    pub fn add_user(&self, login: &str, role: &str) -> u64 {
        let known = role.is_empty() || roles::ROLES.iter().any(|(name, _)| *name == role);
        assert!(known, "WordPress has no role `{role}`");
        seed::add_user(&mut self.state.lock(), login, role, login)
    }

    /// Deletes a user. Posts and tokens of the user stay. Returns whether the user existed.
    pub fn remove_user(&self, login: &str) -> bool {
        let state = &mut *self.state.lock();
        let id = state.user(login).map(|user| user.id);
        id.and_then(|id| state.users.remove(&id)).is_some()
    }

    /// Changes a user's password. Tokens stay valid, except useful-team's access tokens. Returns whether the user
    /// exists.
    pub fn set_password(&self, login: &str, password: &str) -> bool {
        let state = &mut *self.state.lock();
        state.user_mut(login).map(|user| password.clone_into(&mut user.password)).is_some()
    }

    /// How often the site has accepted or refused a credential.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let site = StandIn::start().await;
    /// assert_eq!(site.counts().failed_sign_ins, 0, "the program sent a wrong password");
    /// # }
    /// ```
    pub fn counts(&self) -> Counts {
        self.state.lock().counts
    }

    /// Sets the next valid code of a user's second factor, or removes the factor. Simple JWT Login 4 asks for it
    /// and accepts each code once. Returns whether the user exists.
    pub fn set_second_factor(&self, login: &str, code: Option<&str>) -> bool {
        let state = &mut *self.state.lock();
        let Some(id) = state.user(login).map(|user| user.id) else { return false };
        let factors = &mut state.tokens.second_factors;
        match (code, factors.get_mut(&id)) {
            // A sign-in in progress stays valid.
            (Some(code), Some(factor)) => factor.code = Some(code.to_owned()),
            (Some(code), None) => drop(factors.insert(id, SecondFactor::new(code))),
            (None, _) => drop(factors.remove(&id)),
        }
        true
    }

    /// All requests so far, in order.
    ///
    /// ```
    /// # use wp_testkit::*;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let site = StandIn::start().await;
    /// for entry in site.log() {
    ///     println!("{} {} {}", entry.method, entry.path, entry.status);
    /// }
    /// # }
    /// ```
    pub fn log(&self) -> Vec<Entry> {
        self.state.lock().log.clone()
    }

    /// The number of requests with this method and path; see [`Entry::path`].
    pub fn count(&self, method: &str, path: &str) -> usize {
        let matches = |entry: &&Entry| entry.method == method && entry.path == path;
        self.state.lock().log.iter().filter(matches).count()
    }

    /// Clears the log of requests.
    pub fn clear_log(&self) {
        self.state.lock().log.clear();
    }
}

impl Builder {
    /// Starts the site on a free port.
    pub async fn start(self) -> StandIn {
        StandIn::boot(self).await
    }
}

/// The mock server is dropped on a separate thread: its drop waits for a lock of tokio, which is never available
/// in a task that has used up its cooperative budget.
impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.wire.take());
        let mocks = self.mocks.take();
        let unmet = std::thread::spawn(move || drop(mocks)).join();
        if let Err(unmet) = unmet
            && !std::thread::panicking()
        {
            // The expectation of a mock was not met.
            std::panic::resume_unwind(unmet);
        }
    }
}
