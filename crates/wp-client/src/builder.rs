//! The builder of a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wp_auth::{Credential, Identity};
use wp_core::{ApiRoot, Clock, RequestError, SharedLimit, Transport};
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use wp_http::ConnectOptions;
use wp_http::{Limits, MethodOverride, RetryPolicy};

use crate::access::{Access, AccessBuilder};
use crate::session::Session;
use crate::{Client, Result};

/// The builder of a [`Client`]. No method fails: [`build`](Self::build) returns the error of an invalid setting.
///
/// ```no_run
/// # fn run() -> Result<(), wp_client::Error> {
/// use std::time::Duration;
/// use wp_client::{Client, JwtAuth, Limits};
///
/// let wp = Client::builder("https://example.org")
///     .auth(JwtAuth::new("ana", "password"))
///     .timeout(Duration::from_secs(20))
///     .limits(Limits::default().concurrency(4))
///     .build()?;
/// # drop(wp); Ok(()) }
/// ```
#[must_use = "a client is built by `build`"]
pub struct ClientBuilder {
    root: Result<ApiRoot, RequestError>,
    access: AccessBuilder,
    identity: Option<Identity>,
    timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    retry: RetryPolicy,
    limits: Limits,
    shared_limit: Option<Arc<dyn SharedLimit>>,
    max_body: Option<u64>,
    override_methods: bool,
}

