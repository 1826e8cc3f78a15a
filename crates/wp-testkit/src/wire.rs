//! The site's own sockets: what WordPress made of a request goes out here, when the test lets it.
//!
//! The mocks are in a server of wiremock's behind it, which can neither hold a response nor cut it, and closes its
//! sockets some time after it was dropped.

use std::{
    collections::HashSet,
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener as StdListener},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, Version,
    body::{Bytes, Incoming},
    client::conn::http1::{self as client, SendRequest},
    server::conn::http1 as server,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime,
    sync::{Mutex as AsyncMutex, oneshot},
};
use wiremock::http::HeaderValue;

use crate::{
    hold::{Fate, Gate},
    server::Server,
};

/// What becomes of a response, between WordPress and the socket. It never leaves the machine's memory.
pub(crate) const FATE: &str = "x-stand-in-fate";

/// Ports that a site of this process had. None is taken twice: what still asks the old site must not reach a new one.
static PORTS: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A listener on a free port of this machine.
///
/// # Panics
/// When there is none.
pub(crate) fn listen() -> StdListener {
    let mut used = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let used = used.get_or_insert_default();
    // Kept until the end, so that the system does not offer them again.
    let mut refused = Vec::new();
    loop {
        let bound = StdListener::bind((Ipv4Addr::LOCALHOST, 0))
            .and_then(|listener| Ok((listener.local_addr()?.port(), listener)));
        match bound {
            Ok((port, listener)) if used.insert(port) => return listener,
            Ok((_, listener)) => refused.push(listener),
            Err(error) => panic!("no port for a stand-in: {error}"),
        }
    }
}

/// Serves until it is dropped; afterwards its port is closed, and so is every connection.
#[derive(Debug)]
pub(crate) struct Wire {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    /// # Panics
    /// When the system gives no thread or no sockets to wait for.
    pub(crate) fn open(listener: StdListener, mocks: SocketAddr, site: Server) -> Self {
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let run = move || {
            let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
            listener.set_nonblocking(true)?;
            let guard = runtime.enter();
            let listener = TcpListener::from_std(listener)?;
            drop(guard);
            runtime.spawn(accept(listener, mocks, site));
            // Nothing is sent: the other end is dropped.
            let _ = runtime.block_on(stopped);
            io::Result::Ok(())
        };
        let thread = std::thread::spawn(move || {
            if let Err(error) = run() {
                panic!("a stand-in cannot serve: {error}");
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The runtime goes with its thread, and the sockets with the runtime.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, mocks: SocketAddr, site: Server) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, mocks, site.clone()))),
            // Out of file descriptors: others have to give theirs back first.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// The requests of one connection, one after the other, over one connection to the mocks.
async fn converse(stream: TcpStream, mocks: SocketAddr, site: Server) {
    let _ = stream.set_nodelay(true);
    let behind = Arc::new(AsyncMutex::new(None));
    let service = service_fn(move |request| {
        let (behind, site) = (behind.clone(), site.clone());
        async move { exchange(&mut *behind.lock().await, mocks, request, &site).await }
    });
    // What the client did to its connection is its own business.
    let _ = server::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Asks the mocks. An error closes the connection without a byte of a response.
async fn exchange(
    behind: &mut Option<SendRequest<Incoming>>,
    mocks: SocketAddr,
    mut request: Request<Incoming>,
    site: &Server,
) -> io::Result<Response<Full<Bytes>>> {
    let mut open = behind.take();
    if let Some(sender) = &mut open
        && sender.ready().await.is_err()
    {
        open = None;
    }
    let mut sender = match open {
        Some(sender) => sender,
        None => connect(mocks).await?,
    };
    *request.version_mut() = Version::HTTP_11;
    let response = sender.send_request(request).await.map_err(io::Error::other)?;
    *behind = Some(sender);
    let (mut head, body) = response.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let fate = head.headers.remove(FATE);
    match fate.as_ref().map(HeaderValue::as_bytes).and_then(Fate::read) {
        None => {}
        Some(Fate::Lost) => return Err(io::Error::other("the test wants this response to be lost")),
        Some(Fate::Held(id)) => {
            let gate: Option<Arc<Gate>> = site.state().holds.gate(id);
            if let Some(gate) = gate {
                gate.pass().await;
            }
        }
    }
    Ok(Response::from_parts(head, Full::new(body)))
}

async fn connect(mocks: SocketAddr) -> io::Result<SendRequest<Incoming>> {
    let stream = TcpStream::connect(mocks).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = client::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(connection);
    Ok(sender)
}
