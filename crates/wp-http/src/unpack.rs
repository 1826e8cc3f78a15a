//! Unpacking a body as it arrives.

use std::io::{self, BufRead, Read};
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use flate2::bufread::GzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use wp_core::{Body, TransportError, TransportErrorKind, pieces};

use crate::encoding::{Coding, is_plain};

/// The largest piece that is decompressed at once, so that the limit of the body is checked often.
const PIECE_BYTES: usize = 16 << 10;
/// How many first bytes tell a form from another.
const SIGN_BYTES: usize = 8;
/// The largest number of nested compressions.
const MAX_LAYERS: usize = 3;
/// The size limit between two nested compressions. The limit of the body applies only to the innermost content.
const MAX_INNER_BYTES: usize = 16 << 20;
/// How many bytes after the end of the compressed data are read.
const MAX_BEHIND_BYTES: usize = 1 << 20;
/// The largest number of members of a gzip. Each costs a decoder, even if it is empty.
const MAX_MEMBERS: usize = 10_000;

/// How the headers say that a body is compressed.
#[derive(Clone, Default)]
pub(crate) struct Claims {
    /// Innermost first.
    pub(crate) codings: Vec<Coding>,
    /// The body is text or JSON. If it begins like a compressed file, it is compressed, even if no header says so.
    pub(crate) is_text: bool,
}

/// The body without its packing.
pub(crate) fn unpack(body: Body, claims: Claims) -> Body {
    layer(body, claims, MAX_LAYERS)
}

fn layer(body: Body, claims: Claims, layers: usize) -> Body {
    let mut layer = Layer::Unknown { body, seen: Vec::new(), claims, layers };
    Body::received(pieces(move |cx| layer.poll_piece(cx)))
}

/// A layer of packing, or none, which its first bytes tell.
enum Layer {
    Unknown { body: Body, seen: Vec<u8>, claims: Claims, layers: usize },
    Known { first: Bytes, body: Body },
}

impl Layer {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            match self {
                Self::Known { first, body } if first.is_empty() => return body.poll_piece(cx),
                Self::Known { first, .. } => return Poll::Ready(Some(Ok(std::mem::take(first)))),
                Self::Unknown { body, seen, claims, layers } => {
                    let is_over = match ready!(body.poll_piece(cx)) {
                        Some(Ok(piece)) if seen.is_empty() && is_surely_plain(&piece, claims) => {
                            let body = std::mem::replace(body, Body::empty());
                            *self = Self::Known { first: piece, body };
                            continue;
                        }
                        Some(Ok(piece)) => {
                            seen.extend_from_slice(&piece);
                            false
                        }
                        // The bytes before it belong to the body. The next read returns the error again.
                        Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                        None => true,
                    };
                    // The response to HEAD, a 204 or a 304 may say gzip and have no body.
                    if seen.len() < SIGN_BYTES && !is_over {
                        continue;
                    }
                    let (seen, layers) = (Bytes::from(std::mem::take(seen)), *layers);
                    let rest = std::mem::replace(body, Body::empty());
                    let mut claims = std::mem::take(claims);
                    *self = match form(&seen, &mut claims)? {
                        None => Self::Known { first: seen, body: rest },
                        Some(_) if layers == 0 => {
                            return Poll::Ready(Some(Err(bad(format!(
                                "it is compressed more than {MAX_LAYERS} times"
                            )))));
                        }
                        Some(form) => {
                            let limit = if layers == MAX_LAYERS { usize::MAX } else { MAX_INNER_BYTES };
                            let mut inner = Unpacked::new(form, seen, rest, limit);
                            let inner = Body::received(pieces(move |cx| inner.poll_piece(cx)));
                            Self::Known { first: Bytes::new(), body: layer(inner, claims, layers - 1) }
                        }
                    };
                }
            }
        }
    }
}

fn bad(detail: impl Into<std::borrow::Cow<'static, str>>) -> TransportError {
    TransportError::new(TransportErrorKind::Encoding).detail(detail)
}

/// A compression format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Gzip,
    Zlib,
    /// The `deflate` of some servers: zlib without its header.
    Raw,
}

