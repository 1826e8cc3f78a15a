//! Connections that are not made, break, or stand still.

use std::net::Shutdown;
use std::sync::LazyLock;
use std::time::Duration;

use wp_http::conformance::{Conn, Server, response};

use crate::clock::IDLE;
use crate::fault::{Around, Fault, fault, says};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

/// Reads the request, says this much, and stands still until the client has had enough.
fn stalls(name: &'static str, get: &'static str, post: &'static str, said: &str) -> Fault {
    let said = said.to_owned();
    let limits = if said.ends_with("\r\n\r\n") || said.ends_with(',') { 2 } else { 1 };
    fault(name, get, post, move |mut conn, around| {
        conn.request();
        conn.send(&said);
        around.limits.pass(IDLE, limits, || ());
    })
}

/// Reads the request, says this much, and then a byte from time to time, for ever.
fn drips(name: &'static str, said: &str, limits: usize) -> Fault {
    let said = said.to_owned();
    fault(name, "Timeout x3", "Timeout, in doubt x1", move |mut conn, around| {
        conn.request();
        conn.send(&said);
        around.limits.pass(IDLE / 4, limits, || _ = conn.send("1"));
    })
}

/// Reads the request, says this much, and resets the connection.
fn resets(name: &'static str, get: &'static str, post: &'static str, said: &str) -> Fault {
    let said = said.to_owned();
    fault(name, get, post, move |mut conn, _| {
        conn.request();
        conn.send(&said);
        // What was said should arrive before the reset does; the row holds if it does not.
        std::thread::sleep(Duration::from_millis(50));
        conn.reset();
    })
}

/// A port without a listener, to the end of the program.
fn closed_port(_: &Server) -> String {
    static NOBODY: LazyLock<Server> = LazyLock::new(|| Server::refusing().unwrap());
    NOBODY.url()
}

fn idle(mut conn: Conn, _: &Around) {
    if conn.request().is_some() {
        conn.send(response("200 OK\r\ncontent-type: application/json", "{}"));
        _ = conn.stream.shutdown(Shutdown::Write);
        conn.closed();
    }
}

#[rustfmt::skip]
pub(crate) fn faults() -> Vec<Fault> {
    let part = format!("{OK}content-length: 9\r\n\r\n[1,");
    vec![
        fault("closed port", "Connect x0", "Connect x0", idle).at(closed_port),
        // A letter too long for a name, so that no name server is asked.
        fault("the name has no address", "Resolve x0", "Resolve x0", idle).at(|_| format!("http://{}.invalid", "n".repeat(64))),
        fault("reset at the first byte", "Closed x3", "Closed, in doubt x1", |mut conn, _| {
            conn.read(1);
            conn.reset();
        }),
        fault("reset within the head of the request", "Closed x3", "Closed, in doubt x1", |mut conn, _| {
            conn.read(30);
            conn.reset();
        }),
        fault("reset within the body of the request", "ok x1", "Closed, in doubt x1", |mut conn, _| {
            let Some(head) = conn.head() else { return };
            if head.starts_with(b"POST") {
                conn.read(1 << 20);
                conn.reset();
            } else {
                conn.send(response("200 OK\r\ncontent-type: application/json", "[]"));
            }
        })
        .sending(16 << 20),
        resets("reset before the response", "Closed x3", "Closed, in doubt x1", ""),
        resets("reset within the head of the response", "Closed x3", "Closed, in doubt x1", "HTTP/1.1 200 OK\r\ncont"),
        resets("reset after the head of the response", "Closed x3", "Closed, in doubt x1", &format!("{OK}content-length: 9\r\n\r\n")),
        resets("reset within the body of the response", "Closed x3", "Closed, in doubt x1", &part),
        says("closed before the response", "Closed x3", "Closed, in doubt x1", ""),
        says("closed within the head of the response", "Closed x3", "Closed, in doubt x1", "HTTP/1.1 200 OK\r\ncont"),
        says("closed within the body of the response", "Closed x3", "Closed, in doubt x1", part.clone()),
        stalls("stands still before the response", "Timeout x3", "Timeout, in doubt x1", ""),
        stalls("stands still within the head of the response", "Timeout x3", "Timeout, in doubt x1", "HTTP/1.1 200 OK\r\ncont"),
        stalls("stands still after the head of the response", "Timeout x3", "Timeout, in doubt x1", &format!("{OK}content-length: 9\r\n\r\n")),
        stalls("stands still within the body of the response", "Timeout x3", "Timeout, in doubt x1", &part),
        fault("stands still within a large body of a request", "Timeout x3", "Timeout, in doubt x1", |mut conn, around| {
            if conn.head().is_some_and(|head| head.starts_with(b"POST")) {
                conn.read(100);
            }
            around.limits.pass(IDLE, 1, || ());
        })
        .sending(16 << 20),
        drips("a byte at a time, for ever", &format!("{OK}content-length: 100000\r\n\r\n["), 2),
        drips("a byte of the head at a time, for ever", "HTTP/1.1 200 OK\r\nx-slow: ", 1),
        fault("closes each connection after its response", "ok x5", "ok x5", idle).rounds(5),
        fault("responds before it has read the request, and reads on", "BodyTooLarge 413 x1", "BodyTooLarge 413 x1", |mut conn, _| {
            conn.head();
            conn.send(response("413 Payload Too Large\r\nconnection: close", "<html><h1>413 Request Entity Too Large</h1></html>"));
            conn.closed();
        })
        .sending(4 << 20),
    ]
}
