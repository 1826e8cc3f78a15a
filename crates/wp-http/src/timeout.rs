//! Limits on the duration of an exchange.

use std::fmt;
use std::future::{Future, poll_fn};
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as _;
use wp_core::layer::Outcome;
use wp_core::{Body, Clock, Transport, TransportError, TransportErrorKind, extensions, pieces};

/// A body that is larger than this is watched while it is sent.
const LARGE: u64 = 256 << 10;
/// A large body is sent in pieces. On a slow connection a large piece takes long and looks like a stall, so the pieces
/// start small and grow while the connection takes them quickly.
const PIECE: Range<usize> = 16 << 10..256 << 10;
/// A piece that is sent within this time counts as quick.
const QUICKLY: Duration = Duration::from_millis(500);

/// Ends an exchange that takes too long with [`TransportErrorKind::Timeout`].
///
/// There are two limits, because one number does not suit both a hanging request and a long upload:
///
/// - The whole exchange, from sending to the last byte of the response. Default: 60 s. The time in which a request body
///   of more than 256 KiB is sent does not count.
/// - Idle time: no piece of a body was sent or received. Default: 30 s. It is checked once in that time, so it may take
///   up to twice as long to be noticed.
///
/// A request can set its own limit for the whole exchange with [`extensions::Timeout`], which applies to a body of any
/// size.
pub struct Timeout<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) whole: Option<Duration>,
    pub(crate) idle: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { whole: Some(Duration::from_secs(60)), idle: Some(Duration::from_secs(30)) }
    }
}

impl<T> Timeout<T> {
    /// Wraps `inner` with the defaults: 60 s for an exchange, 30 s idle time.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, limits: Limits::default() }
    }

    /// Sets the limit for the whole exchange; `None` for no limit.
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.limits.whole = timeout;
        self
    }

    /// Sets the limit for the idle time; `None` for no limit.
    pub fn idle_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.limits.idle = timeout;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Timeout<T> {
    async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut watch = Watch::new(&self.clock, self.limits, &mut request);
        let response = watch.response(self.inner.send(request)).await?;
        Ok(response.map(|inner| {
            let mut timed = Timed::new(inner, watch);
            Body::received(pieces(move |cx| timed.poll_piece(cx)))
        }))
    }
}

impl<T> fmt::Debug for Timeout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// The timers of one exchange. Each starts when there is something to wait for.
pub(crate) struct Watch {
    clock: Arc<dyn Clock>,
    limits: Limits,
    whole: Option<Timer>,
    /// And the number of pieces at its start.
    idle: Option<(Timer, u64)>,
    /// The number of pieces of a large request body that were sent.
    sent: Option<Arc<AtomicU64>>,
    /// Whether the time in which the request is sent counts.
    is_sending_timed: bool,
}

impl Watch {
    /// The timers for this request. A large body of it is sent in counted pieces from here on.
    pub(crate) fn new(clock: &Arc<dyn Clock>, mut limits: Limits, request: &mut Request<Body>) -> Self {
        let own = request.extensions().get().map(|&extensions::Timeout(own)| own);
        limits.whole = own.or(limits.whole);
        let sent = sending(request, clock);
        let is_sending_timed = own.is_some() || sent.is_none();
        Self { clock: Arc::clone(clock), limits, whole: None, idle: None, sent, is_sending_timed }
    }

    /// Awaits the head of the response, within the limits.
    pub(crate) async fn response(
        &mut self,
        mut exchange: Pin<Box<dyn Future<Output = Outcome> + Send + '_>>,
    ) -> Outcome {
        poll_fn(|cx| match exchange.as_mut().poll(cx) {
            Poll::Pending => {
                if self.is_sending_timed {
                    self.start();
                }
                let sent = self.sent.as_ref().map(|sent| sent.load(Ordering::Relaxed));
                self.poll(cx, sent.filter(|&sent| sent != ALL)).map(Err)
            }
            response @ Poll::Ready(_) => response,
        })
        .await
    }

    /// Starts the timer of the whole exchange.
    fn start(&mut self) {
        if let (None, Some(limit)) = (&self.whole, self.limits.whole) {
            self.whole = Some(Timer::new(&self.clock, limit));
        }
    }

