//! The servers between the socket and WordPress, and what they do to requests and responses.

mod cache;
mod firewall;
mod header_path;
mod host_password;
mod noise;
pub(crate) mod pages;

use wiremock::Request;

use crate::http::{
    RestResponse,
    request::{header, target},
};

pub(crate) use cache::Cache;
pub use cache::CacheKey;
pub use firewall::Firewall;
pub use header_path::HeaderPath;
pub(crate) use header_path::Place;
pub(crate) use host_password::HostPassword;
pub use noise::Noise;

#[derive(Debug, Clone)]
pub(crate) struct Front {
    pub(crate) header_path: HeaderPath,
    pub(crate) host_password: Option<HostPassword>,
    /// The host's own password, which occupies `Authorization`.
    pub(crate) reads_x_authorization: bool,
    pub(crate) firewall: Option<Firewall>,
    /// The origin that the whole site has moved to.
    pub(crate) moved: Option<String>,
    pub(crate) cache: Option<Cache>,
    pub(crate) noise: Option<Noise>,
    /// Whether the server drops `X-HTTP-Method-Override`.
    pub(crate) drops_method_override: bool,
    /// Whether the pages of the site name the API in a header.
    pub(crate) link_header: bool,
}

impl Default for Front {
    fn default() -> Self {
        Self {
            header_path: HeaderPath::default(),
            host_password: None,
            reads_x_authorization: false,
            firewall: None,
            moved: None,
            cache: None,
            noise: None,
            drops_method_override: false,
            link_header: true,
        }
    }
}

impl Front {
    /// The response of the first server that does not pass the request on.
    pub(crate) fn stop(&self, request: &Request, rest: bool) -> Option<RestResponse> {
        let moved = || self.moved.as_deref().map(|origin| pages::moved(origin, &target(request)));
        let wall = || self.firewall.and_then(|wall| wall.stop(request, rest));
        moved().or_else(wall).or_else(|| self.host_password.as_ref()?.stop(request))
    }

    /// The credential of a request, as read from these places.
    pub(crate) fn credential(&self, request: &Request, reads: &[Place]) -> Option<String> {
        let sent = |name| header(&request.headers, name);
        let instead = sent("x-authorization").filter(|_| self.reads_x_authorization);
        let credential = instead.or_else(|| sent("authorization"))?;
        self.header_path.places().iter().any(|place| reads.contains(place)).then_some(credential)
    }
}
