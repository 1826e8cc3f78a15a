//! A token request in flight, which every waiting task can drive.

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

/// The interval at which a flight shows that its runtime, which owns its timers and connections, is still driven.
const BEAT: Duration = Duration::from_secs(1);
/// Without a beat for this long, the flight will not finish: its runtime is idle or was dropped.
pub(crate) const SILENCE: Duration = Duration::from_millis(2_500);

/// One token request. Each waiting task polls it, so it progresses as long as one of them is polled. No task owns
/// it, and a task that is cancelled or idle does not block the others.
pub(crate) struct Flight {
    /// The address of the identity that it belongs to.
    owner: usize,
    /// Locked while it is polled, never while a waker is called.
    future: Mutex<Option<BoxFuture<'static, Outcome>>>,
    outcome: OnceLock<Outcome>,
    waiters: Mutex<Waiters>,
    beats: Arc<AtomicU64>,
    /// When it started.
    pub(crate) begun: SystemTime,
    /// Whether it signs in, without using a store or a refresh token.
    pub(crate) signs_in: bool,
}

#[derive(Default)]
struct Waiters {
    next: u64,
    wakers: HashMap<u64, Option<Waker>>,
}

thread_local! {
    /// The owners of the flights that this thread is polling.
    static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Whether the caller runs inside a token request of the identity `owner`.
pub(crate) fn is_inside(owner: usize) -> bool {
    POLLED.with_borrow(|polled| polled.contains(&owner))
}

impl Flight {
    pub(crate) fn new(
        owner: usize,
        signs_in: bool,
        clock: Arc<dyn Clock>,
        obtain: impl Future<Output = Outcome> + Send + 'static,
    ) -> Arc<Self> {
        let beats = Arc::<AtomicU64>::default();
        let begun = clock.now();
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
            begun,
            signs_in,
        })
    }

    /// Waits for the result, and polls the flight meanwhile.
    pub(crate) fn join(self: &Arc<Self>) -> Waiter {
        let mut waiters = self.waiters();
        let id = waiters.next;
        waiters.next += 1;
        waiters.wakers.insert(id, None);
        Waiter { flight: Arc::clone(self), id }
    }

    /// Whether no task waits for it.
    pub(crate) fn is_left(&self) -> bool {
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
            Err(TryLockError::WouldBlock) => return self.ended(),
        };
        let Some(polled) = future.as_mut() else { return self.ended() };
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

    fn ended(&self) -> Poll<Outcome> {
        self.outcome.get().map_or(Poll::Pending, |outcome| Poll::Ready(outcome.clone()))
    }
}

impl Wake for Flight {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }
}

/// Marks the thread while it polls a flight.
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

/// A task that waits for a [`Flight`].
pub(crate) struct Waiter {
    flight: Arc<Flight>,
    id: u64,
}

impl Future for Waiter {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        // Register before polling, so that a wake-up in between is not missed.
        let before = self.flight.waiters().wakers.insert(self.id, Some(cx.waker().clone()));
        drop(before); // outside the lock
        self.flight.poll()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let (own, left) = {
            let mut waiters = self.flight.waiters();
            (waiters.wakers.remove(&self.id), waiters.wakers.is_empty())
        };
        drop(own); // outside the lock
        if !left {
            // If this waiter had just been woken, another one must be woken instead.
            self.flight.wake_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Debug)]
    struct Still;

    #[wp_core::async_trait]
    impl Clock for Still {
        fn now(&self) -> SystemTime {
            SystemTime::UNIX_EPOCH
        }

        async fn sleep(&self, _: Duration) {
            std::future::pending::<()>().await;
        }
    }

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Relaxed);
        }
    }

    #[test]
    fn dropping_a_waiter_wakes_the_other_waiters() {
        let flight = Flight::new(0, false, Arc::new(Still), std::future::pending());
        let (mut stays, goes) = (flight.join(), flight.join());
        let counts = Arc::<Counts>::default();
        let waker = Waker::from(Arc::clone(&counts));
        assert!(Pin::new(&mut stays).poll(&mut Context::from_waker(&waker)).is_pending());
        assert_eq!(counts.0.load(Relaxed), 0);
        drop(goes);
        assert_eq!(counts.0.load(Relaxed), 1);
        assert!(!flight.is_left());
        drop(stays);
        assert!(flight.is_left());
    }
}
