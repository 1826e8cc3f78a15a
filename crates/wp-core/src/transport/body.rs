//! The body of a request or a response.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;

use crate::{TransportError, TransportErrorKind};

/// Any error of a body or of an HTTP stack.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The body of a request or a response: bytes, a stream, or a source that can be reopened.
///
/// The body of a request always has a length, and there is no constructor without one: servers treat a body without a
/// length as zero bytes and report no error (Apache with php-fpm, nginx without request buffering; observed).
/// Only a body that [can be sent again](Self::try_clone) can be retried or replayed.
///
/// `Body` implements [`http_body::Body`]. A stream in it must be `Send`, but need not be `Sync`.
///
/// ```
/// use wp_core::Body;
///
/// // Bytes can be sent again, so a request with them can be retried.
/// let json = Body::from(r#"{"title":"Dunes"}"#);
/// assert_eq!(json.len(), Some(17));
/// assert!(json.try_clone().is_some());
/// ```
#[derive(Default)]
pub struct Body(Kind);

enum Kind {
    Bytes(Bytes),
    Stream(Stream),
    Reopen(Reopen),
}

type AnyBody = UnsyncBoxBody<Bytes, TransportError>;
type Opening = Pin<Box<dyn Future<Output = Result<Body, BoxError>> + Send>>;

struct Stream {
    inner: Exclusive<AnyBody>,
    /// The announced length, which only a request has, and the number of bytes read so far.
    announced: Option<u64>,
    seen: u64,
}

struct Reopen {
    length: u64,
    open: Arc<dyn Fn() -> Opening + Send + Sync>,
    state: Exclusive<Opened>,
}

enum Opened {
    Not,
    Opening(Opening),
    Open(Box<Body>),
}

impl Default for Kind {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

impl Body {
    /// An empty body.
    pub fn empty() -> Self {
        Self::default()
    }

    /// A stream of exactly `length` bytes. It can be sent only once.
    ///
    /// Sending fails with [`TransportErrorKind::RequestBody`] if the stream is longer or shorter than `length`.
    ///
    /// ```
    /// # fn now<F: Future>(future: F) -> F::Output {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let std::task::Poll::Ready(output) = std::pin::pin!(future).poll(&mut cx) else { panic!("pending") };
    /// #     output
    /// # }
    /// # now(async {
    /// use http_body_util::Full;
    /// use wp_core::{Body, TransportErrorKind};
    ///
    /// // A source that ends early is an error, and not half a file on the server.
    /// let upload = Body::stream(Full::new("only half".into()), 18);
    /// let error = upload.collect(1024).await.err().map(|error| error.kind());
    /// assert_eq!(error, Some(TransportErrorKind::RequestBody));
    /// # })
    /// ```
    pub fn stream<B>(body: B, length: u64) -> Self
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let inner = body
            .map_err(|error| TransportError::new(TransportErrorKind::RequestBody).caused_by(error))
            .boxed_unsync();
        Self(Kind::Stream(Stream { inner: Exclusive::new(inner), announced: Some(length), seen: 0 }))
    }

    /// A body of exactly `length` bytes that can be sent several times: `open` produces it for each attempt, for
    /// example from a file's path. `open` is called when the first byte is read.
    ///
    /// ```
    /// # fn now<F: Future>(future: F) -> F::Output {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let std::task::Poll::Ready(output) = std::pin::pin!(future).poll(&mut cx) else { panic!("pending") };
    /// #     output
    /// # }
    /// # async fn read(_: std::path::PathBuf) -> std::io::Result<Vec<u8>> { Ok(b"dunes".to_vec()) }
    /// # fn main() -> Result<(), wp_core::TransportError> { now(async {
    /// use wp_core::Body;
    ///
    /// // A file is read for each attempt, with the functions of your runtime, such as `tokio::fs::read`.
    /// let path = std::path::PathBuf::from("dune.jpg");
    /// let photo = Body::reopen(5, move || {
    ///     let path = path.clone();
    ///     async move { Ok(read(path).await?.into()) }
    /// });
    /// let retry = photo.try_clone();
    /// assert_eq!(photo.collect(1024).await?, "dunes");
    /// assert_eq!(retry.unwrap_or_default().collect(1024).await?, "dunes");
    /// # Ok(()) }) }
    /// ```
    pub fn reopen<F, O>(length: u64, open: O) -> Self
    where
        O: Fn() -> F + Send + Sync + 'static,
        F: Future<Output = Result<Body, BoxError>> + Send + 'static,
    {
        let open = move || -> Opening { Box::pin(open()) };
        Self(Kind::Reopen(Reopen { length, open: Arc::new(open), state: Exclusive::new(Opened::Not) }))
    }

