//! A site and the way to it.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_LENGTH, USER_AGENT};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};

use crate::exposure::insecure;
use crate::extensions::{PlainHttp, Redirects, RequestedRoute};
use crate::last_slash::LastSlash;
use crate::{
    ApiRoot, Body, Clock, Query, RequestError, Route, Secrets, Transport, TransportError, check_exposure,
    headers,
};

/// A site and the way to it: the root of its API, a transport, a clock. Cheap to clone.
///
/// What a token provider needs to fetch a token, and what a client is built on.
#[derive(Clone)]
pub struct Site {
    root: Arc<ApiRoot>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    headers: Arc<HeaderMap>,
    /// Those of the headers.
    secrets: Secrets,
    plain_http: bool,
    last_slash: LastSlash,
}

/// How many headers a request gets on its way, mostly: those of [`Site::request`], the credential, what the stack adds.
const ADDED_HEADERS: usize = 8;

impl Site {
    /// The site whose API is at `root`, reached over `transport`.
    pub fn new(root: ApiRoot, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let (headers, secrets, last_slash) = Default::default();
        Self { root: Arc::new(root), transport, clock, headers, secrets, plain_http: false, last_slash }
    }

    /// Headers for every request, those of token providers included: the key of a gate in front of
    /// the site, another `user-agent`. One whose name does not say that it [is secret](headers::is_secret) has to be
    /// marked as [sensitive](HeaderValue::set_sensitive), so that it is not carried to another origin.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.secrets = Secrets::of_headers(&headers);
        self.headers = Arc::new(headers);
        self
    }

    /// Whether every request has a secret of its own in this header: the password of a gate.
    pub fn has_secret(&self, name: &HeaderName) -> bool {
        self.headers.get(name).is_some_and(|value| headers::carries_secret(name, value))
    }

    /// The secrets among the [headers](Self::headers), which no error may show.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The same site over another transport, such as a decorator of the first.
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = transport;
        self
    }

    /// Lets credentials travel over plain http to a host that is not this machine. Anybody on the way
    /// can read them.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// The root of the API.
    pub fn root(&self) -> &ApiRoot {
        &self.root
    }

    /// The transport.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// A request to a route, with what every request to WordPress needs: `accept: application/json`
    /// (without it a fatal error comes as an HTML page; observed), a `user-agent`, and the length of
    /// the body, which is announced on a write even where it is 0 (some servers respond with 411).
    ///
    /// # Errors
    /// [`RequestError::TooLong`] for a query that no server takes.
    pub fn request(
        &self,
        method: Method,
        route: &Route,
        query: &Query,
        body: Body,
    ) -> Result<Request<Body>, RequestError> {
        let length = match body.len() {
            Some(0) if matches!(method, Method::GET | Method::HEAD | Method::OPTIONS) => None,
            length => length,
        };
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = self.last_slash.apply(self.root.uri(route, query)?);
        request.extensions_mut().insert(RequestedRoute(route.clone()));
        self.permit(&mut request);
        let headers = request.headers_mut();
        headers.reserve(self.headers.len() + ADDED_HEADERS);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("wp-core/", env!("CARGO_PKG_VERSION"))));
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        for (name, value) in &*self.headers {
            headers.insert(name, value.clone());
        }
        Ok(request)
    }

    /// Sends a request over the transport, unless it [would expose](check_exposure) a secret.
    ///
    /// # Errors
    /// Those of the transport. For a request that is refused, a [`Credential`](crate::TransportErrorKind::Credential) whose source is
    /// [`RequestError::Insecure`]: nothing was sent.
    pub async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.permit(&mut request);
        check_exposure(&request).map_err(TransportError::refused)?;
        let asked = request.uri().clone();
        let response = self.transport.send(request).await?;
        self.learn_from(&asked, response.extensions());
        Ok(response)
    }

    /// Learns from the response to a request to `asked`, given by its extensions, whether the web server adds a slash to
    /// every address or takes it off: later requests are for the address that it wants. [`send`](Self::send) does so.
    pub fn learn_from(&self, asked: &Uri, response: &Extensions) {
        if let Some(to) = response.get().and_then(|Redirects(hops)| hops.last()) {
            self.last_slash.learn(asked, to);
        }
    }

    /// Tells whoever sends the request what was allowed for this site.
    fn permit(&self, request: &mut Request<Body>) {
        if self.plain_http && self.root.is_exposed() && self.root.is_same_origin(request.uri()) {
            let permission = PlainHttp::to(request.uri());
            request.extensions_mut().insert(permission);
        }
    }

    /// Whether a credential may be sent to this site: what [`check_exposure`] will say of a request that carries
    /// one, for whoever wants to know before there is a request.
    ///
    /// # Errors
    /// [`RequestError::Insecure`] over plain http to another machine, unless
    /// [allowed](Self::allow_plain_http).
    pub fn may_carry_credential(&self) -> Result<(), RequestError> {
        if self.plain_http || !self.root.is_exposed() { Ok(()) } else { Err(insecure(self.root.origin())) }
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Site")
            .field("root", &self.root)
            .field("clock", &self.clock)
            .field("headers", &self.headers.keys().collect::<Vec<_>>())
            .field("plain_http", &self.plain_http)
            .finish_non_exhaustive()
    }
}
