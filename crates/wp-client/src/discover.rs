//! Discovery of a site's API from any address that a user types.

mod builder;
mod fence;
mod search;

use std::fmt;
use std::time::SystemTime;

use wp_core::discovery::Candidates;
use wp_core::models::SiteInfo;
use wp_core::{ApiError, ApiRoot, show};

pub use builder::DiscoveryBuilder;

use crate::access::Access;
use crate::error::discovery_error::MAX_HOME_BYTES;
use crate::{Client, ClientBuilder, Probe, Result};

/// A site whose API was found, and what its index reports.
///
/// ```no_run
/// # async fn run() -> Result<(), wp_client::Error> {
/// use wp_client::{Client, JwtAuth};
///
/// let found = Client::discover("example.org/blog").await?;
/// println!("{} has its API at {}", found.name(), found.root());
/// let wp = found.client().auth(JwtAuth::new("ana", "password")).build()?;
/// println!("signed in as {}", wp.users().me().await?.name);
/// # Ok(()) }
/// ```
///
/// Discovery sends no credential except the host's own password, if it is
/// [set](DiscoveryBuilder::host_password). It follows redirects that add or remove `www.` or change http to https, and
/// [`moved_to`](Self::moved_to) reports them. It never follows a redirect to another host or from https to http.
#[derive(Clone)]
#[non_exhaustive]
pub struct Discovery {
    root: ApiRoot,
    found_by: FoundBy,
    asked: Vec<Probe>,
    site: Option<SiteInfo>,
    closed: Option<ApiError>,
    moved_to: Option<String>,
    mismatch: Option<Mismatch>,
    date: Option<SystemTime>,
    /// The origins and paths that belong to the site.
    places: Candidates,
    access: Access,
}

/// How the API was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FoundBy {
    /// The typed address is that of the API or of one of its routes.
    Address,
    /// The `Link` header of a page.
    LinkHeader,
    /// The element `<link>` of a page.
    PageLink,
    /// The document that a page's `EditURI` names.
    Rsd,
    /// No page named the API; it responded at a usual address.
    Guess,
}

/// How the home URL that a site reports differs from the address at which it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// The site reports another scheme. Tokens of the JWT plugins contain the scheme, so the site may refuse tokens
    /// that were obtained at the other one.
    OtherScheme {
        /// The home URL that the site reports: `https://example.org`.
        home: String,
    },
    /// The site reports another host: it is a copy, or behind a proxy.
    OtherHost {
        /// The home URL that the site reports: `https://example.org`.
        home: String,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (home, place) = match self {
            Self::OtherScheme { home } => (home, "scheme"),
            Self::OtherHost { home } => (home, "host"),
        };
        let home = show::to_line(home, MAX_HOME_BYTES);
        show::line(f, format_args!("the site takes its address to be {home}, on another {place}"))
    }
}

impl Discovery {
    /// Starts a discovery for `url`, any address that a user types. [`find`](DiscoveryBuilder::find) runs it.
    pub fn builder(url: impl AsRef<str>) -> DiscoveryBuilder {
        DiscoveryBuilder::new(url.as_ref())
    }

    /// The root of the API.
    pub fn root(&self) -> &ApiRoot {
        &self.root
    }

    /// How the API was found.
    pub fn found_by(&self) -> FoundBy {
        self.found_by
    }

    /// The requests of the discovery and their outcomes, in order.
    pub fn asked(&self) -> &[Probe] {
        &self.asked
    }

    /// The index of the API; `None` if the API is closed to anonymous requests.
    pub fn site(&self) -> Option<&SiteInfo> {
        self.site.as_ref()
    }

    /// The site's name, with HTML entities; empty if the API is closed.
    pub fn name(&self) -> &str {
        self.site().map_or("", |site| &site.name)
    }

    /// The namespaces of the API; empty if the API is closed.
    pub fn namespaces(&self) -> &[String] {
        self.site().map_or(&[], |site| &site.namespaces)
    }

    /// Whether the API has this namespace: `jwt-auth/v1`.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.site().is_some_and(|site| site.has_namespace(namespace))
    }

    /// The URL of the page where a user grants an application password, as the site reports it and not validated; see
    /// [`SiteInfo::application_passwords`]. [`authorize`](Self::authorize) validates it.
    pub fn application_passwords(&self) -> Option<&str> {
        self.site()?.application_passwords()
    }

    pub(crate) fn places(&self) -> &Candidates {
        &self.places
    }

    /// The error that the API returns to anonymous requests, if it is closed to them. API Bearer Auth, miniOrange and
    /// plugins that hide the API close all of it. The error's code tells which plugin it is.
    pub fn closed(&self) -> Option<&ApiError> {
        self.closed.as_ref()
    }

    /// The scheme, host and port of the API if they differ from the typed ones: `www.` was added or removed, or http
    /// changed to https.
    pub fn moved_to(&self) -> Option<&str> {
        self.moved_to.as_deref()
    }

    /// How the home URL that the site reports differs from the address at which it was found.
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.mismatch.as_ref()
    }

    /// The server's time, from the `Date` header of its response.
    pub fn date(&self) -> Option<SystemTime> {
        self.date
    }

    /// Starts a client of this site with the transport, the headers and the host's own password of the discovery.
    pub fn client(&self) -> ClientBuilder {
        ClientBuilder::found(self.root.clone(), self.access.clone())
    }
}

impl Client {
    /// Finds a site and its API from any address that the user types, over the default transport.
    ///
    /// Use [`Discovery::builder`] for another transport, the host's own password or another deadline.
    ///
    /// ```no_run
    /// # async fn run() -> wp_client::Result<()> {
    /// use wp_client::Client;
    ///
    /// let found = Client::discover("example.org/blog").await?;
    /// for post in found.client().build()?.posts().list().await? {
    ///     println!("{}", post.title.rendered);
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// As [`DiscoveryBuilder::find`](crate::DiscoveryBuilder::find).
    pub async fn discover(url: impl AsRef<str>) -> Result<Discovery> {
        Discovery::builder(url).find().await
    }
}

impl fmt::Debug for Discovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Discovery")
            .field("root", &self.root)
            .field("found_by", &self.found_by)
            .field("asked", &self.asked)
            .field("site", &self.site)
            .field("closed", &self.closed)
            .field("moved_to", &self.moved_to)
            .field("mismatch", &self.mismatch)
            .field("date", &self.date)
            .finish_non_exhaustive()
    }
}
