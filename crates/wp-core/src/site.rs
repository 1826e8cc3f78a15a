//! A WordPress site: the root of its API, and the transport that reaches it.

use std::fmt;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_LENGTH, USER_AGENT};
use http::{Extensions, HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};

use crate::address::last_slash::LastSlash;
use crate::transport::exposure::insecure;
use crate::transport::extensions::{PlainHttp, Redirects, RequestedRoute};
use crate::transport::layer::ReusableRequest;
use crate::{
    ApiRoot, Body, Clock, Query, RequestError, Route, Secrets, Transport, TransportError, check_exposure,
    headers,
};

/// A WordPress site: the root of its API, the transport that reaches it, and a clock. Cheap to clone.
///
/// A token provider needs a `Site` to fetch a token, and a client is built on one.
///
/// ```
/// # fn site(transport: impl wp_core::Transport, clock: impl wp_core::Clock) -> Result<wp_core::Site, Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
/// use wp_core::{ApiRoot, Site};
///
/// // A staging site, whose host asks for a password of its own (user and password in base64).
/// let mut password = HeaderValue::from_static("Basic c3RhZ2luZzpkdW5lcw==");
/// password.set_sensitive(true);
/// let root = ApiRoot::of_site("https://staging.example.org")?;
/// let site = Site::new(root, Arc::new(transport), Arc::new(clock))
///     .headers(HeaderMap::from_iter([(AUTHORIZATION, password)]));
/// # Ok(site) }
/// ```
#[derive(Clone)]
pub struct Site {
    root: Arc<ApiRoot>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    /// The headers of every request.
    headers: Arc<HeaderMap>,
    /// The secrets among `headers`.
    secrets: Secrets,
    plain_http: bool,
    /// Whether requests to the root can be read on the network path.
    is_exposed: bool,
    last_slash: LastSlash,
}

/// The capacity reserved for the headers that are added to a request on its way: the credential, and those of layers and
/// adapters.
const ADDED_HEADERS: usize = 4;
/// The same for the headers of a body.
const BODY_HEADERS: usize = 3;

/// The headers that every request to WordPress needs.
fn basic_headers() -> HeaderMap {
    let agent = concat!("wp-core/", env!("CARGO_PKG_VERSION"));
    HeaderMap::from_iter([
        (ACCEPT, HeaderValue::from_static("application/json")),
        (USER_AGENT, HeaderValue::from_static(agent)),
    ])
}

impl Site {
    /// Creates a site whose API is at `root` and is reached over `transport`.
    pub fn new(root: ApiRoot, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let (secrets, last_slash) = Default::default();
        let (is_exposed, root, headers) = (root.is_exposed(), Arc::new(root), Arc::new(basic_headers()));
        Self { root, transport, clock, headers, secrets, plain_http: false, is_exposed, last_slash }
    }

    /// Sets headers for every request, including the requests of token providers: the password of the host, or another
    /// `user-agent`. A header that holds a secret must have a name that [is known as secret](headers::is_secret) or a
    /// value that is marked as [sensitive](HeaderValue::set_sensitive), so that it is not sent to another origin.
    pub fn headers(mut self, headers: HeaderMap) -> Self {
        self.secrets = Secrets::of_headers(&headers);
        let mut all = basic_headers();
        all.extend(headers);
        self.headers = Arc::new(all);
        self
    }

    /// Whether this header of every request holds a secret of the site, such as the password of the host.
    pub fn has_secret(&self, name: &HeaderName) -> bool {
        self.headers.get(name).is_some_and(|value| headers::carries_secret(name, value))
    }

