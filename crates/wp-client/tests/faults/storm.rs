//! 10,000 requests at once, and a server that fails one in five of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use wp_client::{Client, ErrorKind, Limits, RetryPolicy, Transport};
use wp_http::conformance::{Conn, Server, response};

use crate::clock;

const REQUESTS: usize = 10_000;
const JSON: &str = "200 OK\r\ncontent-type: application/json";

/// What came of it.
#[derive(Default)]
pub(crate) struct Came {
    pub(crate) reads: [usize; 2],
    /// That went well, that may have happened, and that did not happen.
    pub(crate) writes: [usize; 3],
    acted: usize,
    acted_twice: usize,
    faults: usize,
    seen: usize,
}

impl Came {
    /// Whether no write was lost, doubled or reported wrong.
    pub(crate) fn is_true(&self) -> bool {
        let [well, in_doubt, _] = self.writes;
        self.reads.iter().sum::<usize>() == REQUESTS / 2
            && self.writes.iter().sum::<usize>() == REQUESTS / 2
            && self.acted == well + in_doubt
            && self.acted_twice == 0
            && self.faults * 100 > self.seen * 15
    }
}

impl fmt::Display for Came {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([good, bad], [well, in_doubt, not]) = (self.reads, self.writes);
        let Self { acted, acted_twice, faults, seen, .. } = self;
        write!(
            f,
            "{REQUESTS} requests, of which the server saw {seen} and failed {faults}: \
             {good} reads went well and {bad} ended in an error; {well} writes went well, {in_doubt} may have happened, \
             {not} did not; the server did {acted}, {acted_twice} of them twice"
        )
    }
}

/// What the server has done.
#[derive(Default)]
struct Done {
    seen: AtomicUsize,
    faults: AtomicUsize,
    writes: Mutex<HashMap<String, usize>>,
}

/// Before it acts, as it acts, or after: what there is to go wrong. Every one of them is met again and again. A request
/// that hangs is not among them: it ends by the clock, and so would whatever else is slow then.
fn serve(mut conn: Conn, done: &Done) {
    while let Some(request) = conn.request() {
        let number = done.seen.fetch_add(1, SeqCst);
        let text = String::from_utf8_lossy(&request).into_owned();
        // One in five, spread without a pattern that the order of the requests could have.
        let dice = (number.wrapping_mul(2_654_435_761) >> 7) % 1000;
        if dice < 200 {
            done.faults.fetch_add(1, SeqCst);
        }
        let act = || {
            if let Some((_, body)) = text.split_once("\r\n\r\n").filter(|_| text.starts_with("POST")) {
                *done.writes.lock().unwrap().entry(body.to_owned()).or_default() += 1;
            }
        };
        // What says by itself that nothing was done.
        match dice {
            0..20 => {
                conn.send(response("429 Too Many Requests\r\nretry-after: 0", "slow down"));
                continue;
            }
            20..40 => {
                let wait = u8::from(dice == 20);
                let head = format!("503 Service Unavailable\r\nretry-after: {wait}");
                conn.send(response(&head, "<html>busy</html>"));
                continue;
            }
            40..60 => {
                conn.send(response("403 Forbidden\r\ncontent-type: text/html", "<html>Forbidden</html>"));
                continue;
            }
            _ => {}
        }
        act();
        match dice {
            60..80 => return conn.reset(),
            80..100 => return,
            100..120 => {
                conn.send("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{");
                return;
            }
            120..130 => {
                conn.send("what is this\r\n\r\n");
                return;
            }
            _ => {}
        }
        conn.send(match dice {
            130..150 => response("502 Bad Gateway\r\ncontent-type: text/html", "<html>Bad</html>"),
            150..165 => response("500 Internal Server Error", "<html>Fatal</html>"),
            165..180 => response("503 Service Unavailable", "<html>Busy</html>"),
            180..190 => response(JSON, ""),
            190..200 => response(JSON, "<html>Hello</html>"),
            200..220 => response(JSON, "<b>Warning</b>: x\n{\"id\":1,\"slug\":\"a\"}"),
            _ => response(JSON, "{\"id\":1}"),
        });
    }
}

pub(crate) async fn storm(transport: Arc<dyn Transport>) -> Came {
    let done = Arc::<Done>::default();
    let server = {
        let done = Arc::clone(&done);
        Server::start(move |conn| serve(conn, &done)).unwrap()
    };
    let first = Duration::from_millis(50);
    let limits = clock::Limits::new(1);
    let wp = Client::builder(server.url())
        .transport(transport)
        .clock(limits.clone())
        .timeout(clock::WHOLE)
        .idle_timeout(clock::WHOLE)
        .retry(RetryPolicy::default().attempts(5).backoff(first, first * 20).deadline(clock::WHOLE * 100))
        .limits(Limits::default().concurrency(200))
        .build()
        .unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..REQUESTS {
        let wp = wp.clone();
        tasks.spawn(async move {
            if number % 2 == 0 {
                return (false, wp.get("/wp/v2/posts").await);
            }
            (true, wp.post("/wp/v2/posts").json(&format!("write {number}")).await)
        });
    }
    let mut came = Came::default();
    for (write, outcome) in tasks.join_all().await {
        match (write, outcome) {
            (false, outcome) => came.reads[usize::from(outcome.is_err())] += 1,
            (true, Ok(_)) => came.writes[0] += 1,
            (true, Err(error)) => {
                assert!(!matches!(error.kind(), ErrorKind::Request(_)), "{error}");
                came.writes[if error.may_have_happened() { 1 } else { 2 }] += 1;
            }
        }
    }
    let writes = done.writes.lock().unwrap();
    came.acted = writes.len();
    came.acted_twice = writes.values().filter(|&&times| times > 1).count();
    (came.faults, came.seen) = (done.faults.load(SeqCst), done.seen.load(SeqCst));
    came
}
