//! The state of one host: its running exchanges, its queue and its pauses.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use wp_core::{Admission, Clock, SharedLimit, TransportError, async_trait, extensions};

use super::Limits;
use crate::timeout::Timer;

/// The longest pause that is observed. A longer one is ignored: `Retry` reports it for its request, and later requests
/// are sent.
const MAX_PAUSE: Duration = Duration::from_secs(60);
/// A called request that is not polled within this time is skipped. Each queued request checks for that after this
/// time.
const CALL: Duration = Duration::from_secs(1);
/// A request checks this much later for each request before it in the queue, to save work in a long queue.
const CALL_BEHIND: Duration = Duration::from_millis(1);

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) struct Host {
    name: Box<str>,
    clock: Arc<dyn Clock>,
    limits: Limits,
    shared: Option<Arc<dyn SharedLimit>>,
    state: Mutex<State>,
}

struct State {
    running: usize,
    /// The current limit: the configured one, or less while the host is overloaded.
    allowed: usize,
    /// The number of successful responses since the last change of `allowed`.
    good: usize,
    /// The number of exchanges that were running when the host was overloaded and have no response yet. Their responses
    /// belong to the same overload.
    old: usize,
    /// The queue, by ticket.
    queue: BTreeMap<u64, Waker>,
    /// The called requests, which may run when they are polled while a slot is free, and the time of the call.
    called: BTreeMap<u64, SystemTime>,
    /// The number of requests that are called in addition to the free slots.
    spare: usize,
    tickets: u64,
    paused_until: Option<SystemTime>,
    /// The earliest start of the next exchange, with a limited rate.
    next: Option<SystemTime>,
}

impl Host {
    pub(super) fn new(
        name: &str,
        clock: Arc<dyn Clock>,
        limits: Limits,
        shared: Option<Arc<dyn SharedLimit>>,
    ) -> Arc<Self> {
        let state = State {
            running: 0,
            allowed: limits.concurrency,
            good: 0,
            old: 0,
            queue: BTreeMap::new(),
            called: BTreeMap::new(),
            spare: 0,
            tickets: 0,
            paused_until: None,
            next: None,
        };
        Arc::new(Self { name: name.into(), clock, limits, shared, state: Mutex::new(state) })
    }

    /// Waits in the queue until an exchange may begin.
    ///
    /// The first request in the queue is called for a free slot. If it is not polled, the next ones are called. Each
    /// queued request checks for that from time to time, so that no request depends on a future that is not polled.
    async fn enter(self: &Arc<Self>) -> Slot {
        let mut place = Place { host: self, ticket: None };
        let mut timer = None;
        poll_fn(|cx| {
            let Some(wait) = self.look(&mut place.ticket, cx.waker()) else { return Poll::Ready(()) };
            if timer.insert(Timer::new(&self.clock, wait)).poll(cx).is_ready() {
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        })
        .await;
        Slot(Arc::clone(self))
    }

    /// Waits for the admission of the shared limit, if there is one.
    async fn admitted(&self) -> Result<Option<Arc<dyn Admission>>, TransportError> {
        match &self.shared {
            None => Ok(None),
            Some(shared) => shared.admit(&self.name, &*self.clock).await.map(Some),
        }
    }

    /// Waits for its turn here, and then in the shared limit: who waits for a slot here keeps no other process waiting.
    async fn turn(self: &Arc<Self>) -> Result<(Slot, Option<Arc<dyn Admission>>), TransportError> {
        loop {
            let slot = self.enter().await;
            let admission = self.admitted().await?;
            // The host may have asked for a pause meanwhile.
            if admission.is_none() || !self.is_paused() {
                return Ok((slot, admission));
            }
        }
    }

    fn is_paused(&self) -> bool {
        until(lock(&self.state).paused_until, self.clock.now(), MAX_PAUSE).is_some()
    }

    /// Takes a slot and returns `None`, or returns the time after which to check again unless woken before.
    fn look(&self, ticket: &mut Option<u64>, waker: &Waker) -> Option<Duration> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let is_alone = ticket.is_none() && state.queue.is_empty() && state.called.is_empty();
        if is_alone && state.is_free() && self.due(&state, now).is_none() {
            self.begin(&mut state, now);
            return None;
        }
        let ticket = *ticket.get_or_insert_with(|| {
            state.tickets += 1;
            state.tickets
        });
        let due = self.due(&state, now);
        let may_run = state.is_free() && due.is_none();
        let mut is_called = state.called.remove(&ticket).is_some();
        let mut wakers = Vec::new();
        if !is_called || !may_run {
            state.queue.insert(ticket, waker.clone());
            wakers = self.call(&mut state, now);
            is_called = state.called.remove(&ticket).is_some();
        }
        let wait = if is_called && may_run {
            self.begin(&mut state, now);
            wakers.extend(self.tell_first(&state, now));
            None
        } else {
            let first = state.queue.first_key_value().map_or(ticket, |(&first, _)| first);
            match due {
                Some(due) if first == ticket && state.is_free() => Some(due),
                due => {
                    let before = u32::try_from(ticket.saturating_sub(first)).unwrap_or(u32::MAX);
                    Some(due.unwrap_or_default().max(CALL + CALL_BEHIND * before))
                }
            }
        };
        drop(state);
        wake(wakers);
        wait
    }

