//! Limits on concurrent requests and on their rate, for each host.

mod host;

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::task::{Poll, ready};
use std::time::Duration;

use http::{Request, Response, StatusCode, Uri};
use wp_core::layer::{By, Layer, Outcome, ReusableRequest, send_by};
use wp_core::{Body, Clock, SharedLimit, Transport, TransportError, pieces, retry_after};

use host::{Exchange, Host, lock, while_renewed};

/// Limits the concurrent exchanges with each host and their rate.
///
/// An exchange holds its slot until the body of its response is read or dropped. Further exchanges are queued in order.
/// A queued future that is no longer polled delays the queue for about two seconds at most (a thousand such futures:
/// 30 s); it is then skipped until it is polled again. An exchange that has to wait for something else can give its
/// slot back: see [`extensions::Permit`].
///
/// After a 429 or 503 response, the limit of the host is halved, and no exchange starts for as long as the host asks
/// (`Retry-After`; 1 s after a 429 without it). Each run of successful responses raises the limit by one, up to the
/// configured one.
///
/// A [shared limit](Self::shared_limit) is asked by each exchange that has its slot. It is [renewed](wp_core::Admission::renew)
/// while the exchange is polled, and told of the pauses that the host asks for.
///
/// Clones share the state of each host.
///
/// [`extensions::Permit`]: wp_core::extensions::Permit
///
/// ```
/// use std::sync::Arc;
/// use wp_http::{Clock, Limit, Limits, Transport};
///
/// fn limited(transport: impl Transport, clock: Arc<dyn Clock>) -> impl Transport {
///     Limit::new(transport, clock).limits(Limits::default().concurrency(4))
/// }
/// ```
#[derive(Clone)]
pub struct Limit<T> {
    inner: T,
    limiter: Limiter,
}

impl<T> Limit<T> {
    /// Wraps `inner` with the default [`Limits`]: 8 concurrent exchanges with each host, without a limit on the rate.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, limiter: Limiter::new(clock) }
    }

    /// Sets the limits.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limiter.limits = limits;
        self
    }

    /// Adds a limit that several processes share. Set it before the first request. Default: none.
    pub fn shared_limit(mut self, limit: Arc<dyn SharedLimit>) -> Self {
        self.limiter.shared = Some(limit);
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Limit<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        send_by(&InTurn { limiter: &self.limiter, next: By(&self.inner) }, request).await
    }
}

impl<T> fmt::Debug for Limit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limit")
            .field("limits", &self.limiter.limits)
            .field("shared_limit", &self.limiter.shared)
            .finish_non_exhaustive()
    }
}

/// The limits for each host: concurrent exchanges and exchanges per second.
///
/// ```
/// use std::num::NonZeroU32;
/// use wp_http::Limits;
///
/// let mut limits = Limits::default().concurrency(4);
/// if let Some(rate) = NonZeroU32::new(10) {
///     limits = limits.per_second(rate);
/// }
/// assert_eq!(limits.max_concurrency(), 4);
/// ```
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
    /// Sets the largest number of concurrent exchanges. Default: 8. 0 counts as 1.
    ///
    /// ```
    /// use wp_http::Limits;
    ///
    /// let limits = Limits::default().concurrency(4);
    /// # let _ = limits;
    /// ```
    pub fn concurrency(mut self, most: usize) -> Self {
        self.concurrency = most.max(1);
        self
    }

    /// Returns the largest number of concurrent exchanges.
    ///
    /// ```
    /// use wp_http::Limits;
    ///
    /// assert_eq!(Limits::default().max_concurrency(), 8);
    /// ```
    pub fn max_concurrency(&self) -> usize {
        self.concurrency
    }

    /// Sets the largest number of exchanges that start in a second, evenly spread. Default: no limit.
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use wp_http::Limits;
    ///
    /// let limits = NonZeroU32::new(10).map(|rate| Limits::default().per_second(rate));
    /// # let _ = limits;
    /// ```
    pub fn per_second(mut self, most: NonZeroU32) -> Self {
        self.per_second = Some(most);
        self
    }
}

/// The pause after a 429 response without `Retry-After`.
const PAUSE: Duration = Duration::from_secs(1);

/// The host whose state a request shares.
pub(crate) fn host_of(uri: &Uri) -> &str {
    uri.authority().map_or("", |authority| authority.as_str())
}

#[derive(Clone)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    pub(crate) shared: Option<Arc<dyn SharedLimit>>,
    hosts: Arc<Mutex<BTreeMap<Box<str>, Arc<Host>>>>,
}

impl Limiter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: Limits::default(), shared: None, hosts: Arc::default() }
    }

    fn host(&self, uri: &Uri) -> Arc<Host> {
        let name = host_of(uri);
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(name) {
            return Arc::clone(host);
        }
        // Forget idle hosts: a program that contacts many hosts would keep all of them in memory.
        let now = self.clock.now();
        hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.is_slowed(now));
        let host = Host::new(name, Arc::clone(&self.clock), self.limits, self.shared.clone());
        hosts.insert(name.into(), Arc::clone(&host));
        host
    }
}

/// The layer that sends a request when a slot of its host is free. The slot is free again when the response has
/// arrived as a whole.
pub(crate) struct InTurn<'s, L> {
    pub(crate) limiter: &'s Limiter,
    pub(crate) next: L,
}

impl<L: Layer> Layer for InTurn<'_, L> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let host = self.limiter.host(request.uri());
        request.set_queued(true);
        let exchange = Exchange::begin(Arc::clone(&host)).await.inspect_err(|_| host.failed())?;
        request.set_queued(false);
        request.permit = Some(exchange.permit());
        let outcome = match exchange.renewal() {
            None => self.next.forward(request).await,
            // Boxed, so that it takes no room without a shared limit.
            Some(renewal) => Box::pin(while_renewed(renewal, self.next.forward(request))).await,
        };
        let response = match outcome {
            Ok(response) => response,
            Err(error) => {
                host.failed();
                exchange.end().await;
                return Err(error);
            }
        };
        let pause = match response.status() {
            StatusCode::TOO_MANY_REQUESTS => Some(PAUSE),
            StatusCode::SERVICE_UNAVAILABLE => Some(Duration::ZERO),
            _ => None,
        };
        if let Some(pause) = pause {
            let now = self.limiter.clock.now();
            let pause = retry_after(response.headers(), now).unwrap_or(pause);
            host.overloaded(now, pause);
            exchange.tell_pause(pause);
        } else {
            host.went_well();
        }
        if response.body().is_in_memory() {
            exchange.end().await;
            return Ok(response);
        }
        Ok(response.map(|body| held(body, exchange)))
    }
}

/// Wraps a body so that it holds the slot of its exchange until it ends.
fn held(mut inner: Body, exchange: Exchange) -> Body {
    let mut renewal = exchange.renewal();
    let mut exchange = Some(exchange);
    Body::received(pieces(move |cx| {
        if let Some(renewal) = &mut renewal {
            // It never ends.
            let _ = renewal.as_mut().poll(cx);
        }
        let piece = ready!(inner.poll_piece(cx));
        if !matches!(piece, Some(Ok(_))) {
            drop((renewal.take(), exchange.take()));
        }
        Poll::Ready(piece)
    }))
}
