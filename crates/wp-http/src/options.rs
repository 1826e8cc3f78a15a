//! How an adapter connects.

use std::fmt;
use std::time::Duration;

#[cfg(feature = "proxy")]
use crate::proxy::Proxy;
#[cfg(feature = "rustls")]
use crate::tls::Tls;

/// How an adapter connects, the same for every adapter.
///
/// What is wrong with any of it is told when the transport is made.
#[derive(Clone)]
pub struct ConnectOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    /// `None` for as many as the user of the transport needs.
    pool_size: Option<usize>,
    needed: usize,
    #[cfg(feature = "proxy")]
    pub(crate) proxy: Option<Proxy>,
    #[cfg(feature = "rustls")]
    pub(crate) tls: Tls,
    pub(crate) http2: bool,
}

/// A year: a stack adds what it is told to an instant, and panics where that is beyond its reach.
const FOREVER: Duration = Duration::from_secs(365 * 86_400);

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            pool_idle_timeout: Duration::from_secs(4),
            pool_size: None,
            needed: 32,
            #[cfg(feature = "proxy")]
            proxy: None,
            #[cfg(feature = "rustls")]
            tls: Tls::default(),
            http2: false,
        }
    }
}

impl ConnectOptions {
    /// How long name resolution, TCP, a proxy and TLS together may take. 10 s unless told. So long, too, a server
    /// has to respond to whether it is still there, which it is asked in that interval while it owes responds over HTTP/2.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.min(FOREVER);
        self
    }

    /// How long a connection is kept for the next request. 4 s unless told: Apache and Varnish close
    /// theirs after 5 s, and a write on a connection that is being closed is a write in doubt.
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// How many connections to one host are kept for the next request, none with 0. Unless told, 32, or
    /// [as many as are used](Self::needs_connections).
    pub fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = Some(connections);
        self
    }

    /// Says how many requests to one host will be under way at a time. Where that is more than the 32 connections that
    /// are kept otherwise, so many are kept: those beyond would be opened anew for each request. A client says what its
    /// [`Limits`](crate::Limits) allow.
    pub fn needs_connections(mut self, requests: usize) -> Self {
        self.needed = self.needed.max(requests);
        self
    }

    /// How many idle connections to a host are kept.
    pub(crate) fn kept(&self) -> usize {
        self.pool_size.unwrap_or(self.needed)
    }

    /// Reaches every host through the proxy at `url`, such as `http://proxy.example:3128`: http as it is, https
    /// through a tunnel (`CONNECT`). The environment is not asked for one. What is at this machine is not asked of
    /// a proxy elsewhere in plain http: it would leave the machine.
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Some(self.proxy.take().unwrap_or_default().at(url));
        self
    }

    /// Reaches the proxy as this user (Basic).
    #[cfg(feature = "proxy")]
    pub fn proxy_auth(mut self, user: &str, password: &str) -> Self {
        self.proxy = Some(self.proxy.take().unwrap_or_default().with_auth(user, password));
        self
    }

    /// Trusts the authorities in `pem`, the content of a file of one or several certificates, beside those that the system trusts.
    #[cfg(feature = "rustls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.roots.push(pem.into());
        self
    }

    /// Shows a certificate to servers that ask for one: its chain, its own first, and its key, both in PEM.
    #[cfg(feature = "rustls")]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls.client = Some((chain.into(), key.into()));
        self
    }

    /// Takes any certificate for this host (a name or an address, without a port), and so lets everybody on the
    /// way there read and change everything, passwords included. For a staging site on a line that you trust.
    /// All other hosts have to prove who they are.
    #[cfg(feature = "rustls")]
    pub fn danger_accept_invalid_certificate_of(mut self, host: &str) -> Self {
        self.tls.unproved.push(host.to_ascii_lowercase());
        self
    }

    /// Lets a server choose HTTP/2, over TLS. Over plain http it is always HTTP/1.1, which is all that most
    /// servers speak there.
    #[cfg(feature = "http2")]
    pub fn http2(mut self, on: bool) -> Self {
        self.http2 = on;
        self
    }
}

/// Shows no certificate and no password.
impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ConnectOptions");
        shown
            .field("connect_timeout", &self.connect_timeout)
            .field("pool_idle_timeout", &self.pool_idle_timeout)
            .field("pool_size", &self.kept())
            .field("http2", &self.http2);
        #[cfg(feature = "proxy")]
        shown.field("proxy", &self.proxy);
        #[cfg(feature = "rustls")]
        shown.field("tls", &self.tls);
        shown.finish()
    }
}
