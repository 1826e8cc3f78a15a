//! Whether a request may carry a secret: the one rule about plain http.

use http::uri::Scheme;
use http::{Extensions, HeaderMap, Request, Uri};

use crate::transport::extensions::{PlainHttp, Secret};
use crate::{RequestError, headers, is_this_machine};

/// Rejects a request that would send a secret over plain http to another machine, unless its origin has a
/// [permission](PlainHttp).
///
/// A request carries a secret if a header is secret ([`headers::carries_secret`]) or its body is ([`Secret`]).
/// The check runs directly before a request is sent: in [`Site::send`](crate::Site::send), and in `wp_http::Stack` for
/// each redirect. Callers of these need no check of their own.
///
/// ```
/// # fn main() -> Result<(), http::Error> {
/// use http::Request;
/// use wp_core::check_exposure;
///
/// let signed = |uri| Request::get(uri).header("authorization", "Bearer t0ken").body(());
/// assert!(check_exposure(&signed("https://example.org/wp-json/")?).is_ok());
/// assert!(check_exposure(&signed("http://127.0.0.1:8080/wp-json/")?).is_ok());
/// // Anyone on the network path could read the token.
/// assert!(check_exposure(&signed("http://example.org/wp-json/")?).is_err());
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`RequestError::Insecure`].
pub fn check_exposure<B>(request: &Request<B>) -> Result<(), RequestError> {
    check_parts(request.uri(), request.headers(), request.extensions())
}

pub(crate) fn check_parts(
    uri: &Uri,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<(), RequestError> {
    if !is_exposed(uri) {
        return Ok(());
    }
    let secret = extensions.get::<Secret>().is_some() || headers::carry_secret(headers);
    if !secret || extensions.get::<PlainHttp>().is_some_and(|allowed| allowed.permits(uri)) {
        return Ok(());
    }
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    Err(insecure(format!("http://{}{port}", uri.host().unwrap_or_default())))
}

/// Whether requests to this URI can be read on the network path.
pub(crate) fn is_exposed(uri: &Uri) -> bool {
    uri.scheme() != Some(&Scheme::HTTPS) && !uri.host().is_some_and(is_this_machine)
}

pub(crate) fn insecure(origin: String) -> RequestError {
    let reason = "over plain http, anyone on the network can read it; use https, or call `allow_plain_http`";
    RequestError::Insecure { origin, reason }
}

impl PlainHttp {
    /// Creates the permission for the origin (scheme, host and port) of this URI.
    pub fn to(uri: &Uri) -> Self {
        Self(origin(uri).into())
    }

    fn permits(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&Scheme::HTTP) && *self.0 == *origin(uri)
    }
}

/// The origin of a URI, without the user.
fn origin(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default().to_ascii_lowercase();
    format!("{}://{host}:{}", uri.scheme_str().unwrap_or_default(), uri.port_u16().unwrap_or(80))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    type Change = fn(&mut Request<()>);

    fn sensitive(request: &mut Request<()>) {
        let mut value = HeaderValue::from_static("v");
        value.set_sensitive(true);
        request.headers_mut().insert("x-trace", value);
    }

    #[test]
    fn secret_requires_https_loopback_or_permission() {
        let secrets: [Change; 5] = [
            sensitive,
            |request| _ = request.headers_mut().insert("authorization", HeaderValue::from_static("Basic x")),
            |request| _ = request.headers_mut().insert("cookie", HeaderValue::from_static("a=b")),
            |request| _ = request.headers_mut().insert("x-api-key", HeaderValue::from_static("k")),
            |request| _ = request.extensions_mut().insert(Secret),
        ];
        for (uri, exposed) in [
            ("http://example.org/", true),
            ("http://0.0.0.0:8080/", true),
            ("http://192.168.0.1/", true),
            ("http://localhost.example/", true),
            ("https://example.org/", false),
            ("http://127.0.0.1:8080/", false),
            ("http://[::1]/", false),
            ("http://LOCALHOST/", false),
        ] {
            let plain = Request::get(uri).header("x-trace", "1").body(()).unwrap();
            assert!(check_exposure(&plain).is_ok(), "{uri}");
            for secret in secrets {
                let mut request = Request::get(uri).body(()).unwrap();
                secret(&mut request);
                assert_eq!(check_exposure(&request).is_err(), exposed, "{uri}");
                request.extensions_mut().insert(PlainHttp::to(&uri.parse().unwrap()));
                assert!(check_exposure(&request).is_ok(), "{uri}");
            }
        }
    }

    #[test]
    fn plain_http_permission_is_for_one_origin() {
        for (allowed, to, is_ok) in [
            ("http://example.org/a", "http://EXAMPLE.org:80/b", true),
            ("http://example.org:80", "http://example.org", true),
            ("http://example.org", "http://example.org:8080", false),
            ("http://example.org", "http://www.example.org", false),
            ("https://example.org", "http://example.org:443", false),
        ] {
            let mut request = Request::get(to).header("authorization", "x").body(()).unwrap();
            request.extensions_mut().insert(PlainHttp::to(&allowed.parse().unwrap()));
            assert_eq!(check_exposure(&request).is_ok(), is_ok, "{allowed} {to}");
        }
    }
}
