//! HTTP/2, where it is wanted and offered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use bytes::Bytes;
use h2::Reason;
use http::{Response, Version};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use wp_http::ConnectOptions;
use wp_http::TransportErrorKind::Closed;

use crate::tls::Authority;
use crate::{connecting, get, post, soon};

/// What the server does with each stream.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    Answer,
    /// Refuses it, without having looked at it.
    Refuse,
    /// Breaks it off, having looked at it.
    BreakOff,
    /// Goes away, with the connection.
    GoAway,
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
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    count.fetch_add(1, SeqCst);
                    assert_eq!(request.version(), Version::HTTP_2);
                    match does {
                        Does::Answer => {
                            let mut body = respond.send_response(Response::new(()), false).unwrap();
                            body.send_data(Bytes::from_static(b"[]"), true).unwrap();
                        }
                        Does::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
                        Does::BreakOff => respond.send_reset(Reason::INTERNAL_ERROR),
                        Does::GoAway => connection.abrupt_shutdown(Reason::NO_ERROR),
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
async fn it_is_spoken_where_both_sides_want_it() {
    let ours = Authority::new();
    let (url, seen) = server(&ours, Does::Answer).await;
    for (name, transport) in connecting(&wanting(&ours)) {
        for request in [get(&url), post(&url)] {
            let answer = soon(transport.send(request)).await.unwrap();
            assert_eq!(answer.version(), Version::HTTP_2, "{name}");
            assert_eq!(soon(answer.into_body().collect(9)).await.unwrap(), "[]", "{name}");
        }
    }
    assert_eq!(seen.load(SeqCst), 4);
    // A server that speaks nothing else is no server for who does not want it.
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
async fn nothing_is_sent_twice_by_the_stack() {
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
