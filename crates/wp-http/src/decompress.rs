//! Compressed responses.

use std::fmt;
use std::future::Future;

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, Request, Response};
use wp_core::{Body, Transport, TransportError};

use crate::encoding::{Coding, Packing, ask, codings, refused};
use crate::unpack::{Claims, unpack};

/// Requests gzip and decompresses the response while it is read: gzip, and `deflate` with or without zlib's header.
///
/// The headers of some servers are wrong, so the first bytes of the body are checked too. A body that is not
/// compressed, that is compressed twice, or that is compressed text without `content-encoding` is read correctly.
/// Bytes after the compressed body are ignored.
///
/// A request with its own `accept-encoding` or `range` header, and its response, are not changed. Another encoding,
/// such as `br`, and a damaged or truncated body are an error of the kind
/// [`TransportErrorKind::Encoding`](crate::TransportErrorKind::Encoding).
pub struct Decompress<T>(T);

impl<T> Decompress<T> {
    /// Wraps `inner` and decompresses its responses.
    pub fn new(inner: T) -> Self {
        Self(inner)
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Decompress<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_unpacking(request, |request| self.0.send(request)).await
    }
}

impl<T> fmt::Debug for Decompress<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decompress")
    }
}

pub(crate) async fn send_unpacking<F>(
    mut request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let asks = ask(&mut request);
    let mut response = next(request).await?;
    Ok(match packing(asks, &mut response) {
        Packing::Plain => response,
        Packing::Maybe(claims) => response.map(|body| unpack(body, claims)),
        Packing::Refused(coding) => refused(response, coding),
    })
}

/// The compression of the body, if the stack requested it. Removes the headers that describe it.
pub(crate) fn packing(asks: bool, response: &mut Response<Body>) -> Packing {
    if !asks {
        return Packing::Plain;
    }
    let mut codings = codings(response.headers());
    if let Some(at) = codings.iter().position(|coding| matches!(coding, Coding::Other(_))) {
        return Packing::Refused(codings.swap_remove(at));
    }
    let claims = Claims { codings, is_text: is_text(response.headers()) };
    if claims.codings.is_empty() && !claims.is_text {
        return Packing::Plain;
    }
    if !claims.codings.is_empty() {
        response.headers_mut().remove(CONTENT_ENCODING);
        response.headers_mut().remove(CONTENT_LENGTH);
    }
    Packing::Maybe(claims)
}

/// Whether the body is text or JSON by its type, so that it cannot be meant to begin as a compressed file does.
fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let mime = value.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let begins = |with: &[u8]| mime.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    let ends = |with: &[u8]| {
        mime.len().checked_sub(with.len()).is_some_and(|at| mime[at..].eq_ignore_ascii_case(with))
    };
    begins(b"text/") || ends(b"json")
}
