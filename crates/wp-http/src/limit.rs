//! Politeness: how much is asked of one host at a time.

mod host;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::task::{Poll, ready};
use std::time::Duration;

use http::{Request, Response, StatusCode, Uri};
use wp_core::extensions::Queued;
use wp_core::{Body, Clock, Transport, TransportError, pieces, retry_after};

pub(crate) use host::Exchange;
use host::{Host, lock};

/// Sends no more to a host at a time than it can take.
///
/// An exchange counts until the body of its response is read or dropped. Those that are too many are queued in order.
/// One that is queued and no longer polled holds nobody up for longer than about two seconds (a thousand of them, 30 s): it is
/// passed over until it is polled again. One that waits for something else gives its turn back: see [`extensions::Permit`].
///
/// A host that responds with 429 or 503 gets half as many at once from then on, and is left alone for as long as it
/// asks (`Retry-After`), after a bare 429 for a second. Each run of good responses gives it one more, up to the limit.
///
/// Clones share what they know of the hosts.
///
/// [`extensions::Permit`]: wp_core::extensions::Permit
#[derive(Clone)]
pub struct Limit<T> {
    inner: T,
    limiter: Limiter,
}

impl<T> Limit<T> {
    /// Lets `inner` do 8 exchanges at a time with each host, as fast as they come.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, limiter: Limiter::new(clock) }
    }

    /// Other limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limiter.limits = limits;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Limit<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (response, exchange) =
            self.limiter.send_in_turn(request, |request| self.inner.send(request)).await?;
        Ok(response.map(|inner| held(inner, exchange)))
    }
}

impl<T> fmt::Debug for Limit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit").field("limits", &self.limiter.limits).finish_non_exhaustive()
    }
}

/// How much is asked of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    concurrency: usize,
    per_second: Option<NonZeroU32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 8, per_second: None }
    }
}

impl Limits {
    /// How many exchanges at a time: 8 unless told. At least one.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.concurrency = most.max(1);
        self
    }

    /// How many exchanges may run at a time.
    pub fn max_concurrency(&self) -> usize {
        self.concurrency
    }

    /// How many exchanges may begin in a second, evenly spread. As many as come unless told.
    pub fn per_second(mut self, most: NonZeroU32) -> Self {
        self.per_second = Some(most);
        self
    }
}

/// After a 429 that does not say how long.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    hosts: Arc<Mutex<BTreeMap<Box<str>, Arc<Host>>>>,
}

impl Limiter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: Limits::default(), hosts: Arc::default() }
    }

    /// Sends a request when it is its turn. Another one has its turn when the exchange is dropped.
    pub(crate) async fn send_in_turn<F>(
        &self,
        mut request: Request<Body>,
        next: impl FnOnce(Request<Body>) -> F,
    ) -> Result<(Response<Body>, Exchange), TransportError>
    where
        F: Future<Output = Result<Response<Body>, TransportError>>,
    {
        let host = self.host(request.uri());
        Queued::set(request.extensions(), true);
        let exchange = Exchange::begin(Arc::clone(&host)).await;
        Queued::set(request.extensions(), false);
        request.extensions_mut().insert(exchange.permit());
        let response = next(request).await.inspect_err(|_| host.failed())?;
        match response.status() {
            StatusCode::TOO_MANY_REQUESTS => {
                let now = self.clock.now();
                host.overloaded(now, retry_after(response.headers(), now).unwrap_or(PAUSE));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                let now = self.clock.now();
                host.overloaded(now, retry_after(response.headers(), now).unwrap_or_default());
            }
            _ => host.went_well(),
        }
        Ok((response, exchange))
    }

    fn host(&self, uri: &Uri) -> Arc<Host> {
        let name = uri.authority().map_or("", |authority| authority.as_str());
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(name) {
            return Arc::clone(host);
        }
        // A program that walks from host to host would otherwise remember all of them.
        let now = self.clock.now();
        hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.is_slowed(now));
        let host = Host::new(Arc::clone(&self.clock), self.limits);
        hosts.insert(name.into(), Arc::clone(&host));
        host
    }
}

/// A body that holds the slot of its exchange, to its end.
pub(crate) fn held(mut inner: Body, exchange: Exchange) -> Body {
    let mut exchange = Some(exchange);
    Body::received(pieces(move |cx| {
        let piece = ready!(inner.poll_piece(cx));
        if !matches!(piece, Some(Ok(_))) {
            drop(exchange.take());
        }
        Poll::Ready(piece)
    }))
}