    /// The body of a response, as an HTTP stack delivers it. For implementations of [`Transport`](crate::Transport).
    pub fn received<B>(body: B) -> Self
    where
        B: HttpBody<Data = Bytes, Error = TransportError> + Send + 'static,
    {
        Self(Kind::Stream(Stream { inner: Exclusive::new(body.boxed_unsync()), announced: None, seen: 0 }))
    }

    /// Polls for the next chunk, for a caller that makes another body of this one by [`pieces`].
    pub fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> {
        loop {
            match ready!(Pin::new(&mut *self).poll_frame(cx)).transpose()?.map(Frame::into_data) {
                Some(Ok(data)) => return Poll::Ready(Some(Ok(data))),
                Some(Err(_trailers)) => {}
                None => return Poll::Ready(None),
            }
        }
    }

    /// The length in bytes, if it is known.
    pub fn len(&self) -> Option<u64> {
        HttpBody::size_hint(self).exact()
    }

    /// Whether the body is known to be empty.
    pub fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// Whether all bytes have arrived: the body is not a stream, not even of known length.
    pub fn is_in_memory(&self) -> bool {
        self.as_bytes().is_some()
    }

    /// The bytes of a body that is in memory.
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// A copy of this body, if it can be sent again: bytes, or a source that can be reopened.
    pub fn try_clone(&self) -> Option<Self> {
        match &self.0 {
            Kind::Bytes(bytes) => Some(bytes.clone().into()),
            Kind::Stream(_) => None,
            Kind::Reopen(Reopen { length, open, .. }) => {
                let state = Exclusive::new(Opened::Not);
                Some(Self(Kind::Reopen(Reopen { length: *length, open: Arc::clone(open), state })))
            }
        }
    }

