//! Retries.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use http::request::Parts;
use http::{Request, Response};
use wp_core::extensions::{self, Attempt, Queued, Retryable, Streamed};
use wp_core::response::{Refusal, UnexpectedKind, read};
use wp_core::retry::{is_safe_request, is_transient, may_have_acted};
use wp_core::{Attempts, Body, Clock, GiveUpReason, Query, Transport, TransportError, retry_after};

use crate::timeout::{Timer, too_late};

/// Retries a request after a transient failure, unless it could take effect twice. The rules are those of
/// [`wp_core::retry`]. A firewall's page without `Retry-After` is a permanent failure, whatever its status.
///
/// Before a retry, it waits as long as the server asks (`Retry-After`, in seconds or as a date). Otherwise it waits
/// longer before each retry, with a random part so that many clients do not retry at the same moment. It returns the
/// last response or error, with the number of attempts and the reason why there was no further retry ([`Attempts`]).
///
/// It reads each response to the end, so that a truncated one is requested again. Put a [`BodyCap`](crate::BodyCap)
/// inside to limit the memory. A response to a request with [`Streamed`] is returned as it arrives.
pub struct Retry<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
}

impl<T> Retry<T> {
    /// Wraps `inner` with the default [`RetryPolicy`].
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, policy: RetryPolicy::default() }
    }

    /// Sets the retry policy.
    pub fn policy(mut self, policy: RetryPolicy) -> Self {
        self.policy = policy;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Retry<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let next = |request| send_whole(request, |request| self.inner.send(request));
        send_with_retry(&self.clock, &self.policy, request, next).await
    }
}

impl<T> fmt::Debug for Retry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retry").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// How many times a request is sent, and when. Which requests may be retried is not configurable: see [`Retry`].
///
/// ```
/// use std::time::Duration;
/// use wp_http::RetryPolicy;
///
/// let policy = RetryPolicy::default()
///     .attempts(3)
///     .backoff(Duration::from_millis(200), Duration::from_secs(5))
///     .deadline(Duration::from_secs(30));
/// assert_ne!(policy, RetryPolicy::never());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    attempts: u32,
    first: Duration,
    most: Duration,
    longest: Duration,
    deadline: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let [first, most, longest, deadline] = [500, 20_000, 60_000, 180_000].map(Duration::from_millis);
        Self { attempts: 4, first, most, longest, deadline }
    }
}

impl RetryPolicy {
    /// A policy without retries.
    ///
    /// ```
    /// use wp_http::RetryPolicy;
    ///
    /// let policy = RetryPolicy::never();
    /// # let _ = policy;
    /// ```
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// Sets the largest number of attempts, including the first. Default: 4. 0 counts as 1.
    ///
    /// ```
    /// use wp_http::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().attempts(2);
    /// # let _ = policy;
    /// ```
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most.max(1);
        self
    }

    /// Sets the wait before a retry if the server sends no `Retry-After`: `first` before the first retry, twice as long
    /// before each further one, and never more than `most`. Default: 0.5 s and 20 s. The actual wait is random, between
    /// half of that and all of it.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wp_http::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().backoff(Duration::from_millis(200), Duration::from_secs(5));
    /// # let _ = policy;
    /// ```
    pub fn backoff(mut self, first: Duration, most: Duration) -> Self {
        (self.first, self.most) = (first, most);
        self
    }

    /// Sets the longest `Retry-After` that is honoured. Default: 60 s. If the server asks for more, there is no retry:
    /// WordPress in maintenance asks for 600 s (observed).
    ///
    /// ```
    /// use std::time::Duration;
    /// use wp_http::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().max_retry_after(Duration::from_secs(600));
    /// # let _ = policy;
    /// ```
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.longest = wait;
        self
    }

    /// Sets the time from the start of the first attempt within which the last attempt must start. Default: 3 minutes.
    ///
    /// The deadline does not cancel a running attempt, because an upload may take long. A request with
    /// [`extensions::Timeout`] uses that timeout instead, which does cancel a running attempt.
    ///
    /// ```
    /// use std::time::Duration;
    /// use wp_http::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().deadline(Duration::from_secs(30));
    /// # let _ = policy;
    /// ```
    pub fn deadline(mut self, all: Duration) -> Self {
        self.deadline = all;
        self
    }

    /// The wait after attempt `made`: random, between half of the backoff and all of it.
    fn wait(&self, made: u32) -> Duration {
        let due = self.first.saturating_mul(1 << (made - 1).min(16)).min(self.most);
        due / 2 + jitter(due / 2)
    }
}

/// A random duration up to `most`.
fn jitter(most: Duration) -> Duration {
    Duration::from_millis(fastrand::u64(0..=u64::try_from(most.as_millis()).unwrap_or(u64::MAX)))
}

