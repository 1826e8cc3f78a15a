//! The clock of a tokio runtime.

use std::time::{Duration, SystemTime};

use wp_core::Clock;

/// The [`Clock`] of a tokio runtime whose timer is enabled.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokioClock;

#[async_trait::async_trait]
impl Clock for TokioClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}
