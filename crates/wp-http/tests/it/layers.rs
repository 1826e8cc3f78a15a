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
