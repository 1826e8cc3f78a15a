//! Redirects: which are followed, and with which headers.

use std::sync::{Arc, Mutex};

use http::{HeaderValue, Method, Request, Response};
use http_body_util::Full;
use wp_core::Secrets;
use wp_core::extensions::{AnyOrigin, Redirects, SameOrigin, Secret, Sent, TokenUse};
use wp_http::conformance::{Server, response};
use wp_http::{Body, Redirect, Stack, Transport, TransportError, TransportErrorKind};

use crate::script::Paused;
use crate::{get, post, request, stacks};

/// Responds to the path `/N/to/x` with a redirect with the status N to the path `/x`, at `other` if it is
/// `/N/away/x`, and everything else with its path.
fn site(other: &str) -> Server {
    let other = other.to_owned();
    Server::start(move |mut conn| {
        while let Some(request) = conn.request() {
            let request = String::from_utf8(request).unwrap();
            let path = request.split(' ').nth(1).unwrap();
            let mut parts = path.splitn(4, '/').skip(1);
            let location = match (parts.next(), parts.next(), parts.next()) {
                (Some(status), Some("to"), Some(rest)) => Some((status, format!("/{rest}"))),
                (Some(status), Some("away"), Some(rest)) => Some((status, format!("{other}/{rest}"))),
                _ => None,
            };
            conn.send(match location {
                Some((status, to)) => response(&format!("{status} Moved\r\nlocation: {to}"), "moved"),
                None => response("200 OK", path),
            });
        }
    })
    .unwrap()
}

async fn body(response: Response<Body>) -> String {
    String::from_utf8(response.into_body().collect(999).await.unwrap().to_vec()).unwrap()
}

fn first_lines(server: &Server) -> Vec<String> {
    server.arrivals().iter().map(|request| request.lines().next().unwrap().replace(" HTTP/1.1", "")).collect()
}

/// How a request ends: the path that responded, or what the refusal says behind the new address.
async fn end(transport: &dyn Transport, request: Request<Body>) -> Result<String, String> {
    match transport.send(request).await {
        Ok(response) => Ok(body(response).await),
        Err(error) => {
            assert_eq!(error.kind(), TransportErrorKind::Redirect);
            // "See other" follows what was done.
            assert_eq!(error.may_have_been_sent(), error.to_string().contains(": 303 to "), "{error}");
            Err(error.to_string().rsplit_once(": ").unwrap().1.to_owned())
        }
    }
}

#[tokio::test]
async fn redirect_within_the_origin_is_followed() {
    let once = || request(Method::POST, "http://x", Body::stream(Full::new("{}".into()), 2));
    for (name, transport) in stacks() {
        for (status, read, write) in
            [(301, true, false), (302, true, false), (307, true, true), (308, true, true)]
        {
            let server = site("");
            let url = server.at(&format!("/{status}/to/new?a=1"));
            for (method, follows) in [
                (Method::GET, read),
                (Method::HEAD, read),
                (Method::OPTIONS, read),
                (Method::POST, write),
                (Method::DELETE, write),
            ] {
                let result = end(&transport, request(method.clone(), &url, Body::empty())).await;
                let expected = match (follows, &method) {
                    (true, &Method::HEAD) => Ok(String::new()),
                    (true, _) => Ok("/new?a=1".to_owned()),
                    (false, _) => Err("a write is not sent on there".to_owned()),
                };
                assert_eq!(result, expected, "{name} {method} {status}");
            }
            if write {
                let mut once = once();
                *once.uri_mut() = url.parse().unwrap();
                let result = end(&transport, once).await;
                assert_eq!(result.unwrap_err(), "the body of the request can be sent only once", "{name}");
                assert_eq!(end(&transport, post(&url)).await.unwrap(), "/new?a=1", "{name}");
                let arrival = server.arrivals().pop().unwrap();
                assert!(arrival.starts_with("POST /new?a=1 HTTP/1.1\r\n") && arrival.ends_with("\r\n\r\n{}"));
            }
        }
        let server = site("");
        let url = server.at("/303/to/new");
        assert_eq!(end(&transport, get(&url)).await.unwrap(), "/new", "{name}");
        assert_eq!(
            end(&transport, post(&url)).await.unwrap_err(),
            "only a GET could be sent on there",
            "{name}"
        );
        assert_eq!(first_lines(&server), ["GET /303/to/new", "GET /new", "POST /303/to/new"], "{name}");
    }
}

