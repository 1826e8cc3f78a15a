//! Setting up a search.

use std::fmt;
use std::time::Duration;

use wp_auth::Credential;
use wp_core::{Clock, Transport};
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use wp_http::ConnectOptions;

use super::{Discovery, search};
use crate::Result;
use crate::access::{Access, AccessBuilder};

/// How long a search may take: a user is waiting.
const DEADLINE: Duration = Duration::from_secs(60);

/// A search for the API of a site: [`Discovery::builder`].
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
/// let posts = found.client().build()?.posts().list().await?; // past the same password
/// # drop(posts); Ok(()) }
/// ```
#[must_use = "nothing is looked for until `find`"]
pub struct DiscoveryBuilder {
    url: String,
    access: AccessBuilder,
    deadline: Duration,
}

impl DiscoveryBuilder {
    pub(super) fn new(url: &str) -> Self {
        Self { url: url.to_owned(), access: AccessBuilder::default(), deadline: DEADLINE }
    }

    /// A search that reaches the site as a client does.
    pub(crate) fn reached(url: &str, access: Access) -> Self {
        Self { access: access.into(), ..Self::new(url) }
    }

    /// Another transport than the one of the crate's features. It must follow no redirects by itself, as that of
    /// [`ClientBuilder::transport`](crate::ClientBuilder::transport): a search does not leave the site, and sees only
    /// the redirects that reach it.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.access = self.access.transport(transport);
        self
    }

    /// Another clock than tokio's, for another runtime or for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.access = self.access.clock(clock);
        self
    }

    /// How it connects: timeouts, a proxy, certificates. Of a [`transport`](Self::transport) of your own, set it
    /// there.
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub fn connect_options(mut self, options: ConnectOptions) -> Self {
        self.access = self.access.connect_options(options);
        self
    }

    /// A header for every request of the search and of the [client](Discovery::client) that comes of it. It is taken
    /// for a secret: neither `Debug` shows its value, nor does it follow a redirect to another origin, except up to
    /// https.
    pub fn default_header(mut self, name: &str, value: &str) -> Self {
        self.access = self.access.default_header(name, value);
        self
    }

    /// The host's own password, in front of the site ([`Credential::basic`]), or a key in a header
    /// ([`Credential::header`]): for every request of the search and of the [client](Discovery::client) that comes of
    /// it. It goes nowhere but to the site, as a search does anyway, and does not follow a redirect to another
    /// origin, except up to https: where the site responds with `www.` only, give that address.
    pub fn host_password(mut self, credential: &Credential) -> Self {
        self.access = self.access.host_password(credential);
        self
    }

    /// Lets the credentials of the search and of the [client](Discovery::client) that comes of it travel over plain
    /// http to another machine, where anybody on the way can read them.
    pub fn allow_plain_http(mut self) -> Self {
        self.access = self.access.allow_plain_http();
        self
    }

    /// How long the whole search may take, with all its waits and retries: 60 s unless said.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Looks for the API.
    ///
    /// The address is whatever a user types or pastes: `example.org`, the address of a home page, of a post, of the
    /// dashboard or the login, of the API or one of its routes. Without a scheme it is https, and http only on this
    /// machine. Its query is not sent.
    ///
    /// Pages are asked for the API that they name; where none does (a plugin took the links out), the usual addresses
    /// are tried. In each case the API itself has to respond, and has to be that of the page: one of a directory above
    /// is not taken for a page that does not name it. What fails in a way that may pass is tried again for some
    /// seconds. At most 40 requests are sent, redirects and retries among them. An API that is closed to strangers
    /// counts: see [`closed`](Discovery::closed).
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for what can be no address, such as a host name in another
    /// script than ASCII without the feature `idn`, for a header that cannot be sent, and for a [host password](Self::host_password) over
    /// plain http to another machine; no transport or no clock where the crate's features bring none. Else
    /// [`ErrorKind::Discovery`](crate::ErrorKind::Discovery), which says what was asked and what came back.
    pub async fn find(self) -> Result<Discovery> {
        search::search(&self.url, self.access.build()?, self.deadline).await
    }
}

impl fmt::Debug for DiscoveryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was typed may hold a secret in its query.
        f.debug_struct("DiscoveryBuilder").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}
