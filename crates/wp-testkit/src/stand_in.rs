//! The handle a test holds.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::Value;
use wiremock::{Match, Mock, MockServer, Request};

use crate::{
    app_passwords,
    builder::{Builder, SignInFailure},
    clock::Clock,
    counts::Counts,
    front::{Cache, CacheKey, HeaderPath, HostPassword},
    hold::{Held, Hold, Holds},
    log::Entry,
    plugins::{self, Plugin, Refusal, SecondFactor, Tokens},
    roles, seed,
    server::Server,
    site::Site,
    state::{ApiKey, Entropy, State},
    wire::{self, Wire},
};

/// A WordPress site, running in this process until it is dropped. From then on its port is closed, and so are all
/// connections to it; no later site has its port, its secret, its tokens or its log.
#[derive(Debug)]
pub struct StandIn {
    address: SocketAddr,
    inner: Server,
    /// Both are taken when it is dropped.
    wire: Option<Wire>,
    mocks: Option<MockServer>,
}

/// Every request that no mock of the user's takes.
struct Everything;

impl Match for Everything {
    fn matches(&self, _: &Request) -> bool {
        true
    }
}

impl StandIn {
    /// Boots a site with everything at its default; see [`Builder`].
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// Sets up a site that differs from the default.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn boot(builder: Builder) -> Self {
        let listener = wire::listen();
        let Ok(address) = listener.local_addr() else { panic!("a listener has an address") };
        let base = match builder.subdirectory.as_str() {
            "" => String::new(),
            directory => format!("/{directory}"),
        };
        let url = format!("http://{address}{base}");
        let mut entropy = Entropy::new();
        let api_key = |(header, value, login)| ApiKey { header, value, login };
        let mut state = State {
            tokens: Tokens::new(&builder, &mut entropy),
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
            terms: std::collections::BTreeMap::new(),
            log: Vec::new(),
        };
        seed::fill(&mut state, builder.posts);
        let inner = Server(Arc::new(Mutex::new(state)));
        // The last to be asked: mocks that a test mounts go before it.
        let mock = Mock::given(Everything).respond_with(inner.clone()).with_priority(u8::MAX);
        // One of its own: a server from wiremock's pool goes on serving after it was given back.
        let mocks = MockServer::builder().start().await;
        mocks.register(mock).await;
        let wire = Wire::open(listener, *mocks.address(), inner.clone());
        Self { address, inner, wire: Some(wire), mocks: Some(mocks) }
    }

    /// The socket that the site listens on, for tests that write their own bytes.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The site's address, without a slash at its end.
    pub fn url(&self) -> String {
        self.inner.state().site.url.clone()
    }

    /// An address below the site's: `site.uri("/wp-json/wp/v2/posts")`.
    pub fn uri(&self, path: &str) -> String {
        format!("{}/{}", self.url(), path.trim_start_matches('/'))
    }

    /// The address of a route, as this site's permalinks have it: `site.rest("/wp/v2/posts")`.
    pub fn rest(&self, route: &str) -> String {
        self.inner.state().site.rest(route)
    }

    /// The server of mocks behind the site's address. A mock mounted here goes before the stand-in, for good or
    /// `up_to_n_times`; `mount_as_scoped` does not work, because wiremock then forgets another mock than the scoped
    /// one, and `reset` takes the stand-in away as well. Its own address is not the site's: requests go to
    /// [`Self::url`].
    pub fn server(&self) -> &MockServer {
        match &self.mocks {
            Some(mocks) => mocks,
            None => unreachable!("it is there until it is dropped"),
        }
    }

    /// Makes an application password and gives it as WordPress shows it, in groups of four. From the first one on, and
    /// also when it is gone, the token endpoints of plugins that ask `wp_authenticate` take one for a password, and
    /// have other words for what is wrong.
    ///
    /// # Panics
    /// When there is no user of that login.
    pub fn application_password(&self, login: &str) -> String {
        let state = &mut *self.inner.state();
        let id = state.user(login).map(|user| user.id);
        let added = id.and_then(|id| app_passwords::add(state, id, "stand-in", ""));
        let Some(added) = added else { panic!("the site has no user `{login}`") };
        app_passwords::spaced(&added.password)
    }

    /// A token of the plugin for a user, without asking the token endpoint. It leaves the user's
    /// other tokens as they are.
    ///
    /// # Panics
    /// When there is no user of that login, or no secret to sign with.
    pub fn token(&self, login: &str) -> String {
        let state = &mut *self.inner.state();
        let user = state.user(login).cloned();
        let token = user.and_then(|user| plugins::token(state, &user));
        let Some(token) = token else { panic!("no token for `{login}`: no such user, or no secret") };
        token
    }

    /// A token with any claims, signed with the site's secret.
    ///
    /// # Panics
    /// When the site has no secret.
    pub fn sign(&self, claims: &Value) -> String {
        let Some(token) = plugins::sign(&mut self.inner.state().tokens, claims) else { panic!("no secret") };
        token
    }

    /// Every access token issued so far has expired from now on; new ones are good, and so are
    /// refresh tokens. miniOrange's plugin doesn't care.
    pub fn expire_tokens(&self) {
        let state = &mut *self.inner.state();
        state.tokens.expire(state.clock.now().as_second());
    }

    /// Takes a user's tokens back: with API Bearer Auth an administrator deletes the rows (a JWT lives
    /// on until it ends), with useful-team's plugin the devices are removed and the cookies worthless,
    /// with Simple JWT Login 4 the refresh tokens are gone (a JWT lives on).
    /// The other plugins know no such thing. Whether anything was taken back.
    pub fn revoke(&self, login: &str) -> bool {
        let state = &mut *self.inner.state();
        let user = state.user(login).map(|user| user.id);
        user.zip(state.dialect()).is_some_and(|(user, dialect)| (dialect.revoke)(state, user))
    }

    /// Another secret (`JWT_AUTH_SECRET_KEY`): older tokens get `Signature verification failed`.
    /// `None` takes the constant away (`jwt_auth_bad_config`; API Bearer Auth's tokens turn opaque).
    pub fn set_jwt_secret(&self, secret: Option<&str>) {
        self.inner.state().tokens.secret = secret.map(str::to_owned);
    }

    /// A secret that nobody knows in the place of the plugin's, as when a JWT leaked: older JWTs are bad from now on.
    /// Opaque tokens and refresh tokens live on; [`Self::revoke`] takes them back.
    pub fn replace_jwt_secret(&self) {
        let state = &mut *self.inner.state();
        state.tokens.secret = Some(state.entropy.hex());
    }

    /// The secret that the plugin signs with.
    pub fn jwt_secret(&self) -> Option<String> {
        self.inner.state().tokens.secret.clone()
    }

    /// Another plugin, or another method or key of it, as an administrator would set it.
    pub fn set_plugin(&self, plugin: impl Into<Option<Plugin>>) {
        self.inner.state().plugin = plugin.into();
    }

    /// Makes the plugin's sign-in endpoint fail, until told `None`.
    pub fn fail_sign_in(&self, failure: Option<SignInFailure>) {
        self.inner.state().tokens.failure = failure;
    }

    /// Makes the plugin's sign-in endpoint refuse whatever it is sent, until told `None`.
    pub fn refuse_sign_in(&self, refusal: impl Into<Option<Refusal>>) {
        self.inner.state().tokens.refuse_sign_in = refusal.into();
    }

    /// Makes the endpoint that renews tokens refuse whatever it is sent, until told `None`. Where the plugin has none,
    /// nothing changes.
    pub fn refuse_renewal(&self, refusal: impl Into<Option<Refusal>>) {
        self.inner.state().tokens.refuse_renewal = refusal.into();
    }

    /// Holds the responses of the endpoints that give out tokens or renew them until they are released.
    pub fn hold_tokens(&self) -> Hold {
        Hold::new(self.inner.clone(), Held::Tokens)
    }

    /// Holds the responses to requests with this path (see [`Entry::path`]) until they are released.
    pub fn hold(&self, path: &str) -> Hold {
        Hold::new(self.inner.clone(), Held::Path(path.to_owned()))
    }

    /// So many of the next responses of the endpoints that give out tokens or renew them never arrive: the site acts,
    /// a refresh token is rotated, and the connection ends.
    pub fn lose_token_responses(&self, count: usize) {
        self.inner.state().holds.lost_tokens = count;
    }

    /// How long the endpoints that give out tokens take from now on.
    pub fn set_token_delay(&self, delay: Duration) {
        self.inner.state().tokens.delay = delay;
    }

    /// Whether the web server drops the `Authorization` header from now on.
    pub fn set_strip_authorization(&self, strip: bool) {
        self.set_header_arrives(if strip { HeaderPath::Nowhere } else { HeaderPath::Everywhere });
    }

    /// How far the `Authorization` header gets from now on.
    pub fn set_header_arrives(&self, path: HeaderPath) {
        self.inner.state().front.header_path = path;
    }

    /// A cache in front of the site from now on, empty at first; `None` takes it away.
    pub fn set_cache(&self, key: impl Into<Option<CacheKey>>) {
        self.inner.state().front.cache = key.into().map(Cache::by);
    }

    /// Whether the web server drops `X-HTTP-Method-Override` from now on.
    pub fn set_drop_method_override(&self, drop: bool) {
        self.inner.state().front.drops_method_override = drop;
    }

    /// The user and password of the gate in front of the host from now on; `None` takes it away.
    pub fn set_host_password(&self, credential: Option<(&str, &str)>) {
        self.inner.state().front.host_password =
            credential.map(|(user, password)| HostPassword::new(user, password));
    }

    /// Moves the site's clock forward: its dates, the `Date` header, and what has expired.
    pub fn advance(&self, by: Duration) {
        self.inner.state().clock.advance(by);
    }

    /// Sets the site's clock, in Unix seconds. From then on it moves by [`advance`](Self::advance) alone.
    pub fn set_now(&self, unix_seconds: i64) {
        self.inner.state().clock.set(unix_seconds);
    }

    /// The site's clock, in Unix seconds.
    pub fn now(&self) -> i64 {
        self.inner.state().clock.now().as_second()
    }

    /// Adds a user with the password `password` and gives its id.
    ///
    /// # Panics
    /// When the role is none of WordPress' five, and not empty for a user without any.
    pub fn add_user(&self, login: &str, role: &str) -> u64 {
        let known = role.is_empty() || roles::ROLES.iter().any(|(name, _)| *name == role);
        assert!(known, "WordPress has no role `{role}`");
        seed::add_user(&mut self.inner.state(), login, role, login)
    }

    /// Takes a user away; posts and tokens that name it stay. Whether there was one.
    pub fn remove_user(&self, login: &str) -> bool {
        let state = &mut *self.inner.state();
        let id = state.user(login).map(|user| user.id);
        id.and_then(|id| state.users.remove(&id)).is_some()
    }

    /// Changes a user's password. Tokens outlive that, except useful-team's access tokens. Whether
    /// there is such a user.
    pub fn set_password(&self, login: &str, password: &str) -> bool {
        let state = &mut *self.inner.state();
        state.user_mut(login).map(|user| password.clone_into(&mut user.password)).is_some()
    }

    /// How often the site accepted or refused a credential so far.
    pub fn counts(&self) -> Counts {
        self.inner.state().counts
    }

    /// Gives a user a second factor, with the code that is right next, or takes it away. Simple JWT Login 4 asks for it;
    /// each code is accepted once. Whether there is such a user.
    pub fn set_second_factor(&self, login: &str, code: Option<&str>) -> bool {
        let state = &mut *self.inner.state();
        let Some(id) = state.user(login).map(|user| user.id) else { return false };
        let factors = &mut state.tokens.second_factors;
        match (code, factors.get_mut(&id)) {
            // A sign-in that is under way goes on.
            (Some(code), Some(factor)) => factor.code = Some(code.to_owned()),
            (Some(code), None) => drop(factors.insert(id, SecondFactor::new(code))),
            (None, _) => drop(factors.remove(&id)),
        }
        true
    }

    /// Every request so far, in order.
    pub fn log(&self) -> Vec<Entry> {
        self.inner.state().log.clone()
    }

    /// How many requests with this method and path there were; see [`Entry::path`].
    pub fn count(&self, method: &str, path: &str) -> usize {
        let matches = |entry: &&Entry| entry.method == method && entry.path == path;
        self.inner.state().log.iter().filter(matches).count()
    }

    /// Forgets the requests so far.
    pub fn clear_log(&self) {
        self.inner.state().log.clear();
    }
}

/// The mocks go on a thread of their own: what drops a server of wiremock waits for a lock of tokio's, and never gets
/// it in a task that has used up its turn.
impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.wire.take());
        let mocks = self.mocks.take();
        let unmet = std::thread::spawn(move || drop(mocks)).join();
        if let Err(unmet) = unmet
            && !std::thread::panicking()
        {
            // A mock's expectation was not met.
            std::panic::resume_unwind(unmet);
        }
    }
}