#[tokio::test]
async fn redirect_to_another_origin_drops_credentials() {
    for (name, transport) in stacks() {
        let other = site("");
        let server = site(&other.url());
        for status in [301, 302, 303, 307, 308] {
            let url = server.at(&format!("/{status}/away/new"));
            assert_eq!(end(&transport, get(&url)).await.unwrap(), "/new", "{name} {status}");
            end(&transport, post(&url)).await.unwrap_err();
            let mut sensitive = HeaderValue::from_static("key");
            sensitive.set_sensitive(true);
            for (header, value) in [
                ("x-trace", sensitive),
                ("x-api-key", HeaderValue::from_static("key")),
                ("authorization", HeaderValue::from_static("Basic x")),
                ("cookie", HeaderValue::from_static("a=b")),
            ] {
                let mut request = get(&url);
                request.headers_mut().insert(header, value);
                let error = end(&transport, request).await.unwrap_err();
                assert_eq!(error, "a request with a credential is not sent on to another origin");
            }
            let mut request = get(&url);
            request.extensions_mut().insert(Secret);
            end(&transport, request).await.unwrap_err();
        }
        assert_eq!(first_lines(&other), ["GET /new"; 5], "{name}");
    }
}

/// What is not secret belongs to the request: a language, a trace.
#[tokio::test]
async fn redirect_keeps_non_secret_custom_headers() {
    for (name, transport) in stacks() {
        let other = site("");
        let server = site(&other.url());
        for path in ["/302/away/new", "/302/to/new"] {
            let mut request = get(&server.at(path));
            request.headers_mut().insert("x-trace-id", HeaderValue::from_static("7"));
            request.headers_mut().insert("accept-language", HeaderValue::from_static("de"));
            assert_eq!(end(&transport, request).await.unwrap(), "/new", "{name}");
        }
        let arrivals = [other.arrivals(), server.arrivals()].concat();
        assert_eq!(arrivals.len(), 4, "{name}");
        for arrival in arrivals {
            assert!(arrival.contains("\r\nx-trace-id: 7\r\n"), "{name}: {arrival}");
            assert!(arrival.contains("\r\naccept-language: de\r\n"), "{name}: {arrival}");
        }
    }
}