    /// Reads the whole body into memory, up to `limit` bytes.
    ///
    /// ```
    /// # fn now<F: Future>(future: F) -> F::Output {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let std::task::Poll::Ready(output) = std::pin::pin!(future).poll(&mut cx) else { panic!("pending") };
    /// #     output
    /// # }
    /// # now(async {
    /// # let response = http::Response::new(wp_core::Body::from("a page that is longer than expected"));
    /// use wp_core::TransportErrorKind;
    ///
    /// // A server may send any amount; this program reads at most 16 bytes of it.
    /// match response.into_body().collect(16).await {
    ///     Ok(bytes) => println!("{} bytes", bytes.len()),
    ///     Err(error) if error.kind() == TransportErrorKind::TooLarge => println!("skipped: {error}"),
    ///     Err(error) => println!("the connection failed: {error}"),
    /// }
    /// # })
    /// ```
    ///
    /// # Errors
    /// [`TransportErrorKind::TooLarge`] as soon as the body exceeds `limit`, or the error of the transport.
    pub async fn collect(mut self, limit: u64) -> Result<Bytes, TransportError> {
        if let Kind::Bytes(bytes) = &mut self.0 {
            return if bytes.len() as u64 > limit {
                Err(too_large(limit))
            } else {
                Ok(std::mem::take(bytes))
            };
        }
        let mut left = limit;
        // A server may announce any length: reserve at most what a page of posts takes.
        let announced = self.len().unwrap_or(0).min(limit).min(1 << 20);
        let mut all = BytesMut::with_capacity(usize::try_from(announced).unwrap_or(0));
        while let Some(frame) = self.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            left = left.checked_sub(data.len() as u64).ok_or_else(|| too_large(limit))?;
            all.extend_from_slice(&data);
        }
        Ok(all.freeze())
    }

    /// Reads the first bytes of the body, at most `limit`. It does not wait for the rest.
    ///
    /// ```
    /// # fn now<F: Future>(future: F) -> F::Output {
    /// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     let std::task::Poll::Ready(output) = std::pin::pin!(future).poll(&mut cx) else { panic!("pending") };
    /// #     output
    /// # }
    /// # fn main() -> Result<(), wp_core::TransportError> { now(async {
    /// # let response = http::Response::new(wp_core::Body::from(b"\x89PNG\r\n\x1a\n...".to_vec()));
    /// // Enough to recognize an image. The rest is not downloaded.
    /// let start = response.into_body().beginning(8).await?;
    /// assert!(start.starts_with(b"\x89PNG"));
    /// # Ok(()) }) }
    /// ```
    ///
    /// # Errors
    /// The error of the transport, if it occurs before `limit` bytes have arrived.
    pub async fn beginning(mut self, limit: usize) -> Result<Bytes, TransportError> {
        let mut start = BytesMut::new();
        while start.len() < limit {
            let Some(frame) = self.frame().await else { break };
            let Ok(data) = frame?.into_data() else { continue };
            let fits = data.len().min(limit - start.len());
            start.extend_from_slice(&data[..fits]);
        }
        Ok(start.freeze())
    }
}

/// A body whose chunks come from a function. A decorator uses it to transform another body.
///
/// ```
/// use std::task::{Poll, ready};
/// use wp_core::{Body, pieces};
///
/// /// The same text in upper case.
/// fn loud(mut quiet: Body) -> Body {
///     Body::received(pieces(move |cx| {
///         let piece = ready!(quiet.poll_piece(cx)).transpose()?;
///         Poll::Ready(piece.map(|piece| Ok(piece.to_ascii_uppercase().into())))
///     }))
/// }
/// # drop(loud(Body::empty()));
/// ```
pub fn pieces<F>(next: F) -> impl HttpBody<Data = Bytes, Error = TransportError> + Send
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>> + Send,
{
    Pieces(next)
}

struct Pieces<F>(F);

impl<F> Unpin for Pieces<F> {}

impl<F> HttpBody for Pieces<F>
where
    F: FnMut(&mut Context<'_>) -> Poll<Option<Result<Bytes, TransportError>>>,
{
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        (self.0)(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

fn too_large(limit: u64) -> TransportError {
    TransportError::new(TransportErrorKind::TooLarge).detail(format!("more than {limit} bytes"))
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(Kind::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from_static(text.as_bytes()).into()
    }
}

/// Prints the kind and the length, but not the content, which may hold a password.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &self.0 {
            Kind::Bytes(_) => "bytes",
            Kind::Stream(_) => "stream",
            Kind::Reopen(_) => "reopen",
        };
        f.debug_struct("Body").field("kind", &kind).field("len", &self.len()).finish()
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        match &mut self.0 {
            Kind::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Kind::Bytes(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Kind::Stream(stream) => stream.poll(cx),
            Kind::Reopen(reopen) => reopen.poll(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Kind::Bytes(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Bytes(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Kind::Stream(Stream { announced: Some(length), seen, .. }) => {
                SizeHint::with_exact(length.saturating_sub(*seen))
            }
            // The size hint of a received stream can only be read with exclusive access.
            Kind::Stream(_) => SizeHint::default(),
            Kind::Reopen(reopen) => SizeHint::with_exact(reopen.length),
        }
    }
}

impl Stream {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let frame = ready!(Pin::new(self.inner.get()).poll_frame(cx));
        let Some(announced) = self.announced else { return Poll::Ready(frame) };
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                self.seen += frame.data_ref().map_or(0, |data| data.len() as u64);
                if self.seen > announced {
                    Some(Err(wrong_length(self.seen, announced)))
                } else {
                    Some(Ok(frame))
                }
            }
            None if self.seen < announced => {
                let error = wrong_length(self.seen, announced);
                self.seen = announced; // an ended body stays ended
                Some(Err(error))
            }
            other => other,
        })
    }
}

