//! A conformance suite for transports: rules that every [`Transport`] must keep, checked on raw sockets.
//!
//! Run it over a transport of your own. The report names each rule that it breaks, and what was observed:
//!
//! ```
//! # #[cfg(feature = "hyper")]
//! # fn main() -> Result<(), wp_core::TransportError> {
//! use std::sync::Arc;
//! use wp_http::conformance::Suite;
//! use wp_http::{HyperTransport, TokioClock};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
//! #     wp_core::TransportError::new(wp_core::TransportErrorKind::Other).caused_by(error)
//! # })?;
//! # runtime.block_on(async {
//! let report = Suite::new(HyperTransport::new()?, Arc::new(TokioClock)).run().await;
//! assert!(report.is_conformant(), "{report}");
//! # Ok(())
//! # })
//! # }
//! # #[cfg(not(feature = "hyper"))]
//! # fn main() {}
//! ```
//!
//! The servers run in threads, so the suite works with any runtime. All traffic stays on the loopback interface.

mod clock;
mod probe;
mod report;
mod rules;
mod server;

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use wp_core::{Clock, Transport};

pub use clock::ManualClock;
use probe::Probe;
pub use report::{Outcome, Report};
pub use server::{Conn, Server, response};

/// The time limit of a rule, far longer than any takes.
const RULE_TIMEOUT: Duration = Duration::from_secs(20);

/// Checks one transport against all rules.
#[must_use = "a suite is run by `run`"]
pub struct Suite {
    probe: Probe,
    skipped: Vec<(String, String)>,
}

impl Suite {
    /// A suite for `transport`. `clock` measures the time limit of each rule, 20 s.
    pub fn new(transport: impl Transport, clock: Arc<dyn Clock>) -> Self {
        Self { probe: Probe { transport: Arc::new(transport), clock }, skipped: Vec::new() }
    }

    /// Skips the rule with this name. The report shows the reason: for example, a transport that does not pool
    /// connections cannot reuse one.
    pub fn without(mut self, rule: &str, why: &str) -> Self {
        self.skipped.push((rule.to_owned(), why.to_owned()));
        self
    }

    /// Checks the rules one after the other. It takes a few seconds.
    pub async fn run(self) -> Report {
        let mut report = Report::default();
        for rule in rules::all() {
            let outcome = match self.skipped.iter().find(|(name, _)| name == rule.name) {
                Some((_, why)) => Outcome::NotRun(why.clone()),
                None => self.check(rule).await,
            };
            report.add(rule.name, outcome);
        }
        for (name, _) in &self.skipped {
            if rules::all().all(|rule| rule.name != name) {
                report.add(name, Outcome::Failed("there is no such rule to skip".to_owned()));
            }
        }
        report
    }

    async fn check(&self, rule: &Rule) -> Outcome {
        let mut check = pin!((rule.check)(self.probe.clone()));
        let mut time = pin!(self.probe.clock.sleep(RULE_TIMEOUT));
        let outcome = poll_fn(|cx| match check.as_mut().poll(cx) {
            Poll::Pending => {
                time.as_mut().poll(cx).map(|()| Err(format!("no result within {RULE_TIMEOUT:?}")))
            }
            outcome @ Poll::Ready(_) => outcome,
        });
        match outcome.await {
            Ok(()) => Outcome::Passed,
            Err(seen) => Outcome::Failed(seen),
        }
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("skipped", &self.skipped).finish_non_exhaustive()
    }
}

/// A rule that every transport must keep.
struct Rule {
    /// The rule in words: what the transport does.
    name: &'static str,
    check: fn(Probe) -> Checking,
}

type Checking = std::pin::Pin<Box<dyn Future<Output = Checked> + Send>>;

/// The error says what was observed instead.
type Checked = Result<(), String>;
