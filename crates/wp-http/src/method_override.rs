//! PUT, PATCH and DELETE sent as POST.

use std::fmt;
use std::future::Future;

use http::{HeaderName, HeaderValue, Method, Request, Response};
use wp_core::{Body, Transport, TransportError};

const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Sends PUT, PATCH and DELETE as POST, with the method in the header `X-HTTP-Method-Override`, which WordPress reads.
///
/// Use it for a host whose firewall blocks those methods. `ModSecurity`'s core rules do by default, with an HTML page
/// and status 403 (observed). Put it directly around the adapter, so that redirects and all other decorators see the
/// original method.
pub struct MethodOverride<T> {
    inner: T,
}

impl<T> MethodOverride<T> {
    /// Wraps `inner`, which then sends only GET, HEAD, OPTIONS and POST.
    pub fn new(inner: T) -> Self {
        Self { inner }
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for MethodOverride<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_with_override(request, |request| self.inner.send(request)).await
    }
}

impl<T> fmt::Debug for MethodOverride<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MethodOverride").finish_non_exhaustive()
    }
}

pub(crate) async fn send_with_override<F>(
    mut request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let meant = match *request.method() {
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => return next(request).await,
    };
    *request.method_mut() = Method::POST;
    request.headers_mut().insert(OVERRIDE, HeaderValue::from_static(meant));
    next(request).await
}
