//! The state that a layer leaves in a request, and what it passes to a custom transport.

use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use http::{Request, Response};
use wp_core::extensions::{Attempt, Queued};
use wp_core::layer::{Layer, ReusableRequest};
use wp_core::pieces;
use wp_http::conformance::ManualClock;
use wp_http::{
    Body, Limit, Limits, Retry, RetryPolicy, Stack, Transport, TransportError, TransportErrorKind,
};

use crate::script::Turn::{Fail, Hang, Respond};
use crate::script::{Paused, Script};
use crate::{get, soon};

fn polled_once<F: Future>(future: F) -> Poll<F::Output> {
    let mut future = std::pin::pin!(future);
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

const MOVED: &str = "302; location: http://elsewhere.example/b";

#[tokio::test(start_paused = true)]
async fn request_cancelled_after_a_redirect_restarts_at_the_first_url() {
    let clock = Paused::new();
    for (turns, is_cancelled) in [([Respond(MOVED), Hang], true), ([Respond(MOVED), Respond(MOVED)], false)] {
        let stack = Stack::new(Script::new(&clock, turns), clock.clone()).retry(RetryPolicy::never());
        let mut request = get("http://here.example/a");
        request.headers_mut().insert("host", "name.example".parse().unwrap());
        let mut request = ReusableRequest::new(request);
        match polled_once(stack.forward(&mut request)) {
            Poll::Pending => assert!(is_cancelled),
            Poll::Ready(outcome) => assert_eq!(outcome.unwrap_err().kind(), TransportErrorKind::Redirect),
        }
        assert_eq!(*request.uri(), "http://here.example/a", "{is_cancelled}");
        assert_eq!(request.headers()["host"], "name.example", "{is_cancelled}");
    }
}

/// Responds with a body of known length that has not arrived.
struct OnItsWay;

#[async_trait::async_trait]
impl Transport for OnItsWay {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        let arriving = pieces(|_: &mut Context<'_>| Poll::Pending);
        Ok(Response::new(Body::stream(arriving, 2)))
    }
}

#[test]
fn response_of_known_length_holds_its_permit_until_read() {
    let limit =
        Limit::new(OnItsWay, Arc::new(ManualClock::default())).limits(Limits::default().concurrency(1));
    let Poll::Ready(Ok(first)) = polled_once(limit.send(get("http://a.example"))) else { panic!() };
    assert!(polled_once(limit.send(get("http://a.example"))).is_pending());
    drop(first);
    assert!(polled_once(limit.send(get("http://a.example"))).is_ready());
}

/// Records the attempt numbers that it receives.
struct Heard<T>(T, Arc<Mutex<Vec<u32>>>);

#[async_trait::async_trait]
impl<T: Transport> Transport for Heard<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let attempt = request.extensions().get().map_or(1, |&Attempt(attempt)| attempt);
        self.1.lock().unwrap().push(attempt);
        self.0.send(request).await
    }
}

#[tokio::test(start_paused = true)]
async fn stack_passes_the_attempt_number_to_the_transport() {
    let clock = Paused::new();
    let failing = || Script::new(&clock, [Fail(TransportErrorKind::Connect), Respond("200")]);
    let heard = || Heard(failing(), Arc::default());
    let stack_hears = heard();
    let (of_stack, of_retry) = (Arc::clone(&stack_hears.1), heard());
    soon(Stack::new(stack_hears, clock.clone()).send(get("http://a.example"))).await.unwrap();
    let attempts = Arc::clone(&of_retry.1);
    soon(Retry::new(of_retry, clock.clone()).send(get("http://a.example"))).await.unwrap();
    assert_eq!([&*of_stack.lock().unwrap(), &*attempts.lock().unwrap()], [&[1, 2], &[1, 2]]);
}

#[test]
fn queued_extension_works_without_a_timeout() {
    let clock = Arc::new(ManualClock::default());
    let stack = Stack::new(OnItsWay, clock).limits(Limits::default().concurrency(1));
    let mut first = std::pin::pin!(stack.send(get("http://a.example")));
    assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let (queued, mut request) = (Queued::default(), get("http://a.example"));
    request.extensions_mut().insert(queued.clone());
    let mut second = std::pin::pin!(stack.send(request));
    assert!(second.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert!(queued.get());
}

/// Records whether a request says whether it is queued.
#[derive(Default)]
struct Receives(Arc<Mutex<Vec<bool>>>);

#[async_trait::async_trait]
impl Transport for Receives {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.0.lock().unwrap().push(request.extensions().get::<Queued>().is_some());
        Ok(Response::new(Body::empty()))
    }
}

#[test]
fn decorator_passes_the_queued_extension_on() {
    let receives = Receives::default();
    let flags = Arc::clone(&receives.0);
    let limit = Limit::new(receives, Arc::new(ManualClock::default()));
    let mut queued = get("http://a.example");
    queued.extensions_mut().insert(Queued::default());
    for request in [queued, get("http://a.example")] {
        assert!(polled_once(limit.send(request)).is_ready());
    }
    assert_eq!(*flags.lock().unwrap(), [true, false]);
}

/// Responds with a redirect whose body never arrives, and then without one.
struct Stalls;

#[async_trait::async_trait]
impl Transport for Stalls {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        if request.uri().path() == "/b" {
            return Ok(Response::new(Body::empty()));
        }
        let arriving = pieces(|_: &mut Context<'_>| Poll::Pending);
        let moved = Response::builder().status(301).header("location", "/b");
        Ok(moved.body(Body::stream(arriving, 9)).unwrap())
    }
}

#[test]
fn redirect_is_followed_before_its_body_arrives() {
    let stack = Stack::new(Stalls, Arc::new(ManualClock::default()));
    let Poll::Ready(outcome) = polled_once(stack.send(get("http://a.example/a"))) else { panic!("it waits") };
    assert_eq!(outcome.unwrap().status(), 200);
}

/// Responds with the length of a file, as to `HEAD`.
struct Announces;

#[async_trait::async_trait]
impl Transport for Announces {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        Ok(Response::builder().header("content-length", "1000000").body(Body::empty()).unwrap())
    }
}

#[test]
fn response_to_head_may_announce_more_than_the_limit() {
    let stack = Stack::new(Announces, Arc::new(ManualClock::default())).max_body(1000);
    for (method, is_read) in [("HEAD", true), ("GET", false)] {
        let mut request = get("http://a.example/file");
        *request.method_mut() = method.parse().unwrap();
        let Poll::Ready(outcome) = polled_once(stack.send(request)) else { panic!("it waits") };
        assert_eq!(outcome.is_ok(), is_read, "{method}");
    }
}
