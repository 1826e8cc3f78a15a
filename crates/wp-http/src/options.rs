//! The connect options of the adapters.

use std::fmt;
use std::time::Duration;

#[cfg(feature = "proxy")]
use crate::proxy::Proxy;
#[cfg(feature = "rustls")]
use crate::tls::Tls;

/// How an adapter connects: timeouts, connection pool, proxy, certificates. The same for both adapters.
///
/// ```
/// use std::time::Duration;
/// use wp_http::ConnectOptions;
///
/// let options = ConnectOptions::default().connect_timeout(Duration::from_secs(3)).pool_size(4);
/// # drop(options);
/// ```
///
/// No method fails. An invalid option is an error when the transport is built.
#[derive(Clone)]
pub struct ConnectOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) pool_idle_timeout: Duration,
    /// `None` to use `needed`.
    pool_size: Option<usize>,
    needed: usize,
    #[cfg(feature = "proxy")]
    pub(crate) proxy: Option<Proxy>,
    #[cfg(feature = "rustls")]
    pub(crate) tls: Tls,
    pub(crate) http2: bool,
}

/// A year. The adapters add the timeout to an `Instant`, which panics on overflow.
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
    /// Sets the timeout for name resolution, TCP, proxy and TLS together. Default: 10 s.
    ///
    /// The value is also the interval and the timeout of the HTTP/2 pings that are sent while a response is due.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().connect_timeout(Duration::from_secs(3));
    /// # drop(options);
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout.min(FOREVER);
        self
    }

    /// Sets how long an idle connection is kept for the next request. Default: 4 s.
    ///
    /// Apache and Varnish close idle connections after 5 s. A write on a connection that the server is closing may or
    /// may not take effect.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().pool_idle_timeout(Duration::from_secs(2));
    /// # drop(options);
    /// ```
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        self.pool_idle_timeout = timeout;
        self
    }

    /// Sets the largest number of idle connections to one host that are kept; 0 keeps none. Default: 32, or more if
    /// [`needs_connections`](Self::needs_connections) asks for more.
    ///
    /// ```
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().pool_size(4);
    /// # drop(options);
    /// ```
    pub fn pool_size(mut self, connections: usize) -> Self {
        self.pool_size = Some(connections);
        self
    }

    /// Raises the default pool size to the expected number of concurrent requests to one host, if that is more than 32.
    ///
    /// Otherwise the connections beyond 32 would be opened again for each request. A client passes the concurrency of
    /// its [`Limits`](crate::Limits).
    ///
    /// ```
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().needs_connections(64);
    /// # drop(options);
    /// ```
    pub fn needs_connections(mut self, requests: usize) -> Self {
        self.needed = self.needed.max(requests);
        self
    }

    /// The largest number of idle connections to one host.
    pub(crate) fn kept(&self) -> usize {
        self.pool_size.unwrap_or(self.needed)
    }

    /// Sends all requests through the proxy at `url`, such as `http://proxy.example:3128`: http requests directly,
    /// https requests through a tunnel (`CONNECT`). Environment variables are not read.
    ///
    /// A plain-http request to this machine fails if the proxy is on another machine, because it would leave this
    /// machine.
    ///
    /// ```
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().proxy("http://proxy.example:3128");
    /// # drop(options);
    /// ```
    #[cfg(feature = "proxy")]
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Some(self.proxy.take().unwrap_or_default().at(url));
        self
    }

    /// Sets the user and password for the proxy (HTTP Basic).
    ///
    /// ```
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default()
    ///     .proxy("http://proxy.example:3128")
    ///     .proxy_auth("ana", "password");
    /// # drop(options);
    /// ```
    #[cfg(feature = "proxy")]
    pub fn proxy_auth(mut self, user: &str, password: &str) -> Self {
        self.proxy = Some(self.proxy.take().unwrap_or_default().with_auth(user, password));
        self
    }

    /// Trusts the certificate authorities in `pem` in addition to those that the system trusts. `pem` is the content
    /// of a PEM file with one or more certificates.
    ///
    /// ```
    /// # let pem = Vec::new();
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().root_certificates(pem);
    /// # drop(options);
    /// ```
    #[cfg(feature = "rustls")]
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.tls.roots.push(pem.into());
        self
    }

    /// Sets the client certificate for servers that ask for one. `chain` (the client's certificate first) and `key`
    /// are in PEM.
    ///
    /// ```
    /// # let (chain, key) = (Vec::new(), Vec::new());
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().client_certificate(chain, key);
    /// # drop(options);
    /// ```
    #[cfg(feature = "rustls")]
    pub fn client_certificate(mut self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.tls.client = Some((chain.into(), key.into()));
        self
    }

    /// Accepts any certificate for this host (a name or an IP address, without a port).
    ///
    /// Anyone on the network path can then read and change all traffic to it, including passwords. Use it only for a
    /// staging site on a network that you trust. Certificates of all other hosts are still verified.
    ///
    /// ```
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().danger_accept_invalid_certificate_of("staging.example");
    /// # drop(options);
    /// ```
    #[cfg(feature = "rustls")]
    pub fn danger_accept_invalid_certificate_of(mut self, host: &str) -> Self {
        self.tls.unproved.push(host.to_ascii_lowercase());
        self
    }

    /// Offers HTTP/2 to servers over TLS. Default: off. Plain http always uses HTTP/1.1, the only version that most
    /// servers support there.
    ///
    /// ```
    /// use wp_http::ConnectOptions;
    ///
    /// let options = ConnectOptions::default().http2(true);
    /// # drop(options);
    /// ```
    #[cfg(feature = "http2")]
    pub fn http2(mut self, on: bool) -> Self {
        self.http2 = on;
        self
    }
}

/// Does not show certificates and passwords.
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
        shown.finish_non_exhaustive()
    }
}
