//! Rules about reading responses.

use http::{Method, StatusCode};
use wp_core::Body;

use super::rules;
use crate::conformance::probe::{Probe, closing_after, get, post, request, responding, same, server};
use crate::conformance::{Checked, response};

rules! {
    "returns every status as a response" => statuses,
    "returns headers unchanged" => headers,
    "reads folded headers, and spaces before a colon" => odd_headers,
    "follows no redirect" => redirects,
    "does not decompress a body" => compressed,
    "does not wait for a body that the response cannot have" => no_body,
    "skips interim responses" => interim,
    "reads a body to its end and no further" => ends,
    "reads a response that arrives byte by byte" => byte_by_byte,
    "does not read bytes after a response as the next one" => surplus,
}

async fn statuses(probe: Probe) -> Checked {
    for status in [200, 201, 207, 400, 401, 403, 404, 413, 418, 429, 500, 503, 599] {
        let server = responding(response(&format!("{status} Whatever It Says"), "[]"))?;
        let whole = probe.whole(get(server.url())).await.map_err(|seen| format!("{status}: {seen}"))?;
        same("the status", &whole.head.status.as_u16(), &status)?;
        whole.holds("the body", b"[]")?;
    }
    Ok(())
}

async fn headers(probe: Probe) -> Checked {
    let mut raw =
        b"HTTP/1.1 200 OK\r\nX-WP-Total: 3\r\nLink: <a>\r\nlink: <b>\r\nX-Latin: \xfcber\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n".to_vec();
    raw.extend_from_slice(b"Content-Length: 2\r\n\r\n[]");
    let server = responding(raw)?;
    let whole = probe.whole(get(server.url())).await?;
    let values =
        |name| whole.head.headers.get_all(name).iter().map(http::HeaderValue::as_bytes).collect::<Vec<_>>();
    same("x-wp-total", &values("x-wp-total"), &vec![&b"3"[..]])?;
    same("link", &values("link"), &vec![&b"<a>"[..], b"<b>"])?;
    same("x-latin", &values("x-latin"), &vec![&b"\xfcber"[..]])?;
    same("set-cookie", &values("set-cookie"), &vec![&b"a=b"[..], b"c=d"])?;
    same("content-length", &values("content-length"), &vec![&b"2"[..]])
}

async fn odd_headers(probe: Probe) -> Checked {
    for (line, value) in [
        ("x-odd: a\r\n b", "a b"),
        ("x-odd: a\r\n\tb\r\n   c", "a b c"),
        ("x-odd:\r\n a", "a"),
        ("x-odd: a\r\n ", "a"),
        ("x-odd : a", "a"),
        ("x-odd\t: a", "a"),
    ] {
        let server = responding(response(&format!("200 OK\r\n{line}\r\nx-next: 1"), "[]"))?;
        let whole = probe.whole(get(server.url())).await.map_err(|seen| format!("{line:?}: {seen}"))?;
        let found =
            |name| whole.head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
        same(line, &found("x-odd").as_deref(), &Some(value))?;
        same(line, &found("x-next").as_deref(), &Some("1"))?;
        whole.holds(line, b"[]")?;
    }
    Ok(())
}

async fn redirects(probe: Probe) -> Checked {
    for status in [301, 302, 303, 307, 308] {
        let server = responding(response(&format!("{status} Moved\r\nlocation: /new"), ""))?;
        for request in [get(server.url()), post(server.url())] {
            let whole = probe.whole(request).await?;
            same("the status", &whole.head.status.as_u16(), &status)?;
        }
        same("requests that arrived", &server.arrivals().len(), &2)?;
    }
    Ok(())
}

async fn compressed(probe: Probe) -> Checked {
    let packed = b"\x1f\x8b\x08 only the beginning is gzip";
    let server = responding(response("200 OK\r\ncontent-encoding: gzip", packed))?;
    let whole = probe.whole(get(server.url())).await?;
    whole.holds("the body", packed)?;
    let encoding = whole.head.headers.get("content-encoding").map(http::HeaderValue::as_bytes);
    same("content-encoding", &encoding, &Some(&b"gzip"[..]))
}

async fn no_body(probe: Probe) -> Checked {
    for (method, raw, status) in [
        (Method::HEAD, "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", StatusCode::OK),
        (Method::GET, "HTTP/1.1 204 No Content\r\n\r\n", StatusCode::NO_CONTENT),
        (Method::GET, "HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", StatusCode::NOT_MODIFIED),
    ] {
        let server = responding(raw)?;
        let whole = probe.whole(request(method, server.url(), Body::empty())).await?;
        same("the status", &whole.head.status, &status)?;
        same("the size of the body", &whole.body.len(), &0)?;
    }
    Ok(())
}

async fn interim(probe: Probe) -> Checked {
    for head in ["100 Continue", "103 Early Hints\r\nlink: </x>"] {
        let mut raw = format!("HTTP/1.1 {head}\r\n\r\n").into_bytes();
        raw.extend(response("201 Created", "[]"));
        let server = responding(raw)?;
        let whole = probe.whole(post(server.url())).await?;
        same("the status", &whole.head.status, &StatusCode::CREATED)?;
    }
    Ok(())
}

async fn ends(probe: Probe) -> Checked {
    for (what, raw) in [
        ("a length", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]"),
        ("more than the length", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]garbage"),
        ("the end of the connection", "HTTP/1.1 200 OK\r\n\r\n[]"),
        (
            "chunks, extensions and trailers",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;a=b\r\n[\r\n1\r\n]\r\n0\r\nx-t: 1\r\n\r\n",
        ),
    ] {
        let server = closing_after(raw)?;
        let whole = probe.whole(get(server.url())).await.map_err(|seen| format!("{what}: {seen}"))?;
        whole.holds(what, b"[]")?;
    }
    Ok(())
}

async fn byte_by_byte(probe: Probe) -> Checked {
    for raw in [
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n[]",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n002;a=b\r\n[]\r\n0\r\nx-t: 1\r\n\r\n",
        "HTTP/1.0 200\r\n\r\n[]",
    ] {
        let server = server(move |mut conn| {
            conn.request();
            for byte in raw.as_bytes().chunks(1) {
                conn.send(byte);
            }
        })?;
        let whole = probe.whole(get(server.url())).await.map_err(|seen| format!("{raw:?}: {seen}"))?;
        whole.holds(raw, b"[]")?;
    }
    Ok(())
}

async fn surplus(probe: Probe) -> Checked {
    let mut raw = response("200 OK", "true");
    raw.extend(response("200 OK", "forged"));
    let server = responding(raw)?;
    for _ in 0..4 {
        let whole = probe.whole(get(server.url())).await?;
        whole.holds("the body", b"true")?;
    }
    Ok(())
}
