//! What proves a transport: rules that hold for every one, checked on raw sockets.
//!
//! A transport of your own passes them, or the report says which it breaks and how:
//!
//! ```
//! # #[cfg(feature = "hyper")]
//! # fn main() -> Result<(), wp_core::TransportError> {
//! use std::sync::Arc;
//! use wp_http::conformance::Suite;
//! use wp_http::{HyperTransport, TokioClock};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
//! #     wp_core::TransportError::new(wp_core::TransportErrorKind::Other).source(error)
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
//! The servers are threads, so that it runs on whatever runtime the transport needs. All of it stays on this
//! machine.

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

/// What has not happened by then does not happen. Nothing takes anywhere near as long.
const PATIENCE: Duration = Duration::from_secs(20);

/// All rules, for one transport.
#[must_use = "a suite is run by `run`"]
pub struct Suite {
    probe: Probe,
    left_out: Vec<(String, String)>,
}

impl Suite {
    /// The rules for `transport`. The clock bounds the time of each.
    pub fn new(transport: impl Transport, clock: Arc<dyn Clock>) -> Self {
        Self { probe: Probe { transport: Arc::new(transport), clock }, left_out: Vec::new() }
    }

    /// Leaves the rule with this name out, for this reason, which the report shows: a transport that keeps no
    /// connection cannot use one twice.
    pub fn without(mut self, rule: &str, why: &str) -> Self {
        self.left_out.push((rule.to_owned(), why.to_owned()));
        self
    }

    /// Checks the rules, one after the other, in a few seconds.
    pub async fn run(self) -> Report {
        let mut report = Report::default();
        for rule in rules::all() {
            let outcome = match self.left_out.iter().find(|(name, _)| name == rule.name) {
                Some((_, why)) => Outcome::NotRun(why.clone()),
                None => self.check(rule).await,
            };
            report.add(rule.name, outcome);
        }
        for (name, _) in &self.left_out {
            if rules::all().all(|rule| rule.name != name) {
                report.add(name, Outcome::Failed("there is no such rule that could be left out".to_owned()));
            }
        }
        report
    }

    async fn check(&self, rule: &Rule) -> Outcome {
        let mut check = pin!((rule.check)(self.probe.clone()));
        let mut time = pin!(self.probe.clock.sleep(PATIENCE));
        let outcome = poll_fn(|cx| match check.as_mut().poll(cx) {
            Poll::Pending => {
                time.as_mut().poll(cx).map(|()| Err(format!("it did not end within {PATIENCE:?}")))
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
        f.debug_struct("Suite").field("left_out", &self.left_out).finish_non_exhaustive()
    }
}

/// What every transport does.
struct Rule {
    /// What it does, in words.
    name: &'static str,
    check: fn(Probe) -> Checking,
}

type Checking = std::pin::Pin<Box<dyn Future<Output = Checked> + Send>>;

/// What was seen instead.
type Checked = Result<(), String>;
