//! Compressed responses.

use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use http::Method;
use wp_http::conformance::{Server, response};
use wp_http::{Body, Decompress, Transport, TransportError, TransportErrorKind};

use crate::{get, request, soon, stacks, transports};

fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(body: impl AsRef<[u8]>) -> Vec<u8> {
    response("200 OK\r\ncontent-encoding: gzip", body)
}

async fn read_body(transport: &impl Transport, url: &str) -> Result<Bytes, TransportError> {
    transport.send(get(url)).await?.into_body().collect(u64::MAX).await
}

#[tokio::test]
async fn gzip_is_requested_and_decoded() {
    let text = "all work and no play ".repeat(10_000);
    let (one, two) = text.split_at(99_999);
    let members = [pack(one.as_bytes()), pack(two.as_bytes())].concat();
    for (name, transport) in stacks() {
        for packed in [pack(text.as_bytes()), members.clone()] {
            let server = Server::responding(gzip(packed)).unwrap();
            let response = soon(transport.send(get(&server.url()))).await.unwrap();
            assert!(!response.headers().contains_key("content-encoding"), "{name}");
            assert!(!response.headers().contains_key("content-length"), "{name}");
            assert!(response.into_body().collect(1 << 20).await.unwrap() == text.as_bytes(), "{name}");
            let expected = "accept: application/json\r\naccept-encoding: gzip\r\nhost: HOST\r\n\r\n";
            assert_eq!(server.arrivals(), [format!("GET / HTTP/1.1\r\n{expected}")], "{name}");
        }
    }
}

#[tokio::test]
async fn gzip_body_is_decoded_byte_by_byte() {
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
        let response = soon(transport.send(get(&server.url()))).await.unwrap();
        assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "a,b", "{name}");
    }
}

#[tokio::test]
async fn gzip_bomb_ends_at_the_cap() {
    let bomb = pack(&vec![0; 50 << 20]);
    assert!(bomb.len() < 1 << 20);
    for (name, transport) in stacks() {
        let server = Server::responding(gzip(&bomb)).unwrap();
        let error = soon(read_body(&transport.max_body(1 << 20), &server.url())).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::TooLarge, "{name}");
    }
}

#[tokio::test]
async fn truncated_or_invalid_gzip_is_an_error() {
    let whole = pack(b"the body of a response");
    let mut corrupt = whole.clone();
    *corrupt.iter_mut().rev().nth(6).unwrap() ^= 1; // in the checksum
    for (name, transport) in stacks() {
        let cut = [1, 5, 12, whole.len() - 9, whole.len() - 1].map(|end| whole[..end].to_vec());
        for bytes in cut.into_iter().chain([corrupt.clone(), b"\x0b\x02\x80[]\x03".to_vec()]) {
            let server = Server::responding(gzip(&bytes)).unwrap();
            let error = soon(read_body(&transport, &server.url())).await.unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Encoding, "{name} {bytes:?}");
        }
    }
}

#[tokio::test]
async fn gzip_header_without_a_body_is_accepted() {
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 123\r\n\r\n";
    for (name, transport) in stacks() {
        for (method, raw) in [
            (Method::HEAD, head.as_bytes().to_vec()),
            (Method::GET, b"HTTP/1.1 204 No Content\r\ncontent-encoding: gzip\r\n\r\n".to_vec()),
            (Method::DELETE, gzip("")),
            (Method::GET, gzip(pack(b""))),
        ] {
            let server = Server::responding(raw).unwrap();
            let response = transport.send(request(method, &server.url(), Body::empty())).await.unwrap();
            assert_eq!(soon(response.into_body().collect(0)).await.unwrap(), "", "{name}");
        }
    }
}

#[tokio::test]
async fn explicit_accept_encoding_disables_decoding() {
    for (name, transport) in transports() {
        let transport = Decompress::new(Arc::clone(&transport));
        for header in ["accept-encoding", "range"] {
            let packed = pack(b"text");
            let server = Server::responding(gzip(&packed)).unwrap();
            let mut request = get(&server.url());
            request.headers_mut().insert(header, "gzip".parse().unwrap());
            let response = transport.send(request).await.unwrap();
            assert_eq!(response.headers()["content-encoding"], "gzip", "{name}");
            assert_eq!(response.into_body().collect(99).await.unwrap(), packed, "{name}");
        }
    }
}

