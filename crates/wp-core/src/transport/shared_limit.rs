//! The contract of a limit that several processes share.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use crate::{Clock, TransportError};

/// A limit on the requests to a host that several processes share, such as workers on several machines.
///
/// `wp-auth-redis` implements it. The limiter of `wp-http` asks it for each attempt, after the turn in its own queue.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
/// use std::time::Duration;
/// use wp_core::{Admission, Clock, SharedLimit, TransportError, async_trait};
///
/// /// Counts the attempts, and limits nothing.
/// #[derive(Debug, Default)]
/// struct Counted(AtomicUsize);
///
/// #[async_trait]
/// impl SharedLimit for Counted {
///     async fn admit(&self, _: &str, _: &dyn Clock) -> Result<Arc<dyn Admission>, TransportError> {
///         self.0.fetch_add(1, Relaxed);
///         Ok(Arc::new(()))
///     }
///     fn renewal(&self) -> Duration {
///         Duration::from_secs(60)
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait SharedLimit: Debug + Send + Sync + 'static {
    /// Waits until an exchange with `host` may start. `host` is the authority of the URL, such as `example.org:8080`, and
    /// `clock` measures the wait. Dropping the future gives the place in the queue up.
    ///
    /// # Errors
    /// The error of the request, if the limit cannot be asked: [`not_sent`](TransportError::not_sent), and
    /// [transient](TransportError::transient) if it may work later.
    async fn admit(&self, host: &str, clock: &dyn Clock) -> Result<Arc<dyn Admission>, TransportError>;

    /// The time after which an admission must be [renewed](Admission::renew).
    fn renewal(&self) -> Duration;
}

/// The permission to hold one exchange. It ends when the last reference is dropped: when the response has arrived as a
/// whole, or was dropped.
#[async_trait::async_trait]
pub trait Admission: Send + Sync + 'static {
    /// Extends the admission, as long as its exchange is polled.
    async fn renew(&self);

    /// Tells the other processes that the host asked to send nothing for this time. Does not wait until they know.
    fn pause(&self, time: Duration);
}

/// An admission that needs no permission.
#[async_trait::async_trait]
impl Admission for () {
    async fn renew(&self) {}

    fn pause(&self, _: Duration) {}
}
