//! Why no API was found.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use wp_core::{TransportError, show};

use crate::Probe;

/// How much of the home URL that a site reports is shown, in bytes.
pub(crate) const MAX_HOME_BYTES: usize = 200;

/// Why no API was found, with the requests and their outcomes. It holds no secret: the typed address is shown without
/// its query.
#[derive(Debug)]
pub struct DiscoveryError {
    pub(crate) kind: DiscoveryErrorKind,
    /// The typed address, without its query.
    pub(crate) place: String,
    pub(crate) asked: Vec<Probe>,
    pub(crate) source: Option<TransportError>,
}

/// The kinds of [`DiscoveryError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscoveryErrorKind {
    /// A web server responded, but no page names an API and none responds at the usual addresses.
    NotFound,
    /// Only the API of another site on that host responded, so it was not accepted. A network of sites responds with
    /// its main site for a site that does not exist (observed), and a page in its own directory may be unrelated to the
    /// WordPress in a parent directory. A page of the site itself looks the same if a plugin removed the links to the
    /// API; the address of its home page works then.
    OtherSite {
        /// The home page of that site, as it reports it or from the address of its API: `https://example.org`.
        home: String,
    },
    /// Nothing responded.
    Unreachable,
    /// The deadline passed before an API was found:
    /// [`DiscoveryBuilder::deadline`](crate::DiscoveryBuilder::deadline).
    Deadline {
        /// The deadline.
        after: Duration,
    },
    /// The limit on requests was reached: the site redirects or fails each request.
    RequestLimit {
        /// The number of requests that were sent, including redirects and retries.
        requests: usize,
    },
}

impl DiscoveryError {
    /// The kind of the failure.
    pub fn kind(&self) -> &DiscoveryErrorKind {
        &self.kind
    }

    /// The requests of the discovery and their outcomes, in order.
    pub fn asked(&self) -> &[Probe] {
        &self.asked
    }

    /// The last transport error, if nothing responded.
    pub fn transport_error(&self) -> Option<&TransportError> {
        self.source.as_ref()
    }

    /// Whether the same discovery may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, DiscoveryErrorKind::Deadline { .. })
            || self.source.as_ref().is_some_and(|error| error.kind().is_transient())
    }
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show::line(f, format_args!("{}", Words(self)))
    }
}

struct Words<'e>(&'e DiscoveryError);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DiscoveryError { kind, place, asked, .. } = self.0;
        match kind {
            DiscoveryErrorKind::NotFound => write!(f, "no WordPress API was found at {place}")?,
            DiscoveryErrorKind::OtherSite { home } => {
                let home = show::to_line(home, MAX_HOME_BYTES);
                write!(f, "there is no site at {place}; the API there is that of {home}")?;
            }
            DiscoveryErrorKind::Unreachable => write!(f, "nothing responded at {place}")?,
            DiscoveryErrorKind::Deadline { after } => {
                write!(f, "no WordPress API was found at {place} within {after:?}")?;
            }
            DiscoveryErrorKind::RequestLimit { requests } => {
                write!(f, "no WordPress API was found at {place} by {requests} requests")?;
            }
        }
        for (index, probe) in asked.iter().enumerate() {
            write!(f, "{}{probe}", if index == 0 { " (" } else { "; " })?;
        }
        if asked.is_empty() { Ok(()) } else { f.write_str(")") }
    }
}

impl Error for DiscoveryError {
    /// The source of the last transport error; `Display` already shows the error itself.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().and_then(Error::source)
    }
}