const JSON: &[u8] = br#"[{"id":7,"title":{"rendered":"Dunes"}},{"id":8}]"#;

/// What is said of a body and what it is, so that it can be read.
fn readable() -> Vec<(&'static str, Vec<u8>)> {
    let behind = |packed: Vec<u8>, more: &[u8]| [&packed, more].concat();
    vec![
        ("content-encoding: deflate", zlib(JSON)),
        ("content-encoding: deflate", raw(JSON)),
        ("content-encoding: Deflate", raw(&JSON.repeat(999))),
        ("content-encoding: deflate", pack(JSON)),
        ("content-encoding: gzip", zlib(JSON)),
        ("content-encoding: gzip, gzip", pack(&pack(JSON))),
        ("content-encoding: gzip\r\ncontent-encoding: gzip", pack(&pack(JSON))),
        ("content-encoding: deflate, gzip", pack(&raw(JSON))),
        ("content-encoding: identity, gzip", pack(JSON)),
        ("content-encoding: gzip, gzip", pack(JSON)),
        ("content-type: application/json\r\ncontent-encoding: gzip", pack(&pack(JSON))),
        ("content-type: application/json\r\ncontent-encoding: gzip", pack(&pack(&pack(JSON)))),
        ("content-type: application/json; charset=UTF-8", pack(JSON)),
        ("content-type: Text/HTML", pack(JSON)),
        ("content-type: application/problem+json", zlib(JSON)),
        ("content-type: application/json\r\ncontent-encoding: identity", pack(JSON)),
        ("content-encoding: gzip", JSON.to_vec()),
        ("content-encoding: gzip, deflate", JSON.to_vec()),
        ("content-encoding: deflate", JSON.to_vec()),
        ("content-encoding: gzip", behind(pack(JSON), b"<!-- cached -->")),
        ("content-encoding: gzip", behind(pack(JSON), &[0; 9])),
        ("content-encoding: gzip", behind(pack(JSON), b"\x1f")),
        ("content-encoding: deflate", behind(zlib(JSON), b"\n\n")),
        ("content-encoding: deflate", behind(raw(JSON), b"<!-- cached -->")),
        ("content-encoding: identity", JSON.to_vec()),
        ("content-encoding: ", JSON.to_vec()),
    ]
}

