//! What a request looks like before an adapter's client sees it.

use http::header::{ACCEPT, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Request, Version};
use wp_core::{Body, TransportError, TransportErrorKind};

/// Settles everything that one client would fill in and the other would not.
pub(crate) fn outgoing(mut request: Request<Body>) -> Result<Request<Body>, TransportError> {
    // Common servers pass a chunked body on as zero bytes, without an error.
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
    // reqwest adds it, and cannot be kept from it.
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    Ok(request)
}
