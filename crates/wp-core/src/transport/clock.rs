//! The clock contract.

use std::fmt::Debug;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Reads the time, and waits. This is all that these crates need from a runtime.
///
/// `wp-http` implements it on tokio. It is wall-clock time, because tokens outlive the process that fetched them.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Debug)]
/// struct NoTimeouts;
///
/// #[wp_core::async_trait]
/// impl wp_core::Clock for NoTimeouts {
///     fn now(&self) -> SystemTime {
///         SystemTime::now()
///     }
///     async fn sleep(&self, _: Duration) {
///         std::future::pending().await // nothing times out; a real clock uses the timer of its runtime
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait Clock: Debug + Send + Sync + 'static {
    /// The current wall-clock time.
    fn now(&self) -> SystemTime;

    /// Resolves when `duration` has passed.
    async fn sleep(&self, duration: Duration);
}

/// Forwards the call without allocating a future of its own.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> SystemTime {
        (**self).now()
    }

    fn sleep<'s, 'f>(&'s self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        (**self).sleep(duration)
    }
}
