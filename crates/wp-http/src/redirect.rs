//! Redirects.

use std::fmt;

use http::header::{HOST, LOCATION, SET_COOKIE};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use wp_core::layer::{By, Layer, Outcome, ReusableRequest, send_by};
use wp_core::{
    Body, Secrets, Transport, TransportError, TransportErrorKind, differ_by_last_slash, extensions, headers,
};

use crate::location::resolve;

pub(crate) const DEFAULT: usize = 10;

/// Follows redirects that are safe, and returns an error for all others.
///
/// Most clients turn a POST into a GET after a 301, for example from http to https or to `www.`. The server then
/// responds with a list: the post was never created, and nothing failed. Therefore:
///
/// - GET and HEAD follow 301, 302, 303, 307 and 308; OPTIONS follows all but 303;
/// - a write keeps its method and body, and follows 307 and 308 within its origin, a 301 there that only adds or
///   removes the trailing slash, and any status but 303 from http to https on the same host with default ports;
/// - a request with a secret (in a [header](headers::carries_secret), or in its body as marked by
///   [`extensions::Secret`]) or with the mark [`extensions::SameOrigin`] leaves its origin only from http to https on
///   the same host with default ports; all other headers are sent to each hop;
/// - with the mark [`extensions::AnyOrigin`] a request with a secret header leaves its origin, without that header;
/// - no request is redirected from https to http.
///
/// Any other redirect is a [`TransportErrorKind::Redirect`] error that names the new URL. A server that redirects until
/// the client returns a cookie causes the same error, which names the cookie. A response has the URLs of its redirects
/// in [`extensions::Redirects`]: those of a request with the mark [`extensions::Secret`] without the query, and with the
/// secrets masked.
///
/// ```
/// use wp_http::{Redirect, Transport};
///
/// fn with_redirects(transport: impl Transport) -> impl Transport {
///     Redirect::new(transport).max(3)
/// }
/// ```
pub struct Redirect<T> {
    inner: T,
    max: usize,
}

impl<T> Redirect<T> {
    /// Wraps `inner` and follows up to 10 redirects.
    pub fn new(inner: T) -> Self {
        Self { inner, max: DEFAULT }
    }

    /// Sets the largest number of redirects; 0 follows none.
    pub fn max(mut self, hops: usize) -> Self {
        self.max = hops;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Redirect<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_by(&FollowRedirects { max: self.max, next: By(&self.inner) }, request).await
    }
}

impl<T> fmt::Debug for Redirect<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("max", &self.max).finish_non_exhaustive()
    }
}

/// The layer that follows redirects.
pub(crate) struct FollowRedirects<L> {
    pub(crate) max: usize,
    pub(crate) next: L,
}

impl<L: Layer> Layer for FollowRedirects<L> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let response = self.next.forward(request).await?;
        if target(&response).is_none() {
            return Ok(response);
        }
        // Boxed, so that it takes no room in the future of a request without redirects.
        Box::pin(self.follow(Elsewhere::new(request), response)).await
    }
}

/// A request on its way to other URLs. When it is dropped, the request gets its first URL and `host` back, also if the
/// future is cancelled: a retry begins there.
struct Elsewhere<'r> {
    request: &'r mut ReusableRequest,
    uri: Uri,
    host: Option<HeaderValue>,
    /// The secret headers that it left behind at its origin.
    secrets: HeaderMap,
}

impl<'r> Elsewhere<'r> {
    fn new(request: &'r mut ReusableRequest) -> Self {
        let (uri, host) = (request.uri().clone(), request.headers_mut().remove(HOST));
        Self { request, uri, host, secrets: HeaderMap::new() }
    }

    /// Takes the secret headers off.
    fn leave_secrets(&mut self) {
        let headers = self.request.headers_mut();
        let is_secret = |(name, value): (&HeaderName, &HeaderValue)| {
            headers::carries_secret(name, value).then(|| name.clone())
        };
        let names: Vec<HeaderName> = headers.iter().filter_map(is_secret).collect();
        for name in names {
            for value in headers.get_all(&name) {
                self.secrets.append(name.clone(), value.clone());
            }
            headers.remove(&name);
        }
    }

    /// The secrets of the request, which the server may repeat in the new URL.
    fn secrets(&self) -> Secrets {
        secrets(self.request).and(&Secrets::of_headers(&self.secrets))
    }
}

impl Drop for Elsewhere<'_> {
    fn drop(&mut self) {
        *self.request.uri_mut() = std::mem::take(&mut self.uri);
        if let Some(host) = self.host.take() {
            self.request.headers_mut().insert(HOST, host);
        }
        for (name, value) in &self.secrets {
            self.request.headers_mut().append(name, value.clone());
        }
    }
}

impl<L: Layer> FollowRedirects<L> {
    /// Follows the redirect `response`, and each one that comes instead.
    async fn follow(&self, mut way: Elsewhere<'_>, mut response: Response<Body>) -> Outcome {
        let mut hops = Vec::new();
        let mut cookies = Vec::new();
        while let Some(location) = target(&response) {
            let status = response.status();
            let request = &*way.request;
            let Some(to) = resolve(request.uri(), location.as_bytes()) else {
                let error = TransportError::new(TransportErrorKind::Redirect);
                return Err(error.detail(format!("the location of the {status} is not an http address")));
            };
            let refused = |why: &str| Err(refusal(status, &to, why).hiding(&way.secrets()));
            add_cookies(response.headers(), &mut cookies);
            let is_circle = to == *request.uri() || hops.contains(&to);
            if is_circle && !cookies.is_empty() {
                return refused(&format!(
                    "the redirects go in circles and set the cookie {}, which a browser would send back: have what \
                     wants it leave the API out",
                    cookies.join(", ")
                ));
            }
            if is_circle {
                return refused("the redirects go in circles");
            }
            if let Err(why) = permit(request, status, &to) {
                return refused(why);
            }
            if hops.len() >= self.max {
                return refused("that is one redirect too many");
            }
            if request.is_spent() {
                return refused("the body of the request can be sent only once");
            }
            if !stays(request.uri(), &to) {
                way.leave_secrets();
            }
            *way.request.uri_mut() = to.clone();
            hops.push(to);
            drop(response);
            response = self.next.forward(way.request).await?;
        }
        response.extensions_mut().insert(extensions::Redirects(recorded(hops, way.request)));
        Ok(response)
    }
}

