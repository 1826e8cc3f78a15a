//! How connections are used, and let go.

use std::net::Shutdown;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures_util::future::join_all;
use http_body_util::BodyExt;
use wp_core::TransportErrorKind as Kind;

use super::rules;
use crate::conformance::probe::{
    Probe, class, drop_on_arrival, failure, get, post, responding, same, server, told,
};
use crate::conformance::{Checked, response};

rules! {
    "uses a connection again" => reuse,
    "sends many requests at once" => many,
    "does not use a connection that the server has closed" => closed_before,
    "does not use a connection that the server will close" => closed_later,
    "never sends a request twice" => once,
    "sends nothing again that a response invites to" => invited,
    "lets go of a connection when its request is dropped" => dropped_request,
    "lets go of a connection when its response is dropped" => dropped_response,
    "takes no rest of a dropped response for the next one" => dropped_rest,
}

async fn reuse(probe: Probe) -> Checked {
    const MOST: usize = 50;
    let server = responding(response("200 OK", "[]"))?;
    for number in 1..=MOST {
        probe.whole(post(server.url())).await?;
        if server.connections() < number {
            return Ok(());
        }
        // It may go back behind our back.
        probe.clock.sleep(Duration::from_millis(20)).await;
    }
    Err(format!("{MOST} requests, one after the other, had a connection each"))
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
    let left = Count::default();
    let leaves = left.clone();
    let server = server(move |mut conn| {
        conn.request();
        conn.send(response("200 OK", "[]"));
        _ = conn.stream.shutdown(Shutdown::Write);
        leaves.note(conn.closed());
    })?;
    for number in 1..5 {
        probe.whole(post(server.url())).await.map_err(|seen| format!("the request {number}: {seen}"))?;
        // A transport that looks at its connections by itself leaves this one; another one looks when it needs one.
        for _ in 0..100 {
            if left.0.load(SeqCst) >= number {
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
    // The second one on each connection is read, and gets no response.
    let server = server(|mut conn| {
        conn.request();
        conn.send(response("200 OK", "[]"));
        conn.request();
    })?;
    for request in [get as fn(String) -> _, post] {
        let before = server.arrivals().len();
        probe.whole(request(server.at("/first"))).await?;
        probe.clock.sleep(Duration::from_millis(20)).await;
        // On a connection of its own it is the first, and gets a response.
        if let Err(error) = probe.transport.send(request(server.at("/second"))).await {
            same("the failure", &class(&error), &failure(Kind::Closed, true))?;
        }
        // So that a second one has the time to come.
        probe.clock.sleep(Duration::from_millis(100)).await;
        same("requests that arrived", &(server.arrivals().len() - before), &2)?;
    }
    Ok(())
}

async fn invited(probe: Probe) -> Checked {
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

/// How often a server saw something.
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
    let (left, came) = (Count::default(), Count::default());
    let (note_left, note_came) = (left.clone(), came.clone());
    let server = server(move |mut conn| {
        note_came.note(conn.request().is_some());
        note_left.note(conn.closed());
    })?;
    for (count, request) in [get(server.url()), post(server.url())].into_iter().enumerate() {
        let exchange = probe.transport.send(request);
        let arrival = came.reaches(&probe, count + 1);
        drop_on_arrival(exchange, arrival).await?;
        left.reaches(&probe, count + 1).await?;
    }
    Ok(())
}

async fn dropped_response(probe: Probe) -> Checked {
    let left = Count::default();
    let leaves = left.clone();
    let server = server(move |mut conn| {
        conn.request();
        conn.send("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\none");
        leaves.note(conn.closed());
    })?;
    let mut response = probe.send(get(server.url())).await?;
    let frame = response.body_mut().frame().await;
    frame.ok_or("the body ended")?.map_err(|error| told(&error))?;
    drop(response);
    left.reaches(&probe, 1).await
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
