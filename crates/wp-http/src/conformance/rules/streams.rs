//! Rules about streaming bodies in both directions.

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
use crate::conformance::probe::{Probe, drop_on_arrival, get, request, same, server, with_causes};
use crate::conformance::{Checked, RULE_TIMEOUT, response};

rules! {
    "streams a response as it arrives" => download,
    "does not buffer a response that is not read" => backpressure,
    "streams a request body as it is produced" => upload,
    "drops a body when its request is dropped" => dropped_body,
    "reads a large response completely" => large_download,
    "sends a large body completely" => large_upload,
    "returns a response that arrives before the body is sent" => early,
}

const LARGE: usize = 8 << 20;

/// Bytes that differ if a piece is lost, duplicated or moved.
fn large() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        (0..LARGE).map(|at| u8::try_from((at ^ (at >> 8) ^ (at >> 16)) & 0xff).unwrap_or_default()).collect()
    })
}

async fn download(probe: Probe) -> Checked {
    let (go, wait) = channel::<()>();
    let wait = Mutex::new(wait);
    let server = server(move |mut conn| {
        conn.request();
        conn.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
        let wait: &Receiver<()> = &wait.lock().unwrap_or_else(PoisonError::into_inner);
        _ = wait.recv_timeout(RULE_TIMEOUT);
        conn.send("3\r\ntwo\r\n0\r\n\r\n");
    })?;
    let mut response = probe.send(get(server.url())).await?;
    let mut all = Vec::new();
    for piece in ["one", "onetwo"] {
        while all.len() < piece.len() {
            let Some(frame) = response.body_mut().frame().await else {
                return Err("the body ended".to_owned());
            };
            all.extend_from_slice(
                &frame.map_err(|error| with_causes(&error))?.into_data().unwrap_or_default(),
            );
        }
        same("the body so far", &String::from_utf8_lossy(&all).into_owned(), &piece.to_owned())?;
        _ = go.send(());
    }
    Ok(())
}

async fn backpressure(probe: Probe) -> Checked {
    // More than the socket buffers hold.
    const TOTAL: usize = 64 << 20;
    let sent = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&sent);
    let server = server(move |mut conn| {
        conn.request();
        conn.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {TOTAL}\r\n\r\n"));
        let piece = vec![b' '; 64 << 10];
        while count.load(SeqCst) < TOTAL && conn.send(&piece) {
            count.fetch_add(piece.len(), SeqCst);
        }
    })?;
    let mut response = probe.send(get(server.url())).await?;
    let frame = response.body_mut().frame().await.ok_or("the body ended")?;
    frame.map_err(|error| with_causes(&error))?;
    probe.clock.sleep(Duration::from_millis(300)).await;
    let sent = sent.load(SeqCst);
    if sent < TOTAL / 2 { Ok(()) } else { Err(format!("{sent} of {TOTAL} bytes were taken from the server")) }
}

#[derive(Default)]
struct Pause {
    ended: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Pause {
    fn is_reached(&self) -> bool {
        self.waker.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn end(&self) {
        self.ended.store(true, SeqCst);
        if let Some(waker) = self.waker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            waker.wake();
        }
    }
}

/// A body of two pieces. The second is produced when the pause has ended.
fn halves(pause: Arc<Pause>) -> Body {
    let mut left = 2;
    let halves = pieces(move |cx| {
        if left == 1 {
            *pause.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(cx.waker().clone());
            if !pause.ended.load(SeqCst) {
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

async fn upload(probe: Probe) -> Checked {
    let pause = Arc::<Pause>::default();
    let ender = Arc::clone(&pause);
    let server = server(move |mut conn| {
        conn.head();
        let first = conn.read(4);
        ender.end();
        let second = conn.read(4);
        let good = first.as_deref() == Some(b"half") && second.as_deref() == Some(b"half");
        conn.send(response(if good { "200 OK" } else { "400 Bad" }, ""));
    })?;
    let whole = probe.whole(request(Method::POST, server.url(), halves(pause))).await?;
    same("the status", &whole.head.status.as_u16(), &200)
}

/// Otherwise the file that the body reads would stay open.
async fn dropped_body(probe: Probe) -> Checked {
    let pause = Arc::<Pause>::default();
    let server = server(|mut conn| {
        conn.head();
        conn.closed();
    })?;
    let body = halves(Arc::clone(&pause));
    let exchange = probe.transport.send(request(Method::PUT, server.url(), body));
    drop_on_arrival(
        exchange,
        probe.until("the transport reads the second half of the body", || pause.is_reached()),
    )
    .await?;
    probe.until("the body is dropped", || Arc::strong_count(&pause) == 1).await
}

async fn large_download(probe: Probe) -> Checked {
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

async fn large_upload(probe: Probe) -> Checked {
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
        // Keeps reading, as servers do: a reset could discard the response.
        conn.closed();
    })?;
    let whole = probe.whole(request(Method::POST, server.url(), Bytes::from_static(large()))).await?;
    same("the status", &whole.head.status.as_u16(), &413)
}
