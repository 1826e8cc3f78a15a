//! Finding a site's API from whatever a person types.

mod builder;
mod error;
mod fence;
mod probe;
mod search;

use std::fmt;
use std::time::SystemTime;

use wp_core::discovery::Places;
use wp_core::models::SiteInfo;
use wp_core::{ApiError, ApiRoot, show};

pub use builder::DiscoveryBuilder;
pub use error::{DiscoveryError, DiscoveryErrorKind};
pub use probe::Probe;

use crate::access::Access;
use crate::{AuthorizeBuilder, ClientBuilder};

/// What is shown of a site's word on its address, in bytes.
const MAX_HOME_BYTES: usize = 200;

/// A site whose API was found, and what it says of itself.
///
/// ```no_run
/// # async fn run() -> Result<(), wp_client::Error> {
/// use wp_client::{Client, JwtAuth};
///
/// let found = Client::discover("example.org/blog").await?;
/// println!("{} has its API at {}", found.name(), found.root());
/// let wp = found.client().auth(JwtAuth::new("ana", "password")).build()?;
/// # drop(wp); Ok(()) }
/// ```
///
/// No credential is at stake while it looks: none is sent but the host's own password, where it was
/// [given](DiscoveryBuilder::host_password). It goes on to `www.` or back, and up to
/// https, where the site says so, and [`moved_to`](Self::moved_to) tells; never to another host, and
/// never down to http.
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
    /// Where the site is: what is elsewhere is not the site's.
    places: Places,
    access: Access,
}

/// What led to the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FoundBy {
    /// It was typed: the address of the API, or of one of its routes.
    Address,
    /// The `Link` header of a page.
    LinkHeader,
    /// The element `<link>` of a page.
    PageLink,
    /// The document that a page's `EditURI` names.
    Rsd,
    /// No page named it: it responded where an API mostly is.
    Guess,
}

/// What a site says of its own address that is not what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// It takes itself to be on another scheme. Tokens of the JWT plugins name the scheme, so those that
    /// were got elsewhere may be refused here.
    OtherScheme {
        /// Its home page, by its own word: `https://example.org`.
        home: String,
    },
    /// It takes itself to be on another host: a copy, or a site behind a proxy.
    OtherHost {
        /// Its home page, by its own word: `https://example.org`.
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
    /// A search for the API of the site at `url`, which is whatever a user types:
    /// [`find`](DiscoveryBuilder::find) begins it.
    pub fn builder(url: impl AsRef<str>) -> DiscoveryBuilder {
        DiscoveryBuilder::new(url.as_ref())
    }

    /// The root of the API.
    pub fn root(&self) -> &ApiRoot {
        &self.root
    }

    /// What led to it.
    pub fn found_by(&self) -> FoundBy {
        self.found_by
    }

    /// What was asked, and what came back, in order.
    pub fn asked(&self) -> &[Probe] {
        &self.asked
    }

    /// What the site says of itself; `None` where its API is closed to strangers.
    pub fn site(&self) -> Option<&SiteInfo> {
        self.site.as_ref()
    }

    /// The site's name, with HTML entities; empty where its API is closed.
    pub fn name(&self) -> &str {
        self.site().map_or("", |site| &site.name)
    }

    /// The namespaces of the API; none where it is closed.
    pub fn namespaces(&self) -> &[String] {
        self.site().map_or(&[], |site| &site.namespaces)
    }

    /// Whether the API has this namespace: `jwt-auth/v1`.
    pub fn has_namespace(&self, namespace: &str) -> bool {
        self.site().is_some_and(|site| site.has_namespace(namespace))
    }

    /// The page where a user grants an application password, as the site names it, so unchecked; see
    /// [`SiteInfo::application_passwords`]. [`authorize`](Self::authorize) checks it.
    pub fn application_passwords(&self) -> Option<&str> {
        self.site()?.application_passwords()
    }

    /// Asks the user, in their browser, to grant an application password to the program `app_name`, which they will
    /// see there and in the list of their passwords. [`AuthorizeBuilder`] shows how.
    pub fn authorize(&self, app_name: impl Into<String>) -> AuthorizeBuilder {
        AuthorizeBuilder::new(self.clone(), app_name.into())
    }

    pub(crate) fn places(&self) -> &Places {
        &self.places
    }

    /// The error that the API sends to strangers, where it is closed to them: API Bearer Auth and
    /// miniOrange close it whole, and so do plugins that hide the API. The error's code tells which.
    pub fn closed(&self) -> Option<&ApiError> {
        self.closed.as_ref()
    }

    /// The scheme, host and port of the API, where they are not those that were typed: `www.` came or
    /// went, or http became https.
    pub fn moved_to(&self) -> Option<&str> {
        self.moved_to.as_deref()
    }

    /// What does not fit in what the site says of its address.
    pub fn mismatch(&self) -> Option<&Mismatch> {
        self.mismatch.as_ref()
    }

    /// What time it was on the server.
    pub fn date(&self) -> Option<SystemTime> {
        self.date
    }

    /// A client of this site, reached as it was found: over the same transport, with the same headers and the host's
    /// own password.
    pub fn client(&self) -> ClientBuilder {
        ClientBuilder::found(self.root.clone(), self.access.clone())
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
