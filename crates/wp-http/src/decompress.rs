//! Compressed answers.

use std::fmt;
use std::future::Future;
use std::io::{self, BufRead, Read};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use http::{HeaderMap, HeaderValue, Request, Response};
use wp_core::{Body, Transport, TransportError, TransportErrorKind, pieces};

/// The largest piece that is unpacked at once, so that whoever limits the body is asked often.
const PIECE: usize = 16 << 10;

/// Asks for gzip and unpacks the answer as it is read.
///
/// A request that has an `accept-encoding` or a `range` of its own is left alone, and so is its answer.
/// A body that is not the gzip that it claims to be ends in [`TransportErrorKind::Encoding`].
pub struct Decompress<T>(T);

impl<T> Decompress<T> {
    /// Unpacks the answers of `inner`.
    pub fn new(inner: T) -> Self {
        Self(inner)
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Decompress<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        around(request, |request| self.0.send(request)).await
    }
}

impl<T> fmt::Debug for Decompress<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Decompress")
    }
}

pub(crate) async fn around<F>(
    mut request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let headers = request.headers_mut();
    if headers.contains_key(ACCEPT_ENCODING) || headers.contains_key(RANGE) {
        return next(request).await;
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    let mut answer = next(request).await?;
    if !is_gzip(answer.headers()) {
        return Ok(answer);
    }
    answer.headers_mut().remove(CONTENT_ENCODING);
    answer.headers_mut().remove(CONTENT_LENGTH);
    Ok(answer.map(|body| {
        let mut unpacked = Unpacked::new(body);
        Body::received(pieces(move |cx| unpacked.poll_piece(cx)))
    }))
}

fn is_gzip(headers: &HeaderMap) -> bool {
    let encoding = headers.get(CONTENT_ENCODING).map_or(&b""[..], |value| value.as_bytes().trim_ascii());
    encoding.eq_ignore_ascii_case(b"gzip") || encoding.eq_ignore_ascii_case(b"x-gzip")
}

struct Unpacked {
    packed: Body,
    decoder: MultiGzDecoder<Input>,
    piece: Box<[u8]>,
    begun: bool,
    ended: bool,
}

impl Unpacked {
    fn new(packed: Body) -> Self {
        let decoder = MultiGzDecoder::new(Input::default());
        Self { packed, decoder, piece: vec![0; PIECE].into(), begun: false, ended: false }
    }

    /// The next piece. An ended body stays ended.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let piece = ready!(self.poll(cx));
        self.ended = !matches!(&piece, Ok(piece) if !piece.is_empty());
        Poll::Ready(match piece {
            Ok(_) if self.ended => None,
            piece => Some(piece),
        })
    }

    /// The next piece, nothing at the end.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, TransportError>> {
        loop {
            match self.decoder.read(&mut self.piece) {
                Ok(size) => return Poll::Ready(Ok(Bytes::copy_from_slice(&self.piece[..size]))),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    return Poll::Ready(Err(TransportError::new(TransportErrorKind::Encoding).source(error)));
                }
            }
            match ready!(self.packed.poll_piece(cx)).transpose()? {
                Some(data) => {
                    self.begun |= !data.is_empty();
                    self.decoder.get_mut().bytes = data;
                }
                // The answer to HEAD, a 204 or a 304 says gzip and has no body.
                None if !self.begun => return Poll::Ready(Ok(Bytes::new())),
                None => self.decoder.get_mut().ended = true,
            }
        }
    }
}

/// What has arrived and is not unpacked yet.
#[derive(Default)]
struct Input {
    bytes: Bytes,
    ended: bool,
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes.is_empty() && !self.ended {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(&self.bytes)
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.advance(amount);
    }
}

impl Read for Input {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let size = self.fill_buf()?.read(into)?;
        self.consume(size);
        Ok(size)
    }
}
