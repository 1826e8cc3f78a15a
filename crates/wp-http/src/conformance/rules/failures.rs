//! Rules about errors: their kind, and whether the server may have seen the request.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use wp_core::{Body, TransportErrorKind as Kind};

use super::rules;
use crate::conformance::probe::{
    Probe, class, closing_after, failure, get, post, refusing, request, responding, same, server, with,
    with_causes,
};
use crate::conformance::{Checked, response};

rules! {
    "reports an unreachable host" => unreachable,
    "reports a connection that ended too early" => closed,
    "reports a response that is not HTTP" => protocol,
    "rejects a body with invalid framing, and closes the connection" => framing,
    "reports a request body that does not match its length" => request_body,
    "sends nothing to an invalid address" => addresses,
    "sends nothing in plain text to an https address" => plain_text,
    "shows nothing of a request in an error" => no_secrets,
}

/// A host name that fails without a DNS query: a label has at most 63 letters.
fn unresolvable() -> String {
    format!("http://{}.invalid", "n".repeat(64))
}

async fn unreachable(probe: Probe) -> Checked {
    let refusing = refusing()?;
    for (url, kind) in [(refusing.url(), Kind::Connect), (unresolvable(), Kind::Resolve)] {
        for request in [get(&url), post(&url)] {
            probe.fails(request, kind, false).await.map_err(|seen| format!("{url}: {seen}"))?;
        }
    }
    Ok(())
}

async fn closed(probe: Probe) -> Checked {
    for raw in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nshort",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n",
    ] {
        let server = closing_after(raw)?;
        for request in [get(server.url()), post(server.url())] {
            probe.fails(request, Kind::Closed, true).await.map_err(|seen| format!("{raw:?}: {seen}"))?;
        }
        // Neither request was sent twice.
        same("requests that arrived", &server.connections(), &2)?;
    }
    let reset = server(|mut conn| {
        conn.request();
        conn.reset();
    })?;
    probe.fails(post(reset.url()), Kind::Closed, true).await.map_err(|seen| format!("a reset: {seen}"))
}

async fn protocol(probe: Probe) -> Checked {
    for raw in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\nshort\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
        "<b>Warning</b>: garbage\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
    ] {
        let server = closing_after(raw)?;
        let checked = probe.fails(post(server.url()), Kind::Protocol, true).await;
        checked.map_err(|seen| format!("{raw:?}: {seen}"))?;
    }
    Ok(())
}

async fn framing(probe: Probe) -> Checked {
    for headers in [
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nContent-Length: 2",
        "Content-Length: 2, 2",
        "Content-Length: 2\r\n 0",
        "Content-Length: +2",
        "Content-Length: 2x",
        "Content-Length: 0x2",
        "Content-Length:",
        "Content-Length\u{1}: 2",
        "Content-Length: \u{1}2",
        "Content-Length: 99999999999999999999",
        "Content Length: 2",
        "Content-Length 2",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chun\r\n ked",
        "Transfer-Encoding: chunked;x=1",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity\r\nContent-Length: 2",
        "Transfer Encoding: chunked",
        "Transfer-Encoding\u{b}: chunked",
    ] {
        let server = responding(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n[]"))?;
        for request in [get(server.url()), post(server.url())] {
            let checked = probe.fails(request, Kind::Protocol, true).await;
            checked.map_err(|seen| format!("{headers:?}: {seen}"))?;
        }
        same(&format!("{headers:?}: connections"), &server.connections(), &2)?;
    }
    Ok(())
}

async fn request_body(probe: Probe) -> Checked {
    let full = || Full::new(Bytes::from_static(b"abc"));
    let server = responding(response("200 OK", ""))?;
    for (what, body) in [
        ("too short", Body::stream(full(), 4)),
        ("too long", Body::stream(full(), 2)),
        ("cannot be opened", Body::reopen(4, || async { Err("the file is gone".into()) })),
    ] {
        let checked = probe.fails(request(Method::PUT, server.url(), body), Kind::RequestBody, true).await;
        checked.map_err(|seen| format!("{what}: {seen}"))?;
    }
    same("whole requests that arrived", &server.arrivals().len(), &0)
}

async fn addresses(probe: Probe) -> Checked {
    for url in ["/wp-json/", "ftp://127.0.0.1/"] {
        let error = probe.failure(get(url)).await?;
        same(url, &class(&error), &failure(error.kind(), false))?;
    }
    Ok(())
}

async fn plain_text(probe: Probe) -> Checked {
    // The first byte of a TLS handshake.
    const HANDSHAKE: u8 = 0x16;
    let plain = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&plain);
    let server = server(move |mut conn| {
        let first = conn.read(1);
        count.fetch_add(usize::from(first.is_some_and(|first| first != [HANDSHAKE])), SeqCst);
        conn.send(response("400 Bad Request", ""));
    })?;
    for request in [get, post] {
        let outcome = probe.failure(request(server.url().replace("http:", "https:"))).await;
        same("connections that did not start with TLS", &plain.load(SeqCst), &0)?;
        same("whether it may have been sent", &outcome?.may_have_been_sent(), &false)?;
    }
    Ok(())
}

async fn no_secrets(probe: Probe) -> Checked {
    let (cut, garbage) = (closing_after("HTTP/1.1 200 OK\r\n")?, closing_after("garbage\r\n\r\n")?);
    let target = "/?password=hunter2";
    let refusing = refusing()?;
    for url in [refusing.at(target), cut.at(target), garbage.at(target), unresolvable() + target] {
        let body = "{\"password\":\"hunter2\"}";
        let request = with(request(Method::POST, &url, body), "authorization", b"Bearer hunter2");
        let error = probe.failure(request).await?;
        let texts = format!("{error:?} {}", with_causes(&error));
        if texts.contains("hunter2") {
            return Err(texts);
        }
    }
    Ok(())
}
