//! Rules about requests as the server receives them.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use wp_core::{Body, TransportErrorKind};

use super::rules;
use crate::conformance::probe::{Probe, get, post, request, responding, same, server, with, with_causes};
use crate::conformance::{Checked, response};

rules! {
    "sends the method, the URL and the headers unchanged" => head,
    "changes no URL" => urls,
    "sends the length of every body" => lengths,
    "sends a body byte for byte" => bytes,
    "sends every method" => methods,
    "keeps the `Host` header of the request" => host,
    "sends no body of unknown length" => no_length,
}

/// A request as received: the request line, the headers with lower-case names, and the body.
struct Arrived {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Arrived {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let mut lines = head.split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        Self { line, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }

    fn values(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|header| header.0 == name).map(|header| header.1.as_str()).collect()
    }
}

/// Sends a request and returns it as the server received it.
async fn arrived(probe: &Probe, make: impl Fn(&str) -> Request<Body>) -> Result<Arrived, String> {
    let server = responding(response("200 OK", "[]"))?;
    probe.whole(make(&server.url())).await?;
    let arrivals = server.arrivals();
    same("requests that arrived", &arrivals.len(), &1)?;
    Ok(Arrived::of(&arrivals[0]))
}

/// Headers that a transport must not add: they change the request or the response.
const NOT_ADDED: [&str; 8] = [
    "accept-encoding",
    "authorization",
    "cookie",
    "expect",
    "range",
    "referer",
    "transfer-encoding",
    "content-length",
];

/// Headers that HTTP clients often set or remove by themselves.
const OFTEN_CHANGED: [(&str, &str); 11] = [
    ("accept", "application/json"),
    ("accept-encoding", "gzip"),
    ("authorization", "Bearer a.b.c"),
    ("content-disposition", "attachment; filename=\"a.png\""),
    ("content-type", "image/png"),
    ("cookie", "a=b; c=d"),
    ("if-none-match", "\"a\""),
    ("range", "bytes=0-1"),
    ("referer", "http://example.org/"),
    ("user-agent", "a program/1.0"),
    ("x-http-method-override", "DELETE"),
];

async fn head(probe: Probe) -> Checked {
    let target = "/wp-json/wp/v2/posts?q=a%7C%27b&x=%5B%5D&_fields=id,title&s=%C3%BC+";
    let seen = arrived(&probe, |url| {
        let request = with(get(format!("{url}{target}")), "x-two", b"a");
        with(with(request, "x-latin", b"\xfcber"), "x-two", b"b")
    })
    .await?;
    same("the first line", &seen.line, &format!("GET {target} HTTP/1.1"))?;
    same("two values of a header", &seen.values("x-two"), &vec!["a", "b"])?;
    same("a value that is not text", &seen.values("x-latin"), &vec!["\u{fffd}ber"])?;
    same("the host", &seen.values("host"), &vec!["HOST"])?;
    let added: Vec<_> = NOT_ADDED.into_iter().filter(|name| !seen.values(name).is_empty()).collect();
    same("headers that were added", &added, &Vec::new())?;
    let seen = arrived(&probe, |url| {
        OFTEN_CHANGED.iter().fold(post(url), |request, (name, value)| with(request, name, value.as_bytes()))
    })
    .await?;
    OFTEN_CHANGED.iter().try_for_each(|(name, value)| same(name, &seen.values(name), &vec![*value]))
}

/// A changed URL may name another resource. A transport that cannot send a URL unchanged must return an error.
async fn urls(probe: Probe) -> Checked {
    for target in [
        "/a/../b",
        "/%2e%2e/b",
        "/a//b",
        "/a?q='x'",
        "/?",
        "/?a=?/&b=http://c/",
        "/a%20b%2Fc%2B?rest_route=%2Fwp%2Fv2%20a%2B%25%26",
    ] {
        let server = responding(response("200 OK", "[]"))?;
        let mut expected = Vec::new();
        match probe.transport.send(get(server.at(target))).await {
            Ok(_) => expected.push(format!("GET {target} HTTP/1.1")),
            Err(error) if error.may_have_been_sent() => {
                return Err(format!("{target}: {}", with_causes(&error)));
            }
            Err(_) => {}
        }
        let lines: Vec<_> = server.arrivals().iter().map(|text| Arrived::of(text).line).collect();
        same(target, &lines, &expected)?;
    }
    Ok(())
}

fn full(text: &'static str) -> Full<Bytes> {
    Full::new(Bytes::from_static(text.as_bytes()))
}

type Make = dyn Fn() -> Body + Send + Sync;

async fn lengths(probe: Probe) -> Checked {
    let bodies: [(&str, &Make, &str); 5] = [
        ("bytes", &|| Body::from("{}"), "{}"),
        ("no bytes", &Body::empty, ""),
        ("a stream", &|| Body::stream(full("streamed"), 8), "streamed"),
        ("an empty stream", &|| Body::stream(full(""), 0), ""),
        ("one that is opened", &|| Body::reopen(4, || async { Ok(Body::from("file")) }), "file"),
    ];
    for (what, make, text) in bodies {
        let seen = arrived(&probe, |url| request(Method::POST, url, make())).await?;
        same(what, &seen.values("content-length"), &vec![&*text.len().to_string()])?;
        same(what, &seen.values("transfer-encoding"), &Vec::new())?;
        same(what, &&*seen.body, &text)?;
    }
    // A wrong `Content-Length` of the caller is replaced.
    let seen = arrived(&probe, |url| with(post(url), "content-length", b"7")).await?;
    same("a wrong length", &seen.values("content-length"), &vec!["2"])
}

async fn bytes(probe: Probe) -> Checked {
    // No text, with what ends a head and what ends chunks.
    let all: Vec<u8> = (0..=255).chain(*b"\r\n\r\n0\r\n\r\n").collect();
    let (length, opened) = (all.len() as u64, Bytes::from(all.clone()));
    let reopen = move || std::future::ready(Ok(Body::from(opened.clone())));
    for body in [
        Body::from(all.clone()),
        Body::stream(Full::new(Bytes::from(all.clone())), length),
        Body::reopen(length, reopen),
    ] {
        let (what, due) = (format!("{body:?}"), all.clone());
        let server = server(move |mut conn| {
            let good = conn.request().is_some_and(|request| request.ends_with(&due));
            conn.send(response(if good { "200 OK" } else { "400 Bad" }, ""));
        })?;
        let whole = probe.whole(request(Method::POST, server.url(), body)).await?;
        same(&what, &whole.head.status.as_u16(), &200)?;
    }
    Ok(())
}

async fn methods(probe: Probe) -> Checked {
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::HEAD] {
        let seen = arrived(&probe, |url| request(method.clone(), url, Body::empty())).await?;
        same("the first line", &seen.line, &format!("{method} / HTTP/1.1"))?;
    }
    Ok(())
}

async fn host(probe: Probe) -> Checked {
    let seen = arrived(&probe, |url| with(get(url), "host", b"staging.example.org")).await?;
    same("the host", &seen.values("host"), &vec!["staging.example.org"])
}

async fn no_length(probe: Probe) -> Checked {
    let server = responding(response("200 OK", ""))?;
    let body = full("abc").map_err(|never| match never {});
    probe
        .fails(
            request(Method::PUT, server.url(), Body::received(body)),
            TransportErrorKind::RequestBody,
            false,
        )
        .await?;
    same("requests that arrived", &server.arrivals(), &Vec::new())
}
