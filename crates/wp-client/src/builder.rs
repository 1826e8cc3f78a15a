//! Building a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wp_auth::{Credential, Identity};
use wp_core::{ApiRoot, Clock, RequestError, Transport};
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use wp_http::ConnectOptions;
use wp_http::{Limits, MethodOverride, Resilient, RetryPolicy};

use crate::access::{Access, AccessBuilder};
use crate::{Client, Result};

/// How a client is built. What is wrong with any of it is told by [`build`](Self::build).
#[must_use = "a client is built by `build`"]
pub struct ClientBuilder {
    root: Result<ApiRoot, RequestError>,
    access: AccessBuilder,
    identity: Option<Identity>,
    timeout: Option<Duration>,
    idle_timeout: Option<Duration>,
    retry: RetryPolicy,
    limits: Limits,
    max_body: Option<u64>,
    override_methods: bool,
}

impl ClientBuilder {
    pub(crate) fn new(url: &str) -> Self {
        Self::to(ApiRoot::of_site(url), AccessBuilder::default())
    }

    /// A client of an API that was found, reached as it was found.
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
            max_body: None,
            override_methods: false,
        }
    }

    /// Who asks: a [provider](crate::TokenProvider) such as [`JwtAuth`](crate::JwtAuth), or an
    /// [`Identity`]. Without it, nobody does.
    pub fn auth(mut self, identity: impl Into<Identity>) -> Self {
        self.identity = Some(identity.into());
        self
    }

    /// Another transport than the one of the crate's features. Repeats, limits, redirects, timeouts, the cap
    /// and decompression come on top of it.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.access = self.access.transport(transport);
        self
    }

    /// Another clock than tokio's, for another runtime or for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.access = self.access.clock(clock);
        self
    }

    /// A header for every request, those for a token included. One whose name says that it
    /// [is secret](wp_core::headers::is_secret), such as `x-api-key`, is treated as a credential: it is shown nowhere,
    /// leaves the site by no redirect, and does not travel over plain http to another machine. A secret under another
    /// name goes into [`host_password`](Self::host_password).
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        self.access = self.access.default_header(name, value);
        self
    }

    /// The credential of a gate in front of the site, for every request, those for a token and the
    /// [anonymous](crate::Request::anonymous) ones included: the password of a staging host
    /// ([`Credential::basic`]), or a key in a header ([`Credential::header`]).
    ///
    /// A request has one `Authorization`. Where the gate takes that, the token travels in another header
    /// ([`in_header`](wp_auth::IdentityBuilder::in_header)), and the web server has to be told to hand that on to PHP.
    pub fn host_password(mut self, credential: &Credential) -> Self {
        self.access = self.access.host_password(credential);
        self
    }

    /// The API's own address, where it cannot be told from the site's: `https://example.org/api/`.
    pub fn api_root(mut self, url: &str) -> Self {
        self.root = ApiRoot::at(url);
        self
    }

    /// The API under another name than `wp-json` (the filter `rest_url_prefix`).
    pub fn rest_prefix(mut self, prefix: &str) -> Self {
        self.root = self.root.and_then(|root| root.prefix(prefix));
        self
    }

    /// A site with plain permalinks: routes go into `?rest_route=`.
    pub fn plain_permalinks(mut self) -> Self {
        self.root = self.root.map(ApiRoot::plain_permalinks);
        self
    }

    /// Lets credentials travel over plain http to another machine, where anybody on the way can read
    /// them. To this machine they always may.
    pub fn allow_plain_http(mut self) -> Self {
        self.access = self.access.allow_plain_http();
        self
    }

    /// How long an exchange may take, from sending to the last byte of the response: 60 s unless said. While a
    /// body of more than 256 KiB is sent, the [idle timeout](Self::idle_timeout) counts instead. Each repeat has
    /// this time again.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How long nothing of a body may move, in either direction: 30 s unless said.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// When a request is sent once more: by default up to 4 times in all, the last within 3 minutes, and a write only
    /// where nothing can happen twice. [`RetryPolicy::never`] turns it off.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How much is asked of the site at a time: by default 8 requests, fewer while it is overloaded.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How it connects: timeouts, a proxy, certificates. Of a [`transport`](Self::transport) of your own, set it
    /// there.
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub fn connect_options(mut self, options: ConnectOptions) -> Self {
        self.access = self.access.connect_options(options);
        self
    }

    /// The largest response that is read, in bytes after decompression: 64 MiB unless said.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = Some(bytes);
        self
    }

    /// Sends PUT, PATCH and DELETE as POST with the header `X-HTTP-Method-Override`, which WordPress obeys: for a
    /// host whose firewall stops those methods. The [hint](crate::Error::hint) of the error says when.
    pub fn override_methods(mut self) -> Self {
        self.override_methods = true;
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// What is wrong with the address or a header; a credential or a secret header over plain http to another
    /// machine; no transport or no clock where the crate's features bring none; options of connecting that are not usable, or
    /// that are for a transport of your own.
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
        let resilience = Resilient::new((), Arc::clone(access.clock())).retry(self.retry).limits(self.limits);
        let site = access.site(self.root?, Arc::new(stack));
        // Every request would be refused: better now.
        if self.identity.is_some() || !site.secrets().is_empty() {
            site.may_carry_credential()?;
        }
        Ok(Client::new(access, site, self.identity, &resilience))
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
