//! The check for secrets over plain http.

use std::fmt;
use std::future::Future;

use http::{Request, Response};
use wp_core::{Body, Transport, TransportError, check_exposure};

/// Refuses a request with a secret over plain http to another machine, by the rule of [`check_exposure`].
///
/// Nothing is sent. The error is a [`Credential`](wp_core::TransportErrorKind::Credential) error whose source is
/// [`RequestError::Insecure`](wp_core::RequestError::Insecure).
///
/// Put it directly around the adapter, inside of redirects, so that it sees each hop of every request.
pub struct ExposureGuard<T> {
    inner: T,
}

impl<T> ExposureGuard<T> {
    /// Wraps `inner`.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for ExposureGuard<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_unless_exposed(request, |request| self.inner.send(request)).await
    }
}

impl<T> fmt::Debug for ExposureGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExposureGuard")
    }
}

pub(crate) async fn send_unless_exposed<F>(
    request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    check_exposure(&request).map_err(TransportError::refused)?;
    next(request).await
}
