//! Normalization of a request before an adapter's client gets it.

use http::header::{ACCEPT, CONTENT_LENGTH, TRANSFER_ENCODING};
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
