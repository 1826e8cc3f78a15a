//! A site that counts how many requests it has at a time, and asks Redis for the time of each.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::redis_server::RedisServer;

/// It responds after some work. A request below `/hold` gets no response, and is not
/// counted among those at a time. It ends when it is dropped.
pub(crate) struct Gauge {
    port: u16,
    state: Arc<State>,
    accepts: JoinHandle<()>,
}

struct State {
    redis: Arc<RedisServer>,
    work: Duration,
    refuses_next: AtomicBool,
    all: AtomicUsize,
    now: AtomicUsize,
    most: AtomicUsize,
    /// How many requests had arrived with this one, and a time of Redis after its arrival, in microseconds.
    arrivals: Mutex<Vec<(u64, u64)>>,
}

impl Gauge {
    pub(crate) async fn start(redis: Arc<RedisServer>, work: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State {
            redis,
            work,
            refuses_next: AtomicBool::new(false),
            all: AtomicUsize::new(0),
            now: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            arrivals: Mutex::default(),
        });
        let shared = Arc::clone(&state);
        let accepts = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(Arc::clone(&shared).serve(stream));
            }
        });
        Self { port, state, accepts }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The next response is a 429 that asks to wait for two seconds.
    pub(crate) fn refuse_next(&self) {
        self.state.refuses_next.store(true, SeqCst);
    }

    /// How many requests arrived.
    pub(crate) fn all(&self) -> usize {
        self.state.all.load(SeqCst)
    }

    /// The most that were here at a time.
    pub(crate) fn most(&self) -> usize {
        self.state.most.load(SeqCst)
    }

    pub(crate) fn arrivals(&self) -> Vec<(u64, u64)> {
        self.state.arrivals.lock().unwrap().clone()
    }
}

impl State {
    async fn serve(self: Arc<Self>, mut stream: TcpStream) {
        while let Some(path) = request(&mut stream).await {
            let number = self.all.fetch_add(1, SeqCst) + 1;
            if path.starts_with("/hold") {
                let _ = stream.read(&mut [0]).await;
                return;
            }
            let now = self.now.fetch_add(1, SeqCst) + 1;
            self.most.fetch_max(now, SeqCst);
            let time = time(&self.redis).await;
            self.arrivals.lock().unwrap().push((number as u64, time));
            tokio::time::sleep(self.work).await;
            let status =
                if self.refuses_next.swap(false, SeqCst) { "429 No\r\nretry-after: 2" } else { "200 OK" };
            let response =
                format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]");
            // Before the client knows, who then lets the next one in.
            self.now.fetch_sub(1, SeqCst);
            if stream.write_all(response.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// The path of the next request, which has no body.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(head).unwrap().split(' ').nth(1).unwrap().to_owned())
}

/// The time of Redis, in microseconds.
pub(crate) async fn time(redis: &RedisServer) -> u64 {
    let (seconds, micros): (u64, u64) = redis.ask(&[b"TIME"]).await;
    seconds * 1_000_000 + micros
}

impl Drop for Gauge {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}
