//! The whole stack around a transport, in one place.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request, Response};
use wp_core::extensions::Streamed;
use wp_core::layer::{Authorization, Layer, Outcome, ReusableRequest, send_by};
use wp_core::{Body, Clock, SharedLimit, Transport, TransportError, pieces};

#[cfg(feature = "gzip")]
use crate::decompress::packing;
#[cfg(not(feature = "gzip"))]
use crate::encoding::packing;
use crate::encoding::{Packing, ask, refused};
use crate::incoming::Incoming;
use crate::limit::{InTurn, Limiter};
use crate::redirect::FollowRedirects;
use crate::retry::{Budgets, ReadWhole, Retries};
use crate::timeout::{Timed, Watch};
#[cfg(feature = "tracing")]
use crate::trace::InSpan;
use crate::{Limits, RetryPolicy, body_cap, redirect, timeout};

/// A [`Transport`] with all protections around it, in the right order.
///
/// From the outermost to the innermost:
///
/// 1. [retries](crate::Retry);
/// 2. the [limits](crate::Limit) of the host: each attempt waits for its turn;
/// 3. the [authorization](Self::authorized), if there is one: each attempt has a valid token, and a refused one is
///    replaced;
/// 4. a span (with the feature `tracing`);
/// 5. [redirects](crate::Redirect);
/// 6. the exchange: the [check for plain http](crate::ExposureGuard), [timeouts](crate::Timeout), decompression (with the
///    feature `gzip`), the [size limit](crate::BodyCap); the response is read to its end, unless the request has the
///    extension [`Streamed`];
/// 7. the transport.
///
/// So the size limit counts decompressed bytes, each hop of a redirect has the full timeout, and no hop exposes a
/// secret. Clones share the state of each host: its queue, its pauses and its budget of retries.
///
/// ```no_run
/// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
/// use wp_http::{RetryPolicy, Stack};
///
/// let stack = Stack::new(transport, clock).max_body(8 << 20).retry(RetryPolicy::default().attempts(6));
/// # drop(stack);
/// # }
/// ```
#[derive(Clone)]
pub struct Stack<T, A = ()> {
    attempt: SingleAttempt<T>,
    authorization: A,
    policy: RetryPolicy,
    budgets: Budgets,
    limiter: Limiter,
}

/// The part of a [`Stack`] that sends a request once: without retries, limits and authorization. Token requests use it.
#[derive(Clone)]
pub struct SingleAttempt<T> {
    transport: T,
    clock: Arc<dyn Clock>,
    timeouts: timeout::Limits,
    max_body: u64,
    max_redirects: usize,
}

impl<T: Transport, A: Authorization> Layer for Stack<T, A> {
    /// Builds the complete stack. Each layer wraps the one before.
    // Not `async fn`, whose future would not be known to be `Send`.
    fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> impl Future<Output = Outcome> + Send + 'a {
        let Self { attempt, authorization, policy, budgets, limiter } = self;
        let authorized = Authorized { authorization, next: attempt };
        let whole = ReadWhole { next: authorized };
        let in_turn = InTurn { limiter, next: whole };
        let retried = Retries { clock: &attempt.clock, policy, budgets, next: in_turn };
        async move { retried.forward(request).await }
    }
}

impl<T: Transport> Layer for SingleAttempt<T> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let redirected = FollowRedirects { max: self.max_redirects, next: Exchange(self) };
        #[cfg(feature = "tracing")]
        let redirected = InSpan { clock: &self.clock, next: redirected };
        redirected.forward(request).await
    }
}

/// The layer that adds the credential.
struct Authorized<'s, A, L> {
    authorization: &'s A,
    next: &'s L,
}

impl<A: Authorization, L: Layer> Layer for Authorized<'_, A, L> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        self.authorization.send_authorized(request, self.next).await
    }
}

/// The layer that sends one hop by the transport.
struct Exchange<'s, T>(&'s SingleAttempt<T>);

