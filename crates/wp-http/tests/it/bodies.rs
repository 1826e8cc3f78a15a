//! Answers end within their limits.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use wp_core::pieces;
use wp_http::conformance::{Server, answer};
use wp_http::{Body, BodyCap, Clock, Timeout, TokioClock, Transport, TransportError, TransportErrorKind};

use crate::{get, soon, stacks, transports};

/// The text of the next piece.
async fn piece(answer: &mut Response<Body>) -> Result<String, TransportError> {
    let frame = soon(answer.body_mut().frame()).await.expect("the body goes on")?;
    Ok(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn the_time_runs_out_before_the_head_and_within_the_body() {
    for (name, transport) in transports() {
        for sent in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none"] {
            let server = Server::start(move |mut conn| {
                conn.request();
                conn.send(sent);
                conn.closed();
            })
            .unwrap();
            let timeout = Timeout::new(Arc::clone(&transport), Arc::new(TokioClock));
            let timeout = timeout.timeout(Some(Duration::from_millis(100)));
            let error = match soon(timeout.send(get(&server.url()))).await {
                Err(error) => error,
                Ok(mut answer) => {
                    assert_eq!(piece(&mut answer).await.unwrap(), "one", "{name}");
                    let error = piece(&mut answer).await.unwrap_err();
                    assert!(answer.body_mut().frame().await.is_none(), "an ended body stays ended");
                    error
                }
            };
            assert_eq!(error.kind(), TransportErrorKind::Timeout, "{name} {sent}");
            assert!(error.may_have_been_sent());
        }
    }
}

/// Its time is over at once.
#[derive(Debug)]
struct Over;

#[async_trait::async_trait]
impl Clock for Over {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
    async fn sleep(&self, _: Duration) {}
}

/// Answers with a body that never ends and never keeps anyone waiting.
struct Endless;

#[async_trait::async_trait]
impl Transport for Endless {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        Ok(Response::new(Body::received(pieces(|_| Poll::Ready(Some(Ok(Bytes::from_static(b" "))))))))
    }
}

#[tokio::test]
async fn the_time_runs_out_though_there_is_always_more() {
    let answer = Timeout::new(Endless, Arc::new(Over)).send(get("http://x")).await.unwrap();
    let error = answer.into_body().collect(1000).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn a_request_brings_its_own_timeout() {
    for (name, transport) in stacks() {
        let server = Server::start(|mut conn| {
            conn.request();
            conn.closed();
        })
        .unwrap();
        let mut request = get(&server.url());
        request.extensions_mut().insert(wp_core::extensions::Timeout(Duration::from_millis(50)));
        let transport = transport.timeout(None);
        assert_eq!(
            soon(transport.send(request)).await.unwrap_err().kind(),
            TransportErrorKind::Timeout,
            "{name}"
        );
    }
}

#[tokio::test]
async fn an_answer_ends_at_the_cap() {
    let announced = answer("200 OK", "0123456789");
    let chunked =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n".to_vec();
    for (name, transport) in transports() {
        for raw in [announced.clone(), chunked.clone()] {
            let server = Server::answering(raw).unwrap();
            let capped = |bytes| {
                let cap = BodyCap::new(Arc::clone(&transport)).limit(bytes);
                let request = get(&server.url());
                async move { cap.send(request).await?.into_body().collect(u64::MAX).await }
            };
            assert_eq!(capped(10).await.unwrap(), "0123456789", "{name}");
            assert_eq!(capped(9).await.unwrap_err().kind(), TransportErrorKind::TooLarge, "{name}");
        }
    }
}
