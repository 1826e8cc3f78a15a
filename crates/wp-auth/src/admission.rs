//! How many requests at a time carry a token that was not accepted yet.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::{Either, select};
use wp_core::Site;

/// Five refused tokens within a minute lock sign-in at miniOrange, and the sign-in that follows must not be the fifth.
const MAX_UNPROVEN: usize = 3;
/// How long one of them may keep the others waiting.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Lets a few requests through until the first of them was accepted or refused.
///
/// A place is taken by a task that is polled, and never handed to one that may not be.
#[derive(Default)]
pub(crate) struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    inside: usize,
    wakers: VecDeque<Waker>,
}

/// A request that is under way.
pub(crate) struct Admission<'g>(Option<&'g Gate>);

impl Admission<'_> {
    /// Of a request that needs no place.
    pub(crate) fn free() -> Self {
        Self(None)
    }
}

impl Gate {
    /// Waits for a place. `settled` says that none is needed any more (`true`), or that the request is not to be sent
    /// (`false`).
    pub(crate) async fn enter(
        &self,
        site: &Site,
        settled: impl Fn() -> Option<bool>,
    ) -> Option<Admission<'_>> {
        let entering = poll_fn(|cx| {
            let mut state = self.state();
            match settled() {
                Some(true) => Poll::Ready(Some(Admission::free())),
                Some(false) => Poll::Ready(None),
                None if state.inside < MAX_UNPROVEN => {
                    state.inside += 1;
                    Poll::Ready(Some(Admission(Some(self))))
                }
                None => {
                    state.wakers.push_back(cx.waker().clone());
                    Poll::Pending
                }
            }
        });
        match select(entering, site.clock().sleep(LONGEST_WAIT)).await {
            Either::Left((admission, _)) => admission,
            // Those inside hang.
            Either::Right(_) => Some(Admission::free()),
        }
    }

    /// Has all who wait look again.
    pub(crate) fn open(&self) {
        let wakers = std::mem::take(&mut self.state().wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if let Some(gate) = self.0 {
            gate.state().inside -= 1;
            gate.open();
        }
    }
}
