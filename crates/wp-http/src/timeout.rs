//! A limit on the duration of an exchange.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use wp_core::{Body, Clock, Transport, TransportError, TransportErrorKind, extensions};

pub(crate) const DEFAULT: Duration = Duration::from_secs(60);

/// Ends an exchange that takes too long with [`TransportErrorKind::Timeout`].
///
/// The time runs from sending to the last byte of the answer, so it goes on while the body is read. A
/// request brings its own with [`extensions::Timeout`].
pub struct Timeout<T> {
    inner: T,
    clock: Arc<dyn Clock>,
    limit: Option<Duration>,
}

impl<T> Timeout<T> {
    /// Gives each exchange of `inner` 60 s.
    pub fn new(inner: T, clock: Arc<dyn Clock>) -> Self {
        Self { inner, clock, limit: Some(DEFAULT) }
    }

    /// Gives it another time, or all the time in the world.
    pub fn timeout(mut self, timeout: Option<Duration>) -> Self {
        self.limit = timeout;
        self
    }
}

#[async_trait::async_trait]
impl<T: Transport> Transport for Timeout<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        around(&self.clock, self.limit, request, |request| self.inner.send(request)).await
    }
}

impl<T> fmt::Debug for Timeout<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout").field("limit", &self.limit).finish_non_exhaustive()
    }
}

pub(crate) async fn around<F>(
    clock: &Arc<dyn Clock>,
    default: Option<Duration>,
    request: Request<Body>,
    next: impl FnOnce(Request<Body>) -> F,
) -> Result<Response<Body>, TransportError>
where
    F: Future<Output = Result<Response<Body>, TransportError>>,
{
    let own = request.extensions().get().map(|&extensions::Timeout(own)| own);
    let Some(timeout) = own.or(default) else { return next(request).await };
    let mut deadline = Deadline::new(Arc::clone(clock), timeout);
    let mut exchange = pin!(next(request));
    let answer = poll_fn(|cx| match exchange.as_mut().poll(cx) {
        Poll::Pending => deadline.poll(cx).map(Err),
        answer @ Poll::Ready(_) => answer,
    })
    .await?;
    Ok(answer.map(|inner| Body::received(Timed { inner, deadline })))
}

struct Deadline {
    sleep: Pin<Box<dyn Future<Output = ()> + Send>>,
    timeout: Duration,
}

impl Deadline {
    fn new(clock: Arc<dyn Clock>, timeout: Duration) -> Self {
        Self { sleep: Box::pin(async move { clock.sleep(timeout).await }), timeout }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<TransportError> {
        self.sleep.as_mut().poll(cx).map(|()| {
            TransportError::new(TransportErrorKind::Timeout)
                .detail(format!("the limit was {:?}", self.timeout))
        })
    }
}

struct Timed {
    inner: Body,
    deadline: Deadline,
}

impl http_body::Body for Timed {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.inner.is_end_stream() {
            return Poll::Ready(None);
        }
        // The deadline first: a body that is never short of bytes would never get to it.
        if let Poll::Ready(error) = self.deadline.poll(cx) {
            self.inner = Body::empty();
            return Poll::Ready(Some(Err(error)));
        }
        let frame = Pin::new(&mut self.inner).poll_frame(cx);
        if let Poll::Ready(None) = frame {
            self.inner = Body::empty();
        }
        frame
    }
}
