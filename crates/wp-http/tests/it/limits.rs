//! Limits per host: concurrency, rate, queue and back-off.

use std::future::poll_fn;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::join_all;
use http::{Request, Response};
use wp_core::extensions::{Permit, Queued};
use wp_http::conformance::ManualClock;
use wp_http::{Body, Clock, Limit, Limits, Transport, TransportError};

use crate::script::Turn::Respond;
use crate::script::{Paused, Script, arriving};
use crate::{get, soon};

/// Responds after a second, and counts how many it does at once for each host.
#[derive(Clone, Default)]
struct Slow(Arc<Counts>);

#[derive(Default)]
struct Counts {
    now: AtomicUsize,
    most: AtomicUsize,
    all: AtomicUsize,
    order: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Transport for Slow {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let now = self.0.now.fetch_add(1, SeqCst) + 1;
        self.0.most.fetch_max(now, SeqCst);
        self.0.all.fetch_add(1, SeqCst);
        self.0.order.lock().unwrap().push(request.uri().path().to_owned());
        let leave = Leave(Arc::clone(&self.0));
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(leave);
        Ok(Response::new(arriving()))
    }
}

struct Leave(Arc<Counts>);

impl Drop for Leave {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, SeqCst);
    }
}

async fn all<T: Transport>(limit: Arc<Limit<T>>, urls: impl IntoIterator<Item = String>) {
    let mut tasks = tokio::task::JoinSet::new();
    for url in urls {
        let limit = Arc::clone(&limit);
        tasks.spawn(async move {
            let response = limit.send(get(&url)).await.unwrap();
            response.into_body().collect(9).await.unwrap();
        });
        tokio::task::yield_now().await;
    }
    tasks.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn limit_is_per_host_and_first_in_first_out() {
    let clock = Paused::new();
    let slow = Slow::default();
    let limit = Limit::new(slow.clone(), clock.clone()).limits(Limits::default().concurrency(3));
    let limit = Arc::new(limit);
    let urls: Vec<_> = (0..10).map(|number| format!("http://one/{number:02}")).collect();
    all(Arc::clone(&limit), urls).await;
    assert_eq!((slow.0.most.load(SeqCst), clock.passed().as_secs()), (3, 4));
    let order = slow.0.order.lock().unwrap().clone();
    assert!(order.is_sorted() && order.len() == 10, "{order:?}");
    all(limit, (0..6).map(|number| format!("http://host{}/", number % 2))).await;
    assert_eq!(slow.0.most.load(SeqCst), 6);
}

#[tokio::test(start_paused = true)]
async fn response_holds_its_permit_until_read_or_dropped() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Respond("200")]);
    let limit = Limit::new(script, clock).limits(Limits::default().concurrency(1));
    let soon = |future| tokio::time::timeout(Duration::from_secs(1), future);
    for read in [true, false] {
        let unread = limit.send(get("http://x/")).await.unwrap();
        assert!(soon(limit.send(get("http://x/"))).await.is_err());
        if read {
            unread.into_body().collect(9).await.unwrap();
        } else {
            drop(unread);
        }
        drop(soon(limit.send(get("http://x/"))).await.unwrap().unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_request_releases_its_permit() {
    let clock = Paused::new();
    let slow = Slow::default();
    let limit = Arc::new(Limit::new(slow.clone(), clock).limits(Limits::default().concurrency(2)));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..100 {
        let limit = Arc::clone(&limit);
        // At every stage: while it waits, when it was just let in, while it runs.
        let patience = Duration::from_millis(number * 13);
        tasks.spawn(async move {
            let _ = tokio::time::timeout(patience, limit.send(get("http://x/"))).await;
        });
    }
    tasks.join_all().await;
    let before = slow.0.all.load(SeqCst);
    all(limit, (0..4).map(|_| "http://x/".to_owned())).await;
    assert_eq!(slow.0.all.load(SeqCst), before + 4);
    assert_eq!(slow.0.most.load(SeqCst), 2);
}

/// Responds at once, after it was polled twice.
struct Prompt;

#[async_trait::async_trait]
impl Transport for Prompt {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        tokio::task::yield_now().await;
        Ok(Response::new(arriving()))
    }
}

/// Requests through a limit of one at a time, and the clock of the limit.
fn one_at_a_time() -> (impl Fn() -> BoxFuture, ManualClock) {
    let clock = ManualClock::new();
    let limit = Limit::new(Prompt, Arc::new(clock.clone())).limits(Limits::default().concurrency(1));
    let limit = Arc::new(limit);
    let send = move || -> BoxFuture {
        let limit = Arc::clone(&limit);
        Box::pin(async move { limit.send(get("http://x/")).await })
    };
    (send, clock)
}

type BoxFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, TransportError>> + Send>>;

/// Polls it twice, which is enough for a request that has its turn.
fn polled(future: &mut BoxFuture) -> Poll<Response<Body>> {
    let mut now = || future.as_mut().poll(&mut Context::from_waker(Waker::noop())).map(Result::unwrap);
    if let Poll::Ready(response) = now() { Poll::Ready(response) } else { now() }
}

fn unread(mut future: BoxFuture) -> Response<Body> {
    let Poll::Ready(response) = polled(&mut future) else { panic!("it waits") };
    response
}

/// Wakes no task, and drops the waiting future, as if the caller was cancelled at that moment.
struct GivenUp(Mutex<Option<BoxFuture>>);

impl Wake for GivenUp {
    fn wake(self: Arc<Self>) {
        let future = self.0.lock().unwrap().take();
        drop(future);
    }
}

#[test]
fn request_cancelled_as_it_is_woken_wakes_the_next() {
    let (send, _) = one_at_a_time();
    let first = unread(send());
    let given_up = Arc::new(GivenUp(Mutex::new(None)));
    let mut queued = send();
    assert!(queued.as_mut().poll(&mut Context::from_waker(&Arc::clone(&given_up).into())).is_pending());
    *given_up.0.lock().unwrap() = Some(queued);
    let mut next = send();
    assert!(polled(&mut next).is_pending());
    drop(first);
    assert!(polled(&mut next).is_ready());
}

#[test]
fn unpolled_queued_request_is_skipped_until_polled() {
    let (send, clock) = one_at_a_time();
    let first = unread(send());
    let [mut parked, mut second, mut third] = [send(), send(), send()];
    for queued in [&mut parked, &mut second, &mut third] {
        assert!(polled(queued).is_pending());
    }
    drop(first);
    assert!(polled(&mut second).is_pending(), "it is not its turn");
    clock.advance(Duration::from_millis(999));
    assert!(polled(&mut third).is_pending(), "nor is it this one's");
    clock.advance(Duration::from_millis(1));
    let response = unread(second);
    assert!(polled(&mut third).is_pending(), "there is one slot");
    // It kept its place.
    assert!(polled(&mut parked).is_pending());
    drop(response);
    assert!(polled(&mut third).is_pending());
    let response = unread(parked);
    drop(response);
    assert!(polled(&mut third).is_ready());
}

#[test]
fn late_polled_request_runs_if_the_permit_is_free() {
    let (send, clock) = one_at_a_time();
    let first = unread(send());
    let mut queued = send();
    assert!(polled(&mut queued).is_pending());
    drop(first);
    clock.advance(Duration::from_secs(3600));
    assert!(polled(&mut queued).is_ready());
}

#[test]
fn many_unpolled_requests_are_skipped_at_once() {
    let (send, clock) = one_at_a_time();
    let first = unread(send());
    let mut parked: Vec<_> = (0..1000).map(|_| send()).collect();
    for queued in &mut parked {
        assert!(polled(queued).is_pending());
    }
    let mut next = send();
    assert!(polled(&mut next).is_pending());
    drop(first);
    let looks = (1..100).find(|_| {
        clock.advance(Duration::from_secs(1));
        polled(&mut next).is_ready()
    });
    assert_eq!(looks, Some(9));
    // That was for them alone.
    drop(parked);
    let first = unread(send());
    let [mut one, mut two] = [send(), send()];
    assert!(polled(&mut one).is_pending() && polled(&mut two).is_pending());
    drop(first);
    assert!(polled(&mut two).is_pending() && polled(&mut one).is_ready());
}

#[tokio::test]
async fn skip_of_an_unpolled_request_needs_only_the_clock() {
    let (send, clock) = one_at_a_time();
    let first = unread(send());
    let mut parked = send();
    assert!(polled(&mut parked).is_pending());
    let next = tokio::spawn(send());
    clock.sleeping(Duration::from_secs(1)).await;
    drop(first);
    let passes = async {
        loop {
            clock.advance_when(|left| left.iter().copied().min()).await;
        }
    };
    tokio::select! {
        response = next => drop(response.unwrap().unwrap()),
        () = passes => {}
    }
    drop(parked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thousand_cancelled_and_parked_requests_do_not_block_others() {
    for concurrency in [1, 3] {
        let clock = ManualClock::new();
        let limit =
            Limit::new(Prompt, Arc::new(clock.clone())).limits(Limits::default().concurrency(concurrency));
        let (limit, parked) = (Arc::new(limit), Arc::<Mutex<Vec<BoxFuture>>>::default());
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..1200 {
            let (limit, parked) = (Arc::clone(&limit), Arc::clone(&parked));
            tasks.spawn(async move {
                let (queued, mut request) = (Queued::default(), get("http://x/"));
                request.extensions_mut().insert(queued.clone());
                let mut future: BoxFuture = Box::pin(async move { limit.send(request).await });
                if number % 6 == 0 {
                    future.await.unwrap();
                    return;
                }
                for _ in 0..fastrand::u32(0..6) {
                    if poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await {
                        return;
                    }
                    tokio::task::yield_now().await;
                }
                if queued.get() && fastrand::u32(0..20) == 0 {
                    parked.lock().unwrap().push(future);
                }
            });
        }
        let passes = async {
            loop {
                clock.advance_when(|left| left.iter().copied().min()).await;
            }
        };
        tokio::select! {
            outcomes = soon(tasks.join_all()) => assert_eq!(outcomes.len(), 1200),
            () = passes => {}
        }
        // Those are still good, and need no clock once all of them are polled.
        let parked = std::mem::take(&mut *parked.lock().unwrap());
        let read = parked.into_iter().map(|future| async { drop(future.await.unwrap()) });
        soon(join_all(read)).await;
    }
}

/// At `/needs`: releases its permit until it is notified.
#[derive(Clone, Default)]
struct Needs {
    is_there: Arc<tokio::sync::Notify>,
    permit: Arc<Mutex<Option<Permit>>>,
}

#[async_trait::async_trait]
impl Transport for Needs {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let permit: Permit = request.extensions().get().cloned().unwrap();
        if request.uri().path() == "/needs" {
            permit.release();
            permit.release();
            self.is_there.notified().await;
            permit.acquire().await?;
            permit.acquire().await?;
        }
        *self.permit.lock().unwrap() = Some(permit);
        Ok(Response::new(arriving()))
    }
}

#[tokio::test]
async fn released_permit_admits_the_next_and_is_reacquired_in_order() {
    let (clock, needs) = (Arc::new(ManualClock::new()), Needs::default());
    let limit = Limit::new(needs.clone(), clock).limits(Limits::default().concurrency(1));
    let mut send = pin!(limit.send(get("http://x/needs")));
    let mut now = async || poll_fn(|cx| Poll::Ready(send.as_mut().poll(cx))).await;
    assert!(now().await.is_pending());
    let other = limit.send(get("http://x/other")).await.unwrap();
    needs.is_there.notify_one();
    assert!(now().await.is_pending(), "the other one holds it");
    drop(other);
    let Poll::Ready(Ok(response)) = now().await else { panic!("it waits") };
    let next = |limit: &Limit<Needs>| limit.send(get("http://x/other")).now_or_never();
    assert!(next(&limit).is_none(), "it holds the permit again");
    drop(response);
    // A permit of an exchange that is over does not keep a slot.
    let late = needs.permit.lock().unwrap().take().unwrap();
    late.acquire().await.unwrap();
    assert!(next(&limit).is_some());
}

#[test]
fn request_cancelled_while_its_permit_is_released_leaks_none() {
    let needs = Needs::default();
    let limit =
        Limit::new(needs.clone(), Arc::new(ManualClock::new())).limits(Limits::default().concurrency(1));
    for _ in 0..3 {
        assert!(limit.send(get("http://x/needs")).now_or_never().is_none());
        assert!(limit.send(get("http://x/other")).now_or_never().is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn unread_response_does_not_block_the_reduced_limit_forever() {
    let clock = Paused::new();
    let first = Script::new(&clock, [Respond("503")]);
    let limit = Limit::new(Either(first, Slow::default()), clock).limits(Limits::default().concurrency(2));
    limit.send(get("http://x/first")).await.unwrap(); // from now on one at a time
    let (unread, waited) = tokio::join!(
        limit.send(get("http://x/")),
        tokio::time::timeout(Duration::from_secs(9), limit.send(get("http://x/")))
    );
    assert!(waited.is_ok());
    drop(unread);
}

#[tokio::test(start_paused = true)]
async fn overloaded_host_gets_a_pause_and_a_lower_limit() {
    for (head, pause) in [
        ("429; retry-after: 20", 20),
        ("503; retry-after: Sun, 06 Nov 1994 08:49:57 GMT", 20),
        ("429", 1),
        ("503", 0),
        ("503; retry-after: 600", 0),
    ] {
        let clock = Paused::new();
        let script = Script::new(&clock, [Respond(head), Respond("200")]);
        let limit = Limit::new(script.clone(), clock.clone());
        limit.send(get("http://x/")).await.unwrap();
        limit.send(get("http://x/")).await.unwrap();
        assert_eq!(script.times()[1].as_secs(), pause, "{head}");
        limit.send(get("http://y/")).await.unwrap();
    }
    let clock = Paused::new();
    let slow = Slow::default();
    let first = Script::new(&clock, [Respond("429"), Respond("200")]);
    let limit = Arc::new(Limit::new(Either(first, slow.clone()), clock));
    limit.send(get("http://x/first")).await.unwrap();
    all(Arc::clone(&limit), (0..8).map(|_| "http://x/".to_owned())).await;
    assert_eq!(slow.0.most.swap(0, SeqCst), 4, "half of 8");
    all(Arc::clone(&limit), (0..40).map(|_| "http://x/".to_owned())).await;
    assert_eq!(slow.0.most.load(SeqCst), 8, "and all of them again, by and by");
}

/// Counts how many of a dozen requests run at once.
fn at_once<T: Transport>(limit: &Limit<T>, running: impl Fn() -> usize) -> usize {
    let mut requests: Vec<_> = (0..12).map(|_| limit.send(get("http://x/slow"))).collect();
    let before = running();
    for request in &mut requests {
        assert!(request.now_or_never().is_none());
    }
    running() - before
}

/// Never responds but at the paths `/429`, `/503` and `/200`.
#[derive(Clone, Default)]
struct Busy(Arc<AtomicUsize>);

#[async_trait::async_trait]
impl Transport for Busy {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let Ok(status) = request.uri().path()[1..].parse::<u16>() else {
            self.0.fetch_add(1, SeqCst);
            return std::future::pending().await;
        };
        let response = Response::builder().status(status).header("retry-after", "0");
        Ok(response.body(arriving()).unwrap())
    }
}

#[tokio::test]
async fn limit_halves_on_overload_and_grows_by_one_per_window() {
    let (busy, clock) = (Busy::default(), Arc::new(ManualClock::new()));
    let limit = Limit::new(busy.clone(), clock).limits(Limits::default().concurrency(9));
    let send = async |status| drop(limit.send(get(&format!("http://x/{status}"))).await.unwrap());
    let at_once = || at_once(&limit, || busy.0.load(SeqCst));
    assert_eq!(at_once(), 9);
    send(429).await;
    assert_eq!(at_once(), 4);
    send(503).await;
    assert_eq!(at_once(), 2);
    send(200).await;
    assert_eq!(at_once(), 2);
    send(200).await;
    assert_eq!(at_once(), 3);
    for (good, expected) in [(2, 3), (1, 4), (3, 4), (1, 5), (30, 9), (99, 9)] {
        for _ in 0..good {
            send(200).await;
        }
        assert_eq!(at_once(), expected, "{good}");
    }
    for expected in [4, 2, 1, 1] {
        send(429).await;
        assert_eq!(at_once(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn retry_after_pause_is_honoured_up_to_the_maximum() {
    for (asked, pause) in [(59, 59), (60, 60), (61, 0)] {
        let head: &'static str = format!("429; retry-after: {asked}").leak();
        let clock = Paused::new();
        let script = Script::new(&clock, [Respond(head), Respond("200")]);
        let limit = Limit::new(script.clone(), clock);
        limit.send(get("http://x/")).await.unwrap();
        limit.send(get("http://x/")).await.unwrap();
        assert_eq!(script.times()[1], Duration::from_secs(pause), "{asked}");
    }
}

/// The first for the path `/first`.
struct Either(Script, Slow);

#[async_trait::async_trait]
impl Transport for Either {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        if request.uri().path() == "/first" { self.0.send(request).await } else { self.1.send(request).await }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_per_second_limit_is_kept() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Respond("200")]);
    let limits = Limits::default().per_second(NonZeroU32::new(5).unwrap());
    let limit = Arc::new(Limit::new(script.clone(), clock).limits(limits));
    all(limit, (0..11).map(|_| "http://x/".to_owned())).await;
    let times = script.times();
    assert!((1990..2100).contains(&times[10].as_millis()), "{times:?}");
    assert!(
        times.windows(2).all(|pair| pair[1].saturating_sub(pair[0]) >= Duration::from_millis(199)),
        "{times:?}"
    );
}

/// A clock that is put back by some hours.
#[derive(Debug)]
struct PutBack(Arc<Paused>, AtomicUsize);

#[async_trait::async_trait]
impl Clock for PutBack {
    fn now(&self) -> SystemTime {
        self.0.now() - Duration::from_secs(3600) * u32::try_from(self.1.load(SeqCst)).unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

#[tokio::test(start_paused = true)]
async fn clock_set_back_does_not_block_the_queue() {
    let paused = Paused::new();
    let clock = Arc::new(PutBack(paused.clone(), AtomicUsize::new(0)));
    let script = Script::new(&paused, [Respond("429; retry-after: 20"), Respond("200")]);
    let limits = Limits::default().per_second(NonZeroU32::new(1).unwrap());
    let limit = Limit::new(script.clone(), clock.clone()).limits(limits);
    for _ in 0..3 {
        limit.send(get("http://x/")).await.unwrap();
        clock.1.fetch_add(1, SeqCst);
    }
    assert_eq!(script.times().last().unwrap().as_secs(), 0, "{:?}", script.times());
}

#[tokio::test(start_paused = true)]
async fn later_retry_after_replaces_the_earlier_pause() {
    let paused = Paused::new();
    let clock = Arc::new(PutBack(paused.clone(), AtomicUsize::new(0)));
    let asks = Respond("429; retry-after: 20");
    let script = Script::new(&paused, [asks.clone(), asks, Respond("200")]);
    let limit = Limit::new(script.clone(), clock.clone());
    limit.send(get("http://x/")).await.unwrap();
    clock.1.fetch_add(1, SeqCst);
    limit.send(get("http://x/")).await.unwrap();
    limit.send(get("http://x/")).await.unwrap();
    assert_eq!(script.times().last().unwrap().as_secs(), 20, "{:?}", script.times());
}
