//! Sending a request once more.

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

/// Sends a request again that failed in a way that may pass, where that cannot do a thing twice: the table is
/// that of [`wp_core::retry`]. The page of a firewall that does not say when to come back is its last word,
/// whatever its status.
///
/// Between two attempts it waits as the server asks (`Retry-After`, in seconds or as a date), or longer each
/// time, by a random part so that many clients do not come back at once. It gives the last response or error,
/// which says how often the request was sent and why not once more ([`Attempts`]).
///
/// A response is read whole before it counts, so that one that is cut short is asked for again; a
/// [`BodyCap`](crate::BodyCap) inside bounds what that takes. With [`Streamed`] it is handed over as it arrives.
pub struct Retry<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    policy: RetryPolicy,
}

impl<T> Retry<T> {
    /// Repeats what `inner` sends by the default [`RetryPolicy`].
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, policy: RetryPolicy::default() }
    }

    /// By another one.
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

/// How often a request is sent, and when. *What* may be repeated is no matter of taste: see [`Retry`].
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
    /// Nothing is sent twice.
    pub fn never() -> Self {
        Self::default().attempts(1)
    }

    /// How often a request is sent at most: 4 times unless told. At least once.
    pub fn attempts(mut self, most: u32) -> Self {
        self.attempts = most.max(1);
        self
    }

    /// How long to wait where the server says nothing: about `first` after the first attempt, twice as long
    /// after each further one, `most` at most. 0.5 s and 20 s unless told. What is waited lies between a half
    /// of that and the whole.
    pub fn backoff(mut self, first: Duration, most: Duration) -> Self {
        (self.first, self.most) = (first, most);
        self
    }

    /// The longest `Retry-After` that is waited for: 60 s unless told. A server that asks for more gets no
    /// further attempt: maintenance of WordPress asks for 600 s (observed).
    pub fn max_retry_after(mut self, wait: Duration) -> Self {
        self.longest = wait;
        self
    }

    /// Within which time from the first attempt the last one begins: 3 minutes unless told. One that is under way
    /// is not ended by this, since an upload may take its time. A request that brings [`extensions::Timeout`] ends
    /// by that, whatever is under way.
    pub fn deadline(mut self, all: Duration) -> Self {
        self.deadline = all;
        self
    }

    /// Between a half of what is due and the whole.
    fn wait(&self, made: u32) -> Duration {
        let due = self.first.saturating_mul(1 << (made - 1).min(16)).min(self.most);
        due / 2 + jitter(due / 2)
    }
}

/// Anything up to `most`.
fn jitter(most: Duration) -> Duration {
    Duration::from_millis(fastrand::u64(0..=u64::try_from(most.as_millis()).unwrap_or(u64::MAX)))
}

/// `next` reads each response [to its end](send_whole).
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
            // What is queued yet does not begin now.
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
        drop(outcome); // and with it the connection, if it is not whole
        attempts.in_doubt |= in_doubt;
        body = again;
        clock.sleep(wait).await;
    }
}

/// Sends a request and reads its response to the end, unless that is to be [`Streamed`].
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
    // Whoever is inside holds the cap.
    let body = body.collect(u64::MAX).await?;
    if is_transient(head.status)
        && let Err(Refusal::Unexpected(response)) = read(head.status, &head.headers, &body)
    {
        head.extensions.insert(response.kind());
    }
    Ok(Response::from_parts(head, body.into()))
}

enum Verdict {
    /// It went well, or went wrong in a way that stays.
    Over,
    /// It failed in a way that may pass, and is not repeated all the same.
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

/// The outcome, which says how it came about if there is more to that than sending it.
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