#[tokio::test]
async fn same_origin_extension_refuses_a_redirect_to_another_origin() {
    for (name, transport) in stacks() {
        let other = site("");
        let server = site(&other.url());
        for (path, follows) in [("/302/away/new", false), ("/302/to/new", true)] {
            let mut request = get(&server.at(path));
            request.extensions_mut().insert(SameOrigin);
            assert_eq!(end(&transport, request).await.is_ok(), follows, "{name}");
        }
        assert!(other.arrivals().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn any_origin_extension_leaves_the_secret_headers_behind() {
    for (name, transport) in stacks() {
        let other = site("");
        let server = site(&other.url());
        let marked = |mut request: Request<Body>| {
            request.headers_mut().insert("authorization", HeaderValue::from_static("Bearer Hunter2-long"));
            request.headers_mut().insert("x-trace-id", HeaderValue::from_static("7"));
            request.extensions_mut().insert(AnyOrigin);
            request
        };
        let path = "/302/to/302/away/302/to/new";
        assert_eq!(end(&transport, marked(get(&server.at(path)))).await.unwrap(), "/new", "{name}");
        assert!(server.arrivals().iter().all(|arrival| arrival.contains("Hunter2")), "{name}");
        assert_eq!((server.arrivals().len(), other.arrivals().len()), (2, 2), "{name}");
        for arrival in other.arrivals() {
            assert!(arrival.contains("x-trace-id: 7") && !arrival.contains("Hunter2"), "{name}: {arrival}");
        }
        // A secret in the body or in the URL cannot be left behind, and a write stays.
        let mut secret = marked(get(&server.at("/302/away/new")));
        secret.extensions_mut().insert(Secret);
        for request in [secret, marked(post(&server.at("/307/away/new")))] {
            assert!(end(&transport, request).await.is_err(), "{name}");
        }
        assert_eq!(other.arrivals().len(), 2, "{name}");
    }
}

/// Redirects to another host, which is busy the first time. It notes the hosts, and how many secrets they got.
#[derive(Default)]
struct BusyElsewhere(Mutex<Vec<(String, usize)>>);

#[async_trait::async_trait]
impl Transport for BusyElsewhere {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let host = request.uri().host().unwrap().to_owned();
        let mut seen = self.0.lock().unwrap();
        seen.push((host.clone(), request.headers().get_all("x-api-key").iter().count()));
        let status = match (&*host, seen.len()) {
            ("site.example", _) => "302",
            (_, 2) => "503",
            _ => "200",
        };
        let response = Response::builder().status(status).header("location", "https://cdn.example/a.png");
        Ok(response.body(Body::empty()).unwrap())
    }
}

#[tokio::test(start_paused = true)]
async fn retry_begins_at_the_first_origin_with_its_secret_headers() {
    let transport = Arc::new(BusyElsewhere::default());
    let stack = Stack::new(Arc::clone(&transport), Paused::new());
    let mut request = get("https://site.example/a.png");
    for key in ["one", "two"] {
        request.headers_mut().append("x-api-key", HeaderValue::from_static(key));
    }
    request.extensions_mut().insert(AnyOrigin);
    assert_eq!(stack.send(request).await.unwrap().status(), 200);
    let seen: Vec<_> = transport.0.lock().unwrap().drain(..).collect();
    let expected = [("site.example", 2), ("cdn.example", 0), ("site.example", 2), ("cdn.example", 0)];
    assert_eq!(seen, expected.map(|(host, keys)| (host.to_owned(), keys)));
}

/// In every spelling of it that an address can hold.
#[tokio::test]
async fn redirect_error_masks_secrets_in_the_location() {
    for (name, transport) in stacks() {
        for (sent, location) in [
            ("Bearer Hunter2-long", "/x/Hunter2-long/"),
            ("Bearer Hunter2 long", "/x/Hunter2%20long/"),
            ("Basic YW5hOkh1bnRlci0y", "/x/YW5hOkh1bnRlci0y/"),
            ("Basic YW5hOkh1bnRlci0y", "/Hunter-2"),
        ] {
            let head = format!("307 Moved\r\nlocation: http://other.example{location}");
            let server = Server::responding(response(&head, "")).unwrap();
            let mut request = get(&server.url());
            request.headers_mut().insert("authorization", HeaderValue::from_static(sent));
            let error = transport.send(request).await.unwrap_err();
            let shown = format!("{error} {error:?}");
            let leaked = ["Hunter", "YW5h"].into_iter().find(|part| shown.contains(part));
            assert!(shown.contains("http://other.example/") && leaked.is_none(), "{name}: {shown}");
        }
    }
}

#[tokio::test]
async fn redirect_error_shows_the_location_without_its_secrets() {
    for (name, transport) in stacks() {
        let server = Server::responding(response(
            "301 Moved\r\nlocation: https://ana:secret@new.example:8443/wp-json/x?password=secret#secret",
            "",
        ))
        .unwrap();
        let error = transport.send(post(&server.url())).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the server redirects elsewhere: 301 to https://new.example:8443/wp-json/x: a write is not sent on there",
            "{name}"
        );
        assert!(!format!("{error:?}").contains("secret"), "{name}");
    }
}

#[tokio::test]
async fn redirect_hops_are_counted_and_recorded() {
    for (name, transport) in stacks() {
        let server = site("");
        let to = |hops: usize| server.at(&format!("{}/end", "/302/to".repeat(hops)));
        let response = transport.send(get(&to(2))).await.unwrap();
        let hops = response.extensions().get::<Redirects>().unwrap().0.clone();
        assert_eq!(hops, [to(1).parse::<http::Uri>().unwrap(), to(0).parse().unwrap()], "{name}");
        assert_eq!(body(response).await, "/end", "{name}");

        let direct = transport.send(get(&to(0))).await.unwrap();
        assert!(direct.extensions().get::<Redirects>().is_none(), "{name}");
        assert_eq!(end(&transport, get(&to(10))).await.unwrap(), "/end", "{name}");
        assert_eq!(
            end(&transport, get(&to(11))).await.unwrap_err(),
            "that is one redirect too many",
            "{name}"
        );
        let none = transport.max_redirects(0);
        end(&none, get(&to(1))).await.unwrap_err();
    }
}

#[tokio::test]
async fn redirects_of_a_request_with_a_secret_are_shown_without_it() {
    for (name, transport) in stacks() {
        let server = site("http://other.example");
        let request = |path: &str| {
            let mut request = get(&server.at(path));
            let secrets = Secrets::of_text("k3y-0123456");
            request.extensions_mut().insert(Sent { token_use: TokenUse::Current, secrets });
            request.extensions_mut().insert(Secret);
            request
        };
        let response = transport.send(request("/302/to/at/k3y-0123456?key=k3y-0123456")).await.unwrap();
        let hops = response.extensions().get::<Redirects>().unwrap().0.clone();
        assert_eq!(hops, [&*server.at("/at/***")], "{name}");
        assert_eq!(body(response).await, "/at/k3y-0123456?key=k3y-0123456", "{name}");

        let error = transport.send(request("/302/away/at/k3y-0123456")).await.unwrap_err().to_string();
        assert!(error.contains("302 to http://other.example/at/***: "), "{name}: {error}");
    }
}

#[tokio::test]
async fn redirect_loops_and_invalid_locations_are_errors() {
    for (name, transport) in stacks() {
        let circle = Server::responding(response("302 Found\r\nlocation: /", "")).unwrap();
        assert_eq!(end(&transport, get(&circle.at("/x"))).await.unwrap_err(), "the redirects go in circles");
        assert_eq!(first_lines(&circle), ["GET /x", "GET /"], "{name}");

        let nowhere = Server::responding(response("302 Found\r\nlocation: javascript:alert(1)", "")).unwrap();
        assert_eq!(
            transport.send(get(&nowhere.url())).await.unwrap_err().to_string(),
            "the server redirects elsewhere: the location of the 302 Found is not an http address"
        );
        for head in [
            "302 Found",
            "304 Not Modified\r\nlocation: /x",
            "300 Multiple\r\nlocation: /x",
            "201 Created\r\nlocation: /x",
        ] {
            let server = Server::closing_after(response(head, "")).unwrap();
            let response = transport.send(get(&server.url())).await.unwrap();
            assert!(head.starts_with(response.status().as_str()), "{name}");
        }
    }
}

#[tokio::test]
async fn redirect_updates_the_host_header() {
    for (name, transport) in stacks() {
        let other = site("");
        let server = site(&other.url());
        let mut request = get(&server.at("/302/away/new"));
        request.headers_mut().insert("host", HeaderValue::from_static("alias.example"));
        transport.send(request).await.unwrap();
        assert!(server.arrivals()[0].contains("\r\nhost: alias.example\r\n"), "{name}");
        assert!(other.arrivals()[0].contains("\r\nhost: HOST\r\n"), "{name}");
    }
}

/// Responds to with a redirect to `.1` what is asked of any other address.
struct Moved(&'static str, &'static str, Mutex<Vec<String>>);

#[async_trait::async_trait]
impl Transport for Moved {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let line = format!("{} {}", request.method(), request.uri());
        let there = line.ends_with(self.1);
        self.2.lock().unwrap().push(line);
        let response =
            Response::builder().status(if there { "200" } else { self.0 }).header("location", self.1);
        Ok(response.body(Body::empty()).unwrap())
    }
}