/// The compression format, by the first bytes of the body; `None` if it is not compressed. Removes the innermost coding
/// from `claims`.
///
/// # Errors
/// The headers claim a compression, and the body is neither compressed nor a text.
fn form(seen: &[u8], claims: &mut Claims) -> Result<Option<Form>, TransportError> {
    let claimed = claims.codings.pop();
    if seen.is_empty() || (claimed.is_none() && !claims.is_text) {
        return Ok(None);
    }
    let form = match *seen {
        [0x1f, 0x8b, ..] => Some(Form::Gzip),
        [0x78, 0x01 | 0x9c | 0xda, ..] => Some(Form::Zlib),
        // Without a claim these are text: `x^2`, `HK`.
        [first, second, ..] if claimed.is_some() && is_zlib_header(first, second) => Some(Form::Zlib),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            return Err(bad(
                "it is compressed with `zstd`, which was not requested and cannot be decompressed",
            ));
        }
        _ => None,
    };
    match (form, claimed) {
        (Some(form), _) => Ok(Some(form)),
        (None, None) => Ok(None),
        (None, Some(_)) if is_plain(seen) => {
            claims.codings.clear();
            Ok(None)
        }
        (None, Some(Coding::Deflate)) => Ok(Some(Form::Raw)),
        (None, Some(_)) => Err(bad("it does not begin as gzip does, and is not text")),
    }
}

