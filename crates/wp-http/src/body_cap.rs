//! A limit on the size of a response.

use std::fmt;
use std::future::Future;
use std::task::{Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, Method, Request, Response};
use wp_core::{Body, Transport, TransportError, TransportErrorKind, pieces};

pub(crate) const DEFAULT: u64 = 64 << 20;

/// Ends a response whose body grows beyond a limit with [`TransportErrorKind::TooLarge`].
///
/// It belongs around decompression, so that a small body that unpacks to a huge one is stopped.
pub struct BodyCap<T> {
    inner: T,
    limit: u64,
}

impl<T> BodyCap<T> {
    /// Limits the responses of `inner` to 64 MiB.
    pub fn new(inner: T) -> Self {
        Self { inner, limit: DEFAULT }
    }

    /// Limits them to `bytes` instead.
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

/// Refuses a body that announces more than the limit.
pub(crate) fn check_length(headers: &HeaderMap, limit: u64) -> Result<(), TransportError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    match announced.filter(|&announced| announced > limit) {
        Some(announced) => {
            let error = TransportError::new(TransportErrorKind::TooLarge);
            Err(error.detail(format!("{announced} bytes, and the limit is {limit}")))
        }
        None => Ok(()),
    }
}

/// What a body has left of its limit.
pub(crate) struct Allowance {
    left: u64,
    limit: u64,
}

impl Allowance {
    pub(crate) fn new(limit: u64) -> Self {
        Self { left: limit, limit }
    }

    /// Takes off a piece.
    pub(crate) fn take(&mut self, bytes: usize) -> Result<(), TransportError> {
        match self.left.checked_sub(bytes as u64) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let error = TransportError::new(TransportErrorKind::TooLarge);
                Err(error.detail(format!("more than {} bytes", self.limit)))
            }
        }
    }
}

fn capped(mut inner: Body, limit: u64) -> Body {
    let mut allowance = Allowance::new(limit);
    Body::received(pieces(move |cx| {
        let piece = ready!(inner.poll_piece(cx));
        let size = piece.as_ref().and_then(|piece| piece.as_ref().ok()).map_or(0, Bytes::len);
        if let Err(error) = allowance.take(size) {
            inner = Body::empty(); // nobody reads the rest: let go of the connection
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(piece)
    }))
}
