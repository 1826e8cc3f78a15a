//! Unusual headers, encodings and addresses of real servers.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};
use serde_json::json;
use wp_client::models::NewPost;
use wp_client::{Client, ErrorKind, TransportErrorKind};
use wp_http::conformance::{Conn, Server, response};
use wp_testkit::StandIn;

use crate::{clients, ends, signed_in, transports};

const POSTS: &str = r#"[{"id":7,"date":"2024-03-01T10:00:00","slug":"dunes","status":"publish","type":"post","link":"https://example.org/dunes/","title":{"rendered":"Dunes"},"content":{"rendered":"","protected":false},"excerpt":{"rendered":"","protected":false},"author":1}]"#;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A client over each stack.
fn of(server: &Server) -> impl Iterator<Item = (&'static str, Client)> {
    let url = server.url();
    transports()
        .into_iter()
        .map(move |(name, transport)| (name, Client::builder(&url).transport(transport).build().unwrap()))
}

#[tokio::test]
async fn last_content_type_is_sent_and_its_name_is_shown() {
    let server = Server::responding(response("200 OK\r\ncontent-type: application/json", "{}")).unwrap();
    for (name, wp) in of(&server) {
        let form = wp.post("/x").header("CONTENT-TYPE", "text/plain").form(json!({"a": "b"}));
        let json = wp.post("/x").json(&json!({})).header("Content-Type", "application/json; charset=utf-8");
        let expected = ["application/x-www-form-urlencoded", "application/json; charset=utf-8"];
        for (request, expected) in [form, json].into_iter().zip(expected) {
            assert!(format!("{request:?}").contains(r#"headers: ["content-type"]"#), "{request:?}");
            request.await.unwrap();
            let head = server.arrivals().pop().unwrap().to_lowercase();
            let sent: Vec<_> = head.lines().filter_map(|line| line.strip_prefix("content-type: ")).collect();
            assert_eq!(sent, [expected], "{name}");
        }
    }
}

#[tokio::test]
async fn posts_are_read_despite_unusual_headers_and_encodings() {
    let posts = POSTS.as_bytes();
    for (headers, body) in [
        ("Content-Security-Policy: default-src 'self';\r\n  img-src *", posts.to_vec()),
        ("X-WP-Total : 1", posts.to_vec()),
        ("Content-Encoding: deflate", zlib(posts)),
        ("Content-Encoding: gzip", gzip(&gzip(posts))),
        ("Content-Encoding: gzip, gzip", gzip(&gzip(posts))),
        ("X-Cache: hit", gzip(posts)),
        ("Content-Encoding: gzip", posts.to_vec()),
        ("Content-Encoding: gzip", [gzip(posts), b"<!-- cached -->".to_vec()].concat()),
    ] {
        let head = format!("200 OK\r\nContent-Type: application/json; charset=UTF-8\r\n{headers}");
        let server = Server::responding(response(&head, body)).unwrap();
        for (name, wp) in of(&server) {
            let posts = ends(wp.posts().list().into_future()).await;
            let posts = posts.unwrap_or_else(|error| panic!("{name} {headers}: {error:?}"));
            assert_eq!(posts[0].slug, "dunes", "{name} {headers}");
        }
    }
}

#[tokio::test]
async fn unreadable_response_names_the_header_or_encoding() {
    for (headers, body, kind, says) in [
        ("X-Powered By: Plugin", POSTS, TransportErrorKind::Protocol, "a blank) or in a value"),
        ("X-A: a\u{0}b", POSTS, TransportErrorKind::Protocol, "a line of its headers is malformed"),
        ("Content-Length: 1", POSTS, TransportErrorKind::Protocol, "Content-Length"),
        ("Content-Encoding: br", "\u{b}\u{2}", TransportErrorKind::Encoding, "compressed with `br`"),
        ("Content-Encoding: zstd", "(\u{7f}", TransportErrorKind::Encoding, "compressed with `zstd`"),
    ] {
        let head = format!("200 OK\r\nContent-Type: application/json\r\n{headers}");
        let server = Server::responding(response(&head, body)).unwrap();
        for (name, wp) in of(&server) {
            for error in [
                wp.posts().list().await.unwrap_err(),
                wp.posts().create(NewPost::titled("x")).await.unwrap_err(),
            ] {
                let ErrorKind::Transport(transport) = error.kind() else { panic!("{name}: {error:?}") };
                assert_eq!(transport.kind(), kind, "{name} {headers}");
                assert!(error.to_string().contains(says), "{name} {headers}: {error}");
                assert!(!error.is_retryable(), "{name} {headers}");
            }
            assert!(wp.posts().create(NewPost::titled("x")).await.unwrap_err().may_have_happened(), "{name}");
        }
    }
}

#[tokio::test]
async fn head_gives_the_totals_and_options_the_schema() {
    let site = StandIn::builder().posts(23).start().await;
    for (name, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        wp.head("/wp/v2/posts").await.unwrap();
        let head = wp.head("/wp/v2/posts").query("per_page", 5).reply().await.unwrap();
        let totals = head.totals.unwrap();
        assert_eq!((head.status.as_u16(), totals.items, totals.pages), (200, 23, 5), "{name}");
        let error = wp.head("/wp/v2/nothing").await.unwrap_err();
        assert_eq!(error.status().unwrap(), 404, "{name} {error:?}");
        assert!(!error.may_have_happened(), "{name}");
    }
    let schema = json!({"methods": ["GET", "POST"], "schema": {"title": "post"}});
    let server = Server::responding(response(
        "200 OK\r\ncontent-type: application/json\r\nallow: GET, POST",
        schema.to_string(),
    ))
    .unwrap();
    for (name, wp) in of(&server) {
        let reply = wp.options("/wp/v2/posts").reply().await.unwrap();
        assert_eq!(reply.body, schema, "{name}");
        assert_eq!(reply.headers["allow"], "GET, POST", "{name}");
        assert!(server.arrivals().pop().unwrap().starts_with("OPTIONS /wp-json/wp/v2/posts HTTP/1.1\r\n"));
    }
}

/// An HTML response to HEAD is not a response of the API.
#[tokio::test]
async fn head_requires_a_response_of_the_api() {
    for (head, good) in [
        ("200 OK\r\ncontent-type: application/json", true),
        ("200 OK\r\nx-wp-total: 3\r\nx-wp-totalpages: 1\r\ncontent-type: text/html", true),
        ("200 OK", true),
        ("200 OK\r\ncontent-type: text/html; charset=UTF-8", false),
        ("403 Forbidden\r\ncontent-type: application/json", false),
        ("500 Oops", false),
    ] {
        let raw = format!("HTTP/1.1 {head}\r\ncontent-length: 999\r\n\r\n");
        let server = Server::responding(raw).unwrap();
        for (name, wp) in of(&server) {
            assert_eq!(ends(wp.head("/wp/v2/posts").into_future()).await.is_ok(), good, "{name} {head}");
        }
    }
}

#[tokio::test]
async fn request_accepts_a_full_url_of_the_site() {
    let site = StandIn::builder().posts(3).start().await;
    for wp in signed_in(&site, "admin") {
        let post = wp.get("/wp/v2/posts?per_page=1&_fields=id,_links").await.unwrap()[0].clone();
        let link = post["_links"]["self"][0]["href"].as_str().unwrap().to_owned();
        let root = wp.site().root().clone();
        for address in [
            link.clone(),
            format!("\u{200b}{link} "),
            format!("{link}?context=view"),
            format!("/wp-json/wp/v2/posts/{}", post["id"]),
            format!("wp-json/wp/v2/posts/{}", post["id"]),
            format!("/?rest_route=/wp/v2/posts/{}", post["id"]),
            format!(
                "{}/index.php?rest_route=%2Fwp%2Fv2%2Fposts%2F{}&context=edit",
                root.origin(),
                post["id"]
            ),
        ] {
            assert_eq!(wp.get(&address).await.unwrap()["id"], post["id"], "{address}");
        }
        wp.post(&link).json(&json!({"title": "by its link"})).await.unwrap();
        let sent = site.log().len();
        for (address, says) in [
            ("https://other.example/wp-json/wp/v2/posts", "another site"),
            ("//other.example/wp-json/wp/v2/posts", "another site"),
            (&format!("{}/about/", root.origin()), "not an address of this site's API"),
        ] {
            let error = wp.get(address).await.unwrap_err();
            assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error:?}");
            assert!(error.to_string().contains(says) && !error.may_have_happened(), "{error}");
        }
        assert_eq!(site.log().len(), sent);
    }
}

/// A web server that adds the last slash to every address, or takes it off, before a WordPress of one index and one post.
fn slashed(conn: &mut Conn, adds: bool, base: &str) {
    while let Some(request) = conn.request() {
        let request = String::from_utf8_lossy(&request).into_owned();
        let target = request.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target
            .split_once('?')
            .map_or((target, String::new()), |(path, query)| (path, format!("?{query}")));
        let url = format!("http://{}", conn.stream.local_addr().unwrap());
        conn.send(if path != "/" && path.ends_with('/') != adds {
            let path = if adds { format!("{path}/") } else { path.trim_end_matches('/').to_owned() };
            response(&format!("301 Moved Permanently\r\nlocation: {url}{path}{query}"), "")
        } else if path.trim_end_matches('/') == format!("{base}/wp-json") {
            let index = json!({"name": "S", "description": "", "url": format!("{url}{base}"), "home": format!("{url}{base}"), "namespaces": ["wp/v2"], "authentication": []});
            response("200 OK\r\ncontent-type: application/json", index.to_string())
        } else if path.trim_end_matches('/') == base {
            response(&format!("200 OK\r\ncontent-type: text/html\r\nlink: <{base}/wp-json/>; rel=\"https://api.w.org/\""), "<html></html>")
        } else if request.starts_with("GET ") {
            response("200 OK\r\ncontent-type: application/json", POSTS)
        } else {
            response("201 Created\r\ncontent-type: application/json", &POSTS[1..POSTS.len() - 1])
        });
    }
}

#[tokio::test]
async fn trailing_slash_redirects_are_learned() {
    for (adds, base, typed) in [
        (true, "", "/"),
        (false, "", ""),
        (true, "/blog", "/blog"),
        (false, "/blog", "/blog/"),
        (false, "/blog", "/blog"),
    ] {
        let server = Server::start(move |mut conn| slashed(&mut conn, adds, base)).unwrap();
        for (name, transport) in transports() {
            let found = wp_client::Discovery::builder(server.at(typed)).transport(transport).find().await;
            let found = found.unwrap_or_else(|error| panic!("{name} {adds} {typed}: {error:?}"));
            assert_eq!(
                found.root().to_string(),
                server.at(&format!("{base}/wp-json/")),
                "{name} {adds} {typed}"
            );
            let wp = found.client().build().unwrap();
            let route = if adds { "/wp/v2/posts" } else { "/wp/v2/posts/" };
            let before = server.arrivals().len();
            wp.post(route).json(&json!({"title": "x"})).await.unwrap();
            wp.post(route).json(&json!({"title": "y"})).await.unwrap();
            assert_eq!(wp.get(route).await.unwrap()[0]["id"], 7, "{name}");
            let arrivals = server.arrivals();
            let lines: Vec<_> = arrivals[before..].iter().map(|it| it.lines().next().unwrap()).collect();
            let wanted = format!("{base}/wp-json/wp/v2/posts{}", if adds { "/" } else { "" });
            let at_first = format!("POST {base}/wp-json{route} HTTP/1.1");
            let then = ["POST", "POST", "GET"].map(|method| format!("{method} {wanted} HTTP/1.1"));
            assert_eq!(lines, [&[at_first][..], &then].concat(), "{name} {adds} {typed}");
        }
    }
}

#[tokio::test]
async fn cookie_challenge_is_named() {
    let server = Server::responding(response(
        "302 Found\r\nlocation: /wp-json/wp/v2/posts\r\nset-cookie: __test=s3cret",
        "",
    ))
    .unwrap();
    for (name, wp) in of(&server) {
        for error in [wp.get("/wp/v2/posts").await.unwrap_err(), wp.post("/wp/v2/posts").await.unwrap_err()] {
            let text = format!("{error} {error:?} {error:#?}");
            assert!(text.contains("`__test`") && !text.contains("s3cret"), "{name} {text}");
            assert!(!error.may_have_happened(), "{name}");
        }
    }
}

#[test]
fn internationalized_host_is_accepted() {
    for (typed, root) in [
        ("https://müller.example", "https://xn--mller-kva.example/wp-json/"),
        ("https://пример.испытание", "https://xn--e1afmkfd.xn--80akhbyknj4f/wp-json/"),
        ("\u{200b}Bücher.example/blog ", "https://xn--bcher-kva.example/blog/wp-json/"),
        ("http://例え。テスト:8080/", "http://xn--r8jz45g.xn--zckzah:8080/wp-json/"),
    ] {
        let wp = Client::builder(typed).build().unwrap();
        assert_eq!(wp.site().root().to_string(), root, "{typed}");
    }
}
