//! How much is asked of one host.

use std::num::NonZeroU32;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use wp_http::{Body, Clock, Limit, Limits, Transport, TransportError};

use crate::get;
use crate::script::Turn::Answer;
use crate::script::{Paused, Script};

/// Answers after a second, and counts how many it does at once for each host.
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
        Ok(Response::new(Body::from("{}")))
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
            let answer = limit.send(get(&url)).await.unwrap();
            answer.into_body().collect(9).await.unwrap();
        });
        tokio::task::yield_now().await;
    }
    tasks.join_all().await;
}

#[tokio::test(start_paused = true)]
async fn each_host_has_its_own_and_all_come_in_order() {
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
async fn an_answer_counts_until_it_is_read_or_dropped() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Answer("200")]);
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
async fn who_gives_up_leaves_no_hole() {
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

/// Wakes nobody, and lets go of the future that waits: as if it was given up in that moment.
struct GivenUp(Mutex<Option<BoxFuture>>);

type BoxFuture = Pin<Box<dyn Future<Output = Result<Response<Body>, TransportError>> + Send>>;

impl Wake for GivenUp {
    fn wake(self: Arc<Self>) {
        let future = self.0.lock().unwrap().take();
        drop(future);
    }
}

#[test]
fn who_gives_up_in_the_moment_of_being_let_in_blocks_nobody() {
    let (done, is_done) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let clock = Paused::new();
        let script = Script::new(&clock, [Answer("200")]);
        let limit = Arc::new(Limit::new(script, clock).limits(Limits::default().concurrency(1)));
        let send = || -> BoxFuture {
            let limit = Arc::clone(&limit);
            Box::pin(async move { limit.send(get("http://x/")).await })
        };
        let now = |future: &mut BoxFuture| future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        let Poll::Ready(Ok(unread)) = now(&mut send()) else { panic!("it waits") };
        let given_up = Arc::new(GivenUp(Mutex::new(None)));
        let mut waits = send();
        assert!(waits.as_mut().poll(&mut Context::from_waker(&Arc::clone(&given_up).into())).is_pending());
        *given_up.0.lock().unwrap() = Some(waits);
        let mut next = send();
        assert!(now(&mut next).is_pending());
        drop(unread);
        assert!(now(&mut next).is_ready());
        done.send(()).unwrap();
    });
    is_done.recv_timeout(Duration::from_secs(5)).expect("a deadlock");
}

#[tokio::test(start_paused = true)]
async fn who_may_run_again_does_not_wait_for_an_answer_that_is_still_read() {
    let clock = Paused::new();
    let first = Script::new(&clock, [Answer("503")]);
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
async fn an_overloaded_host_is_left_alone_and_then_asked_less() {
    for (head, pause) in [
        ("429; retry-after: 20", 20),
        ("503; retry-after: Sun, 06 Nov 1994 08:49:57 GMT", 20),
        ("429", 1),
        ("503", 0),
        ("503; retry-after: 600", 0),
    ] {
        let clock = Paused::new();
        let script = Script::new(&clock, [Answer(head), Answer("200")]);
        let limit = Limit::new(script.clone(), clock.clone());
        limit.send(get("http://x/")).await.unwrap();
        limit.send(get("http://x/")).await.unwrap();
        assert_eq!(script.times()[1].as_secs(), pause, "{head}");
        limit.send(get("http://y/")).await.unwrap();
    }
    let clock = Paused::new();
    let slow = Slow::default();
    let first = Script::new(&clock, [Answer("429"), Answer("200")]);
    let limit = Arc::new(Limit::new(Either(first, slow.clone()), clock));
    limit.send(get("http://x/first")).await.unwrap();
    all(Arc::clone(&limit), (0..4).map(|_| "http://x/".to_owned())).await;
    assert_eq!(slow.0.most.swap(0, SeqCst), 4, "half of 8");
    all(Arc::clone(&limit), (0..40).map(|_| "http://x/".to_owned())).await;
    assert_eq!(slow.0.most.load(SeqCst), 8, "and all of them again, by and by");
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
async fn a_rate_is_kept() {
    let clock = Paused::new();
    let script = Script::new(&clock, [Answer("200")]);
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
async fn a_clock_that_is_put_back_holds_nobody_up() {
    let paused = Paused::new();
    let clock = Arc::new(PutBack(paused.clone(), AtomicUsize::new(0)));
    let script = Script::new(&paused, [Answer("429; retry-after: 20"), Answer("200")]);
    let limits = Limits::default().per_second(NonZeroU32::new(1).unwrap());
    let limit = Limit::new(script.clone(), clock.clone()).limits(limits);
    for _ in 0..3 {
        limit.send(get("http://x/")).await.unwrap();
        clock.1.fetch_add(1, SeqCst);
    }
    assert_eq!(script.times().last().unwrap().as_secs(), 0, "{:?}", script.times());
}
