//! Spans.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use tracing::field::Empty;
use tracing::{Instrument, Span, debug_span};
use wp_core::layer::{By, Layer, Outcome, ReusableRequest, send_by};
use wp_core::{Body, Clock, Route, Transport, TransportError};

/// Records each exchange in a span `wp_http` at the level `DEBUG`.
///
/// | field | value |
/// |---|---|
/// | `method` | the method |
/// | `route` | the route without ids: `/wp/v2/posts/{}` ([`Route::template`](wp_core::Route::template)) |
/// | `attempt` | the number of the attempt of [`Retry`](crate::Retry), from 1 |
/// | `status` | the status of the response; absent without a response |
/// | `error` | the [kind](wp_core::TransportErrorKind) of the failure; absent on success |
/// | `duration_ms` | the time until the response, or until its head if it is streamed, in milliseconds |
///
/// The span never records the URL, the query, a header or a body.
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
        send_by(&InSpan { clock: &self.clock, next: By(&self.inner) }, request).await
    }
}

impl<T> fmt::Debug for Trace<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trace")
    }
}

/// The layer that records a span.
pub(crate) struct InSpan<'s, L> {
    pub(crate) clock: &'s Arc<dyn Clock>,
    pub(crate) next: L,
}

impl<L: Layer> Layer for InSpan<'_, L> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let span = span(request);
        if span.is_disabled() {
            return self.next.forward(request).await;
        }
        let started = self.clock.now();
        let outcome = self.next.forward(request).instrument(span.clone()).await;
        match &outcome {
            Ok(response) => span.record("status", response.status().as_u16()),
            Err(error) => span.record("error", tracing::field::debug(error.kind())),
        };
        let duration = self.clock.now().duration_since(started).unwrap_or_default();
        span.record("duration_ms", u64::try_from(duration.as_millis()).unwrap_or(u64::MAX));
        outcome
    }
}

fn span(request: &ReusableRequest) -> Span {
    debug_span!(
        "wp_http",
        method = request.method().as_str(),
        route = request.route.as_ref().map(Route::template),
        attempt = request.attempt,
        status = Empty,
        error = Empty,
        duration_ms = Empty,
    )
}
