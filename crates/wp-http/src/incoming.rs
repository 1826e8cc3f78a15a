//! The response body of a stack: timeout, decompression and size limit in one wrapper.

use std::task::{Context, Poll, ready};

use bytes::Bytes;
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
    /// What is unpacked; or an error in its place.
    Other(Body),
}

impl Incoming {
    /// A body of at most `limit` bytes, which may be packed as it is claimed.
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

    pub(crate) fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        let piece = loop {
            match &mut self.body {
                Arriving::Timed(timed) => break ready!(timed.poll_piece(cx)),
                Arriving::Other(body) => break ready!(body.poll_piece(cx)),
                #[cfg(feature = "gzip")]
                Arriving::Unknown(timed, claims) => {
                    let first = ready!(timed.poll_piece(cx));
                    let is_plain = match &first {
                        Some(Ok(piece)) => is_surely_plain(piece, claims),
                        Some(Err(_)) => true,
                        None => claims.codings.is_empty(),
                    };
                    let Arriving::Unknown(timed, claims) =
                        std::mem::replace(&mut self.body, Arriving::Other(Body::empty()))
                    else {
                        break first;
                    };
                    if is_plain {
                        self.body = Arriving::Timed(timed);
                        break first;
                    }
                    self.body = Arriving::Other(unpack(resumed(first, timed), claims));
                }
            }
        };
        let size = piece.as_ref().and_then(|piece| piece.as_ref().ok()).map_or(0, Bytes::len);
        if let Err(error) = self.allowance.take(size) {
            // Release the connection: the rest is not read.
            self.body = Arriving::Other(Body::empty());
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(piece)
    }
}

/// A body whose first piece was already read.
#[cfg(feature = "gzip")]
fn resumed(first: Option<Result<Bytes, TransportError>>, mut timed: Timed) -> Body {
    let mut first = Some(first);
    Body::received(pieces(move |cx| match first.take() {
        Some(first) => Poll::Ready(first),
        None => timed.poll_piece(cx),
    }))
}
