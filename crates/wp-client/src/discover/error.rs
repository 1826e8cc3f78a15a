//! Why no API was found.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use wp_core::{TransportError, show};

use super::MAX_HOME_BYTES;
use crate::Probe;

/// Why no API was found: what was asked, and what came back. Holds no secret: what was typed is shown
/// without its query.
#[derive(Debug)]
pub struct DiscoveryError {
    pub(super) kind: DiscoveryErrorKind,
    /// What was looked for, as far as it can be shown.
    pub(super) place: String,
    pub(super) asked: Vec<Probe>,
    pub(super) source: Option<TransportError>,
}

/// The kinds of [`DiscoveryError`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DiscoveryErrorKind {
    /// There is a web server, but no API that it names or that responds where one mostly is.
    NotFound,
    /// Only the API of another site on that host responds, so it is not taken unasked: a network of sites responds
    /// with its main site for one that does not exist (observed), and a page in a directory of its own may have
    /// nothing to do with the WordPress above it. A page of the site itself, on which a plugin took the links to the
    /// API out, looks the same; then the address of its home page leads there.
    OtherSite {
        /// The home page of that site, by its own word or by the address of its API: `https://example.org`.
        home: String,
    },
    /// Nothing responded.
    Unreachable,
    /// The time for the whole search ended before an API was found:
    /// [`DiscoveryBuilder::deadline`](crate::DiscoveryBuilder::deadline).
    Deadline {
        /// How long the search took.
        after: Duration,
    },
    /// The search gave up, since an API should have been found by then: the site redirects each request, or fails
    /// again and again.
    RequestLimit {
        /// How many requests were sent, redirects and retries among them.
        requests: usize,
    },
}

impl DiscoveryError {
    /// What kind of failure this is.
    pub fn kind(&self) -> &DiscoveryErrorKind {
        &self.kind
    }

    /// What was asked, and what came back, in order.
    pub fn asked(&self) -> &[Probe] {
        &self.asked
    }

    /// The last failure to connect, where nothing responded.
    pub fn transport_error(&self) -> Option<&TransportError> {
        self.source.as_ref()
    }

    /// Whether the same search may succeed later without anybody changing anything.
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
    /// What lies behind the last failure to connect, which `Display` has named.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().and_then(Error::source)
    }
}
