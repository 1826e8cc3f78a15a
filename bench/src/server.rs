//! The site: HTTP/1.1 over plain sockets, a thread a connection, with responses that are ready.
//!
//! It runs as a process of its own, so that nothing of it is counted. It prints its address, and when its input ends what
//! it saw: `{"connections":…,"requests":…,"tokens":…}`.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use crate::bodies;

#[derive(Default)]
struct Seen {
    connections: AtomicU64,
    requests: AtomicU64,
    tokens: AtomicU64,
}

struct Responses {
    me: Vec<u8>,
    created: Vec<u8>,
    page: Vec<u8>,
    uploaded: Vec<u8>,
    token: Vec<u8>,
}

/// Serves until the standard input ends.
pub fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}", listener.local_addr()?);
    let seen = Arc::new(Seen::default());
    let responses = Arc::new(Responses {
        me: ready("200 OK", "", &bodies::me()),
        created: ready(
            "201 Created",
            "Location: https://example.org/wp-json/wp/v2/posts/285\r\n",
            &bodies::created(),
        ),
        page: ready("200 OK", "X-WP-Total: 12345\r\nX-WP-TotalPages: 124\r\n", &bodies::page()),
        uploaded: ready("201 Created", "", bodies::UPLOADED),
        token: ready("200 OK", "", &bodies::token_response()),
    });
    let counts = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counts.connections.fetch_add(1, Relaxed);
            let (seen, responses) = (Arc::clone(&counts), Arc::clone(&responses));
            thread::spawn(move || connection(stream, &seen, &responses));
        }
    });
    io::copy(&mut io::stdin(), &mut io::sink())?;
    let [connections, requests, tokens] =
        [&seen.connections, &seen.requests, &seen.tokens].map(|count| count.load(Relaxed));
    println!(r#"{{"connections":{connections},"requests":{requests},"tokens":{tokens}}}"#);
    Ok(())
}

/// A response with the headers that a client reads, and few of the others that nginx and WordPress 7.1 send: what every
/// program pays for reading them would hide what the programs differ in.
fn ready(status: &str, more: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nServer: nginx\r\nDate: Sun, 22 Nov 2026 17:40:48 GMT\r\n\
         Content-Type: application/json; charset=UTF-8\r\nContent-Length: {length}\r\n\
         Link: <https://example.org/wp-json/>; rel=\"https://api.w.org/\"\r\nX-Content-Type-Options: nosniff\r\n\
         {more}Allow: GET, POST, PUT, PATCH, DELETE\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Responds to one request after the other until the client leaves.
fn connection(mut stream: TcpStream, seen: &Seen, responses: &Responses) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut buffer = vec![0; 256 << 10];
    let mut filled = 0;
    loop {
        let end = loop {
            if let Some(at) = buffer[..filled].windows(4).position(|it| it == b"\r\n\r\n") {
                break at + 4;
            }
            let read = stream.read(&mut buffer[filled..]).ok().filter(|read| *read > 0)?;
            filled += read;
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(Some(0), |length| length.trim().parse().ok())?;
        let mut left = length.saturating_sub(filled - end);
        let rest = end + (length - left);
        buffer.copy_within(rest..filled, 0);
        filled -= rest;
        while left > 0 {
            let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            left = left.checked_sub(read)?;
        }
        seen.requests.fetch_add(1, Relaxed);
        let response = match head.split(' ').nth(1)? {
            path if path.contains("/users/me") => &responses.me,
            path if path.contains("/media") => &responses.uploaded,
            path if path.contains("/jwt-auth/") => {
                seen.tokens.fetch_add(1, Relaxed);
                &responses.token
            }
            _ if head.starts_with("post") => &responses.created,
            _ => &responses.page,
        };
        stream.write_all(response).ok()?;
    }
}
