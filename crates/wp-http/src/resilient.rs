//! What surrounds the whole of a request, its sign-in included.

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use wp_core::extensions::Streamed;
use wp_core::{Body, Clock, Transport, TransportError};

use crate::limit::{self, Limiter};
use crate::{Limits, RetryPolicy, retry};

/// The decorators that belong around whatever adds a credential, so that each attempt carries a fresh one: from
/// the outside [`Retry`](crate::Retry), then [`Limit`](crate::Limit).
///
/// With nobody to sign in, it goes around a [`Stack`](crate::Stack) directly.
#[derive(Clone)]
pub struct Resilient<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
    limiter: Limiter,
}

impl<T> Resilient<T> {
    /// Repeats by the default [`RetryPolicy`], within the default [`Limits`].
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        let limiter = Limiter::new(Arc::clone(&clock));
        Self { inner, clock, policy: RetryPolicy::default(), limiter }
    }

    /// When a request is repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// How much is asked of one host.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limiter.limits = limits;
        self
    }

    /// The same policy and the same limits, and what is known of the hosts, around another transport.
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
