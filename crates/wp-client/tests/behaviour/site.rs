//! The site that the cases run on.

use std::env::var;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::{Duration, SystemTime};

use wp_client::async_trait;
use wp_client::wp_core::{ApiRoot, Clock};
use wp_client::wp_http::{HyperTransport, ReqwestTransport};
use wp_client::{Basic, Client, ClientBuilder, Discovery, Identity, JwtAuth, Transport};
use wp_testkit::{Builder, MiniOrange, Plugin, SignInFailure, StandIn};

use crate::scheme::{self, Misconfigured, SCHEMES, Scheme};

/// What a case may need of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The plugin JWT Authentication for WP REST API.
    Jwt,
    /// Tokens that live for less than half a minute.
    ShortTokens,
    /// An application password.
    AppPassword,
    /// A site that brings about what a test asks it to suffer: `faults.php`.
    Faults,
    /// A server that drops the header before PHP sees it.
    Strip,
    /// A log of the requests.
    Log,
    /// A real WordPress.
    Real,
    /// The font library.
    Fonts,
    /// The abilities.
    Abilities,
    /// A WordPress with icons and views: 7.1.
    Icons,
    /// PHP's own limits for files: 2 MB each, 8 MB a form.
    UploadLimits,
    /// A user with a second factor.
    SecondFactor,
    /// Plugins and a host that make noise: `noise.php`.
    Noise,
    /// No such noise: the case writes what the noise changes, or reads strictly.
    Quiet,
}

/// Of a stand-in.
const SECOND_FACTOR_USER: &str = "author";
const CODE: &str = "123456";

/// What a site is asked to suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server drops the header `Authorization`.
    Strip,
    /// The plugin lacks its secret, or its method.
    Misconfigured,
    /// WordPress fails after it stored an image.
    Sizes,
}

/// A site, over one HTTP stack, with one way in.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) stack: &'static str,
    pub(crate) scheme: &'static Scheme,
    /// Strangers may read, and the administrator's application password is taken: fit for all cases.
    pub(crate) open: bool,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) subscriber: String,
    pub(crate) app_password: Option<String>,
    subscriber_app_password: Option<String>,
    second_factor_user: Option<String>,
    url: String,
    jwt: bool,
    short_tokens: bool,
    /// The patterns of its routes, of a real site.
    routes: Arc<[String]>,
    transport: Arc<dyn Transport>,
    clock: Ahead,
    kind: Kind,
}

/// The machine's clock, and how far it was set forward, as that of the stand-in was.
#[derive(Debug, Clone, Default)]
struct Ahead(Arc<AtomicU64>);

#[async_trait]
impl Clock for Ahead {
    fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_millis(self.0.load(SeqCst))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[derive(Clone)]
enum Kind {
    /// Kept until the last case is done: itself, one without the header, and one that is not set up.
    StandIn(Arc<[StandIn; 3]>),
    Real {
        log: Option<String>,
        faults: bool,
    },
}

impl Site {
    /// The site of the environment, or stand-ins, over each stack and with each way in.
    pub(crate) async fn all() -> Vec<Self> {
        let mut sites = Vec::new();
        let transports: [(&str, Arc<dyn Transport>); 2] = [
            ("reqwest", Arc::new(ReqwestTransport::new().unwrap())),
            ("hyper", Arc::new(HyperTransport::new().unwrap())),
        ];
        let only = var("WP_STACK").ok();
        let chosen =
            transports.into_iter().filter(|(stack, _)| only.as_deref().is_none_or(|only| only == *stack));
        for (stack, transport) in chosen {
            if let Ok(url) = var("WP_URL") {
                sites.extend(Self::real(stack, &url, &transport).await);
            } else {
                for scheme in SCHEMES {
                    sites.push(Self::stand_in(stack, scheme, Arc::clone(&transport)).await);
                }
            }
        }
        assert!(!sites.is_empty(), "WP_STACK is reqwest or hyper");
        sites
    }

