//! A server that is a socket: it records what arrives and says what it is told.

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

/// How long a connection waits for its client before it gives it up, so that no thread stays.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a free port of this machine that is a socket and nothing else, with a thread a connection and no
/// runtime. It ends when it is dropped.
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
    /// Keeps the address from everybody else, where nobody listens at it.
    _bound: Option<Socket>,
}

#[derive(Default)]
struct Shared {
    arrivals: Mutex<Vec<(usize, Vec<u8>)>>,
    /// Who waits for the next one.
    watchers: Mutex<Vec<Waker>>,
    connections: AtomicUsize,
    ended: AtomicBool,
    /// Those that are open, to be ended with the server.
    open: Mutex<Vec<(usize, TcpStream)>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Server {
    /// Hands each connection to `serve`, on a thread of its own; it is closed when that ends.
    ///
    /// # Errors
    /// There is no free port, or no thread.
    pub fn start(serve: impl Fn(Conn) + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        // The queue of std has 128 places, which a storm overruns.
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
                // Without a thread for it the connection closes, and its client says so.
                _ = thread::Builder::new().spawn(move || serve(conn));
            }
        })?;
        Ok(server)
    }

    /// Refuses every connection: nobody listens at the address, and nobody else gets it as long as this lives.
    ///
    /// # Errors
    /// There is no free port.
    pub fn refusing() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { address, shared: Arc::default(), _bound: Some(socket) })
    }

    /// Responds to every request with the same bytes and keeps the connection.
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

    /// Responds to the first request on each connection, and closes it.
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

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:port`
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same with a path behind it.
    pub fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The whole requests in order, as text, with its own address replaced by `HOST`.
    pub fn arrivals(&self) -> Vec<String> {
        let host = self.address.to_string();
        let arrivals = lock(&self.shared.arrivals);
        arrivals.iter().map(|(_, request)| String::from_utf8_lossy(request).replace(&host, "HOST")).collect()
    }

    /// Waits until so many whole requests have arrived.
    pub async fn arrived(&self, requests: usize) {
        poll_fn(|cx| {
            lock(&self.shared.watchers).push(cx.waker().clone());
            let count = lock(&self.shared.arrivals).len();
            if count >= requests { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The connection on which each request came, counted from 1.
    pub fn arrived_on(&self) -> Vec<usize> {
        lock(&self.shared.arrivals).iter().map(|(number, _)| *number).collect()
    }

    /// How many connections were made.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(SeqCst)
    }

    /// How many connections are open on this side.
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
        // Wakes the thread that accepts.
        _ = TcpStream::connect(self.address);
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

/// One connection of a [`Server`]: it is closed when it is dropped.
pub struct Conn {
    /// The connection itself.
    pub stream: TcpStream,
    number: usize,
    /// What came with the last request and belongs to the next.
    begun: Vec<u8>,
    shared: Arc<Shared>,
}

impl Conn {
    fn new(stream: TcpStream, number: usize, shared: Arc<Shared>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        lock(&shared.open).push((number, stream.try_clone()?));
        Ok(Self { stream, number, begun: Vec::new(), shared })
    }

    /// Which connection of the server this is, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The next whole request, recorded. `None` when the client is done, or stops in between.
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

    /// The head of the next request, to the empty line, not recorded.
    pub fn head(&mut self) -> Option<Vec<u8>> {
        let mut searched = 0_usize;
        loop {
            let from = searched.saturating_sub(3);
            if let Some(at) = self.begun[from..].windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.begun.split_off(from + at + 4);
                return Some(std::mem::replace(&mut self.begun, rest));
            }
            searched = self.begun.len();
            self.more()?;
        }
    }

    /// The next so many bytes.
    pub fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.begun.len() < length {
            self.more()?;
        }
        let rest = self.begun.split_off(length);
        Some(std::mem::replace(&mut self.begun, rest))
    }

    fn more(&mut self) -> Option<()> {
        let mut piece = [0; 16 << 10];
        let size = self.stream.read(&mut piece).ok().filter(|&size| size > 0)?;
        self.begun.extend_from_slice(&piece[..size]);
        Some(())
    }

    /// Sends bytes, and says whether they could be sent: a client that has had enough is no failure of the
    /// server.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Waits until the client closes the connection, and says whether it did within half a minute.
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

    /// Ends the connection with a reset in place of an orderly end.
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

/// A response with a length: `response("200 OK\r\nx-a: b", "[]")`.
pub fn response(head: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut response = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
    response.extend_from_slice(body);
    response
}