impl ClientBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self::to(ApiRoot::of_site(url), AccessBuilder::default())
    }

    /// The builder for an API that discovery found, with the transport and headers of the discovery.
    pub(crate) fn found(root: ApiRoot, access: Access) -> Self {
        Self::to(Ok(root), access.into())
    }

    fn to(root: Result<ApiRoot, RequestError>, access: AccessBuilder) -> Self {
        Self {
            root,
            access,
            identity: None,
            timeout: None,
            idle_timeout: None,
            retry: RetryPolicy::default(),
            limits: Limits::default(),
            shared_limit: None,
            max_body: None,
            override_methods: false,
        }
    }

    /// Sets the credential of the client: a [provider](crate::TokenProvider) such as [`JwtAuth`](crate::JwtAuth), or an
    /// [`Identity`]. Default: requests are anonymous.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::{Client, JwtAuth};
    ///
    /// let wp = Client::builder("https://example.org").auth(JwtAuth::new("ana", "password")).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn auth(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    /// Sets the transport. Default: the transport of the enabled crate feature.
    ///
    /// The client adds retries, limits, redirects, timeouts, the size limit and decompression on top of it.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_client::Transport) -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").transport(transport).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.access = self.access.transport(transport);
        self
    }

    /// Sets the clock, for another runtime or for tests. Default: tokio's clock.
    ///
    /// ```no_run
    /// # fn run(clock: impl wp_client::wp_core::Clock) -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").clock(clock).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.access = self.access.clock(clock);
        self
    }

    /// Adds a header to every request, including requests for a token.
    ///
    /// A header whose name marks it as [secret](wp_core::headers::is_secret), such as `x-api-key`, is treated as a
    /// credential: it appears in no error and no `Debug` output, is dropped from a redirect to another origin, and is
    /// not sent over plain http to another machine. Put a secret under any other name into
    /// [`host_password`](Self::host_password).
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").default_header("user-agent", "my-app/1.0").build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        self.access = self.access.default_header(name, value);
        self
    }

    /// Sets the host's own password, which the web server checks before WordPress: the password of a staging host
    /// ([`Credential::basic`]), or a key in a header ([`Credential::header`]). It is sent with every request, including
    /// requests for a token and [anonymous](crate::Request::anonymous) ones.
    ///
    /// A request has one `Authorization` header. If the host's password uses it, send the token in another header
    /// ([`in_header`](wp_auth::IdentityBuilder::in_header)) and configure the web server to pass that one to PHP.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_client::{Client, Credential};
    ///
    /// let staging = Credential::basic("staging", &"open".into())?;
    /// let wp = Client::builder("https://staging.example.org").host_password(&staging).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn host_password(mut self, credential: &Credential) -> Self {
        self.access = self.access.host_password(credential);
        self
    }

    /// Sets the URL of the API. Default: derived from the URL of the site.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").api_root("https://example.org/api/").build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn api_root(mut self, url: &str) -> Self {
        self.root = ApiRoot::at(url);
        self
    }

    /// Sets the path prefix of the API (WordPress's filter `rest_url_prefix`). Default: `wp-json`.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").rest_prefix("api").build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn rest_prefix(mut self, prefix: &str) -> Self {
        self.root = self.root.and_then(|root| root.prefix(prefix));
        self
    }

    /// Sends routes in the query, as `?rest_route=`, for a site with plain permalinks.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").plain_permalinks().build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn plain_permalinks(mut self) -> Self {
        self.root = self.root.map(ApiRoot::plain_permalinks);
        self
    }

    /// Allows credentials over plain http to another machine, where anyone on the network path can read them.
    /// Credentials to this machine are always allowed.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::{Client, JwtAuth};
    ///
    /// let auth = JwtAuth::new("ana", "password");
    /// let wp = Client::builder("http://wordpress.internal").auth(auth).allow_plain_http().build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn allow_plain_http(mut self) -> Self {
        self.access = self.access.allow_plain_http();
        self
    }

    /// Sets the timeout of one attempt, from sending to the last byte of the response. Default: 60 s. Each retry has
    /// the full timeout again.
    ///
    /// While a request body of more than 256 KiB is sent, only the [idle timeout](Self::idle_timeout) applies.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use std::time::Duration;
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").timeout(Duration::from_secs(20)).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the longest time without progress while a body is sent or received. Default: 30 s.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use std::time::Duration;
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").idle_timeout(Duration::from_secs(10)).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Sets the retry policy. Default: at most 4 attempts, the last within 3 minutes, and a
    /// [budget](RetryPolicy::budget) for all requests together. A write is retried only if it cannot take effect twice.
    /// [`RetryPolicy::never`] turns retries off.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::{Client, RetryPolicy};
    ///
    /// let wp = Client::builder("https://example.org").retry(RetryPolicy::default().attempts(2)).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets the limits on concurrent requests and on their rate. Default: 8 requests at a time, fewer while the site is
    /// overloaded, and no limit on the rate.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::{Client, Limits};
    ///
    /// let wp = Client::builder("https://example.org").limits(Limits::default().concurrency(4)).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Adds a limit that several processes share, such as workers on several machines: each attempt asks it, after its
    /// turn within the [limits](Self::limits) of this client. `wp_auth_redis::RedisLimit` is one. Default: none.
    ///
    /// If it cannot be asked, the request fails and is not sent, unless the limit says otherwise. Token requests do not
    /// ask it.
    ///
    /// ```no_run
    /// # fn run(redis: impl wp_client::wp_core::SharedLimit) -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").shared_limit(redis).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn shared_limit(mut self, limit: impl SharedLimit) -> Self {
        self.shared_limit = Some(Arc::new(limit));
        self
    }

    /// Sets how the default transport connects: timeouts, a proxy, certificates. It is an error together with a
    /// [`transport`](Self::transport) of your own: configure that one directly.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use std::time::Duration;
    /// use wp_client::{Client, ConnectOptions};
    ///
    /// let options = ConnectOptions::default().connect_timeout(Duration::from_secs(3));
    /// let wp = Client::builder("https://example.org").connect_options(options).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub fn connect_options(mut self, options: ConnectOptions) -> Self {
        self.access = self.access.connect_options(options);
        self
    }

    /// Sets the size limit of a response body, in bytes after decompression. Default: 64 MiB.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").max_body(8 << 20).build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// Sends PUT, PATCH and DELETE as POST with the header `X-HTTP-Method-Override`, which WordPress obeys.
    ///
    /// Use it for a host whose firewall blocks those methods. The [hint](crate::Error::hint) of the error then
    /// recommends it.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").override_methods().build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn override_methods(mut self) -> Self {
        self.override_methods = true;
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// ```no_run
    /// # fn run() -> Result<(), wp_client::Error> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// - The URL or a header is invalid.
    /// - A credential or a secret header would be sent over plain http to another machine; see
    ///   [`allow_plain_http`](Self::allow_plain_http).
    /// - There is no transport or no clock: no crate feature provides it, and none was set.
    /// - The connect options are invalid, or a [`transport`](Self::transport) was set too.
    pub fn build(self) -> Result<Client> {
        let access = self.access.build_for(self.limits)?;
        let mut stack = access.hardened(|transport| -> Arc<dyn Transport> {
            if self.override_methods { Arc::new(MethodOverride::new(transport)) } else { transport }
        });
        if let Some(timeout) = self.timeout {
            stack = stack.timeout(Some(timeout));
        }
        if let Some(timeout) = self.idle_timeout {
            stack = stack.idle_timeout(Some(timeout));
        }
        if let Some(bytes) = self.max_body {
            stack = stack.max_body(bytes);
        }
        if let Some(limit) = self.shared_limit {
            stack = stack.shared_limit(limit);
        }
        let stack = stack.retry(self.retry).limits(self.limits);
        let site = access.site(self.root?, Arc::new(stack.single_attempt()));
        // Otherwise every request would fail with this error.
        if self.identity.is_some() || !site.secrets().is_empty() {
            site.may_carry_credential()?;
        }
        Ok(Client(Session::new(access, site, self.identity, stack)))
    }
}

impl Client {
    /// Starts a client of the site at `url`, such as `https://example.org` or `example.org/blog`. Default scheme:
    /// https.
    ///
    /// ```no_run
    /// # fn run() -> wp_client::Result<()> {
    /// use wp_client::Client;
    ///
    /// let wp = Client::builder("https://example.org").build()?;
    /// # drop(wp); Ok(()) }
    /// ```
    pub fn builder(url: impl AsRef<str>) -> ClientBuilder {
        ClientBuilder::new(url.as_ref())
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("root", &self.root)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
