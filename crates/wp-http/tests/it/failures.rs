//! Both transports name the same failure alike.

use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use wp_http::TransportErrorKind::{self, Closed, Connect, Other, Protocol, RequestBody, Resolve, Tls};
use wp_http::{Body, Transport, TransportError};

use crate::server::{Conn, Server, soon};
use crate::{get, post, request, transports};

async fn failure(transport: &dyn Transport, request: Request<Body>) -> TransportError {
    match soon(transport.send(request)).await {
        Err(error) => error,
        Ok(answer) => soon(answer.into_body().collect(u64::MAX)).await.expect_err("it went well"),
    }
}

async fn check(what: &str, url: &str, kind: TransportErrorKind, sent: bool) {
    for (name, transport) in transports() {
        for request in [get(url), post(url)] {
            let error = failure(&*transport, request).await;
            assert_eq!((error.kind(), error.may_have_been_sent()), (kind, sent), "{name}: {what}: {error:?}");
            let text = format!("{error:?}{error}");
            assert!(!text.contains("secret"), "{name}: {what}: {text}");
        }
    }
}

/// Answers the first request on each connection with `raw`, and closes it.
async fn server(raw: &'static str) -> String {
    Server::closing_after(raw).await.at("/path?password=secret")
}

#[tokio::test]
async fn nobody_listens() {
    let url = {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        format!("http://{}/?password=secret", listener.local_addr().unwrap())
    };
    check("refused", &url, Connect, false).await;
}

#[tokio::test]
async fn the_name_has_no_address() {
    check("no such name", "http://nx.invalid/?password=secret", Resolve, false).await;
}

#[tokio::test]
async fn the_answer_is_cut_off_or_is_none() {
    for (raw, kind) in [
        ("", Closed),
        ("HTTP/1.1 200 OK\r\ncontent-le", Closed),
        ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort", Closed),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nshort", Closed),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n", Closed),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nshort\r\n0\r\n\r\n", Protocol),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n", Protocol),
        ("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", Protocol),
        ("<b>Warning</b>: garbage\r\n\r\n", Protocol),
        ("SSH-2.0-OpenSSH_9.2\r\n", Protocol),
    ] {
        check(raw, &server(raw).await, kind, true).await;
    }
}

#[tokio::test]
async fn the_connection_is_reset() {
    let server = Server::start(|mut conn: Conn| async move {
        conn.request().await;
        conn.stream.set_zero_linger().unwrap();
    })
    .await;
    check("reset", &server.at("/?password=secret"), Closed, true).await;
}

#[cfg(not(feature = "rustls"))]
#[tokio::test]
async fn this_side_does_not_speak_tls() {
    for (name, transport) in transports() {
        let error = failure(&*transport, get("https://127.0.0.1/")).await;
        assert_eq!((error.kind(), error.may_have_been_sent()), (Tls, false), "{name} {error:?}");
        assert!(error.to_string().contains("`rustls`"), "{name} {error}");
    }
}

#[cfg(feature = "rustls")]
#[tokio::test]
async fn the_other_side_does_not_speak_tls() {
    let https = |url: String| url.replace("http:", "https:");
    let plain = Server::start(|mut conn| async move {
        conn.send("HTTP/1.1 400 Bad Request\r\n\r\n").await;
        conn.closed().await;
    })
    .await;
    check("plain http", &https(plain.at("/?password=secret")), Tls, false).await;
    let closing = Server::start(|mut conn| async move {
        let mut hello = [0; 16];
        let _ = tokio::io::AsyncReadExt::read(&mut conn.stream, &mut hello).await;
        let _ = tokio::io::AsyncWriteExt::shutdown(&mut conn.stream).await;
        conn.closed().await;
    })
    .await;
    check("closes", &https(closing.at("/?password=secret")), Tls, false).await;
    let silent = Server::start(|mut conn| async move { conn.closed().await }).await;
    check("silent", &https(silent.at("/?password=secret")), Connect, false).await;
}

#[tokio::test]
async fn the_body_of_the_request_is_not_what_it_says() {
    let full = |text: &'static str| Full::new(bytes::Bytes::from(text));
    for (name, transport) in transports() {
        let server = Server::answering(crate::server::answer("200 OK", "")).await;
        let put = |body| request(Method::PUT, &server.url, body);
        for (body, words) in [
            (Body::stream(full("abc"), 4), "it holds only 3 bytes and announced 4"),
            (Body::stream(full("abc"), 2), "it holds at least 3 bytes and announced 2"),
            (Body::reopen(4, || async { Err("the file is gone".into()) }), "the file is gone"),
        ] {
            let error = failure(&*transport, put(body)).await;
            assert_eq!((error.kind(), error.may_have_been_sent()), (RequestBody, true), "{name} {error:?}");
            let chain = chain(&error);
            assert!(chain.contains(words), "{name}: {chain}");
        }
        // An answer's body has no length that one could announce.
        let received = Body::received(full("abc").map_err(|never| match never {}));
        let error = failure(&*transport, put(received)).await;
        assert_eq!((error.kind(), error.may_have_been_sent()), (RequestBody, false), "{name}");
        assert!(server.arrivals().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn an_address_without_a_host_goes_nowhere() {
    for (name, transport) in transports() {
        for url in ["/wp-json/", "ftp://example.org/"] {
            let error = failure(&*transport, get(url)).await;
            assert!(!error.may_have_been_sent(), "{name} {url} {error:?}");
            assert_eq!(error.kind(), Other, "{name} {url} {error:?}");
        }
    }
}

fn chain(error: &TransportError) -> String {
    let error: &dyn std::error::Error = error;
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
