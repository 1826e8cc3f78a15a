//! A call with an optional deadline, which is made by awaiting it.

use std::fmt;
use std::future::IntoFuture;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, select};
use wp_auth::AuthError;
use wp_core::{Clock, TransportError, TransportErrorKind};

use crate::{Error, Request, Result};

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
    run: Box<dyn FnOnce(Deadline) -> BoxFuture<'static, Result<T>> + Send>,
    clock: Arc<dyn Clock>,
    timeout: Option<Duration>,
}

impl<T: Send + 'static> Call<T> {
    /// A call that only concerns the credential.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        future: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Self {
        Self::within(clock, |mut deadline| async move {
            let outcome = deadline.limit(future).await;
            outcome.unwrap_or_else(|late| Err(AuthError::from(TransportError::from(late)).into()))
        })
    }

    /// A call of several requests, which says at its deadline what became of each.
    pub(crate) fn within<F>(clock: Arc<dyn Clock>, run: impl FnOnce(Deadline) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        Self { run: Box::new(|deadline| run(deadline).boxed()), clock, timeout: None }
    }

    /// Sets the deadline for the whole call. Default: none. If a sign-in times out, the next call that needs a token
    /// continues it, and its result is not lost. If a write times out,
    /// [`Error::may_have_happened`](crate::Error::may_have_happened) says whether it may have taken effect.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}

impl<T: Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { run, clock, timeout } = self;
        run(Deadline::new(clock, timeout))
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

/// The deadline of a call. Each request of the call is limited by it on its own, so that its error says what was cut.
pub(crate) struct Deadline(Option<Timer>);

struct Timer {
    timeout: Duration,
    /// `None` after it elapsed.
    left: Option<BoxFuture<'static, ()>>,
}

impl Deadline {
    fn new(clock: Arc<dyn Clock>, timeout: Option<Duration>) -> Self {
        Self(timeout.map(|timeout| {
            let left = async move { clock.sleep(timeout).await };
            Timer { timeout, left: Some(left.boxed()) }
        }))
    }

    /// Awaits a part of the call.
    pub(crate) async fn limit<F: Future>(&mut self, future: F) -> std::result::Result<F::Output, Late> {
        let Some(timer) = &mut self.0 else { return Ok(future.await) };
        let timeout = timer.timeout;
        let Some(left) = &mut timer.left else { return Err(Late { timeout, has_begun: false }) };
        let outcome = match select(pin!(future), left).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(_) => None,
        };
        outcome.ok_or_else(|| {
            timer.left = None;
            Late { timeout, has_begun: true }
        })
    }

    /// Sends a request of the call. If the deadline passes while it is queued, it counts as sent.
    pub(crate) async fn send<T: Send + 'static>(&mut self, request: Request<T>) -> Result<T> {
        let context = request.error_context();
        self.limit(request.send()).await.unwrap_or_else(|late| Err(context.error(late)))
    }
}

/// The deadline of a call has passed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Late {
    timeout: Duration,
    /// Whether this part of the call had begun, so that a request of it may have been sent.
    has_begun: bool,
}

impl From<Late> for TransportError {
    fn from(Late { timeout, has_begun }: Late) -> Self {
        let detail = format!("no outcome within {} ms", timeout.as_millis());
        let error = Self::new(TransportErrorKind::Timeout).detail(detail);
        if has_begun { error } else { error.not_sent() }
    }
}

impl From<Late> for Error {
    fn from(late: Late) -> Self {
        TransportError::from(late).into()
    }
}
