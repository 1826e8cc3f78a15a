//! Compressed responses.

use std::fmt;
use std::future::Future;

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response};
use wp_core::{Body, Transport, TransportError};

use crate::encoding::{Coding, Packing, codings, is_of_the_caller, refused};
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

/// How the body is packed, if the stack asked for it. The headers that say so are taken off.
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

/// Asks for gzip, unless the request has a wish of its own.
pub(crate) fn ask(request: &mut Request<Body>) -> bool {
    if is_of_the_caller(request) {
        return false;
    }
    request.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    true
}

/// Whether the body is text or JSON by its type, so that it cannot be meant to begin as a packed file does.
fn is_text(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
    let mime = value.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let begins = |with: &[u8]| mime.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with));
    let ends = |with: &[u8]| {
        mime.len().checked_sub(with.len()).is_some_and(|at| mime[at..].eq_ignore_ascii_case(with))
    };
    begins(b"text/") || ends(b"json")
}
