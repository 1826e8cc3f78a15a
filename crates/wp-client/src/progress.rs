//! Progress of a transfer, reported to the caller.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Poll, ready};

use bytes::Bytes;
use futures_util::Stream;
use wp_core::{Body, BoxError, TransportError, TransportErrorKind, pieces};

/// How many bytes of a file in memory are sent at a time, so that there is something to report.
const PIECE: usize = 256 << 10;

/// How much of a file was transferred.
///
/// ```no_run
/// # fn run(jpeg: Vec<u8>) {
/// use wp_client::{MediaFile, Progress};
///
/// let file = MediaFile::new("dune.jpg", "image/jpeg", jpeg)
///     .on_progress(|Progress { bytes, total, .. }| eprintln!("{bytes} of {total:?}"));
/// # drop(file); }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// The bytes so far. In an upload, they were given to the connection, and did not necessarily reach the server. A
    /// transfer that is restarted counts from 0 again.
    pub bytes: u64,
    /// The size of the file in bytes, if it is known.
    pub total: Option<u64>,
}

/// A function that gets the progress.
#[derive(Clone)]
pub(crate) struct Report(Arc<dyn Fn(Progress) + Send + Sync>);

impl Report {
    pub(crate) fn new(report: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(report))
    }

    pub(crate) fn tell(&self, bytes: u64, total: Option<u64>) {
        (self.0)(Progress { bytes, total });
    }

    /// Reports the progress of each transfer of `body`, which stays as it is otherwise: it can be sent again if it could.
    pub(crate) fn watch(self, body: Body) -> Body {
        let Some(total) = body.len() else { return body };
        if body.try_clone().is_none() {
            return self.counted(body, total);
        }
        Body::reopen(total, move || {
            let opened = body.try_clone().map(|body| self.clone().counted(body, total));
            async move { opened.ok_or_else(|| "the file can be read only once".into()) }
        })
    }

    fn counted(self, mut body: Body, total: u64) -> Body {
        let (mut bytes, mut rest) = (0, Bytes::new());
        let next = pieces(move |cx| {
            if rest.is_empty() {
                match ready!(body.poll_piece(cx)).transpose()? {
                    Some(piece) => rest = piece,
                    None => return Poll::Ready(None),
                }
            }
            let piece = rest.split_to(rest.len().min(PIECE));
            bytes += piece.len() as u64;
            self.tell(bytes, Some(total));
            Poll::Ready(Some(Ok(piece)))
        });
        Body::stream(next, total)
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Report")
    }
}

/// A body of exactly `length` bytes from a stream, which can be sent only once.
pub(crate) fn from_stream<E: Into<BoxError> + 'static>(
    stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
    length: u64,
) -> Body {
    let mut stream: Pin<Box<dyn Stream<Item = Result<Bytes, E>> + Send>> = Box::pin(stream);
    let failed = |error: E| TransportError::new(TransportErrorKind::RequestBody).caused_by(error);
    let next =
        pieces(move |cx| stream.as_mut().poll_next(cx).map(|piece| piece.map(|piece| piece.map_err(failed))));
    Body::stream(next, length)
}
