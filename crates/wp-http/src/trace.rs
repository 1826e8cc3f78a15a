//! Spans.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use http::{Request, Response};
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span};
use wp_core::extensions::{Attempt, RequestedRoute};
use wp_core::{Body, Clock, Transport, TransportError};

/// Records each exchange in a span `wp_http` at the level `DEBUG`.
///
/// | field | value |
/// |---|---|
/// | `method` | the method |
/// | `route` | the route without ids: `/wp/v2/posts/{}` ([`Route::template`](wp_core::Route::template)) |
/// | `attempt` | the number of the attempt of [`Retry`](crate::Retry), from 1 |
/// | `status` | the status of the response; absent without a response |
/// | `error` | the [kind](wp_core::TransportErrorKind) of the failure; absent on success |
/// | `duration_ms` | the time until the response head, in milliseconds |
///
/// It never records the URL, the query, a header or a body.
pub struct Trace<T> {
    inner: T,
    clock: Arc<dyn Clock>,
}

impl<T> Trace<T> {
    /// Wraps `inner`; `clock` measures the duration.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock }
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Trace<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_in_span(&self.clock, request, |request| self.inner.send(request)).await
    }
}

impl<T> fmt::Debug for Trace<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

pub(crate) async fn send_in_span<F>(
    clock: &Arc<dyn Clock>,
    request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let span = span(&request);
    if span.is_disabled() {
        return next(request).await;
    }
    let started = clock.now();
    let outcome = next(request).instrument(span.clone()).await;
    match &outcome {
        Ok(response) => span.record("status", response.status().as_u16()),
        Err(error) => span.record("error", tracing::field::debug(error.kind())),
    };
    let duration = clock.now().duration_since(started).unwrap_or_default();
    span.record("duration_ms", u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
    outcome
}

fn span(request: &Request<Body>) -> Span {
    let extensions = request.extensions();
    debug_span!(
        "wp_http",
        method = request.method().as_str(),
        route = extensions.get().map(|RequestedRoute(route)| route.template()),
        attempt = extensions.get().map_or(1, |&Attempt(number)| number),
        status = Empty,
        error = Empty,
        duration_ms = Empty,
    )
}
