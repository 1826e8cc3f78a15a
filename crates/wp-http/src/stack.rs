//! The standard composition.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response};
use wp_core::{Body, Clock, Transport, TransportError, pieces};

#[cfg(feature = "gzip")]
use crate::decompress::{ask, packing};
use crate::encoding::{Packing, refused};
#[cfg(not(feature = "gzip"))]
use crate::encoding::{ask, packing};
use crate::incoming::Incoming;
use crate::timeout::Timed;
#[cfg(feature = "tracing")]
use crate::trace;
use crate::{body_cap, exposure_guard, redirect, timeout};

/// The decorators in the order in which they belong, around any [`Transport`].
///
/// From the outside: a span (with the feature `tracing`), [redirect](crate::Redirect),
/// [size limit](crate::BodyCap), decompression (with the feature `gzip`), [timeout](crate::Timeout),
/// [the rule about plain http](crate::ExposureGuard), transport.
/// So the limit counts what was unpacked, every hop of a redirect has the whole time, and none exposes a secret.
///
/// What repeats a request goes around it: [`Resilient`](crate::Resilient).
#[derive(Clone)]
pub struct Stack<T> {
    transport: T,
    clock: Arc<dyn Clock>,
    timeouts: timeout::Limits,
    max_body: u64,
    max_redirects: usize,
}

impl<T> Stack<T> {
    /// Hardens `transport`: 60 s an exchange, 30 s between two pieces of a body, 64 MiB a response, 10
    /// redirects.
    pub fn new(transport: T, clock: Arc<dyn Clock>) -> Self {
        let (max_body, max_redirects) = (body_cap::DEFAULT, redirect::DEFAULT);
        Self { transport, clock, timeouts: timeout::Limits::default(), max_body, max_redirects }
    }

    /// How long an exchange may take, from sending to the last byte of the response; see
    /// [`Timeout`](crate::Timeout).
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeouts.whole = timeout;
        self
    }

    /// How long nothing of a body may move.
    pub fn idle_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeouts.idle = timeout;
        self
    }

    /// How many bytes the body of a response may have, unpacked.
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// How many redirects are followed.
    pub fn max_redirects(mut self, hops: usize) -> Self {
        self.max_redirects = hops;
        self
    }
}

impl<T: Transport> Stack<T> {
    /// One hop.
    async fn exchange(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let head_only = request.method() == Method::HEAD;
        let asks = ask(&mut request);
        let send = |request| exposure_guard::send_unless_exposed(request, |it| self.transport.send(it));
        let (mut response, watch) = timeout::send_watched(&self.clock, self.timeouts, request, send).await?;
        let packing = packing(asks, &mut response);
        if !head_only {
            body_cap::check_length(response.headers(), self.max_body)?;
        }
        let (response, claims) = match packing {
            Packing::Plain => (response, None),
            #[cfg(feature = "gzip")]
            Packing::Maybe(claims) => (response, Some(claims)),
            Packing::Refused(coding) => (refused(response, coding), None),
        };
        Ok(response.map(|body| {
            let mut incoming = Incoming::new(Timed::new(body, watch), claims, self.max_body);
            Body::received(pieces(move |cx| incoming.poll_piece(cx)))
        }))
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Stack<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let next = |request| {
            redirect::send_following_redirects(self.max_redirects, request, |request| self.exchange(request))
        };
        #[cfg(feature = "tracing")]
        let next = |request| trace::send_in_span(&self.clock, request, next);
        next(request).await
    }
}

impl<T> fmt::Debug for Stack<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("timeouts", &self.timeouts)
            .field("max_body", &self.max_body)
            .field("max_redirects", &self.max_redirects)
            .finish_non_exhaustive()
    }
}