/// Sends a request with retries. `next` must read each response [to its end](send_whole).
pub(crate) async fn send_with_retry<F>(
    clock: &Arc<dyn Clock>,
    policy: &RetryPolicy,
    request: Request<Body>,
    next: impl Fn(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let (parts, mut body) = request.into_parts();
    let own = parts.extensions.get().map(|&extensions::Timeout(own)| own);
    let deadline = own.unwrap_or(policy.deadline);
    let mut timer = own.map(|own| Timer::new(clock, own));
    let started = clock.now();
    let mut attempts = Attempts::new(0, None);
    loop {
        attempts.made += 1;
        let again = body.try_clone();
        let mut request = Request::from_parts(parts.clone(), body);
        if attempts.made > 1 {
            request.extensions_mut().insert(Attempt(attempts.made));
        }
        let queued = Queued::default();
        if own.is_some() {
            request.extensions_mut().insert(queued.clone());
        }
        let mut attempt = pin!(next(request));
        let mut over = |cx: &mut Context<'_>| timer.as_mut().map_or(Poll::Pending, |timer| timer.poll(cx));
        let outcome = poll_fn(|cx| {
            // A queued request must not start after the timeout.
            if queued.get()
                && let Poll::Ready(limit) = over(cx)
            {
                return Poll::Ready(Err(limit));
            }
            match attempt.as_mut().poll(cx) {
                Poll::Pending => over(cx).map(Err),
                outcome @ Poll::Ready(_) => outcome.map(Ok),
            }
        });
        let outcome = match outcome.await {
            Ok(outcome) => outcome,
            Err(limit) => {
                let error = too_late(&format_args!("the limit for all attempts was {limit:?}"));
                let error = if queued.get() { error.not_sent() } else { error };
                attempts.gave_up = Some(GiveUpReason::Deadline);
                return Err(error.attempted(attempts));
            }
        };
        let now = clock.now();
        let left = deadline.saturating_sub(now.duration_since(started).unwrap_or_default());
        let (wait, in_doubt) = match judge(policy, &parts, &outcome, attempts.made, now) {
            Verdict::Over => return with(outcome, attempts),
            Verdict::Stop(why) => return with(outcome, Attempts { gave_up: Some(why), ..attempts }),
            Verdict::Wait { wait, in_doubt } => (wait, in_doubt),
        };
        let (Some(again), true) = (again, wait < left) else {
            let why = if wait < left { GiveUpReason::BodyConsumed } else { GiveUpReason::Deadline };
            return with(outcome, Attempts { gave_up: Some(why), ..attempts });
        };
        drop(outcome); // closes the connection if the response is incomplete
        attempts.in_doubt |= in_doubt;
        body = again;
        clock.sleep(wait).await;
    }
}

/// Sends a request and reads its response to the end, unless the request is [`Streamed`].
pub(crate) async fn send_whole<F>(
    request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let streamed = request.extensions().get::<Streamed>().is_some();
    let response = next(request).await?;
    if streamed {
        return Ok(response);
    }
    let (mut head, body) = response.into_parts();
    // The transport inside limits the size.
    let body = body.collect(u64::MAX).await?;
    if is_transient(head.status)
        && let Err(Refusal::Unexpected(response)) = read(head.status, &head.headers, &body)
    {
        head.extensions.insert(response.kind());
    }
    Ok(Response::from_parts(head, body.into()))
}

enum Verdict {
    /// Success, or a permanent failure.
    Over,
    /// A transient failure that is not retried, and why.
    Stop(GiveUpReason),
    Wait {
        wait: Duration,
        in_doubt: bool,
    },
}

fn judge(
    policy: &RetryPolicy,
    request: &Parts,
    outcome: &Result<Response<Body>, TransportError>,
    made: u32,
    now: SystemTime,
) -> Verdict {
    let (transient, acted, asked) = match outcome {
        Ok(response) => {
            let asked = retry_after(response.headers(), now);
            let kind: Option<&UnexpectedKind> = response.extensions().get();
            let refused = asked.is_none() && kind.is_some_and(|kind| kind.is_lasting());
            (
                is_transient(response.status()) && !refused,
                may_have_acted(response.status(), asked.is_some()),
                asked,
            )
        }
        Err(error) => (error.is_transient(), error.may_have_been_sent(), None),
    };
    let wish = request.extensions.get();
    if !transient || policy.attempts == 1 || wish == Some(&Retryable::Never) {
        return Verdict::Over;
    }
    let query = Query::parse(request.uri.query().unwrap_or_default());
    let in_doubt = acted && !is_safe_request(&request.method, &request.headers, &query);
    if in_doubt && wish != Some(&Retryable::Idempotent) {
        return Verdict::Stop(GiveUpReason::InDoubt);
    }
    if made >= policy.attempts {
        return Verdict::Stop(GiveUpReason::Count);
    }
    let wait = match asked {
        Some(asked) if asked > policy.longest => return Verdict::Stop(GiveUpReason::RetryAfter(asked)),
        Some(asked) => asked + jitter(policy.first),
        None => policy.wait(made),
    };
    Verdict::Wait { wait, in_doubt }
}

/// Adds `attempts` to the outcome, unless there was one attempt and nothing to report.
fn with(
    outcome: Result<Response<Body>, TransportError>,
    attempts: Attempts,
) -> Result<Response<Body>, TransportError> {
    if attempts == Attempts::new(1, None) {
        return outcome;
    }
    match outcome {
        Ok(mut response) => {
            response.extensions_mut().insert(attempts);
            Ok(response)
        }
        Err(error) => Err(error.attempted(attempts)),
    }
}
