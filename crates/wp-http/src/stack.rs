//! The standard composition of the decorators for one attempt.

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

/// Hardens a [`Transport`] with all decorators for one attempt, in the right order.
///
/// From the outermost to the innermost: a span (with the feature `tracing`), [redirects](crate::Redirect),
/// [size limit](crate::BodyCap), decompression (with the feature `gzip`), [timeouts](crate::Timeout),
/// [the check for plain http](crate::ExposureGuard), transport.
///
/// So the size limit counts decompressed bytes, each hop of a redirect has the full timeout, and no hop exposes a
/// secret. Retries go around the stack: see [`Resilient`](crate::Resilient).
///
/// ```no_run
/// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
/// use wp_http::{Resilient, Stack};
///
/// let stack = Stack::new(transport, clock.clone()).max_body(8 << 20).max_redirects(3);
/// let transport = Resilient::new(stack, clock);
/// # drop(transport);
/// # }
/// ```
#[derive(Clone)]
pub struct Stack<T> {
    transport: T,
    clock: Arc<dyn Clock>,
    timeouts: timeout::Limits,
    max_body: u64,
    max_redirects: usize,
}

impl<T> Stack<T> {
    /// Hardens `transport` with the defaults: 60 s for an exchange, 30 s without progress of a body, 64 MiB for a
    /// response body, 10 redirects.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::Stack;
    ///
    /// let stack = Stack::new(transport, clock);
    /// # drop(stack);
    /// # }
    /// ```
    pub fn new(transport: T, clock: Arc<dyn Clock>) -> Self {
        let (max_body, max_redirects) = (body_cap::DEFAULT, redirect::DEFAULT);
        Self { transport, clock, timeouts: timeout::Limits::default(), max_body, max_redirects }
    }

    /// Sets the timeout of an exchange, from sending to the last byte of the response. Default: 60 s. `None` for no
    /// timeout. See [`Timeout`](crate::Timeout).
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use std::time::Duration;
    /// use wp_http::Stack;
    ///
    /// let stack = Stack::new(transport, clock).timeout(Some(Duration::from_secs(20)));
    /// # drop(stack);
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeouts.whole = timeout;
        self
    }

    /// Sets the longest time without progress while a body is sent or received. Default: 30 s. `None` for no timeout.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use std::time::Duration;
    /// use wp_http::Stack;
    ///
    /// let stack = Stack::new(transport, clock).idle_timeout(Some(Duration::from_secs(10)));
    /// # drop(stack);
    /// # }
    /// ```
    pub fn idle_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeouts.idle = timeout;
        self
    }

    /// Sets the size limit of a response body, in bytes after decompression. Default: 64 MiB.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::Stack;
    ///
    /// let stack = Stack::new(transport, clock).max_body(8 << 20);
    /// # drop(stack);
    /// # }
    /// ```
    pub fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets the largest number of redirects that are followed. Default: 10.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::Stack;
    ///
    /// let stack = Stack::new(transport, clock).max_redirects(3);
    /// # drop(stack);
    /// # }
    /// ```
    pub fn max_redirects(mut self, hops: usize) -> Self {
        self.max_redirects = hops;
        self
    }
}

impl<T: Transport> Stack<T> {
    /// Sends one hop: a request without redirects.
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
