//! A clock for tests.

use std::collections::BTreeMap;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use wp_core::{Clock, async_trait};

/// A clock that stands still until a test advances it, so no test depends on the speed of the machine.
///
/// A test waits until the code under test sleeps, then advances the clock. Clones share the same time.
///
/// ```
/// use std::time::Duration;
/// use wp_http::Clock;
/// use wp_http::conformance::ManualClock;
///
/// # async fn test() {
/// let (clock, minute) = (ManualClock::new(), Duration::from_secs(60));
/// let request = clock.sleep(minute);
/// let time = async {
///     clock.sleeping(minute).await;
///     clock.advance(minute);
/// };
/// futures_util::future::join(request, time).await;
/// assert_eq!(clock.passed(), minute);
/// # }
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<State>>);

struct State {
    passed: Duration,
    /// The wall-clock time when `passed` was zero.
    start: SystemTime,
    /// The end of each sleep, and its waker.
    sleeps: BTreeMap<u64, (Duration, Waker)>,
    count: u64,
    /// The wakers of tasks in `advance_when`.
    watchers: Vec<Waker>,
}

impl ManualClock {
    /// A clock that starts at a fixed time: 6 November 1994, 08:49:37 GMT.
    pub fn new() -> Self {
        Self::default()
    }

    /// Advances the clock.
    pub fn advance(&self, by: Duration) {
        let due = self.lock().advance(by);
        wake(due);
    }

    /// Sets the wall-clock time. The remaining time of sleeps does not change.
    pub fn set_now(&self, now: SystemTime) {
        let mut state = self.lock();
        state.start = now.checked_sub(state.passed).unwrap_or(now);
    }

    /// The total time by which the clock was advanced.
    pub fn passed(&self) -> Duration {
        self.lock().passed
    }

    /// Waits until there is a sleep with at least this much time left.
    pub async fn sleeping(&self, at_least: Duration) {
        self.advance_when(|left| left.iter().any(|&left| left >= at_least).then_some(Duration::ZERO)).await;
    }

    /// Advances the clock by the duration that `step` returns. `step` gets the remaining time of all sleeps, and is
    /// called again whenever they change, until it returns a duration. No sleep starts or ends between the last call
    /// and the advance.
    pub async fn advance_when(&self, mut step: impl FnMut(&[Duration]) -> Option<Duration>) {
        poll_fn(|cx| {
            let mut state = self.lock();
            let passed = state.passed;
            let left = state.sleeps.values().map(|(end, _)| end.saturating_sub(passed));
            let left: Vec<_> = left.filter(|left| !left.is_zero()).collect();
            let Some(by) = step(&left) else {
                state.watchers.push(cx.waker().clone());
                return Poll::Pending;
            };
            let due = state.advance(by);
            drop(state);
            wake(due);
            Poll::Ready(())
        })
        .await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(State {
            passed: Duration::ZERO,
            start: SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777),
            sleeps: BTreeMap::new(),
            count: 0,
            watchers: Vec::new(),
        })))
    }
}

impl State {
    /// Returns the wakers to wake after the lock is released.
    fn advance(&mut self, by: Duration) -> Vec<Waker> {
        if by.is_zero() {
            return Vec::new();
        }
        self.passed += by;
        let due = self.sleeps.values().filter(|(end, _)| *end <= self.passed).map(|(_, waker)| waker.clone());
        due.chain(std::mem::take(&mut self.watchers)).collect()
    }
}

fn wake(wakers: Vec<Waker>) {
    wakers.into_iter().for_each(Waker::wake);
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        let state = self.lock();
        state.start + state.passed
    }

    async fn sleep(&self, duration: Duration) {
        let (id, end) = {
            let mut state = self.lock();
            state.count += 1;
            (state.count, state.passed.saturating_add(duration))
        };
        Sleep { clock: self, id, end }.await;
    }
}

struct Sleep<'a> {
    clock: &'a ManualClock,
    id: u64,
    end: Duration,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if state.passed >= self.end {
            return Poll::Ready(());
        }
        let is_new = state.sleeps.insert(self.id, (self.end, cx.waker().clone())).is_none();
        let watchers = if is_new { std::mem::take(&mut state.watchers) } else { Vec::new() };
        drop(state);
        wake(watchers);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        let mut state = self.clock.lock();
        state.sleeps.remove(&self.id);
        let watchers = std::mem::take(&mut state.watchers);
        drop(state);
        wake(watchers);
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualClock").field("passed", &self.passed()).finish_non_exhaustive()
    }
}
