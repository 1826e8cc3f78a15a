//! Politeness: how much is asked of one host at a time.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::Future;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::{Duration, SystemTime};

use futures_channel::oneshot;
use http::{Request, Response, StatusCode, Uri};
use wp_core::extensions::Waiting;
use wp_core::{Body, Clock, Transport, TransportError, pieces, retry_after};

/// Sends no more to a host at a time than it can take.
///
/// An exchange counts until the body of its answer is read or dropped. Those that are too many wait in order.
/// A host that answers 429 or 503 gets half as many at once from then on, and is left alone for as long as it asks
/// (`Retry-After`), after a bare 429 for a second. Each run of good answers gives it one more, up to the limit.
///
/// Clones share what they know of the hosts.
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
        self.limiter.around(request, |request| self.inner.send(request)).await
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

    /// How many exchanges may begin in a second, evenly spread. As many as come unless told.
    pub fn per_second(mut self, most: NonZeroU32) -> Self {
        self.per_second = Some(most);
        self
    }
}

/// After a 429 that does not say how long.
const PAUSE: Duration = Duration::from_secs(1);
/// Who asks for more is not waited for: whoever repeats the request says so, and the next ones ask anew.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    pub(crate) limits: Limits,
    hosts: Arc<Mutex<HashMap<Box<str>, Shared>>>,
}

impl Limiter {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, limits: Limits::default(), hosts: Arc::default() }
    }

    pub(crate) async fn around<F>(
        &self,
        request: Request<Body>,
        next: impl FnOnce(Request<Body>) -> F,
    ) -> Result<Response<Body>, TransportError>
    where
        F: Future<Output = Result<Response<Body>, TransportError>>,
    {
        let host = self.host(request.uri());
        Waiting::set(request.extensions(), true);
        let permit = Host::enter(&host).await;
        let due = || lock(&host).wait(self.clock.now(), self.limits.per_second);
        while let Some(wait) = due() {
            self.clock.sleep(wait).await;
        }
        Waiting::set(request.extensions(), false);
        let answer = next(request).await.inspect_err(|_| lock(&host).left())?;
        let now = self.clock.now();
        let asked = retry_after(answer.headers(), now);
        match answer.status() {
            StatusCode::TOO_MANY_REQUESTS => lock(&host).overloaded(now, asked.unwrap_or(PAUSE)),
            StatusCode::SERVICE_UNAVAILABLE => lock(&host).overloaded(now, asked.unwrap_or_default()),
            _ => {
                lock(&host).went_well(self.limits.concurrency);
                Host::admit(&host);
            }
        }
        Ok(answer.map(|inner| held(inner, permit)))
    }

    fn host(&self, uri: &Uri) -> Shared {
        let name = uri.authority().map_or("", |authority| authority.as_str());
        let mut hosts = lock(&self.hosts);
        if let Some(host) = hosts.get(name) {
            return Arc::clone(host);
        }
        // A program that walks from host to host would otherwise remember all of them.
        let now = self.clock.now();
        hosts.retain(|_, host| Arc::strong_count(host) > 1 || lock(host).is_slowed(now));
        let host = Arc::new(Mutex::new(Host::new(self.limits.concurrency)));
        hosts.insert(name.into(), Arc::clone(&host));
        host
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

type Shared = Arc<Mutex<Host>>;

struct Host {
    running: usize,
    /// How many may run: no more than the limit, and fewer while the host is overloaded.
    allowed: usize,
    /// Good answers since the last that changed it.
    good: usize,
    /// Answers still to come to what was under way when that happened. They meet the same overload.
    old: usize,
    waiting: VecDeque<oneshot::Sender<Permit>>,
    paused_until: Option<SystemTime>,
    /// When the next exchange may begin, at a limited rate.
    next: Option<SystemTime>,
}

impl Host {
    fn new(allowed: usize) -> Self {
        Self {
            running: 0,
            allowed,
            good: 0,
            old: 0,
            waiting: VecDeque::new(),
            paused_until: None,
            next: None,
        }
    }

    /// Waits for its turn.
    async fn enter(this: &Shared) -> Permit {
        loop {
            let turn = {
                let mut host = lock(this);
                if host.waiting.is_empty() && host.running < host.allowed {
                    host.running += 1;
                    return Permit(Some(Arc::clone(this)));
                }
                let (sender, turn) = oneshot::channel();
                host.waiting.push_back(sender);
                turn
            };
            if let Ok(permit) = turn.await {
                return permit;
            }
        }
    }

    /// Lets those in who may run now. Not under the lock: who gives up in that moment gives the permit back.
    fn admit(this: &Shared) {
        loop {
            let Some(turn) = lock(this).next_turn() else { break };
            if let Err(mut permit) = turn.send(Permit(Some(Arc::clone(this)))) {
                // Whoever waited has gone.
                permit.0 = None;
                lock(this).running -= 1;
            }
        }
    }

    /// Whose turn it is now. It counts as running.
    fn next_turn(&mut self) -> Option<oneshot::Sender<Permit>> {
        let turn = if self.running < self.allowed { self.waiting.pop_front() } else { None }?;
        self.running += 1;
        Some(turn)
    }

    /// How long the exchange has to wait yet. Without one, it may begin, and has taken its place in the rate.
    fn wait(&mut self, now: SystemTime, per_second: Option<NonZeroU32>) -> Option<Duration> {
        if let Some(wait) = until(self.paused_until, now, LONGEST) {
            return Some(wait);
        }
        let interval = Duration::from_secs(1) / per_second?.get();
        if let Some(wait) = until(self.next, now, interval) {
            return Some(wait);
        }
        self.next = Some(now + interval);
        None
    }

    fn overloaded(&mut self, now: SystemTime, asked: Duration) {
        self.good = 0;
        if self.old == 0 {
            self.allowed = (self.allowed / 2).max(1);
            self.old = self.running;
        }
        self.left();
        if asked <= LONGEST {
            let before = until(self.paused_until, now, LONGEST).unwrap_or_default();
            self.paused_until = Some(now + asked.max(before));
        }
    }

    /// One of those that were under way is no more.
    fn left(&mut self) {
        self.old = self.old.saturating_sub(1);
    }

    fn went_well(&mut self, most: usize) {
        self.left();
        if self.allowed >= most {
            return;
        }
        self.good += 1;
        if self.good >= self.allowed {
            self.good = 0;
            self.allowed += 1;
        }
    }

    fn is_slowed(&self, now: SystemTime) -> bool {
        self.paused_until.max(self.next) > Some(now)
    }
}

/// How long it is until then. What lies farther ahead than `most` was set before the clock was put back.
fn until(time: Option<SystemTime>, now: SystemTime, most: Duration) -> Option<Duration> {
    time?.duration_since(now).ok().filter(|wait| !wait.is_zero() && *wait <= most)
}

/// The right to run.
struct Permit(Option<Shared>);

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(this) = self.0.take() {
            lock(&this).running -= 1;
            Host::admit(&this);
        }
    }
}

/// A body that holds the permit of its exchange, to its end.
fn held(mut inner: Body, permit: Permit) -> Body {
    let mut permit = Some(permit);
    Body::received(pieces(move |cx| {
        let piece = ready!(inner.poll_piece(cx));
        if !matches!(piece, Some(Ok(_))) {
            drop(permit.take());
        }
        Poll::Ready(piece)
    }))
}