fn wrong_length(seen: u64, announced: u64) -> TransportError {
    let than = if seen > announced { "at least" } else { "only" };
    TransportError::new(TransportErrorKind::RequestBody)
        .detail(format!("it holds {than} {seen} bytes and announced {announced}"))
}

impl Reopen {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let state = self.state.get();
        loop {
            match state {
                Opened::Not => *state = Opened::Opening((self.open)()),
                Opened::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                    Ok(body) if body.len() == Some(self.length) => *state = Opened::Open(Box::new(body)),
                    Ok(body) => {
                        let found = body.len().unwrap_or(0);
                        *state = Opened::Open(Box::default());
                        return Poll::Ready(Some(Err(wrong_length(found, self.length))));
                    }
                    Err(source) => {
                        *state = Opened::Open(Box::default());
                        let error = TransportError::new(TransportErrorKind::RequestBody).caused_by(source);
                        return Poll::Ready(Some(Err(error)));
                    }
                },
                Opened::Open(body) => return Pin::new(&mut **body).poll_frame(cx),
            }
        }
    }
}

/// Makes a value that is only `Send` usable in a type that must be `Sync`: it can be reached only through exclusive
/// access. The mutex is never locked.
struct Exclusive<T>(Mutex<T>);

impl<T> Exclusive<T> {
    fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    fn get(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::Full;
    use std::task::Waker;

    fn now<F: Future>(future: F) -> F::Output {
        match std::pin::pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(value) => value,
            Poll::Pending => panic!("pending"),
        }
    }

    fn full(text: &'static str) -> Full<Bytes> {
        Full::new(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn body_is_sync_with_a_stream_that_is_only_send() {
        fn sync<T: Send + Sync>(_: &T) {}
        let not_sync = std::cell::Cell::new(0);
        let body = full("x").map_frame(move |frame| {
            not_sync.set(1);
            frame
        });
        sync(&Body::stream(body, 1));
    }

    #[test]
    fn try_clone_of_bytes_and_reopenable_bodies_but_not_streams() {
        assert!(Body::from("x").try_clone().is_some());
        assert!(Body::stream(full("x"), 1).try_clone().is_none());
        let body = Body::reopen(2, || async { Ok(Body::from("ab")) });
        assert_eq!(now(body.try_clone().unwrap().collect(9)).unwrap(), "ab");
        assert_eq!(now(body.collect(9)).unwrap(), "ab");
    }

    #[test]
    fn stream_with_a_wrong_length_is_an_error() {
        for (text, length) in [("abc", 2), ("abc", 4)] {
            let error = now(Body::stream(full(text), length).collect(9)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::RequestBody);
            let error = now(Body::reopen(length, move || async move { Ok(Body::from(text)) }).collect(9));
            assert_eq!(error.unwrap_err().kind(), TransportErrorKind::RequestBody);
        }
        assert_eq!(now(Body::stream(full("abc"), 3).collect(3)).unwrap(), "abc");
    }

    #[test]
    fn collect_stops_at_the_limit() {
        for body in [Body::from("abcd"), Body::stream(full("abcd"), 4)] {
            assert_eq!(now(body.collect(3)).unwrap_err().kind(), TransportErrorKind::TooLarge);
        }
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(format!("{:?}", Body::from("hunter2")), "Body { kind: \"bytes\", len: Some(7) }");
    }
}