    /// The secrets among the [headers](Self::headers). No error may show them.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The same site over another transport, such as a decorator of the current one.
    pub fn with_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = transport;
        self
    }

    /// Allows credentials over plain http to a host that is not this machine. Anyone on the network path can read them.
    pub fn allow_plain_http(mut self) -> Self {
        self.plain_http = true;
        self
    }

    /// The root of the API.
    pub fn root(&self) -> &ApiRoot {
        &self.root
    }

    /// The root of the API, which clones of this site share.
    pub fn shared_root(&self) -> &Arc<ApiRoot> {
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

    /// Builds a request to a route, with the headers that every request to WordPress needs: `accept: application/json`
    /// (without it a fatal error comes as an HTML page; observed), `user-agent`, and the length of the body. A write
    /// announces its length even if it is 0 (some servers respond with 411 otherwise).
    ///
    /// ```
    /// # async fn orders(site: &wp_core::Site) -> Result<(), Box<dyn std::error::Error>> {
    /// use http::Method;
    /// use wp_core::{Body, Query, Route, response};
    ///
    /// // A route for which there is no method yet.
    /// let mut query = Query::new();
    /// query.push("status", "processing")?;
    /// let request = site.request(Method::GET, &Route::new("/wc/v3/orders")?, &query, Body::empty())?;
    /// let (head, body) = site.send(request).await?.into_parts();
    /// let json = response::read(head.status, &head.headers, &body.collect(1 << 20).await?)?;
    /// let orders: Vec<serde_json::Value> = json.decode()?;
    /// # drop(orders); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`RequestError::TooLong`] for a query that is longer than servers accept.
    pub fn request(
        &self,
        method: Method,
        route: &Route,
        query: &Query,
        body: Body,
    ) -> Result<Request<Body>, RequestError> {
        let mut request = self.request_without_route(method, route, query, body)?;
        request.extensions_mut().insert(RequestedRoute(route.clone()));
        Ok(request)
    }

    /// Builds the same request for a stack.
    ///
    /// # Errors
    /// As [`request`](Self::request).
    pub fn reusable_request(
        &self,
        method: Method,
        route: &Route,
        query: &Query,
        body: Body,
    ) -> Result<ReusableRequest, RequestError> {
        let mut request = ReusableRequest::new(self.request_without_route(method, route, query, body)?);
        request.route = Some(route.clone());
        Ok(request)
    }

    fn request_without_route(
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
        self.permit(&mut request);
        let headers = request.headers_mut();
        let of_body = if length.is_some() { BODY_HEADERS } else { 0 };
        headers.reserve(self.headers.len() + ADDED_HEADERS + of_body);
        for (name, value) in &*self.headers {
            headers.insert(name, value.clone());
        }
        if let Some(length) = length {
            headers.entry(CONTENT_LENGTH).or_insert_with(|| length.into());
        }
        Ok(request)
    }

    /// Sends a request over the transport, unless it [would expose](check_exposure) a secret.
    ///
    /// # Errors
    /// The errors of the transport. A request that would expose a secret is not sent: the error is a
    /// [`Credential`](crate::TransportErrorKind::Credential) whose source is [`RequestError::Insecure`].
    pub async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.permit(&mut request);
        check_exposure(&request).map_err(TransportError::refused)?;
        let asked = request.uri().clone();
        let response = self.transport.send(request).await?;
        self.learn_from(&asked, response.extensions());
        Ok(response)
    }

    /// Learns from a response whether the web server redirects every address to one with, or without, a trailing slash.
    /// Later requests use the form that the server wants. `asked` is the URI of the request, and `response` the
    /// extensions of its response. [`send`](Self::send) calls this function.
    pub fn learn_from(&self, asked: &Uri, response: &Extensions) {
        if let Some(to) = response.get().and_then(|Redirects(hops)| hops.last()) {
            self.last_slash.learn(asked, to);
        }
    }

    /// Adds the permissions of this site to the request, for the layers that send it.
    fn permit(&self, request: &mut Request<Body>) {
        if self.plain_http && self.is_exposed && self.root.is_same_origin(request.uri()) {
            let permission = PlainHttp::to(request.uri());
            request.extensions_mut().insert(permission);
        }
    }

    /// Checks whether a credential may be sent to this site, before there is a request: the result is that of
    /// [`check_exposure`] for a request that carries a credential.
    ///
    /// # Errors
    /// [`RequestError::Insecure`] over plain http to another machine, unless [allowed](Self::allow_plain_http).
    pub fn may_carry_credential(&self) -> Result<(), RequestError> {
        if self.plain_http || !self.is_exposed { Ok(()) } else { Err(insecure(self.root.origin())) }
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
