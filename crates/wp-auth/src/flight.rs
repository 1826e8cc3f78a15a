//! A token request that any of those who wait for it carries on.

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

/// How often a flight shows that the runtime that its timers and connections belong to is still driven.
const BEAT: Duration = Duration::from_secs(1);
/// A flight that shows nothing for this long is never going to end: its runtime rests, or is gone.
pub(crate) const SILENCE: Duration = Duration::from_millis(2_500);

/// One token request. Whoever waits for it polls it, so it goes on as long as one of them is polled: none of
/// them owns it, and one that is cancelled or rests holds up nobody.
pub(crate) struct Flight {
    /// The identity that it is for.
    owner: usize,
    /// Locked while it is polled, never while a waker is called.
    future: Mutex<Option<BoxFuture<'static, Outcome>>>,
    outcome: OnceLock<Outcome>,
    waiters: Mutex<Waiters>,
    beats: Arc<AtomicU64>,
    /// When it was begun.
    pub(crate) begun: SystemTime,
    /// It signs in, whatever a store or a refresh token could give.
    pub(crate) signs_in: bool,
}

#[derive(Default)]
struct Waiters {
    next: u64,
    wakers: HashMap<u64, Option<Waker>>,
}

thread_local! {
    /// Whose flights are being polled on this thread.
    static POLLED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Whether this runs inside a token request of the identity `owner`.
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

    /// Waits for it, and polls it meanwhile.
    pub(crate) fn join(self: &Arc<Self>) -> Waiter {
        let mut waiters = self.waiters();
        let id = waiters.next;
        waiters.next += 1;
        waiters.wakers.insert(id, None);
        Waiter { flight: Arc::clone(self), id }
    }

    /// Whether nobody waits for it.
    pub(crate) fn is_left(&self) -> bool {
        self.waiters().wakers.is_empty()
    }

    /// Rises each second while its runtime is driven.
    pub(crate) fn beats(&self) -> u64 {
        self.beats.load(Relaxed)
    }

    /// Whether a thread is inside of it now: a provider that blocks shows no beat.
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
            // Another waiter polls it, and wakes all of them with what comes of it.
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

/// Marks the thread while a flight is polled on it.
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

/// One that waits for a [`Flight`].
pub(crate) struct Waiter {
    flight: Arc<Flight>,
    id: u64,
}

impl Future for Waiter {
    type Output = Outcome;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        // Before it is polled: what wakes it in between wakes this one, too.
        let before = self.flight.waiters().wakers.insert(self.id, Some(cx.waker().clone()));
        drop(before); // without the lock
        self.flight.poll()
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let (own, left) = {
            let mut waiters = self.flight.waiters();
            (waiters.wakers.remove(&self.id), waiters.wakers.is_empty())
        };
        drop(own); // without the lock
        if !left {
            // A wake that this one was to act on must not get lost.
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
            std::future::pending().await
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
    fn one_that_goes_wakes_those_that_stay() {
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
