//! The response body of a stack: timeout, decompression and size limit in one wrapper.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
#[cfg(feature = "gzip")]
use wp_core::pieces;
use wp_core::{Body, TransportError};

use crate::body_cap::Allowance;
use crate::timeout::Timed;
#[cfg(feature = "gzip")]
use crate::unpack::{Claims, is_surely_plain, unpack};

/// Without the feature `gzip` there are none.
#[cfg(not(feature = "gzip"))]
type Claims = std::convert::Infallible;

/// The most bytes that are reserved because a server announces them. It is more than a page of posts takes.
const MAX_RESERVED: u64 = 1 << 20;

type Piece = Option<Result<Bytes, TransportError>>;

/// A response body with timeout, decompression (if its first piece shows that it is compressed) and size limit.
pub(crate) struct Incoming {
    body: Arriving,
    allowance: Allowance,
}

enum Arriving {
    /// The body from the transport.
    Timed(Timed),
    /// Before the first piece, which shows whether the body is compressed.
    #[cfg(feature = "gzip")]
    Unknown(Timed, Claims),
    /// The decoded body, or an error in its place.
    Other(Body),
}

impl Incoming {
    /// A body of at most `limit` decompressed bytes. `claims`: how its headers say that it is compressed.
    pub(crate) fn new(timed: Timed, claims: Option<Claims>, limit: u64) -> Self {
        let body = match claims {
            None => Arriving::Timed(timed),
            #[cfg(feature = "gzip")]
            Some(claims) => Arriving::Unknown(timed, claims),
            #[cfg(not(feature = "gzip"))]
            Some(never) => match never {},
        };
        Self { body, allowance: Allowance::new(limit) }
    }

    /// Reads the body to its end. `length` is its length if the server announces one.
    pub(crate) async fn collect(&mut self, length: Option<u64>) -> Result<Bytes, TransportError> {
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        // Most responses arrive as one piece, which needs no copy.
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let length = length.unwrap_or_default().min(MAX_RESERVED);
        let received = first.len() + second.len();
        let mut all = BytesMut::with_capacity(usize::try_from(length).unwrap_or_default().max(received));
        all.extend_from_slice(&first);
        all.extend_from_slice(&second);
        drop((first, second));
        while let Some(piece) = self.next().await.transpose()? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }

    async fn next(&mut self) -> Piece {
        poll_fn(|cx| self.poll_piece(cx)).await
    }

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        #[cfg(feature = "gzip")]
        let piece = match ready!(self.poll_first(cx)) {
            Some(first) => first,
            None => ready!(self.poll_known(cx)),
        };
        #[cfg(not(feature = "gzip"))]
        let piece = ready!(self.poll_known(cx));
        let size = piece.as_ref().and_then(|piece| piece.as_ref().ok()).map_or(0, Bytes::len);
        if let Err(error) = self.allowance.take(size) {
            // Release the connection: the rest is not read.
            self.body = Arriving::Other(Body::empty());
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(piece)
    }

    fn poll_known(&mut self, cx: &mut Context<'_>) -> Poll<Piece> {
        match &mut self.body {
            Arriving::Timed(timed) => timed.poll_piece(cx),
            Arriving::Other(body) => body.poll_piece(cx),
            #[cfg(feature = "gzip")]
            Arriving::Unknown(timed, _) => timed.poll_piece(cx),
        }
    }

    /// Reads the first piece, which shows what the body is, and returns it if it is not compressed.
    #[cfg(feature = "gzip")]
    fn poll_first(&mut self, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        let Arriving::Unknown(timed, claims) = &mut self.body else { return Poll::Ready(None) };
        let first = ready!(timed.poll_piece(cx));
        let is_plain = match &first {
            Some(Ok(piece)) => is_surely_plain(piece, claims),
            Some(Err(_)) => true,
            None => claims.codings.is_empty(),
        };
        let unknown = std::mem::replace(&mut self.body, Arriving::Other(Body::empty()));
        let Arriving::Unknown(timed, claims) = unknown else { return Poll::Ready(None) };
        if is_plain {
            self.body = Arriving::Timed(timed);
            return Poll::Ready(Some(first));
        }
        self.body = Arriving::Other(unpack(resumed(first, timed), claims));
        Poll::Ready(None)
    }
}

/// A body whose first piece was already read.
#[cfg(feature = "gzip")]
fn resumed(first: Piece, mut timed: Timed) -> Body {
    let mut first = Some(first);
    Body::received(pieces(move |cx| match first.take() {
        Some(first) => Poll::Ready(first),
        None => timed.poll_piece(cx),
    }))
}