impl<T: Transport> Layer for Exchange<'_, T> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let SingleAttempt { transport, clock, timeouts, max_body, .. } = self.0;
        // Before the body is taken, which can be sent only once in some requests.
        request.check_exposure().map_err(TransportError::refused)?;
        let mut request = request.to_send()?;
        let is_head = request.method() == Method::HEAD;
        let is_streamed = request.extensions().get::<Streamed>().is_some();
        let asks = ask(&mut request);
        let mut watch = Watch::new(clock, *timeouts, &mut request);
        let mut response = watch.response(transport.send(request)).await?;
        let packing = packing(asks, &mut response);
        let length = if is_head { None } else { body_cap::check_length(response.headers(), *max_body)? };
        let (response, claims) = match packing {
            Packing::Plain => (response, None),
            #[cfg(feature = "gzip")]
            Packing::Maybe(claims) => (response, Some(claims)),
            Packing::Refused(coding) => (refused(response, coding), None),
        };
        let (head, body) = response.into_parts();
        let mut incoming = Incoming::new(Timed::new(body, watch), claims, *max_body);
        let body = if is_streamed || head.status.is_redirection() {
            Body::received(pieces(move |cx| incoming.poll_piece(cx)))
        } else {
            incoming.collect(length).await?.into()
        };
        Ok(Response::from_parts(head, body))
    }
}

#[async_trait::async_trait]
impl<T: Transport, A: Authorization> Transport for Stack<T, A> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_by(self, request).await
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for SingleAttempt<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_by(self, request).await
    }
}

impl<T> Stack<T> {
    /// Hardens `transport` with the defaults: 60 s for an exchange, 30 s without progress of a body, 64 MiB for a
    /// response body, 10 redirects, the default [`RetryPolicy`] and the default [`Limits`]; no credential.
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
        let limiter = Limiter::new(Arc::clone(&clock));
        let (max_body, max_redirects) = (body_cap::DEFAULT, redirect::DEFAULT);
        let timeouts = timeout::Limits::default();
        let attempt = SingleAttempt { transport, clock, timeouts, max_body, max_redirects };
        let (policy, budgets) = (RetryPolicy::default(), Budgets::default());
        Self { attempt, authorization: (), policy, budgets, limiter }
    }
}

impl<T, A> Stack<T, A> {
    /// Replaces the authorization, which adds a credential to each attempt: usually `wp_auth::Authorize`.
    pub fn authorized<B>(self, authorization: B) -> Stack<T, B> {
        let Self { attempt, authorization: _, policy, budgets, limiter } = self;
        Stack { attempt, authorization, policy, budgets, limiter }
    }

    /// The part of the stack that sends a request once, such as for token requests.
    pub fn single_attempt(&self) -> SingleAttempt<T>
    where
        T: Clone,
    {
        self.attempt.clone()
    }

    /// Sets the retry policy.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::{RetryPolicy, Stack};
    ///
    /// let stack = Stack::new(transport, clock).retry(RetryPolicy::never());
    /// # drop(stack);
    /// # }
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the limits for each host. Set them before the stack is cloned.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::{Limits, Stack};
    ///
    /// let stack = Stack::new(transport, clock).limits(Limits::default().concurrency(2));
    /// # drop(stack);
    /// # }
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limiter.limits = limits;
        self
    }

    /// Adds a limit that several processes share: each attempt asks it, after its turn within the [limits](Self::limits)
    /// of this stack. Set it before the stack is cloned. Default: none.
    ///
    /// ```no_run
    /// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>,
    /// #        redis: impl wp_core::SharedLimit) {
    /// use std::sync::Arc;
    /// use wp_http::Stack;
    ///
    /// let stack = Stack::new(transport, clock).shared_limit(Arc::new(redis));
    /// # drop(stack);
    /// # }
    /// ```
    pub fn shared_limit(mut self, limit: Arc<dyn SharedLimit>) -> Self {
        self.limiter.shared = Some(limit);
        self
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
        self.attempt.timeouts.whole = timeout;
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
        self.attempt.timeouts.idle = timeout;
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
        self.attempt.max_body = bytes;
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
        self.attempt.max_redirects = hops;
        self
    }
}

impl<T, A> fmt::Debug for Stack<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("policy", &self.policy)
            .field("limits", &self.limiter.limits)
            .field("shared_limit", &self.limiter.shared)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SingleAttempt<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleAttempt")
            .field("timeouts", &self.timeouts)
            .field("max_body", &self.max_body)
            .field("max_redirects", &self.max_redirects)
            .finish_non_exhaustive()
    }
}
