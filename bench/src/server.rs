//! The site: HTTP/1.1 over plain sockets, a thread a connection, with responses that are ready.
//!
//! It runs as a process of its own, so that nothing of it is counted. It prints its address, and when its input ends what
//! it saw: `{"connections":…,"requests":…,"tokens":…}`. Under `/PAGES/MILLISECONDS` there are sites of so many pages of
//! posts, each response of which comes after so long.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

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
        page: page(1, 124),
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

/// A page of posts, of so many.
fn page(number: u64, pages: u64) -> Vec<u8> {
    let totals = format!("X-WP-Total: {}\r\nX-WP-TotalPages: {pages}\r\n", pages * bodies::PER_PAGE);
    ready("200 OK", &totals, &bodies::page(number))
}

/// The pages and the latency of the site that a path names.
fn named_site(path: &str) -> Option<(u64, Duration)> {
    let mut parts = path.split('/').skip(1);
    let pages = parts.next()?.parse().ok()?;
    Some((pages, Duration::from_millis(parts.next()?.parse().ok()?)))
}

/// The number of a page in a query.
fn page_number(path: &str) -> u64 {
    let page = path.split(['?', '&']).find_map(|pair| pair.strip_prefix("page="));
    page.and_then(|page| page.parse().ok()).unwrap_or(1)
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

/// The longest body that is looked at, in bytes.
const SMALL: usize = 64 << 10;

/// The posts in a batch.
fn count_posts(batch: &[u8]) -> usize {
    let path = br#""path":"#;
    batch.windows(path.len()).filter(|it| *it == path).count()
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
        // An upload is not looked at.
        let is_small = length <= SMALL;
        let mut body = if is_small { buffer[end..rest].to_vec() } else { Vec::new() };
        buffer.copy_within(rest..filled, 0);
        filled -= rest;
        while left > 0 {
            let read = stream.read(&mut buffer).ok().filter(|read| *read > 0)?;
            left = left.checked_sub(read)?;
            if is_small {
                body.extend_from_slice(&buffer[..read]);
            }
        }
        seen.requests.fetch_add(1, Relaxed);
        let path = head.split(' ').nth(1)?;
        let site = named_site(path);
        if let Some((_, latency)) = site {
            thread::sleep(latency);
        }
        let made;
        let response = match path {
            path if path.contains("/users/me") => &responses.me,
            path if path.contains("/batch/v1") => {
                made = ready("207 Multi-Status", "", &bodies::batch(count_posts(&body)));
                &made
            }
            path if path.contains("/media") => &responses.uploaded,
            path if path.contains("/jwt-auth/") => {
                seen.tokens.fetch_add(1, Relaxed);
                &responses.token
            }
            _ if head.starts_with("post") => &responses.created,
            path => match site {
                Some((pages, _)) => {
                    made = page(page_number(path), pages);
                    &made
                }
                None => &responses.page,
            },
        };
        stream.write_all(response).ok()?;
    }
}
