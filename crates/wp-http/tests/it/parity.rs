//! Both transports put the same bytes on the wire.

use http::{HeaderValue, Method, Request};
use http_body_util::Full;
use wp_http::Body;
use wp_http::conformance::{Server, response};

use crate::{get, post, request, soon, transports};

fn full(text: &'static str) -> Full<bytes::Bytes> {
    Full::new(text.as_bytes().into())
}

fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    request
}

/// Each request, and what it is on the wire after its first line's address.
fn cases(server: &Server) -> Vec<(Request<Body>, &'static str)> {
    let url = |path| server.at(path);
    let sensitive = {
        let mut request = with(get(&url("/s")), "x-one", "1");
        let mut value = HeaderValue::from_static("Bearer abc.def");
        value.set_sensitive(true);
        request.headers_mut().insert("authorization", value);
        with(with(request, "x-two", "a"), "x-two", "b")
    };
    let mut hand_built = post(&url("/bare"));
    hand_built.headers_mut().remove("accept");
    vec![
        (
            get(&url("/wp-json/wp/v2/posts?q=a%7C%27b&x=%5B%5D&_fields=id,title&s=%C3%BC+")),
            "GET /wp-json/wp/v2/posts?q=a%7C%27b&x=%5B%5D&_fields=id,title&s=%C3%BC+ HTTP/1.1\r\n\
             accept: application/json\r\nhost: HOST\r\n\r\n",
        ),
        (
            get(&url("/?rest_route=/wp/v2/posts&context=edit")),
            "GET /?rest_route=/wp/v2/posts&context=edit HTTP/1.1\r\n\
             accept: application/json\r\nhost: HOST\r\n\r\n",
        ),
        (
            with(post(&url("/json")), "content-type", "application/json"),
            "POST /json HTTP/1.1\r\naccept: application/json\r\ncontent-type: application/json\r\n\
             content-length: 2\r\nhost: HOST\r\n\r\n{}",
        ),
        (
            request(Method::POST, &url("/empty"), Body::empty()),
            "POST /empty HTTP/1.1\r\naccept: application/json\r\ncontent-length: 0\r\nhost: HOST\r\n\r\n",
        ),
        (
            with(request(Method::POST, &url("/site"), Body::empty()), "content-length", "0"),
            "POST /site HTTP/1.1\r\naccept: application/json\r\ncontent-length: 0\r\nhost: HOST\r\n\r\n",
        ),
        (
            request(Method::DELETE, &url("/1?force=true"), Body::empty()),
            "DELETE /1?force=true HTTP/1.1\r\n\
             accept: application/json\r\ncontent-length: 0\r\nhost: HOST\r\n\r\n",
        ),
        (
            request(Method::PUT, &url("/stream"), Body::stream(full("streamed"), 8)),
            "PUT /stream HTTP/1.1\r\naccept: application/json\r\ncontent-length: 8\r\nhost: HOST\r\n\r\nstreamed",
        ),
        (
            request(Method::POST, &url("/none"), Body::stream(full(""), 0)),
            "POST /none HTTP/1.1\r\naccept: application/json\r\ncontent-length: 0\r\nhost: HOST\r\n\r\n",
        ),
        (
            request(Method::PATCH, &url("/patch"), "{\"a\":\"ü\"}"),
            "PATCH /patch HTTP/1.1\r\naccept: application/json\r\ncontent-length: 10\r\nhost: HOST\r\n\r\n\
             {\"a\":\"ü\"}",
        ),
        (
            request(Method::POST, &url("/file"), Body::reopen(4, || async { Ok(Body::from("file")) })),
            "POST /file HTTP/1.1\r\naccept: application/json\r\ncontent-length: 4\r\nhost: HOST\r\n\r\nfile",
        ),
        (
            with(post(&url("/lies")), "content-length", "7"),
            "POST /lies HTTP/1.1\r\naccept: application/json\r\ncontent-length: 2\r\nhost: HOST\r\n\r\n{}",
        ),
        (
            with(post(&url("/te")), "transfer-encoding", "chunked"),
            "POST /te HTTP/1.1\r\naccept: application/json\r\ncontent-length: 2\r\nhost: HOST\r\n\r\n{}",
        ),
        (
            request(Method::GET, &url("/search"), "body"),
            "GET /search HTTP/1.1\r\naccept: application/json\r\ncontent-length: 4\r\nhost: HOST\r\n\r\nbody",
        ),
        (
            request(Method::OPTIONS, &url("/schema"), Body::empty()),
            "OPTIONS /schema HTTP/1.1\r\naccept: application/json\r\nhost: HOST\r\n\r\n",
        ),
        (
            sensitive,
            "GET /s HTTP/1.1\r\naccept: application/json\r\nx-one: 1\r\nauthorization: Bearer abc.def\r\n\
             x-two: a\r\nx-two: b\r\nhost: HOST\r\n\r\n",
        ),
        (
            with(with(get(&url("/h")), "host", "staging.example.org"), "cookie", "a=b; c=d"),
            "GET /h HTTP/1.1\r\naccept: application/json\r\nhost: staging.example.org\r\n\
             cookie: a=b; c=d\r\n\r\n",
        ),
        (hand_built, "POST /bare HTTP/1.1\r\ncontent-length: 2\r\naccept: */*\r\nhost: HOST\r\n\r\n{}"),
        (get(&server.url()), "GET / HTTP/1.1\r\naccept: application/json\r\nhost: HOST\r\n\r\n"),
    ]
}

#[tokio::test]
async fn both_transports_send_the_same_bytes() {
    for (name, transport) in transports() {
        let server = Server::responding(response("200 OK", "[]")).unwrap();
        let (requests, expected): (Vec<_>, Vec<_>) = cases(&server).into_iter().unzip();
        for request in requests {
            let response = soon(transport.send(request)).await.unwrap();
            assert_eq!(soon(response.into_body().collect(9)).await.unwrap(), "[]", "{name}");
        }
        assert_eq!(server.arrivals(), expected, "{name}");
        assert!(server.connections() == 1, "{name} opened more than one");
    }
}

/// The encoder of wp-core never writes such an address, but a user can.
#[tokio::test]
async fn uri_that_reqwest_would_rewrite_is_refused() {
    let server = Server::responding(response("200 OK", "")).unwrap();
    let reqwest = &transports()[0].1;
    for path in ["/a/../b", "/a?q='x'", "/%2e%2e/b"] {
        let error = reqwest.send(get(&server.at(path))).await.unwrap_err();
        assert!(!error.may_have_been_sent());
    }
    assert!(server.arrivals().is_empty());
}
