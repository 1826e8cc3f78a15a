//! Redirects.

use std::fmt;
use std::future::Future;

use http::header::{HOST, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::uri::Scheme;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use wp_core::{
    Body, Secrets, Transport, TransportError, TransportErrorKind, differ_by_last_slash, extensions, headers,
};

use crate::location::resolve;

pub(crate) const DEFAULT: usize = 10;

/// Follows redirects where that is safe, and says where it is not.
///
/// A web server that sends a POST from http to https, or to `www.`, with a 301 gets a GET from most
/// clients, and responds to it with a list: the post was never written, and nothing failed. So
///
/// - GET and HEAD follow 301, 302, 303, 307 and 308; OPTIONS follows all but 303;
/// - a write follows, with its method and its body, 307 and 308 within its origin, a 301 there that only adds the last
///   slash of the address or takes it off, and any but 303 from http to https on the same host with default ports;
/// - a request that carries a secret (in a [header](headers::carries_secret), or in its body by the mark
///   [`extensions::Secret`]), or that has the mark [`extensions::SameOrigin`], leaves its origin only from http to
///   https on the same host with default ports; all other headers go where the request goes;
/// - nothing goes from https to http.
///
/// Everything else is a [`TransportErrorKind::Redirect`] that names the new address. So is a server that sends on and on
/// until a cookie comes back, as a browser's does: the error names the cookie. The response lists its way in
/// [`extensions::Redirects`].
pub struct Redirect<T> {
    inner: T,
    max: usize,
}

impl<T> Redirect<T> {
    /// Follows up to 10 redirects of `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner, max: DEFAULT }
    }

    /// Follows up to `hops` redirects, none with 0.
    pub fn max(mut self, hops: usize) -> Self {
        self.max = hops;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Redirect<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_following_redirects(self.max, request, |request| self.inner.send(request)).await
    }
}

impl<T> fmt::Debug for Redirect<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redirect").field("max", &self.max).finish_non_exhaustive()
    }
}

pub(crate) async fn send_following_redirects<F>(
    max: usize,
    request: Request<Body>,
    next: impl Fn(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let (mut parts, mut body) = request.into_parts();
    let mut hops = Vec::new();
    let mut cookies = Vec::new();
    loop {
        let again = body.try_clone();
        let mut response = next(Request::from_parts(parts.clone(), body)).await?;
        let status = response.status();
        let location = match response.headers().get(LOCATION) {
            Some(location) if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) => location,
            _ => {
                if !hops.is_empty() {
                    response.extensions_mut().insert(extensions::Redirects(hops));
                }
                return Ok(response);
            }
        };
        let Some(to) = resolve(&parts.uri, location.as_bytes()) else {
            let error = TransportError::new(TransportErrorKind::Redirect);
            return Err(error.detail(format!("the location of the {status} is not an http address")));
        };
        // A server may repeat what it was sent in the address that it names.
        let refused = |why: &str| Err(refusal(status, &to, why).hiding(&Secrets::of_headers(&parts.headers)));
        add_cookies(response.headers(), &mut cookies);
        let is_circle = to == parts.uri || hops.contains(&to);
        if is_circle && !cookies.is_empty() {
            return refused(&format!(
                "the redirects go in circles and set the cookie {}, which a browser would send back: have what wants it \
                 leave the API out",
                cookies.join(", ")
            ));
        }
        if is_circle {
            return refused("the redirects go in circles");
        }
        if let Err(why) = permit(&parts, status, &to) {
            return refused(why);
        }
        if hops.len() >= max {
            return refused("that is one redirect too many");
        }
        body = match again {
            Some(body) => body,
            None => return refused("the body of the request can be sent only once"),
        };
        parts.headers.remove(HOST); // it follows the address
        parts.uri = to.clone();
        hops.push(to);
    }
}

/// How many cookies an error names, and how much of each name.
const MAX_COOKIES: usize = 3;
const MAX_COOKIE_CHARS: usize = 40;

/// Adds the names of the cookies that a response sets. Their values are secrets.
fn add_cookies(headers: &HeaderMap, cookies: &mut Vec<String>) {
    for cookie in headers.get_all(SET_COOKIE) {
        // Without a name, it is a value.
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

/// Whether the request may go on to `to`, and why not.
fn permit(request: &Parts, status: StatusCode, to: &Uri) -> Result<(), &'static str> {
    let from = &request.uri;
    let method = &request.method;
    let same_host = host(from).eq_ignore_ascii_case(host(to));
    let same_origin = same_host && from.scheme() == to.scheme() && port(from) == port(to);
    let upgrade = same_host && !is_https(from) && is_https(to) && port(from) == 80 && port(to) == 443;
    let by_slash = status == StatusCode::MOVED_PERMANENTLY && differ_by_last_slash(from, to);
    let writable = upgrade || (same_origin && (by_slash || matches!(status.as_u16(), 307 | 308)));

    if is_https(from) && !is_https(to) {
        return Err("nothing is sent on from https to http");
    }
    if carries_secret(request) && !same_origin && !upgrade {
        return Err("a request with a credential is not sent on to another origin");
    }
    if request.extensions.get::<extensions::SameOrigin>().is_some() && !same_origin && !upgrade {
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

fn carries_secret(request: &Parts) -> bool {
    request.extensions.get::<extensions::Secret>().is_some()
        || request.headers.iter().any(|(name, value)| headers::carries_secret(name, value))
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

/// Names the new address, but not its query, which may hold a secret.
fn refusal(status: StatusCode, to: &Uri, why: &str) -> TransportError {
    let scheme = to.scheme_str().unwrap_or_default();
    let authority = to.authority().map_or("", |authority| authority.as_str());
    let address = format!("{scheme}://{authority}{}", to.path());
    let error = TransportError::new(TransportErrorKind::Redirect)
        .detail(format!("{} to {address}: {why}", status.as_u16()));
    // "See other" is what follows a write that was done; the rest comes instead of doing it.
    if status == StatusCode::SEE_OTHER { error.sent() } else { error }
}
