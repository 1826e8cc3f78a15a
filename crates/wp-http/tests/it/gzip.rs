//! Compressed answers.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::Method;
use wp_http::conformance::{Server, answer};
use wp_http::{Body, Decompress, Transport, TransportErrorKind};

use crate::{get, request, soon, stacks, transports};

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    answer("200 OK\r\ncontent-encoding: gzip", body)
}

#[tokio::test]
async fn it_is_asked_for_and_unpacked() {
    let text = "all work and no play ".repeat(10_000);
    let (one, two) = text.split_at(99_999);
    let members = [pack(one.as_bytes()), pack(two.as_bytes())].concat();
    for (name, transport) in stacks() {
        for packed in [pack(text.as_bytes()), members.clone()] {
            let server = Server::answering(gzip(packed)).unwrap();
            let answer = soon(transport.send(get(&server.url()))).await.unwrap();
            assert!(!answer.headers().contains_key("content-encoding"), "{name}");
            assert!(!answer.headers().contains_key("content-length"), "{name}");
            assert!(answer.into_body().collect(1 << 20).await.unwrap() == text.as_bytes(), "{name}");
            let expected = "accept: application/json\r\naccept-encoding: gzip\r\nhost: HOST\r\n\r\n";
            assert_eq!(server.arrivals(), [format!("GET / HTTP/1.1\r\n{expected}")], "{name}");
        }
    }
}

#[tokio::test]
async fn it_may_come_byte_by_byte() {
    for (name, transport) in stacks() {
        let server = Server::start(|mut conn| {
            conn.request();
            conn.send("HTTP/1.1 200 OK\r\nContent-Encoding: X-GZip\r\n\r\n");
            for byte in [pack(b"a,"), pack(b""), pack(b"b")].concat() {
                conn.send([byte]);
                std::thread::yield_now();
            }
        })
        .unwrap();
        let answer = soon(transport.send(get(&server.url()))).await.unwrap();
        assert_eq!(soon(answer.into_body().collect(9)).await.unwrap(), "a,b", "{name}");
    }
}

#[tokio::test]
async fn a_bomb_ends_at_the_cap() {
    let bomb = pack(&vec![0; 50 << 20]);
    assert!(bomb.len() < 1 << 20);
    for (name, transport) in stacks() {
        let server = Server::answering(gzip(&bomb)).unwrap();
        let answer = transport.max_body(1 << 20).send(get(&server.url())).await.unwrap();
        let error = soon(answer.into_body().collect(u64::MAX)).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::TooLarge, "{name}");
    }
}

#[tokio::test]
async fn what_is_cut_off_or_no_gzip_is_an_error() {
    let whole = pack(b"the body of an answer");
    let mut corrupt = whole.clone();
    *corrupt.iter_mut().rev().nth(6).unwrap() ^= 1; // in the checksum
    let trailing = [&whole[..], b"<!-- cached -->"].concat();
    for (name, transport) in stacks() {
        let cut = [1, 5, 12, whole.len() - 9, whole.len() - 1].map(|end| whole[..end].to_vec());
        for bytes in cut.into_iter().chain([corrupt.clone(), trailing.clone(), b"{\"plain\":1}".to_vec()]) {
            let server = Server::answering(gzip(&bytes)).unwrap();
            let answer = transport.send(get(&server.url())).await.unwrap();
            let error = soon(answer.into_body().collect(u64::MAX)).await.unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Encoding, "{name} {bytes:?}");
        }
    }
}

#[tokio::test]
async fn no_body_is_no_error() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 123\r\n\r\n";
    for (name, transport) in stacks() {
        for (method, raw) in [
            (Method::HEAD, head.as_bytes().to_vec()),
            (Method::GET, b"HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n".to_vec()),
            (Method::DELETE, gzip("")),
            (Method::GET, gzip(pack(b""))),
        ] {
            let server = Server::answering(raw).unwrap();
            let answer = transport.send(request(method, &server.url(), Body::empty())).await.unwrap();
            assert_eq!(soon(answer.into_body().collect(0)).await.unwrap(), "", "{name}");
        }
    }
}

#[tokio::test]
async fn who_asks_for_an_encoding_gets_it() {
    for (name, transport) in transports() {
        let transport = Decompress::new(Arc::clone(&transport));
        for header in ["accept-encoding", "range"] {
            let packed = pack(b"text");
            let server = Server::answering(gzip(&packed)).unwrap();
            let mut request = get(&server.url());
            request.headers_mut().insert(header, "gzip".parse().unwrap());
            let answer = transport.send(request).await.unwrap();
            assert_eq!(answer.headers()["content-encoding"], "gzip", "{name}");
            assert_eq!(answer.into_body().collect(99).await.unwrap(), packed, "{name}");
        }
    }
}