    async fn stand_in(stack: &'static str, scheme: &'static Scheme, transport: Arc<dyn Transport>) -> Self {
        let built = |change: fn(Builder) -> Builder| {
            change((scheme.stand_in)(StandIn::builder().token_lifetime(scheme::LIFETIME)))
        };
        let site = built(|builder| builder).start().await;
        let stripped = built(|builder| builder.strip_authorization(true)).start().await;
        let broken = match scheme.sign_in {
            Some(_) => built(|builder| builder),
            None => built(|builder| builder.plugin(Plugin::MiniOrange(MiniOrange::Unset))),
        };
        let broken = broken.start().await;
        broken.fail_sign_in(Some(SignInFailure::BadConfig));
        if scheme.has_second_step {
            site.set_second_factor(SECOND_FACTOR_USER, Some(CODE));
        }
        Self {
            stack,
            scheme,
            open: std::ptr::eq(scheme, &raw const scheme::JWT_AUTH),
            user: "admin".to_owned(),
            password: "password".to_owned(),
            subscriber: "subscriber".to_owned(),
            app_password: Some(site.application_password("admin")),
            subscriber_app_password: Some(site.application_password("subscriber")),
            second_factor_user: Some(SECOND_FACTOR_USER.to_owned()),
            url: site.url(),
            jwt: true,
            short_tokens: true,
            routes: Arc::default(),
            transport,
            clock: Ahead::default(),
            kind: Kind::StandIn(Arc::new([site, stripped, broken])),
        }
    }

    /// A real one, as often as it has ways in.
    async fn real(stack: &'static str, url: &str, transport: &Arc<dyn Transport>) -> Vec<Self> {
        let set = |name: &str| var(name).ok().filter(|value| !value.is_empty());
        let must = |name: &str| set(name).unwrap_or_else(|| panic!("WP_URL is set, but {name} is not"));
        let mut site = Self {
            stack,
            scheme: &scheme::APPLICATION_PASSWORD,
            open: true,
            user: must("WP_USER"),
            password: must("WP_PASSWORD"),
            subscriber: set("WP_SUBSCRIBER").unwrap_or_else(|| "subscriber".to_owned()),
            app_password: set("WP_APP_PASSWORD"),
            subscriber_app_password: set("WP_SUBSCRIBER_APP_PASSWORD"),
            second_factor_user: set("WP_TWO_FACTOR_USER"),
            url: url.to_owned(),
            jwt: false,
            short_tokens: false,
            routes: Arc::default(),
            transport: Arc::clone(transport),
            clock: Ahead::default(),
            kind: Kind::Real { log: set("WP_ACCESS_LOG"), faults: set("WP_FAULTS").is_some() },
        };
        let schemes = site.look().await;
        if let Ok(index) = site.anonymous().site_info().await {
            site.routes = index.routes.into_keys().collect();
        }
        site.open = !schemes
            .iter()
            .any(|scheme| scheme.name.starts_with("ApiBearerAuth") || !scheme.method.is_empty());
        site.jwt = schemes.iter().any(|found| std::ptr::eq(*found, &raw const scheme::JWT_AUTH));
        let mut sites: Vec<_> = schemes.into_iter().map(|scheme| Self { scheme, ..site.clone() }).collect();
        for site in &mut sites {
            if site.scheme.fetches() {
                let token = site.client().sign_in().await.unwrap();
                let end = token.expires_at().unwrap();
                let left = end.duration_since(site.now()).unwrap_or_default();
                site.short_tokens = left < Duration::from_secs(30);
            }
        }
        // The cases that know no scheme run once.
        let short_tokens = sites.iter().any(|site| site.short_tokens);
        for (index, site) in sites.iter_mut().enumerate() {
            site.open &= index == 0;
            site.short_tokens |= short_tokens && !site.scheme.fetches();
        }
        sites
    }

