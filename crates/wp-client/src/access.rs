//! The transport, clock and headers that a client, discovery and diagnosis share.

use std::sync::Arc;

use http::header::USER_AGENT;
use http::{HeaderMap, Request};
use wp_auth::Credential;
use wp_core::extensions::PlainHttp;
use wp_core::{ApiRoot, Body, Clock, RequestError, Site, Transport};
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use wp_http::ConnectOptions;
use wp_http::{Limits, Stack};

use crate::Result;
use crate::header::header;

/// Without an adapter there are no connect options.
#[cfg(not(any(feature = "reqwest", feature = "hyper")))]
pub(crate) enum ConnectOptions {}

/// The default `user-agent`.
const AGENT: &str = concat!("wp-client/", env!("CARGO_PKG_VERSION"));

/// The bare transport, the clock and the headers for a site. The bare transport stays private: callers get a [`Stack`]
/// around it ([`hardened`](Self::hardened)), with their own filter between the two if they must see every hop of a
/// redirect. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Access {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    headers: HeaderMap,
    plain_http: bool,
}

impl Access {
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// Adds the default headers, and the permission for plain http, to a request that is not for a route of the API.
    pub(crate) fn prepare(&self, request: &mut Request<Body>) {
        for (name, value) in &self.headers {
            request.headers_mut().insert(name, value.clone());
        }
        if self.plain_http {
            let permission = PlainHttp::to(request.uri());
            request.extensions_mut().insert(permission);
        }
    }

    /// The standard decorators around the transport, with `filter` between the two: it sees every hop.
    pub(crate) fn hardened<T: Transport>(&self, filter: impl FnOnce(Arc<dyn Transport>) -> T) -> Stack<T> {
        Stack::new(filter(Arc::clone(&self.transport)), Arc::clone(&self.clock))
    }

    /// The site whose API is at `root`, over a transport from [`hardened`](Self::hardened).
    pub(crate) fn site(&self, root: ApiRoot, transport: Arc<dyn Transport>) -> Site {
        let site = Site::new(root, transport, Arc::clone(&self.clock)).headers(self.headers.clone());
        if self.plain_http { site.allow_plain_http() } else { site }
    }
}

/// The builder of an [`Access`]. [`build`](Self::build) returns the error of an invalid setting.
pub(crate) struct AccessBuilder {
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    headers: Result<HeaderMap, RequestError>,
    plain_http: bool,
    options: Option<ConnectOptions>,
}

impl Default for AccessBuilder {
    fn default() -> Self {
        let headers = Ok(HeaderMap::new());
        Self { transport: None, clock: None, headers, plain_http: false, options: None }
            .default_header(USER_AGENT.as_str(), AGENT)
    }
}

impl From<Access> for AccessBuilder {
    fn from(access: Access) -> Self {
        let Access { transport, clock, headers, plain_http } = access;
        let (transport, clock) = (Some(transport), Some(clock));
        Self { transport, clock, headers: Ok(headers), plain_http, options: None }
    }
}

impl AccessBuilder {
    pub(crate) fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    pub(crate) fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    pub(crate) fn default_header(mut self, name: &str, value: &str) -> Self {
        self.headers = self.headers.and_then(|mut headers| {
            let (name, value) = header(name, value)?;
            headers.insert(name, value);
            Ok(headers)
        });
        self
    }

    pub(crate) fn host_password(mut self, credential: &Credential) -> Self {
        self.headers = self.headers.map(|mut headers| {
            credential.apply(&mut headers);
            headers
        });
        self
    }

    pub(crate) fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub(crate) fn connect_options(mut self, options: ConnectOptions) -> Self {
        self.options = Some(options);
        self
    }

    /// # Errors
    /// A header is invalid; there is no transport or no clock; the connect options are invalid, or a transport was set
    /// too.
    pub(crate) fn build(self) -> Result<Access> {
        self.build_for(Limits::default())
    }

    /// Builds it with a connection pool of the size that `limits` need.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub(crate) fn build_for(self, limits: Limits) -> Result<Access> {
        let clock = self.clock.map_or_else(default_clock, Ok)?;
        let transport = match (self.transport, self.options) {
            (Some(transport), None) => transport,
            (Some(_), Some(_)) => {
                let reason = "`connect_options` is for the transport of the crate; set its options on yours";
                return Err(RequestError::Build(reason).into());
            }
            (None, options) => default_transport(options, limits)?,
        };
        Ok(Access { transport, clock, headers: self.headers?, plain_http: self.plain_http })
    }
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
#[allow(clippy::unnecessary_wraps)] // without an adapter there is none
fn default_clock() -> Result<Arc<dyn Clock>> {
    Ok(Arc::new(wp_http::TokioClock))
}

#[cfg(not(any(feature = "reqwest", feature = "hyper")))]
fn default_clock() -> Result<Arc<dyn Clock>> {
    Err(RequestError::Build("there is no clock: turn on `reqwest` or `hyper`, or hand one over by `clock`")
        .into())
}

#[cfg(any(feature = "reqwest", feature = "hyper"))]
fn default_transport(options: Option<ConnectOptions>, limits: Limits) -> Result<Arc<dyn Transport>> {
    #[cfg(not(feature = "reqwest"))]
    use wp_http::HyperTransport as Adapter;
    #[cfg(feature = "reqwest")]
    use wp_http::ReqwestTransport as Adapter;
    let options = options.unwrap_or_default().needs_connections(limits.max_concurrency());
    Ok(Arc::new(Adapter::with(&options)?))
}

#[cfg(not(any(feature = "reqwest", feature = "hyper")))]
fn default_transport(_: Option<ConnectOptions>, _: Limits) -> Result<Arc<dyn Transport>> {
    Err(RequestError::Build(
        "there is no transport: turn on `reqwest` or `hyper`, or hand one over by `transport`",
    )
    .into())
}
