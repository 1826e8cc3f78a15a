//! Response bodies end at the timeout or at the size limit.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::join;
use http::{Request, Response};
use http_body_util::BodyExt;
use wp_core::pieces;
use wp_http::conformance::{ManualClock, Server, response};
use wp_http::{Body, BodyCap, Clock, Stack, Timeout, Transport, TransportError, TransportErrorKind};

use crate::{get, soon, transports};

/// The text of the next piece.
async fn piece(response: &mut Response<Body>) -> Result<String, TransportError> {
    let frame = soon(response.body_mut().frame()).await.expect("the body goes on")?;
    Ok(String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn timeout_covers_head_and_body() {
    let minute = Duration::from_secs(60);
    for (name, transport) in transports() {
        for sent in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none"] {
            let server = Server::start(move |mut conn| {
                conn.request();
                conn.send(sent);
                conn.closed();
            })
            .unwrap();
            let clock = ManualClock::new();
            let timeout = Timeout::new(Arc::clone(&transport), Arc::new(clock.clone()));
            let send = timeout.send(get(&server.url()));
            let error = if sent.is_empty() {
                let time = async {
                    server.arrived(1).await;
                    clock.advance(minute);
                };
                soon(join(send, time)).await.0.unwrap_err()
            } else {
                let mut response = soon(send).await.unwrap();
                assert_eq!(piece(&mut response).await.unwrap(), "one", "{name}");
                clock.advance(minute);
                let error = piece(&mut response).await.unwrap_err();
                assert!(response.body_mut().frame().await.is_none(), "an ended body stays ended");
                error
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

/// Responds to with a body that never ends and never keeps anyone waiting.
struct Endless;

#[async_trait::async_trait]
impl Transport for Endless {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        Ok(Response::new(Body::received(pieces(|_| Poll::Ready(Some(Ok(Bytes::from_static(b" "))))))))
    }
}

#[tokio::test]
async fn timeout_ends_an_endless_body() {
    let response = Timeout::new(Endless, Arc::new(Over)).send(get("http://x")).await.unwrap();
    let error = response.into_body().collect(1000).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

#[tokio::test]
async fn request_timeout_overrides_the_default() {
    for (name, transport) in transports() {
        let server = Server::start(|mut conn| {
            conn.request();
            conn.closed();
        })
        .unwrap();
        let (own, clock) = (Duration::from_secs(3), ManualClock::new());
        let mut request = get(&server.url());
        request.extensions_mut().insert(wp_core::extensions::Timeout(own));
        let stack = Stack::new(transport, Arc::new(clock.clone())).timeout(None);
        let time = async {
            server.arrived(1).await;
            clock.advance(own);
        };
        let (outcome, ()) = soon(join(stack.send(request), time)).await;
        assert_eq!(outcome.unwrap_err().kind(), TransportErrorKind::Timeout, "{name}");
    }
}

#[tokio::test]
async fn response_body_ends_at_the_cap() {
    let announced = response("200 OK", "0123456789");
    let chunked =
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n".to_vec();
    for (name, transport) in transports() {
        for raw in [announced.clone(), chunked.clone()] {
            let server = Server::responding(raw).unwrap();
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
