//! Unusual response headers: which are accepted, which are refused, and the error.

use http::Method;
use wp_http::conformance::{Server, response};
use wp_http::{Body, Transport, TransportErrorKind};

use crate::{get, post, request, soon, stacks, transports};

#[tokio::test]
async fn folded_and_unusual_headers_are_parsed() {
    for (line, name, value) in [
        (
            "Content-Security-Policy: default-src 'self';\r\n  img-src *",
            "content-security-policy",
            "default-src 'self'; img-src *",
        ),
        (
            "Link: <https://example.org/wp-json/>;\r\n\trel=\"https://api.w.org/\"",
            "link",
            "<https://example.org/wp-json/>; rel=\"https://api.w.org/\"",
        ),
        ("X-WP-Total:\r\n 41", "x-wp-total", "41"),
        ("X-WP-Total   : 41", "x-wp-total", "41"),
        ("X-WP-Total \t: \t41 \t", "x-wp-total", "41"),
        ("X-Empty:", "x-empty", ""),
        ("X-Empty:\r\n ", "x-empty", ""),
        ("X-Colons: a: b: c", "x-colons", "a: b: c"),
        ("X-Tab: a\tb", "x-tab", "a\tb"),
        ("x-one-more: 1\r\n".repeat(250).trim_end(), "x-one-more", "1"),
    ] {
        let server = Server::responding(response(&format!("200 OK\r\n{line}"), "[]")).unwrap();
        for (stack, transport) in transports() {
            let response = soon(transport.send(get(&server.at("/")))).await.unwrap();
            assert_eq!(response.headers()[name], value, "{stack} {line:?}");
            assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{stack} {line:?}");
        }
    }
}

/// Chunks count where both are there; a connection is used again where nothing was odd, and after blanks and folds.
#[tokio::test]
async fn body_framing_with_unusual_headers() {
    for headers in [
        "Content-Length :  2",
        "Content-Length:\r\n 2",
        "Content-Length: 02",
        "Transfer-Encoding: chunked",
        "Transfer-Encoding : Chunked",
        "Transfer-Encoding:\r\n chunked",
        "Content-Length: 7\r\nTransfer-Encoding: chunked",
    ] {
        let body =
            if headers.to_ascii_lowercase().contains("chunked") { "2\r\n[]\r\n0\r\n\r\n" } else { "[]" };
        let server = Server::responding(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n{body}")).unwrap();
        for (stack, transport) in transports() {
            let before = server.connections();
            for _ in 0..2 {
                let response = soon(transport.send(get(&server.at("/")))).await.unwrap();
                assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{stack} {headers:?}");
                crate::settled().await;
            }
            // Two that frame one body are what a smuggled response looks like.
            let is_doubtful = headers.contains("Length") && headers.contains("Transfer");
            let connections = if is_doubtful { 2 } else { 1 };
            assert_eq!(server.connections() - before, connections, "{stack} {headers:?}");
        }
    }
}

#[tokio::test]
async fn an_error_names_the_fault_and_the_header_that_frames_the_body() {
    const LINE: &str = "a line of its headers is malformed";
    for (headers, says) in [
        // curl and browsers pass over such a line. Of the two stacks neither says which line it passed over, and it
        // could be the one that frames the body.
        ("X-Powered By: Plugin", LINE),
        (" X-First: 1", LINE),
        ("X-Ü: 1", LINE),
        ("X-Control: a\u{1}b", LINE),
        ("X-Delete: a\u{7f}b", LINE),
        ("X-Nul: a\0b", LINE),
        ("X-Return: a\rb", LINE),
        ("no colon at all", LINE),
        (": no name", LINE),
        ("Content Length: 2", LINE),
        ("Content-Length: 2\r\nContent-Length: 2", "more than one Content-Length"),
        ("Content-Length: 2,2", "more than one Content-Length"),
        ("Content-Length: 2\r\nContent-Length: 3", "Content-Length is malformed, or one contradicts another"),
        ("Content-Length: 2\r\n 2", "Content-Length is malformed"),
        ("Content-Length: two", "Content-Length is malformed"),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", "more than one Transfer-Encoding"),
        ("Transfer-Encoding: gzip, chunked", "Transfer-Encoding is not `chunked`"),
        ("Transfer-Encoding: chun\r\n ked", "Transfer-Encoding is not `chunked`, or is malformed"),
        (&"x-one-more: 1\r\n".repeat(257)[..], "its headers are larger than 400 kB, or more than 256"),
    ] {
        let raw = format!("HTTP/1.1 200 OK\r\n{}\r\n\r\n[]", headers.trim_end_matches("\r\n"));
        let server = Server::responding(raw).unwrap();
        for (stack, transport) in transports() {
            for request in [get(&server.at("/")), post(&server.at("/"))] {
                let connections = server.connections();
                let error = soon(transport.send(request)).await.expect_err(headers);
                assert_eq!(error.kind(), TransportErrorKind::Protocol, "{stack} {headers:?}");
                assert!(error.may_have_been_sent() && !error.is_transient(), "{stack} {headers:?}");
                assert!(error.to_string().contains(says), "{stack} {headers:?}: {error}");
                assert_eq!(server.connections(), connections + 1, "{stack} {headers:?}: it was used again");
            }
        }
    }
    for (raw, says) in [
        (
            "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "Transfer-Encoding, which HTTP/1.0 does not know",
        ),
        ("HTTP/1.1 twenty OK\r\n\r\n", "its first line has no status"),
        ("ICY 200 OK\r\n\r\n", "its first line is not a status line of HTTP"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n", "the size of a chunk"),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n[]\r\n", "a chunk is longer"),
    ] {
        let server = Server::closing_after(raw).unwrap();
        for (stack, transport) in stacks() {
            let error = match soon(transport.send(get(&server.at("/")))).await {
                Ok(response) => soon(response.into_body().collect(99)).await.unwrap_err(),
                Err(error) => error,
            };
            assert!(error.to_string().contains(says), "{stack} {raw:?}: {error}");
        }
    }
}

/// Nothing frames the body of what has none.
#[tokio::test]
async fn head_response_ignores_framing_headers() {
    for (headers, good) in [
        ("content-length: 123", true),
        ("transfer-encoding: chunked", true),
        ("content-length: 1\r\ncontent-length: 2", false),
    ] {
        let server =
            Server::responding(format!("HTTP/1.1 200 OK\r\nx-wp-total: 41\r\n{headers}\r\n\r\n")).unwrap();
        for (stack, transport) in transports() {
            let response = soon(transport.send(request(Method::HEAD, &server.at("/"), Body::empty()))).await;
            assert_eq!(response.is_ok(), good, "{stack} {headers}");
        }
    }
}
