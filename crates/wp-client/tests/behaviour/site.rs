//! The site that the cases run on.

use std::env::var;
use std::sync::Arc;
use std::time::Duration;

use wp_client::wp_core::ApiRoot;
use wp_client::wp_http::{HyperTransport, ReqwestTransport, TokioClock};
use wp_client::{ApplicationPassword, Client, Discovery, Identity, JwtAuth, Transport};
use wp_testkit::StandIn;

/// What a case may need of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The plugin JWT Authentication for WP REST API.
    Jwt,
    /// Tokens that live for less than half a minute.
    ShortTokens,
    /// An application password.
    AppPassword,
    /// An address at which the server drops `Authorization`.
    Stripped,
    /// A log of the requests.
    Log,
}

/// A site, over one HTTP stack.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) stack: &'static str,
    pub(crate) user: String,
    pub(crate) password: String,
    pub(crate) subscriber: String,
    pub(crate) app_password: Option<String>,
    subscriber_app_password: Option<String>,
    url: String,
    stripped: Option<String>,
    jwt: bool,
    short_tokens: bool,
    transport: Arc<dyn Transport>,
    log: Log,
    /// Kept until the last case is done.
    stand_ins: Arc<Vec<StandIn>>,
}

#[derive(Clone)]
enum Log {
    StandIn,
    File(String),
    None,
}

impl Site {
    /// The site of the environment, or a stand-in, over each stack.
    pub(crate) async fn all() -> Vec<Self> {
        let mut sites = Vec::new();
        let transports: [(&str, Arc<dyn Transport>); 2] = [
            ("reqwest", Arc::new(ReqwestTransport::new().unwrap())),
            ("hyper", Arc::new(HyperTransport::new().unwrap())),
        ];
        for (stack, transport) in transports {
            let mut site = match var("WP_URL") {
                Ok(url) => Self::real(stack, url, transport),
                Err(_) => Self::stand_in(stack, transport).await,
            };
            site.look().await;
            sites.push(site);
        }
        sites
    }

    async fn stand_in(stack: &'static str, transport: Arc<dyn Transport>) -> Self {
        let site = StandIn::builder().token_lifetime(Duration::from_secs(4)).start().await;
        let stripped = StandIn::builder().strip_authorization(true).start().await;
        Self {
            stack,
            user: "admin".to_owned(),
            password: "password".to_owned(),
            subscriber: "subscriber".to_owned(),
            app_password: Some(site.application_password("admin")),
            subscriber_app_password: Some(site.application_password("subscriber")),
            url: site.url(),
            stripped: Some(stripped.url()),
            jwt: false,
            short_tokens: false,
            transport,
            log: Log::StandIn,
            stand_ins: Arc::new(vec![site, stripped]),
        }
    }

    fn real(stack: &'static str, url: String, transport: Arc<dyn Transport>) -> Self {
        let set = |name: &str| var(name).ok().filter(|value| !value.is_empty());
        let must = |name: &str| set(name).unwrap_or_else(|| panic!("WP_URL is set, but {name} is not"));
        Self {
            stack,
            user: must("WP_USER"),
            password: must("WP_PASSWORD"),
            subscriber: set("WP_SUBSCRIBER").unwrap_or_else(|| "subscriber".to_owned()),
            app_password: set("WP_APP_PASSWORD"),
            subscriber_app_password: set("WP_SUBSCRIBER_APP_PASSWORD"),
            url,
            stripped: set("WP_STRIPPED_URL"),
            jwt: false,
            short_tokens: false,
            transport,
            log: set("WP_ACCESS_LOG").map_or(Log::None, Log::File),
            stand_ins: Arc::default(),
        }
    }

    /// Finds out what the site has.
    async fn look(&mut self) {
        let index = self.nobody().get("/").query("_fields", "namespaces").await.unwrap();
        self.jwt = index["namespaces"].as_array().unwrap().iter().any(|name| name == "jwt-auth/v1");
        if self.jwt {
            let token = self.jwt(&self.user).sign_in().await.unwrap();
            let left =
                token.expires_at().unwrap().duration_since(std::time::SystemTime::now()).unwrap_or_default();
            self.short_tokens = left < Duration::from_secs(30);
        }
    }

    /// Why this site is not fit for a case that needs `need`.
    pub(crate) fn lacks(&self, need: Need) -> Option<&'static str> {
        let (has, lack) = match need {
            Need::Jwt => (self.jwt, "the site has no plugin JWT Authentication for WP REST API"),
            Need::ShortTokens => (self.short_tokens, "the site's tokens live too long to wait for"),
            Need::AppPassword => (self.app_password.is_some(), "no WP_APP_PASSWORD was given"),
            Need::Stripped => (self.stripped.is_some(), "no WP_STRIPPED_URL was given"),
            Need::Log => (!matches!(self.log, Log::None), "no WP_ACCESS_LOG was given"),
        };
        (!has).then_some(lack)
    }

    fn at(&self, url: &str) -> Client {
        // An address that names the API itself is one, however it is called.
        let builder = Client::builder(url).transport(Arc::clone(&self.transport)).allow_plain_http();
        let builder =
            if ApiRoot::at(url).is_ok() && url.contains("-json") { builder.api_root(url) } else { builder };
        builder.build().unwrap()
    }

    /// Its address, as it was given.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) async fn discover(&self, url: &str) -> Discovery {
        Discovery::of(url, Arc::clone(&self.transport), Arc::new(TokioClock)).await.unwrap()
    }

    pub(crate) fn nobody(&self) -> Client {
        self.at(&self.url)
    }

    pub(crate) fn as_(&self, identity: impl Into<Identity>) -> Client {
        self.nobody().with_auth(identity)
    }

    pub(crate) fn jwt(&self, user: &str) -> Client {
        self.as_(JwtAuth::new(user, self.password.as_str()))
    }

    /// The administrator, by whatever the site offers.
    pub(crate) fn admin(&self) -> Client {
        self.someone(&self.user)
    }

    /// A user, by whatever the site offers.
    pub(crate) fn someone(&self, user: &str) -> Client {
        let password = if user == self.user { &self.app_password } else { &self.subscriber_app_password };
        match password {
            Some(password) => self.as_(ApplicationPassword::new(user, password.as_str())),
            None => self.jwt(user),
        }
    }

    /// The administrator where the server drops the header.
    pub(crate) fn stripped(&self) -> Client {
        let url = self.stripped.as_deref().unwrap();
        self.at(url).with_auth(JwtAuth::new(self.user.as_str(), self.password.as_str()))
    }

    /// How many requests of this kind the site has seen.
    pub(crate) fn count(&self, method: &str, route: &str) -> usize {
        match &self.log {
            Log::StandIn => self.stand_ins[0].count(method, route),
            Log::File(path) => {
                let text = std::fs::read_to_string(path).unwrap();
                text.lines().filter(|line| line.contains(method) && line.contains(route)).count()
            }
            Log::None => 0,
        }
    }
}
