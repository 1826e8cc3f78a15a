//! Request coalescing ("single flight"): one token request, shared by every task that waits for its token.

use std::cell::RefCell;
use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use futures_util::future::{BoxFuture, Either, select};
use wp_core::Clock;

use crate::{AuthError, Token};

pub(crate) type Outcome = Result<Arc<Token>, AuthError>;

/// The interval of the heartbeat, which shows that the runtime that owns the request's timers and connections still
/// runs.
const BEAT: Duration = Duration::from_secs(1);
/// Without a heartbeat for this long, the request will not finish: its runtime is idle or was dropped.
pub(crate) const SILENCE: Duration = Duration::from_millis(2_500);

/// A token request that all waiting tasks share. Each of them polls it, so it progresses as long as one is polled.
/// No task owns it, and a task that is cancelled or idle does not block the others.
pub(crate) struct SharedRequest {
    /// The address of the identity that it belongs to.
    owner: usize,
    /// Locked while it is polled, never while a waker is called.
    future: Mutex<Option<BoxFuture<'static, Outcome>>>,
    outcome: OnceLock<Outcome>,
    waiters: Mutex<Waiters>,
    beats: Arc<AtomicU64>,
    /// When it started.
    pub(crate) started: SystemTime,
    /// Whether it signs in, without using a store or a refresh token.
    pub(crate) signs_in: bool,
}

#[derive(Default)]
struct Waiters {
    next: u64,
    wakers: HashMap<u64, Option<Waker>>,
}

thread_local! {
    /// The owners of the requests that this thread is polling.
    static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Whether the caller runs inside a token request of the identity `owner`.
pub(crate) fn is_inside(owner: usize) -> bool {
    POLLED.with_borrow(|polled| polled.contains(&owner))
}

impl SharedRequest {
    pub(crate) fn new(
        owner: usize,
        signs_in: bool,
        clock: Arc<dyn Clock>,
        obtain: impl Future<Output = Outcome> + Send + 'static,
    ) -> Arc<Self> {
        let beats = Arc::<AtomicU64>::default();
        let started = clock.now();
        let counted = Arc::clone(&beats);
        let future = async move {
            let beating = async {
                loop {
                    clock.sleep(BEAT).await;
                    counted.fetch_add(1, Relaxed);
                }
            };
            match select(std::pin::pin!(obtain), std::pin::pin!(beating)).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right((never, _)) => never,
            }
        };
        Arc::new(Self {
            owner,
            future: Mutex::new(Some(Box::pin(future))),
            outcome: OnceLock::new(),
            waiters: Mutex::default(),
            beats,
            started,
            signs_in,
        })
    }

    /// Waits for the result, and polls the request meanwhile.
    pub(crate) fn join(self: &Arc<Self>) -> Waiter {
        let mut waiters = self.waiters();
        let id = waiters.next;
        waiters.next += 1;
        waiters.wakers.insert(id, None);
        Waiter { request: Arc::clone(self), id }
    }

    /// Whether no task waits for the request.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.waiters().wakers.is_empty()
    }

    /// A counter that increases every second while its runtime is driven.
    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Relaxed)
    }

    /// Whether a thread is polling it now. A provider that blocks its thread produces no beats.
    pub(crate) fn is_polled(&self) -> bool {
        matches!(self.future.try_lock(), Err(TryLockError::WouldBlock))
    }

    fn waiters(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_all(&self) {
        let wakers: Vec<Waker> = self.waiters().wakers.values_mut().filter_map(Option::take).collect();
        wakers.into_iter().for_each(Waker::wake);
    }

    fn poll(self: &Arc<Self>) -> Poll<Outcome> {
        let mut future = match self.future.try_lock() {
            Ok(future) => future,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Another waiter is polling it and will wake all of them.
            Err(TryLockError::WouldBlock) => return self.outcome_if_done(),
        };
        let Some(polled) = future.as_mut() else { return self.outcome_if_done() };
        let waker = Waker::from(Arc::clone(self));
        let polled = {
            let _inside = Inside::of(self.owner);
            polled.as_mut().poll(&mut Context::from_waker(&waker))
        };
        let Poll::Ready(outcome) = polled else { return Poll::Pending };
        *future = None;
        let outcome = self.outcome.get_or_init(|| outcome).clone();
        drop(future);
        self.wake_all();
        Poll::Ready(outcome)
    }

    fn outcome_if_done(&self) -> Poll<Outcome> {
        self.outcome.get().map_or(Poll::Pending, |outcome| Poll::Ready(outcome.clone()))
    }
}

impl Wake for SharedRequest {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }
}

/// Marks the thread while it polls a request.
struct Inside;

impl Inside {
    fn of(owner: usize) -> Self {
        POLLED.with_borrow_mut(|polled| polled.push(owner));
        Self
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        POLLED.with_borrow_mut(Vec::pop);
    }
}

/// A task that waits for a [`SharedRequest`].
pub(crate) struct Waiter {
    request: Arc<SharedRequest>,
    id: u64,
}

impl Future for Waiter {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        // Register before polling, so that a wake-up in between is not missed.
        let before = self.request.waiters().wakers.insert(self.id, Some(cx.waker().clone()));
        drop(before); // outside the lock
        self.request.poll()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let (own, left) = {
            let mut waiters = self.request.waiters();
            (waiters.wakers.remove(&self.id), waiters.wakers.is_empty())
        };
        drop(own); // outside the lock
        if !left {
            // If this waiter had just been woken, another one must be woken instead.
            self.request.wake_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Debug)]
    struct StoppedClock;

    #[wp_core::async_trait]
    impl Clock for StoppedClock {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        async fn sleep(&self, _: Duration) {
            std::future::pending::<()>().await;
        }
    }

    #[derive(Default)]
    struct WakeCount(AtomicUsize);

    impl Wake for WakeCount {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn dropping_a_waiter_wakes_the_other_waiters() {
        let request = SharedRequest::new(0, false, Arc::new(StoppedClock), std::future::pending());
        let (mut waiter, dropped) = (request.join(), request.join());
        let counts = Arc::<WakeCount>::default();
        let waker = Waker::from(Arc::clone(&counts));
        assert!(Pin::new(&mut waiter).poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(counts.0.load(Relaxed), 0);
        drop(dropped);
        assert_eq!(counts.0.load(Relaxed), 1);
        assert!(!request.is_abandoned());
        drop(waiter);
        assert!(request.is_abandoned());
    }
}
