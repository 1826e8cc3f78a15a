//! The decorators around a whole request, including its sign-in: retries and limits.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use wp_core::extensions::Streamed;
use wp_core::{Body, Clock, Transport, TransportError};

use crate::limit::{self, Limiter};
use crate::{Limits, RetryPolicy, retry};

/// Adds retries and limits to a transport: [`Retry`](crate::Retry) outside, [`Limit`](crate::Limit) inside.
///
/// It goes around the transport that adds the credential, so that each attempt is sent with a valid token. Without
/// credentials, it goes around a [`Stack`](crate::Stack) directly:
///
/// ```no_run
/// # fn run(transport: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
/// use wp_http::{Limits, Resilient, RetryPolicy, Stack};
///
/// let transport = Resilient::new(Stack::new(transport, clock.clone()), clock)
///     .retry(RetryPolicy::default().attempts(2))
///     .limits(Limits::default().concurrency(4));
/// # drop(transport);
/// # }
/// ```
#[derive(Clone)]
pub struct Resilient<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
    limiter: Limiter,
}

impl<T> Resilient<T> {
    /// Wraps `inner` with the default [`RetryPolicy`] and the default [`Limits`].
    ///
    /// ```no_run
    /// # fn run(stack: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::Resilient;
    ///
    /// let transport = Resilient::new(stack, clock);
    /// # drop(transport);
    /// # }
    /// ```
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        let limiter = Limiter::new(Arc::clone(&clock));
        Self { inner, clock, policy: RetryPolicy::default(), limiter }
    }

    /// Sets the retry policy.
    ///
    /// ```no_run
    /// # fn run(stack: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::{Resilient, RetryPolicy};
    ///
    /// let transport = Resilient::new(stack, clock).retry(RetryPolicy::never());
    /// # drop(transport);
    /// # }
    /// ```
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the limits for each host.
    ///
    /// ```no_run
    /// # fn run(stack: impl wp_core::Transport, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::{Limits, Resilient};
    ///
    /// let transport = Resilient::new(stack, clock).limits(Limits::default().concurrency(2));
    /// # drop(transport);
    /// # }
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limiter.limits = limits;
        self
    }

    /// Wraps another transport with the same policy and limits. Both share the state of each host: its queue and its
    /// pauses.
    ///
    /// ```no_run
    /// # fn run(stack: impl wp_core::Transport + Clone, clock: std::sync::Arc<dyn wp_core::Clock>) {
    /// use wp_http::Resilient;
    ///
    /// let first = Resilient::new(stack.clone(), clock);
    /// let second = first.with_inner(stack);
    /// # drop(second);
    /// # }
    /// ```
    pub fn with_inner<U>(&self, inner: U) -> Resilient<U> {
        Resilient {
            inner,
            clock: Arc::clone(&self.clock),
            policy: self.policy,
            limiter: self.limiter.clone(),
        }
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Resilient<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let send = |request| retry::send_whole(request, |request| self.inner.send(request));
        let next = async |request: Request<Body>| {
            let is_streamed = request.extensions().get::<Streamed>().is_some();
            let (response, exchange) = self.limiter.send_in_turn(request, send).await?;
            Ok(if is_streamed { response.map(|inner| limit::held(inner, exchange)) } else { response })
        };
        retry::send_with_retry(&self.clock, &self.policy, request, next).await
    }
}

impl<T> fmt::Debug for Resilient<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resilient")
            .field("policy", &self.policy)
            .field("limits", &self.limiter.limits)
            .finish_non_exhaustive()
    }
}
