//! HTTP/2, if both sides offer it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use http::{Response, Version};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use wp_core::extensions::Timeout;
use wp_http::TransportErrorKind::Closed;
use wp_http::{ConnectOptions, RetryPolicy, Stack, TokioClock, Transport};

use crate::tls::Authority;
use crate::{connecting, get, post, soon};

/// What the server does with each stream.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Response,
    /// Refuses it, without having looked at it.
    Refuse,
    /// Breaks it off, having looked at it.
    BreakOff,
    /// Refuses it in the middle of the response, which it should not.
    RefuseLate,
    /// Goes away, with the connection.
    GoAway,
    /// Responds to the first request on the first connection, and then nothing more there, as if the line was cut.
    FallSilent,
}

/// A server that speaks HTTP/2, and how many requests it saw.
async fn server(authority: &Authority, does: Does) -> (String, Arc<AtomicUsize>) {
    let mut config = authority.server(&["127.0.0.1"], |_| (), false);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let seen = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, count) = (acceptor.clone(), Arc::clone(&count));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let Ok(mut connection) = h2::server::handshake(stream).await else { return };
                let falls_silent = does == Does::FallSilent && count.load(SeqCst) == 0;
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    count.fetch_add(1, SeqCst);
                    assert_eq!(request.version(), Version::HTTP_2);
                    match does {
                        Does::Response | Does::FallSilent => {
                            let mut body = respond.send_response(Response::new(()), false).unwrap();
                            body.send_data(Bytes::from_static(b"[]"), true).unwrap();
                        }
                        Does::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
                        Does::RefuseLate => {
                            let mut body = respond.send_response(Response::new(()), false).unwrap();
                            body.send_data(Bytes::from_static(b"["), false).unwrap();
                            let _ = timeout(Duration::from_millis(50), connection.accept()).await;
                            body.send_reset(Reason::REFUSED_STREAM);
                        }
                        Does::BreakOff => respond.send_reset(Reason::INTERNAL_ERROR),
                        Does::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
                    }
                    if falls_silent {
                        let _ = timeout(Duration::from_millis(50), connection.accept()).await;
                        std::future::pending::<()>().await;
                    }
                }
            });
        }
    });
    (url, seen)
}

fn wanting(authority: &Authority) -> ConnectOptions {
    ConnectOptions::default().root_certificates(&*authority.pem).http2(true)
}

#[tokio::test]
async fn http2_is_used_if_both_sides_offer_it() {
    let ours = Authority::new();
    let (url, seen) = server(&ours, Does::Response).await;
    for (name, transport) in connecting(&wanting(&ours)) {
        for request in [get(&url), post(&url)] {
            let response = soon(transport.send(request)).await.unwrap();
            assert_eq!(response.version(), Version::HTTP_2, "{name}");
            assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{name}");
        }
    }
    assert_eq!(seen.load(SeqCst), 4);
    // A server that speaks only HTTP/2 is unusable for a client without it.
    for (name, transport) in connecting(&wanting(&ours).http2(false)) {
        assert!(soon(transport.send(get(&url))).await.is_err(), "{name}");
    }
    let old = crate::tls::serve(ours.server(&["127.0.0.1"], |_| (), false));
    for (name, transport) in connecting(&wanting(&ours)) {
        let url = format!("https://{}/", old.address());
        assert_eq!(soon(transport.send(get(&url))).await.unwrap().version(), Version::HTTP_11, "{name}");
    }
}

#[tokio::test]
async fn http2_request_is_not_resent_by_the_stack() {
    let ours = Authority::new();
    for (does, sent) in [(Does::Refuse, false), (Does::BreakOff, true), (Does::GoAway, true)] {
        for (name, transport) in connecting(&wanting(&ours)) {
            let (url, seen) = server(&ours, does).await;
            let error = soon(transport.send(post(&url))).await.unwrap_err();
            assert_eq!((error.kind(), error.may_have_been_sent()), (Closed, sent), "{name} {error:?}");
            assert_eq!(seen.load(SeqCst), 1, "{name}");
        }
    }
}

#[tokio::test]
async fn broken_response_body_counts_as_sent() {
    let ours = Authority::new();
    for (name, transport) in connecting(&wanting(&ours)) {
        let (url, _) = server(&ours, Does::RefuseLate).await;
        let response = soon(transport.send(post(&url))).await.unwrap();
        let error = soon(response.into_body().collect(9)).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (Closed, true), "{name} {error:?}");
    }
}

#[tokio::test]
async fn silent_http2_connection_is_abandoned_despite_new_requests() {
    let ours = Authority::new();
    let options = wanting(&ours).connect_timeout(Duration::from_millis(200));
    for (name, transport) in connecting(&options) {
        let (url, _) = server(&ours, Does::FallSilent).await;
        // A busy machine may need several attempts.
        let mut is_connected = false;
        for _ in 0..200 {
            is_connected = soon(transport.send(get(&url))).await.is_ok();
            if is_connected {
                break;
            }
        }
        assert!(is_connected, "{name}");
        // Requests are given up and keep coming, for a minute at most.
        let mut has_response = false;
        for _ in 0..200 {
            let response = timeout(Duration::from_millis(300), transport.send(get(&url))).await;
            has_response |= matches!(response, Ok(Ok(_)));
            if has_response {
                break;
            }
        }
        assert!(has_response, "{name}");
    }
}

#[tokio::test]
async fn maximum_durations_are_accepted() {
    let ours = Authority::new();
    let (url, _) = server(&ours, Does::Response).await;
    for http2 in [true, false] {
        let old = crate::tls::serve(ours.server(&["127.0.0.1"], |_| (), false));
        let url = if http2 { url.clone() } else { format!("https://{}/", old.address()) };
        let forever = Duration::MAX;
        let options = wanting(&ours).connect_timeout(forever).pool_idle_timeout(forever).http2(http2);
        for (name, transport) in connecting(&options) {
            let policy = RetryPolicy::default().backoff(forever, forever).deadline(forever);
            let transport = Stack::new(transport, Arc::new(TokioClock))
                .timeout(Some(forever))
                .idle_timeout(Some(forever))
                .retry(policy.max_retry_after(forever));
            for mut request in [get(&url), post(&url)] {
                request.extensions_mut().insert(Timeout(forever));
                let response = soon(transport.send(request)).await.unwrap();
                assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{name}");
            }
        }
    }
}
