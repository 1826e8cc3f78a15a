//! Retries.

mod budget;

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use wp_core::extensions::{Queued, Retryable, Streamed, Timeout};
use wp_core::layer::{By, Layer, Outcome, ReusableRequest, send_by};
use wp_core::response::{Refusal, UnexpectedKind, read};
use wp_core::retry::{is_safe_request, is_transient, may_have_acted};
use wp_core::{Attempts, Body, Clock, GiveUpReason, Query, Transport, TransportError, retry_after};

use crate::limit::host_of;
use crate::timeout::{Timer, too_late};
pub(crate) use budget::Budgets;
use budget::{Taken, cost};

/// Retries a request after a transient failure, unless it could take effect twice. The rules are those of
/// [`wp_core::retry`]. A firewall's page without `Retry-After` is a permanent failure, whatever its status.
///
/// Before a retry, it waits as long as the server asks (`Retry-After`, in seconds or as a date). Otherwise it waits
/// longer before each retry, with a random part so that many clients do not retry at the same moment. It returns the
/// last response or error, with the number of attempts and the reason why there was no further retry ([`Attempts`]).
///
/// All requests to a host share a [budget of retries](RetryPolicy::budget), so that retries do not multiply the load on
/// a host that fails for all of them.
///
/// It reads each response to the end, so that a truncated one is requested again. Put a [`BodyCap`](crate::BodyCap)
/// inside to limit the memory. A response to a request with [`Streamed`] is returned as it arrives.
///
/// ```
/// use std::sync::Arc;
/// use wp_http::{Clock, Retry, RetryPolicy, Transport};
///
/// fn retried(transport: impl Transport, clock: Arc<dyn Clock>) -> impl Transport {
///     Retry::new(transport, clock).policy(RetryPolicy::default().attempts(3))
/// }
/// ```
pub struct Retry<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
    budgets: Budgets,
}

impl<T> Retry<T> {
    /// Wraps `inner` with the default [`RetryPolicy`].
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, policy: RetryPolicy::default(), budgets: Budgets::default() }
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
        let Self { inner, clock, policy, budgets } = self;
        let whole = ReadWhole { next: By(inner) };
        send_by(&Retries { clock, policy, budgets, next: whole }, request).await
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
    budget: Option<u32>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        let [first, most, longest, deadline] = [500, 20_000, 60_000, 180_000].map(Duration::from_millis);
        Self { attempts: 4, first, most, longest, deadline, budget: Some(budget::CAPACITY) }
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
    /// [`Timeout`] uses that timeout instead, which does cancel a running attempt.
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

    /// Sets how many tokens a host has for retries. Default: 500. `None` for no limit.
    ///
    /// All requests of a client to one host share the tokens. A retry takes 5, and 10 after a timeout. A retry that
    /// succeeds gives back what it took, and a first attempt that succeeds gives back 1; a response below 500 that is not
    /// [transient](wp_core::retry::is_transient) is a success. Without enough tokens there is no retry, and the last
    /// response or error says so ([`GiveUpReason::BudgetExhausted`]). So a host that fails gets a hundred retries in all,
    /// however many requests are under way, and one more for five successes.
    ///
    /// A retry that does not get out of the queue of the [limits](crate::Limit) costs nothing, whether it is cancelled
    /// there or the [shared limit](wp_core::SharedLimit) cannot be asked.
    ///
    /// A retry that the server asks for (`Retry-After`) costs as much as any other: it is throttling. The numbers and
    /// rules are those of the [standard retry mode of AWS's SDKs][aws].
    ///
    /// [aws]: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
    ///
    /// ```
    /// use wp_http::RetryPolicy;
    ///
    /// let policy = RetryPolicy::default().budget(Some(100)); // 20 retries of a host that fails
    /// assert_ne!(policy, RetryPolicy::default().budget(None));
    /// ```
    pub fn budget(mut self, tokens: Option<u32>) -> Self {
        self.budget = tokens;
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

/// The layer that retries. The layer below must read each response [to its end](ReadWhole).
pub(crate) struct Retries<'s, L> {
    pub(crate) clock: &'s Arc<dyn Clock>,
    pub(crate) policy: &'s RetryPolicy,
    pub(crate) budgets: &'s Budgets,
    pub(crate) next: L,
}

