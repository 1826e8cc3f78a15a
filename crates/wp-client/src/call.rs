//! A call with an optional deadline, which is made by awaiting it.

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};
use wp_auth::AuthError;
use wp_core::{Clock, TransportError, TransportErrorKind};

use crate::Result;

/// A call to the site, such as a sign-in or a check. Awaiting it makes the call.
///
/// ```no_run
/// # async fn run(wp: wp_client::Client) -> wp_client::Result<()> {
/// use std::time::Duration;
///
/// let token = wp.sign_in().timeout(Duration::from_secs(10)).await?;
/// # drop(token); Ok(()) }
/// ```
#[must_use = "a call is made by awaiting it"]
pub struct Call<T> {
    future: BoxFuture<'static, Result<T>>,
    clock: Arc<dyn Clock>,
    timeout: Option<Duration>,
}

impl<T: Send + 'static> Call<T> {
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Self {
        Self { future: future.boxed(), clock, timeout: None }
    }

    /// Sets the deadline for the whole call. Default: none. If a sign-in times out, the next call that needs a token
    /// continues it, and its result is not lost.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<T: Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { future, clock, timeout } = self;
        let Some(timeout) = timeout else { return future };
        async move {
            match select(future, clock.sleep(timeout)).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => {
                    let error = TransportError::new(TransportErrorKind::Timeout);
                    let detail = format!("no outcome within {} ms", timeout.as_millis());
                    Err(AuthError::from(error.detail(detail)).into())
                }
            }
        }
        .boxed()
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