#[tokio::test]
async fn content_encoding_that_does_not_match_the_body_is_read() {
    for (headers, body) in readable() {
        let server = Server::responding(response(&format!("200 OK\r\n{headers}"), &body)).unwrap();
        // In pieces of a byte, too, with no end but that of the connection.
        let slow = Server::start(move |mut conn| {
            conn.request();
            conn.send(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n"));
            body.chunks(1).all(|byte| conn.send(byte));
        })
        .unwrap();
        for (name, transport) in stacks() {
            for server in [&server, &server, &slow] {
                let response = soon(transport.send(get(&server.url()))).await.unwrap();
                let found = soon(response.into_body().collect(1 << 20)).await;
                let found = found.unwrap_or_else(|error| panic!("{name} {headers:?}: {error:?}"));
                assert_eq!(found.chunks(JSON.len()).next(), Some(JSON), "{name} {headers:?}");
                crate::settled().await;
            }
            assert_eq!(
                server.connections(),
                1 + usize::from(name == "hyper"),
                "{name} {headers:?}: not used again"
            );
        }
    }
}

#[tokio::test]
async fn uncompressed_body_is_read_despite_any_content_encoding() {
    for encoding in ["UTF-8", "none", "br", "gzip, zstd", "ISO-8859-1", "chunked"] {
        for body in ["[]", " {\"a\":1}", "\u{feff}{}", "<!DOCTYPE html>", "null"] {
            let head = format!("200 OK\r\ncontent-type: application/json\r\ncontent-encoding: {encoding}");
            let server = Server::responding(response(&head, body)).unwrap();
            for (name, transport) in stacks() {
                let read = soon(read_body(&transport, &server.url())).await.unwrap();
                assert_eq!(read, body, "{name} {encoding}");
            }
        }
    }
}

#[tokio::test]
async fn unsupported_encoding_is_an_error_that_names_it() {
    let deep = (0..5).fold(JSON.to_vec(), |body, _| pack(&body));
    for (headers, body, says) in [
        ("content-encoding: br", b"\x0b\x02\x80[]\x03".to_vec(), "`br`"),
        ("content-encoding: BR", b"\x0b\x02\x80[]\x03".to_vec(), "`br`"),
        ("content-encoding: zstd", b"\x28\xb5\x2f\xfd\x04\x10".to_vec(), "`zstd`"),
        ("content-encoding: gzip, br", b"\x0b\x02\x80[]\x03".to_vec(), "`br`"),
        ("content-encoding: compress", b"\x1f\x9d\x90".to_vec(), "`compress`"),
        ("content-encoding: dcb", b"\xff".to_vec(), "`dcb`"),
        ("content-encoding: gzip", b"\x28\xb5\x2f\xfd\x04\x10\x00\x00".to_vec(), "`zstd`"),
        ("content-type: application/json", b"\x28\xb5\x2f\xfd\x04\x10\x00\x00".to_vec(), "`zstd`"),
        ("content-type: application/json\r\ncontent-encoding: gzip", deep, "more than 3 times"),
        ("content-encoding: gzip", b"\x89PNG\r\n\x1a\n".to_vec(), "not text"),
    ] {
        let server = Server::responding(response(&format!("403 Forbidden\r\n{headers}"), &body)).unwrap();
        for (name, transport) in stacks() {
            let error = soon(read_body(&transport, &server.url())).await.unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Encoding, "{name} {headers:?}");
            assert!(error.to_string().contains(says), "{name} {headers:?}: {error}");
            // There is nothing to unpack.
            let head = Server::responding(response(&format!("200 OK\r\n{headers}"), "")).unwrap();
            for method in [Method::HEAD, Method::GET] {
                let response = transport.send(request(method, &head.url(), Body::empty())).await.unwrap();
                assert_eq!(soon(response.into_body().collect(0)).await.unwrap(), "", "{name} {headers:?}");
            }
        }
    }
}

/// A body that begins like a compressed file is one, unless it is text.
#[tokio::test]
async fn compressed_file_is_not_decoded() {
    for kind in ["application/gzip", "application/octet-stream", "image/svg+xml-compressed"] {
        let packed = pack(JSON);
        let server =
            Server::responding(response(&format!("200 OK\r\ncontent-type: {kind}"), &packed)).unwrap();
        for (name, transport) in stacks() {
            let response = soon(transport.send(get(&server.url()))).await.unwrap();
            assert_eq!(soon(response.into_body().collect(999)).await.unwrap(), packed, "{name} {kind}");
        }
    }
}

/// A body that unpacks to one that unpacks to nothing is bounded as well.
#[tokio::test]
async fn nested_gzip_bomb_is_bounded() {
    // Blocks that hold nothing.
    let blocks =
        [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..], &[0, 0, 0, 0xff, 0xff].repeat(17 << 18)].concat();
    let members = pack(b"").repeat(10_001);
    for (body, kind) in
        [(pack(&blocks), TransportErrorKind::TooLarge), (members, TransportErrorKind::Encoding)]
    {
        let head = "200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip";
        let server = Server::responding(response(head, &body)).unwrap();
        for (name, transport) in stacks() {
            let outcome = soon(read_body(&transport, &server.url())).await;
            assert_eq!(outcome.map(|body| body.len()).unwrap_err().kind(), kind, "{name}");
        }
    }
}

#[tokio::test]
async fn truncated_or_damaged_deflate_is_an_error() {
    let mut damaged = zlib(JSON);
    *damaged.last_mut().unwrap() ^= 1; // of the checksum
    let cut = |packed: Vec<u8>| [9, packed.len() / 2, packed.len() - 1].map(|end| packed[..end].to_vec());
    for body in cut(zlib(JSON)).into_iter().chain(cut(raw(JSON))).chain([damaged, vec![0xff; 99]]) {
        let server = Server::responding(response("200 OK\r\ncontent-encoding: deflate", &body)).unwrap();
        for (name, transport) in stacks() {
            let error = soon(read_body(&transport, &server.url())).await.unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Encoding, "{name} {body:?}");
        }
    }
}