/// The secrets of the request, which the server may repeat in the new URL.
fn secrets(request: &ReusableRequest) -> Secrets {
    let of_headers = Secrets::of_headers(request.headers());
    request.sent.as_ref().map_or(of_headers.clone(), |sent| of_headers.and(&sent.secrets))
}

/// The redirects that the response names. If the URL of the request may hold a secret, the server may keep it in the
/// query, or repeat it in the path.
fn recorded(hops: Vec<Uri>, request: &ReusableRequest) -> Vec<Uri> {
    if request.extensions().get::<extensions::Secret>().is_none() {
        return hops;
    }
    let secrets = secrets(request);
    let without = |hop: Uri| {
        let path = PathAndQuery::try_from(&*secrets.mask(hop.path()));
        let mut parts = hop.into_parts();
        parts.path_and_query = Some(path.unwrap_or_else(|_| PathAndQuery::from_static("/")));
        Uri::from_parts(parts).unwrap_or_default()
    };
    hops.into_iter().map(without).collect()
}

/// Where a response redirects to.
fn target(response: &Response<Body>) -> Option<&HeaderValue> {
    match response.status().as_u16() {
        301 | 302 | 303 | 307 | 308 => response.headers().get(LOCATION),
        _ => None,
    }
}

/// The largest number of cookies in an error, and the length of each name.
const MAX_COOKIES: usize = 3;
const MAX_COOKIE_CHARS: usize = 40;

/// Adds the names of the cookies that a response sets. Their values are secrets.
fn add_cookies(headers: &HeaderMap, cookies: &mut Vec<String>) {
    for cookie in headers.get_all(SET_COOKIE) {
        // A cookie without a name consists of its value, which is a secret.
        let pair = cookie.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default();
        let Some(end) = pair.iter().position(|&byte| byte == b'=') else { continue };
        let name = &pair[..end];
        let name = String::from_utf8_lossy(name.trim_ascii());
        let name: String = name.chars().filter(char::is_ascii_graphic).take(MAX_COOKIE_CHARS).collect();
        let name = format!("`{name}`");
        if cookies.len() < MAX_COOKIES && !cookies.contains(&name) {
            cookies.push(name);
        }
    }
}

/// Whether the request may be redirected to `to`, or why not.
fn permit(request: &ReusableRequest, status: StatusCode, to: &Uri) -> Result<(), &'static str> {
    let (from, method) = (request.uri(), request.method());
    let (same_origin, upgrade) = (is_same_origin(from, to), is_upgrade(from, to));
    let by_slash = status == StatusCode::MOVED_PERMANENTLY && differ_by_last_slash(from, to);
    let writable = upgrade || (same_origin && (by_slash || matches!(status.as_u16(), 307 | 308)));

    if is_https(from) && !is_https(to) {
        return Err("nothing is sent on from https to http");
    }
    if carries_secret(request) && !stays(from, to) {
        return Err("a request with a credential is not sent on to another origin");
    }
    if request.extensions().get::<extensions::SameOrigin>().is_some() && !stays(from, to) {
        return Err("this request is not sent on to another origin");
    }
    if status == StatusCode::SEE_OTHER && !matches!(*method, Method::GET | Method::HEAD) {
        return Err("only a GET could be sent on there");
    }
    if !method.is_safe() && !writable {
        return Err("a write is not sent on there");
    }
    Ok(())
}

/// Whether the request has a secret that it cannot leave behind.
fn carries_secret(request: &ReusableRequest) -> bool {
    let marks = request.extensions();
    let is_secret = |(name, value)| headers::carries_secret(name, value);
    marks.get::<extensions::Secret>().is_some()
        || marks.get::<extensions::AnyOrigin>().is_none() && request.headers().iter().any(is_secret)
}

/// Whether a secret may be sent on.
fn stays(from: &Uri, to: &Uri) -> bool {
    is_same_origin(from, to) || is_upgrade(from, to)
}

fn is_same_origin(from: &Uri, to: &Uri) -> bool {
    is_same_host(from, to) && from.scheme() == to.scheme() && port(from) == port(to)
}

/// From http to https, with default ports.
fn is_upgrade(from: &Uri, to: &Uri) -> bool {
    is_same_host(from, to) && !is_https(from) && is_https(to) && port(from) == 80 && port(to) == 443
}

fn is_same_host(from: &Uri, to: &Uri) -> bool {
    host(from).eq_ignore_ascii_case(host(to))
}

fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default()
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if is_https(uri) { 443 } else { 80 })
}

fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

/// Shows the new URL without its query, which may hold a secret.
fn refusal(status: StatusCode, to: &Uri, why: &str) -> TransportError {
    let scheme = to.scheme_str().unwrap_or_default();
    let authority = to.authority().map_or("", |authority| authority.as_str());
    let address = format!("{scheme}://{authority}{}", to.path());
    let error = TransportError::new(TransportErrorKind::Redirect)
        .detail(format!("{} to {address}: {why}", status.as_u16()));
    // 303 is sent after a write took effect; any other redirect is sent instead of performing it.
    if status == StatusCode::SEE_OTHER { error.sent() } else { error }
}