impl<L: Layer> Layer for Retries<'_, L> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let Self { clock, policy, budgets, next } = self;
        let mut own = request.extensions().get().map(|&Timeout(own)| OwnTimeout::new(clock, own));
        let deadline = own.as_ref().map_or(policy.deadline, |own| own.timeout);
        if let Some(own) = &own {
            request.queued = Some(own.queued.clone());
        }
        let started = clock.now();
        let mut attempts = Attempts::new(0, None);
        // What this attempt cost. Boxed, so that it takes no room without a retry.
        let mut taken: Option<Box<Taken<'_>>> = None;
        loop {
            attempts.made += 1;
            request.attempt = attempts.made;
            request.set_queued(false);
            if let Some(taken) = &mut taken {
                taken.begin();
            }
            let outcome = {
                let mut attempt = pin!(next.forward(request));
                match &mut own {
                    None => attempt.await,
                    Some(own) => match own.limit(attempt.as_mut()).await {
                        Ok(outcome) => outcome,
                        Err(error) => {
                            attempts.gave_up = Some(GiveUpReason::Deadline);
                            return Err(error.attempted(attempts));
                        }
                    },
                }
            };
            let now = clock.now();
            let left = deadline.saturating_sub(now.duration_since(started).unwrap_or_default());
            let (wait, in_doubt) = match judge(policy, request, &outcome, attempts.made, now) {
                Verdict::Over => {
                    let paid = taken.as_ref().map_or(0, |taken| taken.tokens());
                    budgets.reward(&outcome, host_of(request.uri()), paid);
                    return with(outcome, attempts);
                }
                Verdict::Stop(why) => return with(outcome, Attempts { gave_up: Some(why), ..attempts }),
                Verdict::Wait { wait, in_doubt } => (wait, in_doubt),
            };
            if request.is_spent() || wait >= left {
                let why = if wait < left { GiveUpReason::BodyConsumed } else { GiveUpReason::Deadline };
                return with(outcome, Attempts { gave_up: Some(why), ..attempts });
            }
            // An attempt that failed in a queue, such as one whose shared limit cannot be asked, says nothing of the
            // host: the next one is paid by what it took.
            let was_queued = outcome.is_err() && request.is_queued();
            if let Some(capacity) = policy.budget.filter(|_| !was_queued) {
                let queued = request.queued.get_or_insert_default().clone();
                let Some(new) = budgets.take(host_of(request.uri()), cost(&outcome), capacity, queued) else {
                    let why = Some(GiveUpReason::BudgetExhausted);
                    return with(outcome, Attempts { gave_up: why, ..attempts });
                };
                taken = Some(Box::new(new));
            }
            drop(outcome); // closes the connection if the response is incomplete
            attempts.in_doubt |= in_doubt;
            clock.sleep(wait).await;
        }
    }
}

/// The timeout of one request, over all of its attempts.
struct OwnTimeout {
    timeout: Duration,
    timer: Timer,
    queued: Queued,
}

impl OwnTimeout {
    fn new(clock: &Arc<dyn Clock>, timeout: Duration) -> Self {
        Self { timeout, timer: Timer::new(clock, timeout), queued: Queued::default() }
    }

    /// Awaits an attempt until the timeout.
    async fn limit<T>(
        &mut self,
        mut attempt: Pin<&mut impl Future<Output = T>>,
    ) -> Result<T, TransportError> {
        let Self { timer, queued, .. } = self;
        let outcome = poll_fn(|cx| {
            // A queued request must not start after the timeout.
            if queued.get()
                && let Poll::Ready(limit) = timer.poll(cx)
            {
                return Poll::Ready(Err(limit));
            }
            match attempt.as_mut().poll(cx) {
                Poll::Pending => timer.poll(cx).map(Err),
                outcome @ Poll::Ready(_) => outcome.map(Ok),
            }
        });
        outcome.await.map_err(|limit| {
            let error = too_late(&format_args!("the limit for all attempts was {limit:?}"));
            if queued.get() { error.not_sent() } else { error }
        })
    }
}

/// The layer that reads a response to its end, unless the request is [`Streamed`].
pub(crate) struct ReadWhole<L> {
    pub(crate) next: L,
}

impl<L: Layer> Layer for ReadWhole<L> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        let response = self.next.forward(request).await?;
        if request.extensions().get::<Streamed>().is_some() {
            return Ok(response);
        }
        let (mut head, body) = response.into_parts();
        // The layers below limit the size.
        let body = body.collect(u64::MAX).await?;
        if is_transient(head.status)
            && let Err(Refusal::Unexpected(response)) = read(head.status, &head.headers, &body)
        {
            head.extensions.insert(response.kind());
        }
        Ok(Response::from_parts(head, body.into()))
    }
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
    request: &ReusableRequest,
    outcome: &Outcome,
    made: u32,
    now: SystemTime,
) -> Verdict {
    let (transient, acted, asked) = match outcome {
        Ok(response) if !is_transient(response.status()) => return Verdict::Over,
        Ok(response) => {
            let asked = retry_after(response.headers(), now);
            let kind: Option<&UnexpectedKind> = response.extensions().get();
            let refused = asked.is_none() && kind.is_some_and(|kind| kind.is_lasting());
            (!refused, may_have_acted(response.status(), asked.is_some()), asked)
        }
        Err(error) => (error.is_transient(), error.may_have_been_sent(), None),
    };
    let wish = request.extensions().get();
    if !transient || policy.attempts == 1 || wish == Some(&Retryable::Never) {
        return Verdict::Over;
    }
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let in_doubt = acted && !is_safe_request(request.method(), request.headers(), &query);
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
fn with(outcome: Outcome, attempts: Attempts) -> Outcome {
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