    /// Finds out what a real site has: the first is the token plugin's.
    async fn look(&self) -> Vec<&'static Scheme> {
        let app_password = self.app_password.is_some().then_some(&scheme::APPLICATION_PASSWORD);
        let index = match self.anonymous().get("/").query("_fields", "namespaces,routes").await {
            Ok(index) => index,
            Err(error) => {
                let code = error.code().map(ToString::to_string).unwrap_or_default();
                let mut schemes: Vec<&'static Scheme> = match code.as_str() {
                    "api_bearer_auth_not_logged_in" if var("WP_BEARER_JWT").is_ok() => {
                        vec![&scheme::API_BEARER_AUTH_JWT]
                    }
                    "api_bearer_auth_not_logged_in" => vec![&scheme::API_BEARER_AUTH],
                    "Restricted" => return scheme::MINI_ORANGE.to_vec(),
                    _ => panic!("the index of {}: {error}", self.url),
                };
                schemes.extend(app_password);
                return schemes;
            }
        };
        let routes = &index["routes"];
        let found: Option<&'static Scheme> = if !routes["/jwt-auth/v1/token/refresh"].is_null() {
            Some(&scheme::USEFUL_TEAM)
        } else if !routes["/jwt-auth/v1/token"].is_null() {
            Some(&scheme::JWT_AUTH)
        } else if !routes["/simple-jwt-login/v1/auth/2fa"].is_null() {
            Some(&scheme::SIMPLE_JWT_LOGIN_4)
        } else if !routes["/simple-jwt-login/v1/auth"].is_null() {
            Some(&scheme::SIMPLE_JWT_LOGIN_3)
        } else {
            None
        };
        found.into_iter().chain(app_password).collect()
    }

    pub(crate) fn is_noisy(&self) -> bool {
        !matches!(&self.kind, Kind::StandIn(_)) && var("WP_NOISE").is_ok()
    }

    /// Why this site is not fit for a case that needs `need`.
    pub(crate) fn lacks(&self, need: Need) -> Option<&'static str> {
        let faults = match &self.kind {
            Kind::StandIn(_) => true,
            Kind::Real { faults, .. } => *faults,
        };
        let log = !matches!(&self.kind, Kind::Real { log: None, .. });
        let (has, lack) = match need {
            Need::Jwt => (self.jwt, "the site has no plugin JWT Authentication for WP REST API"),
            Need::ShortTokens => (self.short_tokens, "the site's tokens live too long to wait for"),
            Need::AppPassword => (self.app_password.is_some(), "no WP_APP_PASSWORD was given"),
            Need::Faults => (faults, "the site does not obey X-Fault (WP_FAULTS)"),
            Need::Strip => (
                matches!(&self.kind, Kind::StandIn(_)) || !self.scheme.name.starts_with("SimpleJwtLogin"),
                "the plugin asks PHP's own server for the headers as they came",
            ),
            Need::Real => (
                self.is_real() && var("WP_NOISE").is_err(),
                "it reads strictly, and needs a real WordPress without noise",
            ),
            Need::Fonts => (
                self.has_route("/wp/v2/font-families"),
                "this WordPress has no font library: it came with 6.5",
            ),
            Need::Abilities => (
                self.has_route("/wp-abilities/v1/abilities"),
                "this WordPress has no abilities: they came with 6.9",
            ),
            Need::Icons => (
                self.has_route("/wp/v2/icons"),
                "this WordPress is older than 7.1: it has no icons and views",
            ),
            Need::UploadLimits => (
                !matches!(&self.kind, Kind::StandIn(_)) && var("WP_UPLOAD_LIMITS").is_ok(),
                "the site's limits for files are not known to be PHP's own (WP_UPLOAD_LIMITS)",
            ),
            Need::SecondFactor => (
                self.second_factor_user.is_some(),
                "no user with a second factor was given (WP_TWO_FACTOR_USER)",
            ),
            Need::Log => (log, "no WP_ACCESS_LOG was given"),
            Need::Quiet => (!self.is_noisy(), "it needs a site without noise"),
            Need::Noise => (self.is_noisy(), "the site makes no noise (WP_NOISE)"),
        };
        (!has).then_some(lack)
    }

    fn builder(&self, url: &str) -> ClientBuilder {
        // An address that names the API itself is one, however it is called.
        let builder = Client::builder(url).transport(Arc::clone(&self.transport)).allow_plain_http();
        let builder = builder.clock(self.clock.clone());
        let builder = match self.scheme.method {
            "" => builder,
            method => builder.default_header("x-method", method),
        };
        if ApiRoot::at(url).is_ok() && url.contains("-json") { builder.api_root(url) } else { builder }
    }

    /// The time of its clients.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Lets time pass: by all clocks of a stand-in, or by waiting.
    pub(crate) async fn pass(&self, time: Duration) {
        match &self.kind {
            Kind::StandIn(sites) => {
                self.clock.0.fetch_add(u64::try_from(time.as_millis()).unwrap(), SeqCst);
                sites.iter().for_each(|site| site.advance(time));
            }
            Kind::Real { .. } => tokio::time::sleep(time).await,
        }
    }

    /// A small part of the life of its tokens.
    pub(crate) fn moment(&self) -> Duration {
        match &self.kind {
            Kind::StandIn(_) => scheme::LIFETIME / 40,
            Kind::Real { .. } => Duration::from_millis(100),
        }
    }

    /// Its address, as it was given.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn discover(&self, url: &str) -> Discovery {
        Discovery::builder(url).transport(Arc::clone(&self.transport)).find().await.unwrap()
    }

    pub(crate) fn is_real(&self) -> bool {
        !matches!(self.kind, Kind::StandIn(_))
    }

    /// Whether a real site has this route. A stand-in is like the current release, of which cases ask so.
    pub(crate) fn has_route(&self, pattern: &str) -> bool {
        !self.is_real() || self.routes.iter().any(|known| known == pattern)
    }

    pub(crate) fn anonymous(&self) -> Client {
        self.builder(&self.url).build().unwrap()
    }

    pub(crate) fn as_(&self, identity: impl Into<Identity>) -> Client {
        self.anonymous().with_auth(identity)
    }

    /// A client by this site's scheme.
    pub(crate) fn client(&self) -> Client {
        self.as_((self.scheme.identity)(self))
    }

    /// The same with another password.
    pub(crate) fn wrong(&self) -> Client {
        self.as_((self.scheme.wrong)(self))
    }

    /// A client of the site while it suffers something.
    pub(crate) fn suffering(&self, fault: Fault) -> Client {
        let builder = match (&self.kind, fault) {
            (Kind::StandIn(sites), Fault::Strip) => self.builder(&sites[1].url()),
            (Kind::StandIn(sites), Fault::Misconfigured) => self.builder(&sites[2].url()),
            (Kind::StandIn(_), Fault::Sizes) => unreachable!("its images have no sizes"),
            (Kind::Real { .. }, Fault::Sizes) => self.builder(&self.url).default_header("x-fault", "sizes"),
            (Kind::Real { .. }, Fault::Strip) => self.builder(&self.url).default_header("x-fault", "strip"),
            (Kind::Real { .. }, Fault::Misconfigured) => {
                self.builder(&self.url).default_header("x-fault", "misconfigured")
            }
        };
        builder.auth((self.scheme.identity)(self)).build().unwrap()
    }

    /// A client of the site at an address that it does not give for itself.
    pub(crate) fn elsewhere(&self) -> Client {
        debug_assert_eq!(self.scheme.misconfigured, Misconfigured::Address);
        self.builder(&self.url).plain_permalinks().auth((self.scheme.identity)(self)).build().unwrap()
    }

    /// Takes back every token and key.
    pub(crate) async fn revoke(&self) {
        match &self.kind {
            Kind::StandIn(sites) => {
                // A JWT is not taken back but by another secret.
                sites[0].set_jwt_secret(Some("another secret that is long enough for HS256"));
                sites[0].revoke(&self.user);
                if std::ptr::eq(self.scheme, &raw const scheme::MINI_ORANGE_KEY) {
                    sites[0].set_plugin(Plugin::MiniOrange(MiniOrange::ApiKey("another key".to_owned())));
                }
            }
            Kind::Real { .. } => drop(self.act("revoke").await),
        }
    }

    /// Undoes what lasts.
    pub(crate) async fn restore(&self) {
        match &self.kind {
            Kind::StandIn(sites) => {
                sites[0].set_jwt_secret(Some("stand-in secret, long enough for HS256"));
                if std::ptr::eq(self.scheme, &raw const scheme::MINI_ORANGE_KEY) {
                    sites[0].set_plugin(Plugin::MiniOrange(MiniOrange::ApiKey(scheme::KEY.to_owned())));
                }
            }
            Kind::Real { faults: true, .. } => drop(self.act("restore").await),
            Kind::Real { .. } => {}
        }
    }

    /// By a request to no route of the API, which a plugin may have closed.
    async fn act(&self, fault: &str) -> Option<serde_json::Value> {
        let anonymous =
            self.builder(&self.url).plain_permalinks().default_header("x-fault", fault).build().unwrap();
        anonymous.get("/wp/v2/posts").query("per_page", 1).await.ok()
    }

    /// A user with the same password, and a second factor.
    pub(crate) fn second_factor_user(&self) -> String {
        self.second_factor_user.clone().unwrap()
    }

    /// What that user reads off the phone.
    pub(crate) async fn code(&self) -> String {
        match &self.kind {
            Kind::StandIn(_) => CODE.to_owned(),
            Kind::Real { .. } => self.act("code").await.unwrap()["code"].as_str().unwrap().to_owned(),
        }
    }

    pub(crate) fn jwt(&self, user: &str) -> Client {
        self.as_(JwtAuth::new(user, self.password.as_str()))
    }

    /// The administrator, by whatever the site offers.
    pub(crate) fn admin(&self) -> Client {
        self.someone(&self.user)
    }

    /// The administrator, where PUT, PATCH and DELETE travel as POST.
    pub(crate) fn overriding(&self) -> Client {
        self.builder(&self.url).override_methods().auth(self.identity(&self.user)).build().unwrap()
    }

    /// The administrator at the name `localhost`, for which WordPress has some routes that it has over https.
    pub(crate) fn admin_at_localhost(&self) -> Client {
        let url = self.url.replacen("127.0.0.1", "localhost", 1);
        self.builder(&url).auth(self.identity(&self.user)).build().unwrap()
    }

    /// A user, by whatever the site offers.
    pub(crate) fn someone(&self, user: &str) -> Client {
        self.as_(self.identity(user))
    }

    fn identity(&self, user: &str) -> Identity {
        let password = if user == self.user { &self.app_password } else { &self.subscriber_app_password };
        match password {
            Some(password) => Basic::application_password(user, password.as_str()).into(),
            None => JwtAuth::new(user, self.password.as_str()).into(),
        }
    }

    /// How many sign-ins the site has seen.
    pub(crate) fn signed_in(&self) -> usize {
        self.scheme.sign_in.map_or(0, |route| self.count("POST", route))
    }

    /// How many requests for a token, renewals included.
    pub(crate) fn token_requests(&self) -> usize {
        let renew = self.scheme.renew.filter(|route| Some(*route) != self.scheme.sign_in);
        self.signed_in() + renew.map_or(0, |route| self.count("POST", route))
    }

    fn count(&self, method: &str, route: &str) -> usize {
        match &self.kind {
            Kind::StandIn(sites) => sites[0].count(method, route),
            Kind::Real { log, .. } => {
                let is_it = |line: &&[String; 3]| line[0] == method && route_of(&line[1]).ends_with(route);
                lines(log.as_deref()).iter().filter(is_it).count()
            }
        }
    }

    /// How many requests the site has refused.
    pub(crate) fn refused(&self) -> usize {
        match &self.kind {
            Kind::StandIn(sites) => sites[0].log().iter().filter(|entry| entry.status >= 400).count(),
            Kind::Real { log, .. } => {
                lines(log.as_deref()).iter().filter(|line| line[2].starts_with('4')).count()
            }
        }
    }
}

/// The path, or what plain permalinks have in its place.
fn route_of(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let route = query.split('&').find_map(|pair| pair.strip_prefix("rest_route="));
    route.unwrap_or(path).replace("%2F", "/")
}

/// Method, target and status of each request.
fn lines(log: Option<&str>) -> Vec<[String; 3]> {
    // A web server writes its line when the response is out already.
    std::thread::sleep(Duration::from_millis(50));
    let text = log.map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
    let words = |line: &str| {
        // Ours, or a web server's: "GET /path HTTP/1.1" 200 …
        let line = line.split_once('"').map_or(line, |(_, rest)| rest).replace('"', "");
        let mut words = line.split_whitespace().filter(|word| !word.starts_with("HTTP/")).map(str::to_owned);
        Some([words.next()?, words.next()?, words.next()?])
    };
    text.lines().filter_map(words).collect()
}
