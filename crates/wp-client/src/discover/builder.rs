//! The builder of a discovery.

use std::fmt;
use std::time::Duration;

use wp_auth::Credential;
use wp_core::{Clock, Transport};
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use wp_http::ConnectOptions;

use super::{Discovery, search};
use crate::Result;
use crate::access::{Access, AccessBuilder};

/// The default deadline. It is short because a user is waiting.
const DEADLINE: Duration = Duration::from_secs(60);

/// The builder of a discovery; made by [`Discovery::builder`].
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use wp_client::{Credential, Discovery};
///
/// let staging = Credential::basic("staging", &"open".into())?;
/// let found = Discovery::builder("staging.example.org")
///     .host_password(&staging)
///     .deadline(Duration::from_secs(20))
///     .find()
///     .await?;
/// for post in found.client().build()?.posts().list().await? {
///     println!("{}", post.title.rendered); // the client sends the same password
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until `find`"]
pub struct DiscoveryBuilder {
    url: String,
    access: AccessBuilder,
    deadline: Duration,
}

impl DiscoveryBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), access: AccessBuilder::default(), deadline: DEADLINE }
    }

    /// A discovery with the transport and headers of a client.
    pub(crate) fn reached(url: &str, access: Access) -> Self {
        Self { access: access.into(), ..Self::new(url) }
    }

    /// Sets the transport. Default: the transport of the enabled crate feature.
    ///
    /// Like that of [`ClientBuilder::transport`](crate::ClientBuilder::transport), it must not follow redirects itself:
    /// a discovery does not leave the site, and can check only redirects that it sees.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.access = self.access.transport(transport);
        self
    }

    /// Sets the clock, for another runtime or for tests. Default: tokio's clock.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.access = self.access.clock(clock);
        self
    }

    /// Sets how the default transport connects: timeouts, a proxy, certificates. It is an error together with a
    /// [`transport`](Self::transport) of your own: configure that one directly.
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub fn connect_options(mut self, options: ConnectOptions) -> Self {
        self.access = self.access.connect_options(options);
        self
    }

    /// Adds a header to every request of the discovery and of its [client](Discovery::client). It is treated as a
    /// secret: `Debug` does not show its value, and it is dropped from a redirect to another origin, except from http
    /// to https.
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        self.access = self.access.default_header(name, value);
        self
    }

    /// Sets the host's own password, which the web server checks before WordPress ([`Credential::basic`]), or a key
    /// in a header ([`Credential::header`]), for every request of the discovery and of its [client](Discovery::client).
    ///
    /// The password is sent only to the site, and is dropped from a redirect to another origin, except from http to
    /// https. If the site responds only with `www.`, use that address.
    pub fn host_password(mut self, credential: &Credential) -> Self {
        self.access = self.access.host_password(credential);
        self
    }

    /// Allows the credentials of the discovery and of its [client](Discovery::client) over plain http to another
    /// machine, where anyone on the network path can read them.
    pub fn allow_plain_http(mut self) -> Self {
        self.access = self.access.allow_plain_http();
        self
    }

    /// Sets the deadline for the whole discovery, including waits and retries. Default: 60 s.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Runs the discovery.
    ///
    /// The address is anything that a user types or pastes: `example.org`, or the URL of a home page, a post, the
    /// dashboard, the login, the API or one of its routes. The default scheme is https; http only for this machine. The
    /// query of the address is not sent.
    ///
    /// The search requests pages and reads the URL of the API from them. If no page names the API (a plugin removed the
    /// links), it tries the usual addresses. In each case the API itself must respond and must belong to the page:
    /// the API of a parent directory is not accepted for a page that does not name it. A transient failure is retried
    /// for some seconds. At most 40 requests are sent, including redirects and retries. An API that is closed to
    /// anonymous requests is a success: see [`closed`](Discovery::closed).
    ///
    /// # Errors
    /// - [`ErrorKind::Request`](crate::ErrorKind::Request) for an invalid address (such as a non-ASCII host name
    ///   without the feature `idn`), an invalid header, a [host password](Self::host_password) over plain http to
    ///   another machine, and a missing transport or clock.
    /// - [`ErrorKind::Discovery`](crate::ErrorKind::Discovery) otherwise, with the requests and their outcomes.
    pub async fn find(self) -> Result<Discovery> {
        search::search(&self.url, self.access.build()?, self.deadline).await
    }
}

impl fmt::Debug for DiscoveryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The query of the typed address may contain a secret.
        f.debug_struct("DiscoveryBuilder").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
