//! The shared limit: when it is asked, held, renewed and told of a pause.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use http::{Request, Response};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use wp_core::extensions::{Permit, Queued};
use wp_core::pieces;
use wp_http::conformance::ManualClock;
use wp_http::{
    Admission, Attempts, Body, Clock, GiveUpReason, Limit, Limits, Retry, RetryPolicy, SharedLimit, Stack,
    Transport, TransportError, TransportErrorKind,
};

use crate::get;
use crate::script::Turn::{Fail, Hang, Respond};
use crate::script::{Paused, Script, arriving};

/// A limit of some at a time, which counts.
#[derive(Debug, Clone)]
struct Gate(Arc<State>);

#[derive(Debug)]
struct State {
    slots: Arc<Semaphore>,
    asked: Mutex<Vec<String>>,
    held: AtomicUsize,
    renewals: AtomicUsize,
    pauses: Mutex<Vec<Duration>>,
    fails: AtomicBool,
}

struct Held(Gate, #[expect(dead_code, reason = "held")] OwnedSemaphorePermit);

const RENEWAL: Duration = Duration::from_secs(7);

impl Gate {
    fn of(slots: usize) -> Self {
        Self(Arc::new(State {
            slots: Arc::new(Semaphore::new(slots)),
            asked: Mutex::default(),
            held: AtomicUsize::new(0),
            renewals: AtomicUsize::new(0),
            pauses: Mutex::default(),
            fails: AtomicBool::new(false),
        }))
    }

    fn asked(&self) -> Vec<String> {
        self.0.asked.lock().unwrap().clone()
    }

    fn held(&self) -> usize {
        self.0.held.load(SeqCst)
    }

    fn renewals(&self) -> usize {
        self.0.renewals.load(SeqCst)
    }
}

#[async_trait::async_trait]
impl SharedLimit for Gate {
    async fn admit(&self, host: &str, _: &dyn Clock) -> Result<Arc<dyn Admission>, TransportError> {
        self.0.asked.lock().unwrap().push(host.to_owned());
        if self.0.fails.load(SeqCst) {
            let error = TransportError::new(TransportErrorKind::Other).not_sent().transient();
            return Err(error.detail("the gate is shut"));
        }
        let permit = Arc::clone(&self.0.slots).acquire_owned().await.unwrap();
        self.0.held.fetch_add(1, SeqCst);
        Ok(Arc::new(Held(self.clone(), permit)))
    }

    fn renewal(&self) -> Duration {
        RENEWAL
    }
}

#[async_trait::async_trait]
impl Admission for Held {
    async fn renew(&self) {
        self.0.0.renewals.fetch_add(1, SeqCst);
    }

    fn pause(&self, time: Duration) {
        self.0.0.pauses.lock().unwrap().push(time);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.held.fetch_sub(1, SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn shared_limit_is_asked_in_turn_and_held_until_the_response_is_read() {
    let (clock, gate) = (Paused::new(), Gate::of(9));
    let script = Script::new(&clock, [Respond("200")]);
    let limit = Limit::new(script, clock).limits(Limits::default().concurrency(1));
    let limit = limit.shared_limit(Arc::new(gate.clone()));
    for (asked, read) in [(1, true), (3, false)] {
        let unread = limit.send(get("http://x:80/")).await.unwrap();
        let mut queued = pin!(limit.send(get("http://x:80/")));
        assert!(queued.as_mut().now_or_never().is_none());
        assert_eq!(
            (gate.asked().len(), gate.held()),
            (asked, 1),
            "a request in the local queue does not ask"
        );
        if read {
            unread.into_body().collect(9).await.unwrap();
        } else {
            drop(unread);
        }
        assert_eq!(gate.held(), 0);
        drop(queued.await.unwrap());
        assert_eq!((gate.asked().len(), gate.held()), (asked + 1, 0));
    }
    assert!(gate.asked().iter().all(|host| host == "x:80"));
    limit.send(get("http://y/")).await.unwrap();
    assert_eq!(gate.asked().last().unwrap(), "y");
}

#[tokio::test(start_paused = true)]
async fn request_waits_for_the_shared_limit_and_is_not_sent() {
    let (clock, gate) = (Paused::new(), Gate::of(1));
    let script = Script::new(&clock, [Hang]);
    let stack = Stack::new(script.clone(), clock).shared_limit(Arc::new(gate.clone()));
    let mut first = pin!(stack.send(get("http://x/")));
    assert!(first.as_mut().now_or_never().is_none());
    let (queued, mut request) = (Queued::default(), get("http://x/"));
    request.extensions_mut().insert(queued.clone());
    // Cancelled while it waits: it holds nothing.
    assert!(stack.send(request).now_or_never().is_none());
    assert_eq!((script.count(), gate.asked().len(), gate.held(), queued.get()), (1, 2, 1, true));
    // The timeout of a request counts while it waits, and says that nothing was sent.
    let mut request = get("http://x/");
    request.extensions_mut().insert(wp_core::extensions::Timeout(Duration::from_secs(3)));
    let error = stack.send(request).await.unwrap_err();
    assert!(!error.may_have_been_sent() && script.count() == 1, "{error}");
}

/// A response whose body never arrives.
struct Stalled;

#[async_trait::async_trait]
impl Transport for Stalled {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        Ok(Response::new(Body::received(pieces(|_: &mut Context<'_>| Poll::Pending))))
    }
}

#[test]
fn shared_limit_is_renewed_while_the_exchange_and_its_body_are_polled() {
    let mut cx = Context::from_waker(Waker::noop());
    let (clock, gate) = (ManualClock::new(), Gate::of(1));
    let pending = Script::new(&Paused::new(), [Hang]);
    let limit = Limit::new(pending, Arc::new(clock.clone())).shared_limit(Arc::new(gate.clone()));
    let mut exchange = Box::pin(limit.send(get("http://x/")));
    assert!(exchange.as_mut().poll(&mut cx).is_pending());
    for renewals in 1..=3 {
        clock.advance(Duration::from_millis(6_999));
        assert!(exchange.as_mut().poll(&mut cx).is_pending());
        assert_eq!(gate.renewals(), renewals - 1);
        clock.advance(Duration::from_millis(1));
        assert!(exchange.as_mut().poll(&mut cx).is_pending());
        assert_eq!(gate.renewals(), renewals);
    }
    drop(exchange);
    assert_eq!(gate.held(), 0);

    let limit = Limit::new(Stalled, Arc::new(clock.clone())).shared_limit(Arc::new(gate.clone()));
    let Some(Ok(response)) = limit.send(get("http://x/")).now_or_never() else { panic!("it waits") };
    let mut body = response.into_body();
    assert!(body.poll_piece(&mut cx).is_pending());
    for renewals in 4..=6 {
        clock.advance(RENEWAL);
        assert!(body.poll_piece(&mut cx).is_pending());
        assert_eq!((gate.renewals(), gate.held()), (renewals, 1));
    }
    drop(body);
    assert_eq!(gate.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn shared_limit_is_told_of_the_pause_that_the_host_asks_for() {
    for (head, told) in [
        ("429; retry-after: 20", Some(20)),
        ("503; retry-after: Sun, 06 Nov 1994 08:49:57 GMT", Some(20)),
        ("429; retry-after: 60", Some(60)),
        ("429", Some(1)),
        ("503", None),
        ("503; retry-after: 61", None),
        ("200; retry-after: 20", None),
    ] {
        let (clock, gate) = (Paused::new(), Gate::of(1));
        let limit = Limit::new(Script::new(&clock, [Respond(head)]), clock);
        limit.shared_limit(Arc::new(gate.clone())).send(get("http://x/")).await.unwrap();
        let told: Vec<_> = told.into_iter().map(Duration::from_secs).collect();
        assert_eq!(*gate.0.pauses.lock().unwrap(), told, "{head}");
    }
}

#[tokio::test(start_paused = true)]
async fn request_fails_unsent_if_the_shared_limit_cannot_be_asked() {
    let (clock, gate) = (Paused::new(), Gate::of(9));
    let script = Script::new(&clock, [Respond("200")]);
    let policy = RetryPolicy::default().attempts(3);
    let stack = Stack::new(script.clone(), clock).retry(policy).limits(Limits::default().concurrency(1));
    let stack = stack.shared_limit(Arc::new(gate.clone()));
    for fails in [true, false] {
        gate.0.fails.store(fails, SeqCst);
        // A write, too: nothing was sent.
        let outcome = stack.send(crate::post("http://x/")).await;
        assert_eq!(outcome.is_err(), fails, "it left its slot");
        let Err(error) = outcome else { continue };
        assert!(!error.may_have_been_sent() && error.is_transient(), "{error}");
        assert!(error.to_string().contains("the gate is shut"), "{error}");
        let attempts = error.attempts().unwrap();
        assert_eq!((attempts.made, attempts.gave_up), (3, Some(GiveUpReason::Count)));
        assert_eq!((script.count(), gate.asked().len(), gate.held()), (0, 3, 0));
    }
    assert_eq!((script.count(), gate.held()), (1, 0));
}

/// A stack, and the same of decorators, with a budget of one retry.
fn with_one_retry(script: &Script, clock: &Arc<Paused>, gate: &Gate) -> [Box<dyn Transport>; 2] {
    let policy = RetryPolicy::default().budget(Some(5));
    let (limits, shared) = (Limits::default().concurrency(1), Arc::new(gate.clone()));
    let clock = || Arc::<Paused>::clone(clock);
    let stack = Stack::new(script.clone(), clock()).retry(policy).limits(limits);
    let limit = Limit::new(script.clone(), clock()).limits(limits).shared_limit(Arc::<Gate>::clone(&shared));
    [Box::new(stack.shared_limit(shared)), Box::new(Retry::new(limit, clock()).policy(policy))]
}

#[tokio::test(start_paused = true)]
async fn failure_of_the_shared_limit_costs_no_retry_of_the_host() {
    for decorators in [0, 1] {
        let (clock, gate) = (Paused::new(), Gate::of(1));
        let script = Script::new(&clock, [Respond("503"), Respond("200"), Respond("503")]);
        let transport = &with_one_retry(&script, &clock, &gate)[decorators];
        gate.0.fails.store(true, SeqCst);
        for asked in [4, 8] {
            let error = transport.send(get("http://x/")).await.unwrap_err();
            assert_eq!(error.attempts().unwrap().gave_up, Some(GiveUpReason::Count), "{error}");
            assert_eq!((gate.asked().len(), script.count()), (asked, 0));
        }
        gate.0.fails.store(false, SeqCst);
        assert_eq!(transport.send(get("http://x/")).await.unwrap().status(), 200);
        // The host fails, and then its limit: the retry of the first is paid, and is not sent.
        let mut request = pin!(transport.send(get("http://x/")));
        assert!(poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await.is_pending());
        assert_eq!(script.count(), 3);
        gate.0.fails.store(true, SeqCst);
        let error = request.await.unwrap_err();
        assert_eq!(error.attempts().unwrap().made, 4, "{error}");
        assert_eq!(script.count(), 3);
        // A host that fails costs what it did: one retry, and no second one.
        gate.0.fails.store(false, SeqCst);
        let response = transport.send(get("http://x/")).await.unwrap();
        let attempts: &Attempts = response.extensions().get().unwrap();
        assert_eq!(*attempts, Attempts::new(2, Some(GiveUpReason::BudgetExhausted)));
        assert_eq!(script.count(), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_that_ends_in_a_queue_costs_nothing() {
    for decorators in [0, 1] {
        // It waits for a slot of this process, or for one of the shared limit; it is cancelled, or has a timeout.
        for (is_local, has_timeout) in [(true, false), (true, true), (false, false), (false, true)] {
            let (clock, gate) = (Paused::new(), Gate::of(1));
            let script = Script::new(&clock, [Respond("503"), Respond("503"), Hang]);
            let transport = &with_one_retry(&script, &clock, &gate)[decorators];
            let mut request = get("http://x/");
            if has_timeout {
                request.extensions_mut().insert(wp_core::extensions::Timeout(Duration::from_secs(9)));
            }
            let before = script.count();
            let mut request = Box::pin(transport.send(request));
            assert!(poll_fn(|cx| Poll::Ready(request.as_mut().poll(cx))).await.is_pending(), "it backs off");
            assert_eq!(script.count() - before, 1);
            let begin = clock.now();
            let other = gate.admit("x", &*clock).await.unwrap();
            let mut local = Box::pin(transport.send(get("http://x/")));
            if is_local {
                assert!(poll_fn(|cx| Poll::Ready(local.as_mut().poll(cx))).await.is_pending());
            }
            let asked = gate.asked().len();
            let wait = Duration::from_secs(if has_timeout { 60 } else { 5 });
            let ended = tokio::time::timeout(wait, &mut request).await;
            assert_eq!(ended.is_ok(), has_timeout, "it is queued");
            assert!(clock.now() >= begin + Duration::from_secs(5));
            assert_eq!(gate.asked().len() - asked, usize::from(!is_local));
            drop((request, local, other));
            assert_eq!(script.count() - before, 1, "it was not sent");
            // Its tokens are there again.
            let again = tokio::time::timeout(Duration::from_secs(5), transport.send(get("http://x/")));
            assert!(again.await.is_err());
            assert_eq!(script.count() - before, 3, "{is_local} {has_timeout}: it is retried");
        }
    }
}

/// The host asks for a pause while others wait for the shared limit, which does not know of the pause.
#[tokio::test(start_paused = true)]
async fn pause_holds_for_who_waits_for_the_shared_limit() {
    let (clock, gate) = (Paused::new(), Gate::of(1));
    let script = Script::new(&clock, [Respond("429; retry-after: 20"), Respond("200")]);
    let stack = Stack::new(script, Arc::<Paused>::clone(&clock)).retry(RetryPolicy::never());
    let stack = stack.shared_limit(Arc::new(gate.clone()));
    let other = gate.admit("x", &*clock).await.unwrap();
    let mut requests = pin!(join_all((0..3).map(|_| stack.send(get("http://x/")))));
    assert!(poll_fn(|cx| Poll::Ready(requests.as_mut().poll(cx))).await.is_pending());
    assert_eq!(gate.asked().len(), 4);
    let begin = clock.now();
    drop(other);
    let statuses: Vec<_> = requests.await.into_iter().map(|outcome| outcome.unwrap().status()).collect();
    assert_eq!(statuses, [429, 200, 200]);
    assert!(clock.now() >= begin + Duration::from_secs(20));
    assert_eq!(gate.held(), 0);
}

#[tokio::test(start_paused = true)]
async fn failed_exchange_leaves_the_shared_limit() {
    let (clock, gate) = (Paused::new(), Gate::of(1));
    let turns = [Fail(TransportErrorKind::Closed), Fail(TransportErrorKind::Connect), Respond("200")];
    let stack = Stack::new(Script::new(&clock, turns), clock).shared_limit(Arc::new(gate.clone()));
    stack.send(get("http://x/")).await.unwrap();
    assert_eq!((gate.asked().len(), gate.held()), (3, 0), "each attempt asks");
}

/// Releases its permit until it is notified.
#[derive(Clone, Default)]
struct Needs(Arc<Notify>);

#[async_trait::async_trait]
impl Transport for Needs {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let permit: Permit = request.extensions().get().cloned().unwrap();
        permit.release();
        self.0.notified().await;
        permit.acquire().await?;
        permit.acquire().await?;
        Ok(Response::new(arriving()))
    }
}

#[tokio::test]
async fn released_permit_leaves_the_shared_limit_until_it_is_acquired() {
    let (needs, gate) = (Needs::default(), Gate::of(1));
    let limit = Limit::new(needs.clone(), Arc::new(ManualClock::new())).shared_limit(Arc::new(gate.clone()));
    for fails in [false, true] {
        let before = gate.asked().len();
        let mut send = pin!(limit.send(get("http://x/")));
        let mut now = async || poll_fn(|cx| Poll::Ready(send.as_mut().poll(cx))).await;
        assert!(now().await.is_pending());
        assert_eq!((gate.asked().len() - before, gate.held()), (1, 0));
        let other = gate.admit("x", &ManualClock::new()).await.unwrap();
        needs.0.notify_one();
        if !fails {
            assert!(now().await.is_pending(), "another process holds it");
        }
        gate.0.fails.store(fails, SeqCst);
        drop(other);
        let mut polled = now().await;
        if polled.is_pending() {
            // Its end lets other tasks run once.
            polled = now().await;
        }
        let Poll::Ready(outcome) = polled else { panic!("it waits") };
        assert_eq!((gate.asked().len() - before, gate.held()), (3, usize::from(!fails)));
        match outcome {
            Ok(response) => assert!(response.into_body().collect(9).await.is_ok() && !fails),
            Err(error) => assert!(fails && error.to_string().contains("the gate is shut"), "{error}"),
        }
        assert_eq!(gate.held(), 0);
    }
}
