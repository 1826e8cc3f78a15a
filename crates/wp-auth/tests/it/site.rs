//! A scripted site: a transport that responds from a closure, and a clock that is moved by hand.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use tokio::sync::Notify;
use wp_core::{ApiRoot, Body, Clock, Site, Transport, TransportError, async_trait};

/// A clock that is moved by hand.
#[derive(Debug)]
pub(crate) struct TestClock {
    now: Mutex<SystemTime>,
    moved: Notify,
}

impl TestClock {
    pub(crate) fn new() -> Arc<Self> {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        Arc::new(Self { now: Mutex::new(start), moved: Notify::new() })
    }

    pub(crate) fn advance(&self, seconds: u64) {
        *self.now.lock().unwrap() += Duration::from_secs(seconds);
        self.moved.notify_waiters();
    }

    pub(crate) fn set_back(&self, seconds: u64) {
        *self.now.lock().unwrap() -= Duration::from_secs(seconds);
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.now() + duration;
        loop {
            let moved = self.moved.notified();
            if self.now() >= end {
                return;
            }
            moved.await;
        }
    }
}

type Script = dyn Fn(&Request<Body>, usize) -> Response<String> + Send + Sync;

/// Responds to each request by a closure, which also learns how many came before.
pub(crate) struct Scripted {
    pub(crate) requests: Arc<AtomicUsize>,
    script: Box<Script>,
}

#[async_trait]
impl Transport for Scripted {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let count = self.requests.fetch_add(1, SeqCst);
        tokio::task::yield_now().await;
        Ok((self.script)(&request, count).map(Body::from))
    }
}

/// A site at `https://example.org`, its clock, and the count of its requests.
pub(crate) fn site<S>(script: S) -> (Site, Arc<TestClock>, Arc<AtomicUsize>)
where
    S: Fn(&Request<Body>, usize) -> (u16, String) + Send + Sync + 'static,
{
    site_of(move |request, count| {
        let (status, body) = script(request, count);
        Response::builder().status(status).body(body).unwrap()
    })
}

/// The same, whose responses have headers.
pub(crate) fn site_of<S>(script: S) -> (Site, Arc<TestClock>, Arc<AtomicUsize>)
where
    S: Fn(&Request<Body>, usize) -> Response<String> + Send + Sync + 'static,
{
    let requests = Arc::new(AtomicUsize::new(0));
    let clock = TestClock::new();
    let transport = Scripted { requests: Arc::clone(&requests), script: Box::new(script) };
    let root = ApiRoot::of_site("https://example.org").unwrap();
    (Site::new(root, Arc::new(transport), Arc::clone(&clock) as _), clock, requests)
}

/// The body of a request.
pub(crate) fn body(request: &Request<Body>) -> String {
    use futures_util::FutureExt as _;
    let body = request.body().try_clone().unwrap();
    let bytes = body.collect(1 << 16).now_or_never().unwrap().unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The text of a token.
pub(crate) fn text(token: &wp_auth::Token) -> &str {
    wp_auth::ExposeSecret::expose_secret(token.secret().unwrap())
}

/// Lets every other task run until it waits.
pub(crate) async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}