    /// Resolves when a limit is reached. `moved` is the number of pieces sent or received; `None` without a body in
    /// transfer.
    fn poll(&mut self, cx: &mut Context<'_>, moved: Option<u64>) -> Poll<TransportError> {
        let Some(moved) = moved else {
            self.idle = None;
            self.start();
            return self.poll_whole(cx);
        };
        if let Some(limit) = self.limits.idle {
            loop {
                let (timer, before) =
                    self.idle.get_or_insert_with(|| (Timer::new(&self.clock, limit), moved));
                if timer.poll(cx).is_pending() {
                    break;
                }
                if *before == moved {
                    return Poll::Ready(too_late(&format_args!("nothing moved for {limit:?}")));
                }
                self.idle = None;
            }
        }
        self.poll_whole(cx)
    }

    fn poll_whole(&mut self, cx: &mut Context<'_>) -> Poll<TransportError> {
        match &mut self.whole {
            Some(timer) => timer.poll(cx).map(|limit| too_late(&format_args!("the limit was {limit:?}"))),
            None => Poll::Pending,
        }
    }
}

/// A response body with timeouts.
pub(crate) struct Timed {
    inner: Body,
    watch: Watch,
    arrived: u64,
}

impl Timed {
    pub(crate) fn new(inner: Body, watch: Watch) -> Self {
        Self { inner, watch, arrived: 0 }
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if self.inner.is_end_stream() {
            return Poll::Ready(None);
        }
        // Check the time first: a body that always has bytes ready would never get to it.
        self.watch.start();
        let mut over = self.watch.poll_whole(cx);
        if over.is_pending() {
            match self.inner.poll_piece(cx) {
                Poll::Ready(piece) => {
                    self.arrived += 1;
                    if piece.is_none() {
                        self.inner = Body::empty();
                    }
                    return Poll::Ready(piece);
                }
                Poll::Pending => over = self.watch.poll(cx, Some(self.arrived)),
            }
        }
        let error = ready!(over);
        self.inner = Body::empty();
        Poll::Ready(Some(Err(error)))
    }
}

pub(crate) fn too_late(why: &dyn fmt::Display) -> TransportError {
    TransportError::new(TransportErrorKind::Timeout).detail(why.to_string())
}

/// A sleep that knows its length and starts when it is created, not when it is first polled.
pub(crate) struct Timer {
    /// `None` after it has ended.
    sleep: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    limit: Duration,
}

impl Timer {
    pub(crate) fn new(clock: &Arc<dyn Clock>, limit: Duration) -> Self {
        let clock = Arc::clone(clock);
        let sleep: Pin<Box<dyn Future<Output = ()> + Send>> =
            Box::pin(async move { clock.sleep(limit).await });
        let mut timer = Self { sleep: Some(sleep), limit };
        // A clock's sleep starts at its first poll.
        _ = timer.poll(&mut Context::from_waker(Waker::noop()));
        timer
    }

    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Duration> {
        if let Some(sleep) = &mut self.sleep {
            ready!(sleep.as_mut().poll(cx));
            self.sleep = None;
        }
        Poll::Ready(self.limit)
    }
}

/// Wraps a large body so that it counts the pieces that were sent, up to [`ALL`].
fn sending(request: &mut Request<Body>, clock: &Arc<dyn Clock>) -> Option<Arc<AtomicU64>> {
    let length = request.body().len().filter(|&length| length > LARGE)?;
    let sent = Arc::<AtomicU64>::default();
    let mut inner = std::mem::take(request.body_mut());
    let (count, mut left) = (Arc::clone(&sent), length);
    // The rest of a larger piece. Sent at once, it would hide its progress.
    let mut rest = Bytes::new();
    let (clock, mut size, mut before) = (Arc::clone(clock), PIECE.start, None);
    let counted = pieces(move |cx| {
        if rest.is_empty() {
            match ready!(inner.poll_piece(cx)).transpose()? {
                Some(piece) => rest = piece,
                None => return Poll::Ready(None),
            }
        }
        let now = clock.now();
        if let Some(before) = before.replace(now) {
            let is_quick = now.duration_since(before).is_ok_and(|took| took < QUICKLY);
            size = if is_quick { (2 * size).min(PIECE.end) } else { PIECE.start };
        }
        let piece = rest.split_to(rest.len().min(size));
        left = left.saturating_sub(piece.len() as u64);
        if left == 0 {
            count.store(ALL, Ordering::Relaxed);
        } else {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Poll::Ready(Some(Ok(piece)))
    });
    *request.body_mut() = Body::stream(counted, length);
    Some(sent)
}

/// All pieces were sent.
const ALL: u64 = u64::MAX;