/// RFC 1950, section 2.2, without a dictionary.
fn is_zlib_header(first: u8, second: u8) -> bool {
    first & 0x0f == 8
        && first >> 4 <= 7
        && second & 0x20 == 0
        && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

/// Whether these first bytes of a text are enough to say that it is not compressed.
pub(crate) fn is_surely_plain(seen: &[u8], claims: &Claims) -> bool {
    claims.codings.is_empty() && seen.first().is_some_and(|first| !matches!(first, 0x1f | 0x28 | 0x78))
}

/// The decoded content of a body.
struct Unpacked {
    packed: Body,
    decoder: Decoder,
    piece: Box<[u8]>,
    /// How many compressed bytes may still come.
    left: usize,
    /// How many bytes came after the compressed data.
    behind: usize,
    is_over: bool,
}

impl Unpacked {
    fn new(form: Form, first: Bytes, packed: Body, limit: usize) -> Self {
        let input = Input { bytes: first, is_over: false };
        let decoder = match form {
            Form::Gzip => Decoder::Gzip { decoder: GzDecoder::new(input), members: 1 },
            Form::Zlib | Form::Raw => {
                Decoder::Deflate { state: Decompress::new(form == Form::Zlib), input, is_over: false }
            }
        };
        Self { packed, decoder, piece: vec![0; PIECE_BYTES].into(), left: limit, behind: 0, is_over: false }
    }

    /// The next piece. A body that is over stays so.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let piece = ready!(self.poll(cx));
        self.is_over = !matches!(&piece, Ok(Some(_)));
        Poll::Ready(piece.transpose())
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, TransportError>> {
        loop {
            match self.decoder.step(&mut self.piece) {
                Ok(Step::Piece(size)) => {
                    return Poll::Ready(Ok(Some(Bytes::copy_from_slice(&self.piece[..size]))));
                }
                Ok(Step::End) => break,
                Ok(Step::NeedsInput) => {}
                Err(error) => {
                    return Poll::Ready(Err(
                        TransportError::new(TransportErrorKind::Encoding).caused_by(error)
                    ));
                }
            }
            match ready!(self.packed.poll_piece(cx)).transpose()? {
                Some(data) => {
                    self.left = match self.left.checked_sub(data.len()) {
                        Some(left) => left,
                        None => return Poll::Ready(Err(TransportError::new(TransportErrorKind::TooLarge))),
                    };
                    self.decoder.input().add(data);
                }
                None => self.decoder.input().is_over = true,
            }
        }
        // Data after the end is skipped. It is read, since only then the connection can be reused.
        while self.behind < MAX_BEHIND_BYTES
            && let Some(data) = ready!(self.packed.poll_piece(cx)).transpose()?
        {
            self.behind += data.len();
        }
        Poll::Ready(Ok(None))
    }
}

/// The result of a step of the decoder.
enum Step {
    /// So many bytes.
    Piece(usize),
    NeedsInput,
    End,
}

enum Decoder {
    Gzip { decoder: GzDecoder<Input>, members: usize },
    Deflate { state: Decompress, input: Input, is_over: bool },
}

impl Decoder {
    fn input(&mut self) -> &mut Input {
        match self {
            Self::Gzip { decoder, .. } => decoder.get_mut(),
            Self::Deflate { input, .. } => input,
        }
    }

    fn step(&mut self, piece: &mut [u8]) -> io::Result<Step> {
        match self {
            Self::Gzip { decoder, members } => step_gzip(decoder, members, piece),
            Self::Deflate { is_over: true, .. } => Ok(Step::End),
            Self::Deflate { state, input, is_over } => {
                let (taken, made) = (state.total_in(), state.total_out());
                let status = state.decompress(&input.bytes, piece, FlushDecompress::None)?;
                let since = |now: u64, then: u64| usize::try_from(now - then).unwrap_or(usize::MAX);
                let (taken, made) = (since(state.total_in(), taken), since(state.total_out(), made));
                input.consume(taken);
                *is_over = status == Status::StreamEnd;
                match (made, *is_over) {
                    (0, true) => Ok(Step::End),
                    (0, false) if input.is_over => Err(io::ErrorKind::UnexpectedEof.into()),
                    (0, false) => Ok(Step::NeedsInput),
                    (made, _) => Ok(Step::Piece(made)),
                }
            }
        }
    }
}

/// One member of gzip after the other.
fn step_gzip(decoder: &mut GzDecoder<Input>, members: &mut usize, piece: &mut [u8]) -> io::Result<Step> {
    loop {
        match decoder.read(piece) {
            Ok(0) => {}
            Ok(size) => return Ok(Step::Piece(size)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Step::NeedsInput),
            Err(error) => return Err(error),
        }
        let input = decoder.get_mut();
        match *input.bytes {
            [0x1f, 0x8b, ..] if *members == MAX_MEMBERS => {
                return Err(io::Error::other("the gzip has too many members"));
            }
            [0x1f, 0x8b, ..] => {
                *members += 1;
                *decoder = GzDecoder::new(std::mem::take(input));
            }
            [] | [0x1f] if !input.is_over => return Ok(Step::NeedsInput),
            _ => return Ok(Step::End),
        }
    }
}

/// The bytes that arrived and are not decoded yet.
#[derive(Default)]
struct Input {
    bytes: Bytes,
    is_over: bool,
}

impl Input {
    fn add(&mut self, data: Bytes) {
        self.bytes = if self.bytes.is_empty() { data } else { [&*self.bytes, &*data].concat().into() };
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.bytes.is_empty() && !self.is_over {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn form_of(seen: &[u8], claimed: &[Coding], is_text: bool) -> Result<Option<Form>, String> {
        form(seen, &mut Claims { codings: claimed.to_vec(), is_text }).map_err(|error| error.to_string())
    }

    #[test]
    fn compression_format_is_detected_by_magic_bytes() {
        let (gzip, deflate) = (&[Coding::Gzip][..], &[Coding::Deflate][..]);
        for (seen, claimed, is_text, expected) in [
            (&b"\x1f\x8b\x08"[..], &[][..], true, Some(Form::Gzip)),
            (b"\x1f\x8b\x08", &[], false, None),
            (b"\x1f\x8b\x08", deflate, false, Some(Form::Gzip)),
            (b"\x78\x9c", &[], true, Some(Form::Zlib)),
            (b"\x78\x5e", gzip, true, Some(Form::Zlib)),
            (b"\x48\x89", deflate, true, Some(Form::Zlib)),
            (b"x^2 + y^2", &[], true, None),
            (b"HKEY", &[], true, None),
            (b"80", &[], true, None),
            (b"{\"a\":1}", gzip, true, None),
            (b"\xef\xbb\xbf[", deflate, true, None),
            (b"\n\n[{\"", gzip, true, None),
            (b"<!DOC", deflate, true, None),
            (b"", gzip, true, None),
            (b"\x8b\x8e\x05\x00", deflate, true, Some(Form::Raw)),
        ] {
            assert_eq!(form_of(seen, claimed, is_text), Ok(expected), "{seen:?} {claimed:?} {is_text}");
        }
        assert!(form_of(b"\x28\xb5\x2f\xfd\x04", gzip, true).unwrap_err().contains("`zstd`"));
        assert!(form_of(b"\x28\xb5\x2f\xfd\x04", &[], true).unwrap_err().contains("`zstd`"));
        assert!(form_of(b"\x0b\x02\x80[]\x03", gzip, true).unwrap_err().contains("not text"));
    }
}
