//! A server that is a socket: it records what arrives and says what it is told.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    /// `http://127.0.0.1:port`
    pub(crate) url: String,
    arrivals: Arc<Mutex<Vec<(usize, String)>>>,
}

pub(crate) struct Conn {
    pub(crate) stream: TcpStream,
    number: usize,
    arrivals: Arc<Mutex<Vec<(usize, String)>>>,
}

impl Server {
    /// Hands each connection to `serve`; it is closed when that ends.
    pub(crate) async fn start<F>(serve: impl Fn(Conn) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let arrivals = Arc::<Mutex<Vec<_>>>::default();
        let server = Self { url, arrivals: Arc::clone(&arrivals) };
        tokio::spawn(async move {
            for number in 1.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(Conn { stream, number, arrivals: Arc::clone(&arrivals) }));
            }
        });
        server
    }

    /// Answers every request with the same bytes and keeps the connection.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |mut conn| {
            let answer = Arc::clone(&answer);
            async move {
                while conn.request().await.is_some() {
                    conn.send(&*answer).await;
                }
            }
        })
        .await
    }

    /// Answers the first request on each connection, and closes it.
    pub(crate) async fn closing_after(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |mut conn| {
            let answer = Arc::clone(&answer);
            async move {
                conn.request().await;
                conn.send(&*answer).await;
            }
        })
        .await
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// The requests in order, with the host's address replaced.
    pub(crate) fn arrivals(&self) -> Vec<String> {
        let host = self.url.replace("http://", "");
        self.arrivals.lock().unwrap().iter().map(|(_, request)| request.replace(&host, "HOST")).collect()
    }

    /// The connection on which each request came.
    pub(crate) fn connections(&self) -> Vec<usize> {
        self.arrivals.lock().unwrap().iter().map(|(number, _)| *number).collect()
    }
}

impl Conn {
    /// The next whole request, recorded. Nothing when the client is done or stops in between.
    pub(crate) async fn request(&mut self) -> Option<String> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if self.stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let whole = end + length.map_or(0, |length| length.parse::<usize>().unwrap());
        while bytes.len() < whole {
            if self.stream.read_buf(&mut bytes).await.ok()? == 0 {
                return None;
            }
        }
        let request = String::from_utf8(bytes).unwrap();
        self.arrivals.lock().unwrap().push((self.number, request.clone()));
        Some(request)
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        // A client that has had enough is no failure of the server.
        let _ = self.stream.write_all(bytes.as_ref()).await;
        let _ = self.stream.flush().await;
    }

    /// Resolves when the client closes the connection.
    pub(crate) async fn closed(&mut self) {
        let mut bytes = Vec::new();
        while self.stream.read_buf(&mut bytes).await.is_ok_and(|size| size > 0) {}
    }
}

/// An answer with a length.
pub(crate) fn answer(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut answer = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(5), future).await.expect("it did not happen")
}