    /// Calls the next requests, and skips called ones that were not polled. Returns the wakers, which must be called
    /// outside of the lock: a waker may drop the waiting future.
    fn call(&self, state: &mut State, now: SystemTime) -> Vec<Waker> {
        let called = state.called.len();
        state.called.retain(|_, since| now.duration_since(*since).is_ok_and(|age| age < CALL));
        if state.called.len() < called {
            // If one request is not polled, many may not be: skip them in growing groups.
            state.spare = state.spare * 2 + 1;
        }
        let free = state.allowed.saturating_sub(state.running);
        let at_once = if self.interval().is_some() { free.min(1) } else { free };
        let mut wakers = Vec::new();
        while state.is_free()
            && state.called.len() < at_once + state.spare
            && self.due(state, now).is_none()
            && let Some((ticket, waker)) = state.queue.pop_first()
        {
            state.called.insert(ticket, now);
            wakers.push(waker);
        }
        wakers
    }

    /// The waker of the first request if it only waits for a pause or the rate, so that it sets its timer.
    fn tell_first(&self, state: &State, now: SystemTime) -> Option<Waker> {
        if !state.is_free() {
            return None;
        }
        self.due(state, now)?;
        Some(state.queue.first_key_value()?.1.clone())
    }

    /// The time until the next exchange may start; `None` if it may start now.
    fn due(&self, state: &State, now: SystemTime) -> Option<Duration> {
        until(state.paused_until, now, MAX_PAUSE).or_else(|| until(state.next, now, self.interval()?))
    }

    /// Counts a started exchange.
    fn begin(&self, state: &mut State, now: SystemTime) {
        state.running += 1;
        state.spare = 0;
        state.next = self.interval().map(|interval| now + interval);
    }

    fn interval(&self) -> Option<Duration> {
        Some(Duration::from_secs(1) / self.limits.per_second?.get())
    }

    /// Changes the state, and calls the requests that may run now.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = lock(&self.state);
        change(&mut state);
        if state.queue.is_empty() && state.called.is_empty() {
            return;
        }
        let now = self.clock.now();
        let mut wakers = self.call(&mut state, now);
        wakers.extend(self.tell_first(&state, now));
        drop(state);
        wake(wakers);
    }

    /// Records a failure without a response.
    pub(super) fn failed(&self) {
        lock(&self.state).left();
    }

    /// Records a 429 or 503: halves the limit and starts a pause.
    pub(super) fn overloaded(&self, now: SystemTime, asked: Duration) {
        let mut state = lock(&self.state);
        state.good = 0;
        if state.old == 0 {
            state.allowed = (state.allowed / 2).max(1);
            state.old = state.running;
        }
        state.left();
        if asked <= MAX_PAUSE {
            let before = until(state.paused_until, now, MAX_PAUSE).unwrap_or_default();
            state.paused_until = Some(now + asked.max(before));
        }
    }

    pub(super) fn went_well(&self) {
        let most = self.limits.concurrency;
        let mut state = lock(&self.state);
        state.left();
        if state.allowed >= most {
            return;
        }
        state.good += 1;
        if state.good >= state.allowed {
            state.good = 0;
            state.allowed += 1;
            drop(state);
            self.change(|_| ());
        }
    }

    /// Whether a pause or the rate still delays the next exchange.
    pub(super) fn is_slowed(&self, now: SystemTime) -> bool {
        let state = lock(&self.state);
        state.paused_until.max(state.next) > Some(now)
    }
}

impl State {
    /// Whether a slot is free.
    fn is_free(&self) -> bool {
        self.running < self.allowed
    }

    /// Counts the end of an exchange that was running at the last overload.
    fn left(&mut self) {
        self.old = self.old.saturating_sub(1);
    }
}

