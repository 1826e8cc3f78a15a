//! Timeouts: total and idle, of requests and responses.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Method, Request, Response};
use wp_core::pieces;
use wp_http::conformance::ManualClock;
use wp_http::{Body, Clock, Timeout, Transport, TransportError, TransportErrorKind};

use crate::script::Paused;
use crate::{post, request};

/// Takes a piece of the body every so often, up to so many, waits, and responds in pieces.
#[derive(Clone, Copy)]
struct Reader {
    every: Duration,
    pieces: usize,
    thinks: Duration,
    responses: (usize, Duration),
}

#[async_trait::async_trait]
impl Transport for Reader {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut body = request.into_body();
        for _ in 0..self.pieces {
            tokio::time::sleep(self.every).await;
            let Some(frame) = http_body_util::BodyExt::frame(&mut body).await else { break };
            assert!(frame?.into_data().unwrap().len() <= 16 << 10);
        }
        tokio::time::sleep(self.thinks).await;
        let (left, every) = self.responses;
        Ok(Response::new(drip(left, every)))
    }
}

fn drip(mut left: usize, every: Duration) -> Body {
    let mut sleep: Option<Pin<Box<tokio::time::Sleep>>> = None;
    Body::received(pieces(move |cx| {
        let due = sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(every)));
        ready!(due.as_mut().poll(cx));
        sleep = None;
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        Poll::Ready(Some(Ok(Bytes::from_static(b" "))))
    }))
}

const NONE: Duration = Duration::ZERO;
const READER: Reader = Reader { every: NONE, pieces: usize::MAX, thinks: NONE, responses: (0, NONE) };

/// How it ends and when, with 60 s for the whole and 30 s of idleness.
async fn ends(reader: Reader, request: Request<Body>) -> (Result<usize, String>, u64) {
    let clock = Paused::new();
    let timeout = Timeout::new(reader, Arc::clone(&clock) as Arc<dyn Clock>);
    let outcome = async { timeout.send(request).await?.into_body().collect(u64::MAX).await }.await;
    let outcome = outcome.map(|body| body.len()).map_err(|error| {
        assert_eq!(error.kind(), TransportErrorKind::Timeout);
        error.to_string().rsplit_once(": ").unwrap().1.to_owned()
    });
    (outcome, clock.passed().as_secs())
}

fn large() -> Request<Body> {
    request(Method::POST, "http://x/", vec![7; 640 << 10])
}

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Waits for nothing but the limits.
struct Silent;

#[async_trait::async_trait]
impl Transport for Silent {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        std::future::pending().await
    }
}

#[test]
fn each_timeout_ends_exactly_at_its_limit() {
    let moment = Duration::from_nanos(1);
    let mut own = post("http://x/");
    own.extensions_mut().insert(wp_core::extensions::Timeout(secs(7)));
    for (request, limit, why) in [
        (post("http://x/"), secs(60), "the limit was 60s"),
        (own, secs(7), "the limit was 7s"),
        (large(), secs(30), "nothing moved for 30s"),
    ] {
        let clock = ManualClock::new();
        let timeout = Timeout::new(Silent, Arc::new(clock.clone()));
        let mut send = timeout.send(request);
        let mut now = || send.as_mut().now_or_never();
        assert!(now().is_none());
        clock.advance(limit.saturating_sub(moment));
        assert!(now().is_none(), "{why}");
        clock.advance(moment);
        let error = now().unwrap().unwrap_err();
        assert!(error.to_string().ends_with(why), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn upload_has_no_total_timeout_while_it_progresses() {
    let slow = Reader { every: secs(20), ..READER };
    assert_eq!(ends(slow, large()).await, (Ok(0), 820));
    let (outcome, _) = ends(Reader { pieces: 3, thinks: secs(1000), ..slow }, large()).await;
    assert_eq!(outcome, Err("nothing moved for 30s".to_owned()));
    // Once it is sent, the time for the response runs.
    let (outcome, seconds) = ends(Reader { thinks: secs(1000), ..slow }, large()).await;
    assert_eq!(outcome, Err("the limit was 60s".to_owned()));
    assert!((860..=920).contains(&seconds), "{seconds}");
    assert_eq!(ends(Reader { pieces: 40, thinks: secs(59), ..slow }, large()).await, (Ok(0), 859));
}

/// Takes what it is sent at so many bytes a second.
struct Line(u64);

#[async_trait::async_trait]
impl Transport for Line {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut body = request.into_body();
        while let Some(frame) = http_body_util::BodyExt::frame(&mut body).await {
            let size = frame?.into_data().unwrap().len();
            tokio::time::sleep(secs(size as u64) / u32::try_from(self.0).unwrap()).await;
        }
        Ok(Response::new(Body::empty()))
    }
}

#[tokio::test(start_paused = true)]
async fn slow_connection_counts_as_progress() {
    let timeout = Timeout::new(Line(2 << 10), Paused::new());
    assert!(timeout.send(large()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn upload_without_idle_timeout_is_unlimited() {
    let resting = |thinks| {
        let slow = Reader { every: secs(100), pieces: 40, thinks, ..READER };
        Timeout::new(slow, Paused::new()).idle_timeout(None)
    };
    assert!(resting(secs(59)).send(large()).await.is_ok());
    assert!(resting(secs(61)).send(large()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn request_timeout_applies_to_an_upload() {
    let mut request = large();
    request.extensions_mut().insert(wp_core::extensions::Timeout(secs(100)));
    let slow = Reader { every: secs(20), ..READER };
    assert_eq!(ends(slow, request).await, (Err("the limit was 100s".to_owned()), 100));
}

#[tokio::test(start_paused = true)]
async fn response_has_a_total_and_an_idle_timeout() {
    let drip = |pieces, every| Reader { responses: (pieces, secs(every)), ..READER };
    assert_eq!(ends(drip(4, 10), post("http://x/")).await, (Ok(4), 50));
    assert_eq!(ends(drip(9, 10), post("http://x/")).await, (Err("the limit was 60s".to_owned()), 60));
    let (outcome, seconds) = ends(drip(9, 40), post("http://x/")).await;
    assert_eq!((outcome, seconds), (Err("nothing moved for 30s".to_owned()), 30));
    assert_eq!(ends(Reader { thinks: secs(61), ..READER }, post("http://x/")).await.1, 60);
    assert_eq!(ends(Reader { thinks: secs(59), ..READER }, post("http://x/")).await, (Ok(0), 59));
}