/// Ports below 1024 are not for tests, so this one has no sockets.
#[tokio::test]
async fn redirect_between_http_and_https() {
    let table = [
        // status, from, to, GET, GET with a credential, POST
        ("301", "http://ex.org/a", "https://ex.org/a", true, true, true),
        ("302", "http://ex.org/a", "https://ex.org/a", true, true, true),
        ("303", "http://ex.org/a", "https://ex.org/a", true, true, false),
        ("307", "http://EX.org:80/a", "https://ex.org:443/a", true, true, true),
        ("308", "http://ex.org/a", "https://ex.org/b", true, true, true),
        ("301", "http://ex.org/a", "https://www.ex.org/a", true, false, false),
        ("308", "http://ex.org/a", "https://www.ex.org/a", true, false, false),
        ("301", "http://ex.org:8080/a", "https://ex.org/a", true, false, false),
        ("301", "http://ex.org/a", "https://ex.org:8443/a", true, false, false),
        ("308", "https://ex.org/a", "http://ex.org/a", false, false, false),
        ("301", "https://ex.org/a", "http://www.ex.org/a", false, false, false),
        ("301", "https://ex.org/a", "https://www.ex.org/a", true, false, false),
        ("308", "https://ex.org/a", "https://ex.org:443/b", true, true, true),
    ];
    for (status, from, to, read, credential, write) in table {
        let mut signed = get(from);
        signed.headers_mut().insert("authorization", HeaderValue::from_static("Bearer x"));
        for (request, follows) in [(get(from), read), (signed, credential), (post(from), write)] {
            let method = request.method().clone();
            let moved = Arc::new(Moved(status, to, Mutex::default()));
            let result = Redirect::new(Arc::clone(&moved)).send(request).await;
            assert_eq!(result.is_ok(), follows, "{status} {method} {from} {to}: {result:?}");
            let arrivals = moved.2.lock().unwrap().clone();
            let all = [format!("{method} {from}"), format!("{method} {to}")];
            assert_eq!(arrivals, all[..=usize::from(follows)], "{status} {method} {from} {to}");
        }
    }
}