fn wake(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

/// The time until `time`. A time that is more than `most` ahead was set before the clock was set back, and is ignored.
fn until(time: Option<SystemTime>, now: SystemTime, most: Duration) -> Option<Duration> {
    time?.duration_since(now).ok().filter(|wait| !wait.is_zero() && *wait <= most)
}

/// The place of a request in the queue, which it leaves when it is dropped.
struct Place<'a> {
    host: &'a Host,
    ticket: Option<u64>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let Some(ticket) = self.ticket else { return };
        self.host.change(|state| {
            state.queue.remove(&ticket);
            state.called.remove(&ticket);
        });
    }
}

/// A slot of a running exchange.
struct Slot(Arc<Host>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.change(|state| state.running -= 1);
    }
}

/// See [`Exchange::renewal`].
pub(super) type Renewal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Polls `renewal` until the exchange ends.
pub(super) async fn while_renewed<T>(mut renewal: Renewal, exchange: impl Future<Output = T>) -> T {
    let mut exchange = pin!(exchange);
    poll_fn(|cx| {
        let outcome = exchange.as_mut().poll(cx);
        if outcome.is_pending() {
            let _ = renewal.as_mut().poll(cx);
        }
        outcome
    })
    .await
}

/// An exchange, from its first turn to the end of its response.
pub(crate) struct Exchange(Arc<Turn>);

/// What an exchange holds, and its host.
struct Turn {
    host: Arc<Host>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    slot: Option<Slot>,
    admission: Option<Arc<dyn Admission>>,
    /// Whether the exchange has ended. A permit that outlives it must not take a slot, which would never be freed.
    over: bool,
}

impl Exchange {
    /// Waits for its turn.
    pub(super) async fn begin(host: Arc<Host>) -> Result<Self, TransportError> {
        let (slot, admission) = host.turn().await?;
        let held = Held { slot: Some(slot), admission, over: false };
        Ok(Self(Arc::new(Turn { host, held: Mutex::new(held) })))
    }

    /// Ends the exchange. With a shared limit, other tasks run once, so that the end is told although the runtime may run
    /// no longer than the request.
    pub(super) async fn end(self) {
        let tells = self.0.host.shared.is_some();
        drop(self);
        if tells {
            let mut has_yielded = false;
            poll_fn(|cx| {
                if std::mem::replace(&mut has_yielded, true) {
                    return Poll::Ready(());
                }
                cx.waker().wake_by_ref();
                Poll::Pending
            })
            .await;
        }
    }

    /// Renews the admission while it is polled; it never ends. `None` without a shared limit.
    pub(super) fn renewal(&self) -> Option<Renewal> {
        let every = self.0.host.shared.as_ref()?.renewal();
        let turn = Arc::clone(&self.0);
        Some(Box::pin(async move {
            loop {
                turn.host.clock.sleep(every).await;
                let admission = lock(&turn.held).admission.clone();
                if let Some(admission) = admission {
                    admission.renew().await;
                }
            }
        }))
    }

    /// Tells the shared limit, if there is one, for how long the host asks to send nothing.
    pub(super) fn tell_pause(&self, asked: Duration) {
        let admission = lock(&self.0.held).admission.clone();
        if let Some(admission) = admission
            && !asked.is_zero()
            && asked <= MAX_PAUSE
        {
            admission.pause(asked);
        }
    }

    /// The permit to give the slot back while the request waits for something else.
    pub(super) fn permit(&self) -> extensions::Permit {
        extensions::Permit::new(Arc::clone(&self.0))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let held = std::mem::replace(&mut *lock(&self.0.held), Held { over: true, ..Held::default() });
        drop(held);
    }
}

#[async_trait]
impl extensions::Acquire for Turn {
    fn release(&self) {
        let mut held = lock(&self.held);
        let free = (held.slot.take(), held.admission.take());
        // Dropping the slot wakes other requests, which must not happen under the lock.
        drop(held);
        drop(free);
    }

    async fn acquire(&self) -> Result<(), TransportError> {
        if lock(&self.held).slot.is_some() {
            return Ok(());
        }
        let (slot, admission) = self.host.turn().await?;
        let mut taken = (Some(slot), admission);
        let mut held = lock(&self.held);
        if !held.over {
            let Held { slot, admission, .. } = &mut *held;
            std::mem::swap(slot, &mut taken.0);
            std::mem::swap(admission, &mut taken.1);
        }
        // As above.
        drop(held);
        drop(taken);
        Ok(())
    }
}
