//! Bodies that move, in both directions.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::BodyExt;
use wp_core::{Body, pieces};

use super::rules;
use crate::conformance::probe::{Probe, drop_on_arrival, get, request, same, server, told};
use crate::conformance::{Checked, PATIENCE, response};

rules! {
    "hands on a response as it arrives" => down,
    "holds back a server whose response nobody reads" => held_back,
    "sends a body as it is produced" => up,
    "lets go of a body when its request is dropped" => let_go,
    "takes a large response whole" => large_down,
    "sends a large body whole" => large_up,
    "takes a response that comes before the body is sent" => early,
}

const LARGE: usize = 8 << 20;

/// Bytes that are not the same after a piece was lost, doubled or moved.
fn large() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        (0..LARGE).map(|at| u8::try_from((at ^ (at >> 8) ^ (at >> 16)) & 0xff).unwrap_or_default()).collect()
    })
}

async fn down(probe: Probe) -> Checked {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = server(move |mut conn| {
        conn.request();
        conn.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
        let wait: &Receiver<()> = &wait.lock().unwrap_or_else(PoisonError::into_inner);
        _ = wait.recv_timeout(PATIENCE);
        conn.send("3\r\ntwo\r\n0\r\n\r\n");
    })?;
    let mut response = probe.send(get(server.url())).await?;
    let mut all = Vec::new();
    for piece in ["one", "onetwo"] {
        while all.len() < piece.len() {
            let Some(frame) = response.body_mut().frame().await else {
                return Err("the body ended".to_owned());
            };
            all.extend_from_slice(&frame.map_err(|error| told(&error))?.into_data().unwrap_or_default());
        }
        same("the body so far", &String::from_utf8_lossy(&all).into_owned(), &piece.to_owned())?;
        _ = go.send(());
    }
    Ok(())
}

async fn held_back(probe: Probe) -> Checked {
    // More than what the buffers of this machine take.
    const ALL: usize = 64 << 20;
    let sent = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&sent);
    let server = server(move |mut conn| {
        conn.request();
        conn.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {ALL}\r\n\r\n"));
        let piece = vec![b' '; 64 << 10];
        while count.load(SeqCst) < ALL && conn.send(&piece) {
            count.fetch_add(piece.len(), SeqCst);
        }
    })?;
    let mut response = probe.send(get(server.url())).await?;
    let frame = response.body_mut().frame().await.ok_or("the body ended")?;
    frame.map_err(|error| told(&error))?;
    probe.clock.sleep(Duration::from_millis(300)).await;
    let sent = sent.load(SeqCst);
    if sent < ALL / 2 { Ok(()) } else { Err(format!("{sent} of {ALL} bytes went somewhere")) }
}

#[derive(Default)]
struct Gate {
    open: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Gate {
    fn is_waited_for(&self) -> bool {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn open(&self) {
        self.open.store(true, SeqCst);
        if let Some(waker) = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }
}

/// A body of two pieces, of which the second is there when the gate is open.
fn halves(gate: Arc<Gate>) -> Body {
    let mut left = 2;
    let halves = pieces(move |cx| {
        if left == 1 {
            *gate.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
            if !gate.open.load(SeqCst) {
                return Poll::Pending;
            }
        }
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        Poll::Ready(Some(Ok(Bytes::from_static(b"half"))))
    });
    Body::stream(halves, 8)
}

async fn up(probe: Probe) -> Checked {
    let gate = Arc::<Gate>::default();
    let opener = Arc::clone(&gate);
    let server = server(move |mut conn| {
        conn.head();
        let first = conn.read(4);
        opener.open();
        let second = conn.read(4);
        let good = first.as_deref() == Some(b"half") && second.as_deref() == Some(b"half");
        conn.send(response(if good { "200 OK" } else { "400 Bad" }, ""));
    })?;
    let whole = probe.whole(request(Method::POST, server.url(), halves(gate))).await?;
    same("the status", &whole.head.status.as_u16(), &200)
}

/// With the file that it reads.
async fn let_go(probe: Probe) -> Checked {
    let gate = Arc::<Gate>::default();
    let server = server(|mut conn| {
        conn.head();
        conn.closed();
    })?;
    let body = halves(Arc::clone(&gate));
    let exchange = probe.transport.send(request(Method::PUT, server.url(), body));
    drop_on_arrival(exchange, probe.until("half of the body goes", || gate.is_waited_for())).await?;
    probe.until("the body goes", || Arc::strong_count(&gate) == 1).await
}

async fn large_down(probe: Probe) -> Checked {
    let server = server(|mut conn| {
        conn.request();
        conn.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
        for piece in large().chunks(10_007) {
            conn.send(format!("{:x}\r\n", piece.len()));
            conn.send(piece);
            conn.send("\r\n");
        }
        conn.send("0\r\n\r\n");
    })?;
    let whole = probe.whole(get(server.url())).await?;
    same("the size", &whole.body.len(), &LARGE)?;
    same("the bytes are the same", &(whole.body == large()), &true)
}

async fn large_up(probe: Probe) -> Checked {
    let server = server(|mut conn| {
        conn.head();
        let good = conn.read(LARGE).is_some_and(|body| body == large());
        conn.send(response(if good { "200 OK" } else { "400 Bad" }, ""));
    })?;
    let mut chunks = large().chunks(10_007).map(Bytes::from_static);
    let body = Body::stream(pieces(move |_| Poll::Ready(chunks.next().map(Ok))), LARGE as u64);
    let whole = probe.whole(request(Method::POST, server.url(), body)).await?;
    same("the status", &whole.head.status.as_u16(), &200)
}

async fn early(probe: Probe) -> Checked {
    let server = server(|mut conn| {
        conn.head();
        conn.send(response("413 Too Large\r\nconnection: close", "no"));
        // Reading on, as servers do, so that no reset takes the response along.
        conn.closed();
    })?;
    let whole = probe.whole(request(Method::POST, server.url(), Bytes::from_static(large()))).await?;
    same("the status", &whole.head.status.as_u16(), &413)
}
