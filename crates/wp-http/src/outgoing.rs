//! Normalization of a request before an adapter's client gets it.

use http::header::{ACCEPT, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderValue, Request, Version};
use wp_core::{Body, TransportError, TransportErrorKind};

/// Sets everything that only one of the two HTTP clients would fill in.
pub(crate) fn outgoing(mut request: Request<Body>) -> Result<Request<Body>, TransportError> {
    // Common servers forward a chunked body as zero bytes, without an error.
    let Some(length) = request.body().len() else {
        let error = TransportError::new(TransportErrorKind::RequestBody).not_sent();
        return Err(error.detail("its length is not known"));
    };
    let uri = request.uri();
    if uri.host().is_none_or(str::is_empty) || !matches!(uri.scheme_str(), Some("http" | "https")) {
        let error = TransportError::new(TransportErrorKind::Other).not_sent();
        return Err(error.detail("the address is not an absolute http address"));
    }
    *request.version_mut() = Version::HTTP_11;
    let read = request.method().is_safe();
    let headers = request.headers_mut();
    headers.remove(TRANSFER_ENCODING);
    if length > 0 || !read || headers.contains_key(CONTENT_LENGTH) {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    // reqwest always adds it.
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    Ok(request)
}

/// Sets the host, as the client would do at a higher price. Not for HTTP/2, which has a field of its own for it.
pub(crate) fn set_host(request: &mut Request<Body>) {
    if let Some(host) = request.uri().authority().and_then(host) {
        request.headers_mut().entry(HOST).or_insert(host);
    }
}

/// The `host` header, where it is the authority as it stands: without a user, and without a port that is the default.
/// Any other is left to the client.
fn host(authority: &Authority) -> Option<HeaderValue> {
    let text = authority.as_str();
    let is_plain = match text.rsplit_once(':') {
        // The other colons of an address of IPv6 are in brackets.
        Some((_, port)) if !port.ends_with(']') => {
            !port.starts_with(['0', '+']) && port.parse().is_ok_and(|port: u16| !matches!(port, 80 | 443))
        }
        _ => true,
    };
    if is_plain && !text.contains('@') { HeaderValue::from_str(text).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_an_authority_without_user_and_default_port() {
        for (authority, is_plain) in [
            ("example.org", true),
            ("example.org:8080", true),
            ("[::1]", true),
            ("[::80]:8080", true),
            ("example.org:80", false),
            ("example.org:443", false),
            ("example.org:080", false),
            ("ana@example.org", false),
            ("ana:x@example.org", false),
            ("ana:x@example.org:8080", false),
        ] {
            let expected = is_plain.then(|| authority.parse().unwrap());
            assert_eq!(host(&authority.parse().unwrap()), expected, "{authority}");
        }
    }
}
