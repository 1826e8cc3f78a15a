//! Something between a store and its Redis that loses and holds responses.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::redis_server::PASSWORD;

/// Forwards everything in both directions until it is configured otherwise. It ends when it is dropped.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<State>,
    accepts: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    connections: AtomicUsize,
    /// Connections before this one hear nothing any more.
    silent_before: AtomicUsize,
    loses_next: AtomicBool,
    lost: AtomicUsize,
    holds: AtomicBool,
}

impl Proxy {
    pub(crate) async fn start(redis: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let accepts = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, redis)).await.unwrap();
                let number = shared.connections.fetch_add(1, SeqCst);
                tokio::spawn(Arc::clone(&shared).hand_on(number, client, server));
            }
        });
        Self { port, state, accepts }
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/0", self.port)
    }

    /// Cuts the connection in place of the next response, which the server has sent then.
    pub(crate) fn lose_the_next_response(&self) {
        self.state.lost.store(0, SeqCst);
        self.state.loses_next.store(true, SeqCst);
    }

    pub(crate) fn lost(&self) -> usize {
        self.state.lost.load(SeqCst)
    }

    /// Requests go on to the server, and its responses stay here.
    pub(crate) fn hold_responses(&self, holds: bool) {
        self.state.holds.store(holds, SeqCst);
    }

    /// Nothing comes back over those that are there, and they stay open.
    pub(crate) fn silence_old_connections(&self) {
        self.state.silent_before.store(self.connections(), SeqCst);
    }

    /// How many there were.
    pub(crate) fn connections(&self) -> usize {
        self.state.connections.load(SeqCst)
    }
}

impl State {
    async fn hand_on(self: Arc<Self>, number: usize, client: TcpStream, server: TcpStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let requests = tokio::spawn(async move { tokio::io::copy(&mut from_client, &mut to_server).await });
        let mut buffer = vec![0; 64 << 10];
        while let Ok(length @ 1..) = from_server.read(&mut buffer).await {
            if self.loses_next.swap(false, SeqCst) {
                self.lost.fetch_add(1, SeqCst);
                break;
            }
            while self.holds.load(SeqCst) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if number < self.silent_before.load(SeqCst) {
                continue;
            }
            if to_client.write_all(&buffer[..length]).await.is_err() {
                break;
            }
        }
        requests.abort();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}
