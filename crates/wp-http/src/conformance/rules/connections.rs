//! Rules about reusing and closing connections.

use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures_util::future::join_all;
use http_body_util::BodyExt;
use wp_core::TransportErrorKind as Kind;

use super::rules;
use crate::conformance::probe::{
    Probe, class, drop_on_arrival, failure, get, post, responding, same, server, with_causes,
};
use crate::conformance::{Checked, response};

rules! {
    "reuses a connection" => reuse,
    "sends many requests at once" => many,
    "does not reuse a connection that the server has closed" => closed_before,
    "does not reuse a connection that the server will close" => closed_later,
    "never sends a request twice" => once,
    "does not retry when a response suggests it" => retry_suggested,
    "closes a connection when its request is dropped" => dropped_request,
    "closes a connection when its response is dropped" => dropped_response,
    "does not read the rest of a dropped response as the next one" => dropped_rest,
}

async fn reuse(probe: Probe) -> Checked {
    const MAX_REQUESTS: usize = 50;
    let server = responding(response("200 OK", "[]"))?;
    for number in 1..=MAX_REQUESTS {
        probe.whole(post(server.url())).await?;
        if server.connections() < number {
            return Ok(());
        }
        // A pool may take the connection back after the response has ended.
        probe.clock.sleep(Duration::from_millis(20)).await;
    }
    Err(format!("each of {MAX_REQUESTS} requests in a row opened a new connection"))
}

async fn many(probe: Probe) -> Checked {
    const MANY: usize = 64;
    // No response is sent before all requests are there.
    let all = Arc::new(Barrier::new(MANY));
    let server = server(move |mut conn| {
        conn.request();
        all.wait();
        conn.send(response("200 OK\r\nconnection: close", "[]"));
    })?;
    let requests = (0..MANY).map(|number| probe.whole(post(server.at(&format!("/{number}")))));
    for outcome in join_all(requests).await {
        outcome?;
    }
    let mut arrivals = server.arrivals();
    arrivals.sort();
    arrivals.dedup();
    same("requests that arrived", &arrivals.len(), &MANY)
}

async fn closed_before(probe: Probe) -> Checked {
    let closed = Count::default();
    let note_closed = closed.clone();
    let server = server(move |mut conn| {
        conn.request();
        conn.send(response("200 OK", "[]"));
        _ = conn.stream.shutdown(Shutdown::Write);
        note_closed.note(conn.closed());
    })?;
    for number in 1..5 {
        probe.whole(post(server.url())).await.map_err(|seen| format!("the request {number}: {seen}"))?;
        // A transport may notice this in the background, or only when it needs a connection.
        for _ in 0..100 {
            if closed.0.load(SeqCst) >= number {
                break;
            }
            probe.clock.sleep(Duration::from_millis(10)).await;
        }
    }
    same("requests that arrived", &server.arrivals().len(), &4)
}

async fn closed_later(probe: Probe) -> Checked {
    for head in ["HTTP/1.1 200 OK\r\nconnection: close", "HTTP/1.0 200 OK"] {
        let server = server(move |mut conn| {
            conn.request();
            conn.send(format!("{head}\r\ncontent-length: 2\r\n\r\n[]"));
            conn.request();
        })?;
        for _ in 0..3 {
            probe.whole(post(server.url())).await.map_err(|seen| format!("{head:?}: {seen}"))?;
        }
        same(head, &server.arrived_on(), &vec![1, 2, 3])?;
    }
    Ok(())
}

async fn once(probe: Probe) -> Checked {
    // The server reads a second request on a connection, and closes it without a response.
    let server = server(|mut conn| {
        conn.request();
        conn.send(response("200 OK", "[]"));
        conn.request();
    })?;
    for request in [get as fn(String) -> _, post] {
        let before = server.arrivals().len();
        probe.whole(request(server.at("/first"))).await?;
        probe.clock.sleep(Duration::from_millis(20)).await;
        // On a new connection it is the first request, and gets a response.
        if let Err(error) = probe.transport.send(request(server.at("/second"))).await {
            same("the failure", &class(&error), &failure(Kind::Closed, true))?;
        }
        // Enough time for a retry to arrive.
        probe.clock.sleep(Duration::from_millis(100)).await;
        same("requests that arrived", &(server.arrivals().len() - before), &2)?;
    }
    Ok(())
}

async fn retry_suggested(probe: Probe) -> Checked {
    for head in [
        "401 Unauthorized\r\nwww-authenticate: Basic realm=\"a\"",
        "407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm=\"a\"",
        "408 Request Timeout\r\nconnection: close",
        "421 Misdirected Request",
        "425 Too Early",
        "429 Too Many Requests\r\nretry-after: 0",
        "503 Service Unavailable\r\nretry-after: 0",
    ] {
        let server = responding(response(head, ""))?;
        for request in [get, post] {
            probe.whole(request(server.url())).await.map_err(|seen| format!("{head:?}: {seen}"))?;
        }
        same(head, &server.arrivals().len(), &2)?;
    }
    Ok(())
}

/// Counts events on the server.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    fn note(&self, seen: bool) {
        self.0.fetch_add(usize::from(seen), SeqCst);
    }

    async fn reaches(&self, probe: &Probe, count: usize) -> Checked {
        probe.until("the server sees it", || self.0.load(SeqCst) >= count).await
    }
}

async fn dropped_request(probe: Probe) -> Checked {
    let (closed, arrived) = (Count::default(), Count::default());
    let (note_closed, note_arrived) = (closed.clone(), arrived.clone());
    let server = server(move |mut conn| {
        note_arrived.note(conn.request().is_some());
        note_closed.note(conn.closed());
    })?;
    for (count, request) in [get(server.url()), post(server.url())].into_iter().enumerate() {
        let exchange = probe.transport.send(request);
        let arrival = arrived.reaches(&probe, count + 1);
        drop_on_arrival(exchange, arrival).await?;
        closed.reaches(&probe, count + 1).await?;
    }
    Ok(())
}

async fn dropped_response(probe: Probe) -> Checked {
    let closed = Count::default();
    let note_closed = closed.clone();
    let server = server(move |mut conn| {
        conn.request();
        conn.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none");
        note_closed.note(conn.closed());
    })?;
    let mut response = probe.send(get(server.url())).await?;
    let frame = response.body_mut().frame().await;
    frame.ok_or("the body ended")?.map_err(|error| with_causes(&error))?;
    drop(response);
    closed.reaches(&probe, 1).await
}

async fn dropped_rest(probe: Probe) -> Checked {
    let server = server(|mut conn| {
        while let Some(request) = conn.request() {
            let large = request.starts_with(b"GET /large");
            conn.send(response("200 OK", if large { " ".repeat(1 << 20) } else { "small".to_owned() }));
        }
    })?;
    for _ in 0..4 {
        drop(probe.send(get(server.at("/large"))).await?);
        let whole = probe.whole(get(server.at("/small"))).await?;
        whole.holds("the body", b"small")?;
    }
    Ok(())
}