/// A web server adds the last slash of an address, or takes it off, in place of doing anything.
#[tokio::test]
async fn write_follows_a_redirect_that_changes_only_the_trailing_slash() {
    for (name, transport) in stacks() {
        for (from, to, status, follows) in [
            ("/wp/v2/posts", "/wp/v2/posts/", 301, true),
            ("/wp/v2/posts/", "/wp/v2/posts", 301, true),
            ("/wp/v2/posts?a=1", "/wp/v2/posts/?a=1", 301, true),
            ("/?rest_route=/wp/v2/posts&a=1", "/?rest_route=/wp/v2/posts/&a=1", 301, true),
            ("/wp/v2/posts", "/wp/v2/posts/", 308, true),
            ("/wp/v2/posts", "/wp/v2/posts/", 307, true),
            // What follows a form that was taken.
            ("/wp/v2/posts", "/wp/v2/posts/", 302, false),
            ("/wp/v2/posts", "/wp/v2/posts/", 303, false),
            ("/wp/v2/posts?a=1", "/wp/v2/posts/", 301, false),
            ("/wp/v2/posts?a=1", "/wp/v2/posts/?a=2", 301, false),
            ("/wp/v2/posts", "/wp/v2/posts//", 301, false),
            ("/wp/v2/posts", "/wp/v2/pages/", 301, false),
            ("/wp/v2/posts", "http://localhost:1/wp/v2/posts/", 301, false),
        ] {
            let server = Server::start(move |mut conn| {
                while let Some(request) = conn.request() {
                    let is_first = request.split(|&byte| byte == b' ').nth(1) == Some(from.as_bytes());
                    conn.send(if is_first {
                        response(&format!("{status} Moved\r\nlocation: {to}"), "moved")
                    } else {
                        response("201 Created", "done")
                    });
                }
            })
            .unwrap();
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                let before = server.arrivals().len();
                let outcome = transport.send(request(method.clone(), &server.at(from), "{}")).await;
                let arrivals = &server.arrivals()[before..];
                if follows {
                    assert_eq!(outcome.unwrap().status(), 201, "{name} {from} {status}");
                    assert!(
                        arrivals[1].starts_with(&format!("{method} {to} HTTP/1.1\r\n")),
                        "{name} {arrivals:?}"
                    );
                    assert!(arrivals[1].ends_with("\r\n\r\n{}"), "{name} {arrivals:?}");
                } else {
                    let error = outcome.unwrap_err();
                    assert_eq!(error.kind(), TransportErrorKind::Redirect, "{name} {from} {status}");
                    assert_eq!(error.may_have_been_sent(), status == 303, "{name} {from} {status}");
                    assert!(error.to_string().contains(to.split('?').next().unwrap()), "{name} {error}");
                    assert_eq!(arrivals.len(), 1, "{name} {from} {status}");
                }
            }
        }
    }
}

#[tokio::test]
async fn redirect_loop_of_a_cookie_challenge_names_the_cookie() {
    for (cookies, says) in [
        ("set-cookie: __test=s3cret; path=/", "set the cookie `__test`, which a browser"),
        ("set-cookie: a=s3cret\r\nset-cookie: b=s3cret", "the cookie `a`, `b`, which"),
        ("set-cookie: a\u{1b}[2J=s3cret", "is not valid HTTP"),
        ("set-cookie:  s p =s3cret", "the cookie `sp`"),
        ("x-none: s3cret", "the redirects go in circles"),
    ] {
        let there = Server::start(move |mut conn| {
            while let Some(request) = conn.request() {
                let to = if request.windows(7).any(|part| part == b" /check") { "/x?y=1" } else { "/check" };
                conn.send(response(&format!("302 Found\r\nlocation: {to}\r\n{cookies}"), ""));
            }
        })
        .unwrap();
        let itself =
            Server::responding(response(&format!("302 Found\r\nlocation: /x?y=1\r\n{cookies}"), "")).unwrap();
        for (name, transport) in stacks() {
            for (server, request) in
                [(&itself, get as fn(&str) -> Request<Body>), (&itself, post), (&there, get)]
            {
                let error = transport.send(request(&server.at("/x?y=1"))).await.unwrap_err();
                assert!(error.to_string().contains(says), "{name} {error}");
                assert!(!error.to_string().contains("s3cret"), "{name} {error}");
                if says.contains("cookie") {
                    assert_eq!(error.kind(), TransportErrorKind::Redirect, "{name}");
                    assert!(!error.may_have_been_sent() && !error.is_transient(), "{name}");
                }
            }
        }
    }
}
