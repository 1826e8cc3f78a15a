//! Compressed responses.

use std::fmt;
use std::future::Future;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response};
use wp_core::{Body, Transport, TransportError};

use crate::encoding::{Coding, codings, is_of_the_caller, refused};
use crate::unpack::{Claims, unpack};

/// Asks for gzip and unpacks the response as it is read: gzip, and `deflate` with zlib's header or without.
///
/// Servers say one thing and send another, so the first bytes count as well: a body that is not packed at all, that is
/// packed twice, or that is a text by its `content-type` and packed without a word is read as what it is. Bytes behind
/// the packed body are left out.
///
/// A request that has an `accept-encoding` or a `range` of its own is left alone, and so is its response.
/// Another encoding, such as `br`, and a body that is damaged or cut short, end in
/// [`TransportErrorKind::Encoding`](crate::TransportErrorKind::Encoding).
pub struct Decompress<T>(T);

impl<T> Decompress<T> {
    /// Unpacks the responses of `inner`.
    pub fn new(inner: T) -> Self {
        Self(inner)
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Decompress<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        around(request, |request| self.0.send(request)).await
    }
}

impl<T> fmt::Debug for Decompress<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decompress")
    }
}

pub(crate) async fn around<F>(
    mut request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    if is_of_the_caller(&request) {
        return next(request).await;
    }
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let mut response = next(request).await?;
    let mut codings = codings(response.headers());
    if let Some(at) = codings.iter().position(|coding| matches!(coding, Coding::Other(_))) {
        return Ok(refused(response, codings.swap_remove(at)));
    }
    let claims = Claims { codings, is_text: is_text(response.headers()) };
    if claims.codings.is_empty() && !claims.is_text {
        return Ok(response);
    }
    if !claims.codings.is_empty() {
        response.headers_mut().remove(CONTENT_ENCODING);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    Ok(response.map(|body| unpack(body, claims)))
}

/// Whether the body is text or JSON by its type, so that it cannot be meant to begin as a packed file does.
fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes()).to_ascii_lowercase();
    let mime = value.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    mime.starts_with(b"text/") || mime.ends_with(b"json")
}
