//! A test server on a raw socket: it records requests and sends scripted bytes.

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};

/// The timeout of reads and writes, so that no thread stays behind.
const IO_TIMEOUT: Duration = Duration::from_secs(30);

/// A server on a free loopback port. It uses one thread for each connection and no runtime. It stops when it is
/// dropped.
///
/// ```
/// use std::io::{Read, Write};
/// use wp_http::conformance::Server;
///
/// let server = Server::start(|mut conn| {
///     conn.request();
///     conn.send("HTTP/1.1 204 No Content\r\n\r\n");
/// })?;
/// let mut client = std::net::TcpStream::connect(server.address())?;
/// client.write_all(b"GET / HTTP/1.1\r\n\r\n")?;
/// client.read_to_string(&mut String::new())?;
/// assert_eq!(server.arrivals(), ["GET / HTTP/1.1\r\n\r\n"]);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Reserves the port of a server that refuses connections.
    _bound: Option<Socket>,
}

#[derive(Default)]
struct Shared {
    arrivals: Mutex<Vec<(usize, Vec<u8>)>>,
    /// The wakers of tasks that wait for the next request.
    watchers: Mutex<Vec<Waker>>,
    connections: AtomicUsize,
    ended: AtomicBool,
    /// The open connections, which are closed with the server.
    open: Mutex<Vec<(usize, TcpStream)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Calls `serve` for each connection, on its own thread. The connection is closed when `serve` returns.
    ///
    /// # Errors
    /// If there is no free port, or the thread cannot be started.
    pub fn start(serve: impl Fn(Conn) + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        // The default backlog of 128 is too small for tests with many connections at once.
        SockRef::from(&listener).listen(4096)?;
        let address = listener.local_addr()?;
        let shared = Arc::<Shared>::default();
        let (server, serve) = (Self { address, shared: Arc::clone(&shared), _bound: None }, Arc::new(serve));
        thread::Builder::new().name("server".to_owned()).spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if shared.ended.load(SeqCst) {
                    return;
                }
                let number = shared.connections.fetch_add(1, SeqCst) + 1;
                let Ok(conn) = Conn::new(stream, number, Arc::clone(&shared)) else { continue };
                let serve = Arc::clone(&serve);
                // If no thread can be started, the connection is closed, and the client reports it.
                _ = thread::Builder::new().spawn(move || serve(conn));
            }
        })?;
        Ok(server)
    }

    /// Refuses every connection: nothing listens on the port, which stays reserved until this is dropped.
    ///
    /// # Errors
    /// If there is no free port.
    pub fn refusing() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { address, shared: Arc::default(), _bound: Some(socket) })
    }

    /// Responds to every request with the same bytes and keeps the connection open.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn responding(response: impl Into<Vec<u8>>) -> io::Result<Self> {
        let response = response.into();
        Self::start(move |mut conn| {
            while conn.request().is_some() {
                conn.send(&response);
            }
        })
    }

    /// Responds to the first request on each connection, then closes the connection.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn closing_after(response: impl Into<Vec<u8>>) -> io::Result<Self> {
        let response = response.into();
        Self::start(move |mut conn| {
            conn.request();
            conn.send(&response);
        })
    }

    /// The address of the server.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The URL of a path.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The complete requests so far, in order, as text. The address of the server is replaced by `HOST`.
    pub fn arrivals(&self) -> Vec<String> {
        let host = self.address.to_string();
        let arrivals = lock(&self.shared.arrivals);
        arrivals.iter().map(|(_, request)| String::from_utf8_lossy(request).replace(&host, "HOST")).collect()
    }

    /// Waits until this many complete requests have arrived.
    pub async fn arrived(&self, requests: usize) {
        poll_fn(|cx| {
            lock(&self.shared.watchers).push(cx.waker().clone());
            let count = lock(&self.shared.arrivals).len();
            if count >= requests { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The number of the connection of each request, counted from 1.
    pub fn arrived_on(&self) -> Vec<usize> {
        lock(&self.shared.arrivals).iter().map(|(number, _)| *number).collect()
    }

    /// The number of connections so far.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// The number of connections that the server has not closed.
    pub fn open(&self) -> usize {
        lock(&self.shared.open).len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, SeqCst);
        for (_, stream) in lock(&self.shared.open).drain(..) {
            _ = stream.shutdown(Shutdown::Both);
        }
        // Wakes the thread that accepts connections.
        _ = TcpStream::connect(self.address);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// One connection of a [`Server`]. It is closed when it is dropped.
pub struct Conn {
    /// The connection itself.
    pub stream: TcpStream,
    number: usize,
    /// Bytes that were read and not yet consumed.
    buffered: Vec<u8>,
    shared: Arc<Shared>,
}

impl Conn {
    fn new(stream: TcpStream, number: usize, shared: Arc<Shared>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(IO_TIMEOUT))?;
        stream.set_write_timeout(Some(IO_TIMEOUT))?;
        lock(&shared.open).push((number, stream.try_clone()?));
        Ok(Self { stream, number, buffered: Vec::new(), shared })
    }

    /// The number of this connection, counted from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Reads and records the next request. Returns `None` if the client closes the connection before its end.
    pub fn request(&mut self) -> Option<Vec<u8>> {
        let mut request = self.head()?;
        let length = String::from_utf8_lossy(&request)
            .to_ascii_lowercase()
            .lines()
            .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let body = self.read(length.unwrap_or(0))?;
        request.extend_from_slice(&body);
        lock(&self.shared.arrivals).push((self.number, request.clone()));
        let watchers = std::mem::take(&mut *lock(&self.shared.watchers));
        watchers.into_iter().for_each(Waker::wake);
        Some(request)
    }

    /// Reads the head of the next request, up to and including the empty line. It is not recorded.
    pub fn head(&mut self) -> Option<Vec<u8>> {
        let mut searched = 0_usize;
        loop {
            let from = searched.saturating_sub(3);
            if let Some(at) = self.buffered[from..].windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.buffered.split_off(from + at + 4);
                return Some(std::mem::replace(&mut self.buffered, rest));
            }
            searched = self.buffered.len();
            self.more()?;
        }
    }

    /// Reads this many bytes. Returns `None` if the client closes the connection earlier.
    pub fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.buffered.len() < length {
            self.more()?;
        }
        let rest = self.buffered.split_off(length);
        Some(std::mem::replace(&mut self.buffered, rest))
    }

    fn more(&mut self) -> Option<()> {
        let mut piece = [0; 16 << 10];
        let size = self.stream.read(&mut piece).ok().filter(|&size| size > 0)?;
        self.buffered.extend_from_slice(&piece[..size]);
        Some(())
    }

    /// Sends bytes. Returns whether they could be sent: a client may close the connection early.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Waits until the client closes the connection. Returns whether it did within 30 s after the last byte.
    pub fn closed(&mut self) -> bool {
        let mut piece = [0; 16 << 10];
        loop {
            match self.stream.read(&mut piece) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(error) => {
                    return !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                }
            }
        }
    }

    /// Closes the connection with a TCP reset.
    pub fn reset(self) {
        _ = SockRef::from(&self.stream).set_linger(Some(Duration::ZERO));
    }
}

impl Drop for Conn {
    fn drop(&mut self) {
        lock(&self.shared.open).retain(|(number, _)| *number != self.number);
    }
}

impl fmt::Debug for Conn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conn").field("number", &self.number).finish_non_exhaustive()
    }
}

/// A response with `Content-Length`: `response("200 OK\r\nx-a: b", "[]")`.
pub fn response(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut response = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}
