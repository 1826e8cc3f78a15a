//! Limits the number of concurrent requests with a token that the site has not accepted yet.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use futures_util::future::{Either, select};
use wp_core::Site;

/// With miniOrange, five refused tokens in a minute lock sign-in. The sign-in that follows must not be the fifth
/// failure.
const MAX_UNPROVEN: usize = 3;
/// How long admitted requests may block the queued ones. After that one more is admitted, because they may hang.
const MAX_WAIT: Duration = Duration::from_secs(20);

/// Admits a few requests until the first of them is accepted or refused.
///
/// A task takes its place when it is polled. A place is never assigned to a task that may not be polled any more.
#[derive(Default)]
pub(crate) struct Admissions(Mutex<State>);

#[derive(Default)]
struct State {
    inside: usize,
    next: u64,
    /// The wakers of the queued requests. Every change wakes all of them, because a single woken task may not be
    /// polled.
    wakers: HashMap<u64, Waker>,
    /// When a request was last admitted beyond the limit.
    opened: Option<SystemTime>,
}

/// The place of a request in flight.
pub(crate) struct Admission<'g>(Option<&'g Admissions>);

impl Admission<'_> {
    /// For a request that needs no place.
    pub(crate) fn free() -> Self {
        Self(None)
    }
}

impl Admissions {
    /// Waits for a place. `settled` returns `true` if none is needed any more, and `false` if the request must
    /// not be sent.
    pub(crate) async fn enter(
        &self,
        site: &Site,
        settled: impl Fn() -> Option<bool> + Unpin,
    ) -> Option<Admission<'_>> {
        let mut entering = Entering { admissions: self, id: self.state().number(), settled };
        loop {
            match select(&mut entering, site.clock().sleep(MAX_WAIT)).await {
                Either::Left((admission, _)) => return admission,
                Either::Right(_) if self.opens(site.clock().now()) => return Some(Admission(Some(self))),
                Either::Right(_) => {}
            }
        }
    }

    /// Wakes all queued requests.
    pub(crate) fn open(&self) {
        let wakers = std::mem::take(&mut self.state().wakers);
        wakers.into_values().for_each(Waker::wake);
    }

    /// Whether one more request may be admitted beyond the limit: one for each `MAX_WAIT`.
    fn opens(&self, now: SystemTime) -> bool {
        let mut state = self.state();
        // Also when the clock was set back.
        let is_time =
            state.opened.is_none_or(|last| now.duration_since(last).map_or(true, |age| age >= MAX_WAIT));
        if is_time {
            state.opened = Some(now);
            state.inside += 1;
        }
        is_time
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }
}

/// A request that waits for a place.
struct Entering<'g, F> {
    admissions: &'g Admissions,
    id: u64,
    settled: F,
}

impl<'g, F: Fn() -> Option<bool> + Unpin> Future for Entering<'g, F> {
    type Output = Option<Admission<'g>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let admissions = self.admissions;
        let mut state = admissions.state();
        match (self.settled)() {
            Some(true) => Poll::Ready(Some(Admission::free())),
            Some(false) => Poll::Ready(None),
            None if state.inside < MAX_UNPROVEN => {
                state.inside += 1;
                Poll::Ready(Some(Admission(Some(admissions))))
            }
            None => {
                let before = state.wakers.insert(self.id, cx.waker().clone());
                drop(state);
                drop(before); // outside the lock
                Poll::Pending
            }
        }
    }
}

impl<F> Drop for Entering<'_, F> {
    fn drop(&mut self) {
        let own = self.admissions.state().wakers.remove(&self.id);
        drop(own); // outside the lock
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(admissions) = self.0 {
            admissions.state().inside -= 1;
            admissions.open();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn dropped_queued_request_removes_its_waker() {
        let admissions = Admissions::default();
        let enter =
            || Entering { admissions: &admissions, id: admissions.state().number(), settled: || None };
        let inside: Vec<_> = (0..MAX_UNPROVEN).map(|_| enter().now_or_never().unwrap()).collect();
        let mut queued: Vec<_> = (0..5).map(|_| enter()).collect();
        let waker = futures_util::task::noop_waker();
        for entering in &mut queued {
            assert!(Pin::new(entering).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        assert_eq!(admissions.state().wakers.len(), 5);
        drop(queued);
        assert!(admissions.state().wakers.is_empty());
        drop(inside);
        assert_eq!(admissions.state().inside, 0);
    }
}
