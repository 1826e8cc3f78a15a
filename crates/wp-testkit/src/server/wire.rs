//! The site's own sockets. They send each response when the test allows it.
//!
//! The mocks are on a wiremock server behind these sockets, which cannot hold or cut off a response and closes
//! its own sockets some time after it was dropped.

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

use crate::state::{
    SharedState,
    holds::{Fate, Latch},
};

/// The ports that sites of this process used. None is reused: late requests to an old site must not reach a new
/// one.
static PORTS: Mutex<Option<HashSet<u16>>> = Mutex::new(None);

/// A listener on a free local port.
///
/// # Panics
/// If there is no free port.
pub(crate) fn listen() -> StdListener {
    let mut used = PORTS.lock().unwrap_or_else(PoisonError::into_inner);
    let used = used.get_or_insert_default();
    // Kept open, so that the system does not offer these ports again.
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

/// Serves until it is dropped; then its port and all connections are closed.
#[derive(Debug)]
pub(crate) struct Wire {
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    /// # Panics
    /// If the system cannot start a thread or create the sockets.
    pub(crate) fn open(listener: StdListener, mocks: SocketAddr, site: SharedState) -> Self {
        let (stop, stopped) = oneshot::channel::<Infallible>();
        let run = move || {
            let runtime = runtime::Builder::new_current_thread().enable_io().build()?;
            listener.set_nonblocking(true)?;
            let guard = runtime.enter();
            let listener = TcpListener::from_std(listener)?;
            drop(guard);
            runtime.spawn(accept(listener, mocks, site));
            // Nothing is sent: dropping the other end is the signal.
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
            // The runtime is dropped with its thread, and the sockets with the runtime.
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, mocks: SocketAddr, site: SharedState) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => drop(tokio::spawn(converse(stream, mocks, site.clone()))),
            // Out of file descriptors: others must be closed first.
            Err(_) => tokio::task::yield_now().await,
        }
    }
}

/// Serves the requests of one connection in order, over one connection to the mocks.
async fn converse(stream: TcpStream, mocks: SocketAddr, site: SharedState) {
    let _ = stream.set_nodelay(true);
    let behind = Arc::new(AsyncMutex::new(None));
    let service = service_fn(move |request| {
        let (behind, site) = (behind.clone(), site.clone());
        async move { exchange(&mut *behind.lock().await, mocks, request, &site).await }
    });
    // Errors on the client's connection are ignored.
    let _ = server::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// Forwards a request to the mocks. An error closes the connection without a response.
async fn exchange(
    behind: &mut Option<SendRequest<Incoming>>,
    mocks: SocketAddr,
    mut request: Request<Incoming>,
    site: &SharedState,
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
    let fate = head.headers.remove(Fate::HEADER);
    match fate.as_ref().map(HeaderValue::as_bytes).and_then(Fate::read) {
        None => {}
        Some(Fate::Lost) => return Err(io::Error::other("the test wants this response to be lost")),
        Some(Fate::Held(id)) => {
            let latch: Option<Arc<Latch>> = site.lock().holds.latch(id);
            if let Some(latch) = latch {
                latch.pass().await;
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
