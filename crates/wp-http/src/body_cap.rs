//! A limit on the size of a response.

use std::fmt;
use std::future::Future;
use std::task::{Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response};
use wp_core::{Body, Transport, TransportError, TransportErrorKind, pieces};

pub(crate) const DEFAULT: u64 = 64 << 20;

/// Limits the size of a response body: a larger one is a [`TransportErrorKind::TooLarge`] error.
///
/// Put it around decompression, so that it counts decompressed bytes.
pub struct BodyCap<T> {
    inner: T,
    limit: u64,
}

impl<T> BodyCap<T> {
    /// Wraps `inner` with the default limit of 64 MiB.
    pub fn new(inner: T) -> Self {
        Self { inner, limit: DEFAULT }
    }

    /// Sets the limit in bytes.
    pub fn limit(mut self, bytes: u64) -> Self {
        self.limit = bytes;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for BodyCap<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_with_cap(self.limit, request, |request| self.inner.send(request)).await
    }
}

impl<T> fmt::Debug for BodyCap<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyCap").field("limit", &self.limit).finish_non_exhaustive()
    }
}

pub(crate) async fn send_with_cap<F>(
    limit: u64,
    request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let head_only = request.method() == Method::HEAD;
    let response = next(request).await?;
    if !head_only {
        check_length(response.headers(), limit)?;
    }
    Ok(response.map(|inner| capped(inner, limit)))
}

/// Returns the `content-length`, or an error if it is larger than the limit.
pub(crate) fn check_length(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, TransportError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match announced {
        Some(announced) if announced > limit => {
            let error = TransportError::new(TransportErrorKind::TooLarge);
            Err(error.detail(format!("{announced} bytes, and the limit is {limit}")))
        }
        announced => Ok(announced),
    }
}

/// The rest of the limit of a body.
pub(crate) struct Allowance {
    left: u64,
    limit: u64,
}

impl Allowance {
    pub(crate) fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    /// Subtracts a piece.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), TransportError> {
        let Some(left) = self.left.checked_sub(bytes as u64) else {
            let error = TransportError::new(TransportErrorKind::TooLarge);
            return Err(error.detail(format!("more than {} bytes", self.limit)));
        };
        self.left = left;
        Ok(())
    }
}

fn capped(mut inner: Body, limit: u64) -> Body {
    let mut allowance = Allowance::new(limit);
    Body::received(pieces(move |cx| {
        let piece = ready!(inner.poll_piece(cx));
        let size = piece.as_ref().and_then(|piece| piece.as_ref().ok()).map_or(0, Bytes::len);
        if let Err(error) = allowance.take(size) {
            inner = Body::empty(); // release the connection: the rest is not read
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(piece)
    }))
}
