//! The clock of the clients: a timeout rings when the server says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Handle;
use wp_client::{async_trait, wp_core::Clock};
use wp_http::conformance::ManualClock;

/// The limit of a whole exchange, and that of its idleness. Nothing else takes as long.
pub(crate) const WHOLE: Duration = Duration::from_secs(100_000);
pub(crate) const IDLE: Duration = Duration::from_secs(50_000);

/// What is shorter than the limits is a pause before the next attempt, and passes by itself. The limits end when a
/// server lets them end, so that no result depends on how fast this machine is.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    manual: ManualClock,
    started: Instant,
    pauses: Arc<AtomicUsize>,
    /// How many times as fast a pause passes.
    haste: u32,
    runtime: Handle,
}

impl Limits {
    /// In the runtime of the client.
    pub(crate) fn new(haste: u32) -> Self {
        let (manual, runtime) = (ManualClock::new(), Handle::current());
        Self { manual, started: Instant::now(), pauses: Arc::default(), haste, runtime }
    }

    /// Lets time pass in steps until the attempt that is under way is over. Each waits until so many limits run: one
    /// before the body of the response, both within it.
    pub(crate) fn pass(&self, step: Duration, running: usize, mut before_each: impl FnMut()) {
        let pauses = self.pauses.load(SeqCst);
        let mut over = false;
        while !over {
            before_each();
            self.runtime.block_on(self.manual.advance_when(|left| {
                over = self.pauses.load(SeqCst) != pauses;
                if over { Some(Duration::ZERO) } else { (left.len() >= running).then_some(step) }
            }));
        }
    }

    /// There is no further attempt.
    pub(crate) async fn over(&self) {
        self.pause(Duration::ZERO).await;
    }

    async fn pause(&self, duration: Duration) {
        self.pauses.fetch_add(1, SeqCst);
        // Every user of the clock sees it.
        self.manual.sleep(Duration::ZERO).await;
        tokio::time::sleep(duration / self.haste).await;
    }
}

#[async_trait]
impl Clock for Limits {
    fn now(&self) -> SystemTime {
        self.manual.now() + self.started.elapsed() * self.haste
    }

    async fn sleep(&self, duration: Duration) {
        if duration < IDLE {
            self.pause(duration).await;
        } else {
            self.manual.sleep(duration).await;
        }
    }
}
