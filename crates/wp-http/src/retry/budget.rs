//! The retry budget of each host.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wp_core::TransportErrorKind;
use wp_core::extensions::Queued;
use wp_core::layer::Outcome;
use wp_core::retry::is_transient;

/// The tokens of a host that does not fail. These numbers are those of AWS's SDKs.
pub(super) const CAPACITY: u32 = 500;
const RETRY: u32 = 5;
const RETRY_AFTER_TIMEOUT: u32 = 10;
/// What a success without a retry gives back.
const SUCCESS: u32 = 1;

/// The most hosts that are remembered. Beyond that, the one that lacks least is forgotten.
const MAX_HOSTS: usize = 1_000;

/// The tokens that hosts lack. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Budgets(Arc<State>);

#[derive(Default)]
struct State {
    /// A host with all of its tokens is not in it, so it needs no memory.
    lacking: Mutex<BTreeMap<Box<str>, u32>>,
    /// The length of `lacking`, so that a success takes no lock while no host fails.
    hosts: AtomicUsize,
}

/// The tokens of a retry. They are given back if it ends before it is sent.
pub(super) struct Taken<'b> {
    budgets: &'b Budgets,
    host: Box<str>,
    tokens: u32,
    has_begun: bool,
    queued: Queued,
}

/// What a retry after this outcome costs.
pub(super) fn cost(outcome: &Outcome) -> u32 {
    match outcome {
        Err(error) if error.kind() == TransportErrorKind::Timeout => RETRY_AFTER_TIMEOUT,
        _ => RETRY,
    }
}

impl Budgets {
    /// Takes the tokens of a retry, or returns `None` if they are not there.
    /// `queued` says whether the retry waits to be sent, once it has begun.
    pub(super) fn take(&self, host: &str, tokens: u32, capacity: u32, queued: Queued) -> Option<Taken<'_>> {
        let mut lacking = self.lacking();
        let lacks = lacking.get(host).map_or(0, |lacks| *lacks).saturating_add(tokens);
        if lacks > capacity {
            return None;
        }
        if let Some(entry) = lacking.get_mut(host) {
            *entry = lacks;
        } else {
            if lacking.len() >= MAX_HOSTS {
                let least = lacking.iter().min_by_key(|(_, lacks)| **lacks).map(|(host, _)| host.clone());
                least.and_then(|host| lacking.remove(&host));
            }
            lacking.insert(host.into(), lacks);
        }
        self.0.hosts.store(lacking.len(), Ordering::Relaxed);
        drop(lacking);
        Some(Taken { budgets: self, host: host.into(), tokens, has_begun: false, queued })
    }

    /// Gives tokens back for a response that shows that the host works. `paid` is what its retry took; 0 for a first
    /// attempt.
    pub(super) fn reward(&self, outcome: &Outcome, host: &str, paid: u32) {
        let status = outcome.as_ref().map(http::Response::status);
        if status.is_ok_and(|status| !is_transient(status) && !status.is_server_error()) {
            self.give(host, if paid == 0 { SUCCESS } else { paid });
        }
    }

    fn give(&self, host: &str, tokens: u32) {
        // Relaxed: a token that is given back late does no harm.
        if self.0.hosts.load(Ordering::Relaxed) == 0 {
            return;
        }
        let mut lacking = self.lacking();
        let Some(lacks) = lacking.get_mut(host) else { return };
        *lacks = lacks.saturating_sub(tokens);
        if *lacks == 0 {
            lacking.remove(host);
            self.0.hosts.store(lacking.len(), Ordering::Relaxed);
        }
    }

    fn lacking(&self) -> MutexGuard<'_, BTreeMap<Box<str>, u32>> {
        self.0.lacking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken<'_> {
    /// The retry begins: from now on it is sent unless it is queued.
    pub(super) fn begin(&mut self) {
        self.has_begun = true;
    }

    pub(super) fn tokens(&self) -> u32 {
        self.tokens
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        if !self.has_begun || self.queued.get() {
            self.budgets.give(&self.host, self.tokens);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_forget_the_host_that_lacks_least() {
        let budgets = Budgets::default();
        let spend = |host: &str, tokens| {
            let taken = budgets.take(host, tokens, CAPACITY, Queued::default());
            taken.map(|mut taken| {
                taken.begin();
                taken.tokens()
            })
        };
        for number in 0..MAX_HOSTS {
            let tokens = if number == 7 { 1 } else { 100 };
            assert_eq!(spend(&number.to_string(), tokens), Some(tokens));
        }
        assert_eq!(spend("new", 200), Some(200));
        let lacking = budgets.lacking();
        assert_eq!(lacking.len(), MAX_HOSTS);
        assert!(!lacking.contains_key("7") && lacking["8"] == 100 && lacking["new"] == 200);
    }
}
