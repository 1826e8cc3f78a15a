//! Layers: they send a request that may have to be retried.

use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};

use http::request::Parts;
use http::{Extensions, HeaderMap, Method, Request, Response, Uri};

use crate::transport::exposure::check_parts;
use crate::transport::extensions::{Attempt, Permit, Queued, RequestedRoute, Secret, Sent};
use crate::{Body, RequestError, Route, Transport, TransportError, TransportErrorKind};

/// The result of sending a request.
pub type Outcome = Result<Response<Body>, TransportError>;

/// A part of a stack around a [`Transport`]: it sends a request by the layer below.
///
/// Unlike a `Transport`, a layer borrows the request. So nothing is copied for a retry, a redirect or another token
/// until there is one, and the layers of a stack are one future without allocations between them.
///
/// ```
/// use wp_core::layer::{Layer, Outcome, ReusableRequest};
///
/// /// Retries a request, once, if no byte of it was written.
/// struct RetryOnce<L>(L);
///
/// impl<L: Layer> Layer for RetryOnce<L> {
///     async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
///         match self.0.forward(request).await {
///             Err(error) if !error.may_have_been_sent() && !request.is_spent() => self.0.forward(request).await,
///             outcome => outcome,
///         }
///     }
/// }
/// ```
pub trait Layer: Send + Sync {
    /// Sends `request` and resolves when the head of the response has arrived. Afterwards, the request can be forwarded
    /// again unless [`is_spent`](ReusableRequest::is_spent).
    ///
    /// # Errors
    /// As [`Transport::send`].
    fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> impl Future<Output = Outcome> + Send + 'a;
}

/// The layer that adds the credential: the one point of a stack that belongs to another crate.
///
/// `wp_auth::Authorize` implements it; `()` adds no credential.
pub trait Authorization: Send + Sync + 'static {
    /// Adds the credential to `request` and sends it by `next`, once, or again with a new credential.
    ///
    /// # Errors
    /// Those of `next`, and [`TransportErrorKind::Credential`] if there is no credential.
    fn send_authorized<'a, L: Layer>(
        &'a self,
        request: &'a mut ReusableRequest,
        next: &'a L,
    ) -> impl Future<Output = Outcome> + Send + 'a;
}

impl Authorization for () {
    fn send_authorized<'a, L: Layer>(
        &'a self,
        request: &'a mut ReusableRequest,
        next: &'a L,
    ) -> impl Future<Output = Outcome> + Send + 'a {
        next.forward(request)
    }
}

/// A request that can be sent several times, with the data that the layers of a stack share.
pub struct ReusableRequest {
    head: Parts,
    /// `None` after a body that can be sent only once was sent.
    body: Option<Body>,
    /// The route, for spans.
    pub route: Option<Route>,
    /// The number of this attempt, from 1. Set by the layer that retries.
    pub attempt: u32,
    /// The permit to send to the host. Set by the layer that limits, and released by the layer that authorizes while it
    /// waits for a credential.
    pub permit: Option<Permit>,
    /// Who is told whether the request is queued in this process. `None` if nobody asks.
    pub queued: Option<Queued>,
    /// Whether it is queued, while `queued` is `None`.
    is_queued: AtomicBool,
    /// The credential of the last attempt. Set by the layer that authorizes.
    pub sent: Option<Sent>,
}

impl ReusableRequest {
    /// Takes over a request. The extensions that layers set become fields.
    pub fn new(request: Request<Body>) -> Self {
        let (mut head, body) = request.into_parts();
        let body = Some(body);
        if head.extensions.is_empty() {
            return Self {
                head,
                body,
                route: None,
                attempt: 1,
                permit: None,
                queued: None,
                is_queued: AtomicBool::new(false),
                sent: None,
            };
        }
        let extensions = &mut head.extensions;
        Self {
            route: extensions.get().map(|RequestedRoute(route)| route.clone()),
            attempt: extensions.remove().map_or(1, |Attempt(attempt)| attempt),
            permit: extensions.remove(),
            queued: extensions.remove(),
            is_queued: AtomicBool::new(false),
            sent: extensions.remove(),
            head,
            body,
        }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.head.method
    }

    /// The URI.
    pub fn uri(&self) -> &Uri {
        &self.head.uri
    }

    /// The URI, to send the request elsewhere.
    pub fn uri_mut(&mut self) -> &mut Uri {
        &mut self.head.uri
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The headers, to add some.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.head.headers
    }

    /// The extensions, by which the caller controls the layers: see [`extensions`](crate::extensions).
    pub fn extensions(&self) -> &Extensions {
        &self.head.extensions
    }

    /// The extensions, to add some.
    pub fn extensions_mut(&mut self) -> &mut Extensions {
        &mut self.head.extensions
    }

    /// Whether the request cannot be sent again: its body was a stream, and it was sent.
    pub fn is_spent(&self) -> bool {
        self.body.is_none()
    }

    /// Records whether the request is queued in this process.
    pub fn set_queued(&self, is_queued: bool) {
        match &self.queued {
            Some(queued) => queued.set(is_queued),
            None => self.is_queued.store(is_queued, Ordering::Relaxed),
        }
    }

    /// Whether the request is queued in this process. It still is after an attempt that failed in a queue: that one was
    /// not sent.
    pub fn is_queued(&self) -> bool {
        self.queued.as_ref().map_or_else(|| self.is_queued.load(Ordering::Relaxed), Queued::get)
    }

    /// Checks that sending the request exposes no secret; see [`check_exposure`](crate::check_exposure).
    ///
    /// # Errors
    /// [`RequestError::Insecure`] over plain http to another machine.
    pub fn check_exposure(&self) -> Result<(), RequestError> {
        check_parts(&self.head.uri, &self.head.headers, &self.head.extensions)
    }

    /// The request as a [`Transport`] sends it: a copy of the head, and the body or a copy of it.
    ///
    /// # Errors
    /// [`TransportErrorKind::RequestBody`] if the request [`is_spent`](Self::is_spent).
    pub fn to_send(&mut self) -> Result<Request<Body>, TransportError> {
        let copy = self.body.as_ref().and_then(Body::try_clone);
        let Some(body) = copy.or_else(|| self.body.take()) else {
            let error = TransportError::new(TransportErrorKind::RequestBody).not_sent();
            return Err(error.detail("the body of the request can be sent only once"));
        };
        let mut request = Request::from_parts(self.head.clone(), body);
        if self.attempt > 1 {
            request.extensions_mut().insert(Attempt(self.attempt));
        }
        Ok(request)
    }

    /// The request as a decorator sends it: [`to_send`](Self::to_send) with all that layers tell each other, as
    /// extensions.
    ///
    /// # Errors
    /// As [`to_send`](Self::to_send).
    pub fn to_pass_on(&mut self) -> Result<Request<Body>, TransportError> {
        let mut request = self.to_send()?;
        let extensions = request.extensions_mut();
        if let Some(permit) = &self.permit {
            extensions.insert(permit.clone());
        }
        if let Some(queued) = &self.queued {
            extensions.insert(queued.clone());
        }
        // Read where redirects are recorded. A credential in a header is in no URL.
        if let Some(sent) = &self.sent
            && extensions.get::<Secret>().is_some()
        {
            extensions.insert(sent.clone());
        }
        Ok(request)
    }
}

/// Shows no query, no header and no body.
impl fmt::Debug for ReusableRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReusableRequest")
            .field("method", &self.head.method)
            .field("path", &self.head.uri.path())
            .field("attempt", &self.attempt)
            .field("is_spent", &self.is_spent())
            .finish_non_exhaustive()
    }
}

/// Sends a request by a layer: the `Transport` of a type that is a layer. The response has the [`Sent`] credential as
/// an extension.
///
/// ```
/// # fn now<F: Future>(future: F) -> F::Output {
/// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
/// #     let std::task::Poll::Ready(output) = std::pin::pin!(future).poll(&mut cx) else { panic!("pending") };
/// #     output
/// # }
/// # struct Echo;
/// # #[wp_core::async_trait]
/// # impl wp_core::Transport for Echo {
/// #     async fn send(&self, request: http::Request<wp_core::Body>) -> wp_core::layer::Outcome {
/// #         let mut response = http::Response::new(wp_core::Body::empty());
/// #         *response.headers_mut() = request.headers().clone();
/// #         Ok(response)
/// #     }
/// # }
/// # fn main() -> Result<(), wp_core::TransportError> { now(async {
/// use http::HeaderValue;
/// use wp_core::layer::{By, Layer, Outcome, ReusableRequest, send_by};
///
/// /// Names the program to the server.
/// struct Named<L>(L);
///
/// impl<L: Layer> Layer for Named<L> {
///     async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
///         request.headers_mut().insert("x-program", HeaderValue::from_static("importer"));
///         self.0.forward(request).await
///     }
/// }
/// # let (transport, request) = (Echo, http::Request::new(wp_core::Body::empty()));
///
/// let response = send_by(&Named(By(&transport)), request).await?;
/// # assert_eq!(response.headers()["x-program"], "importer");
/// # Ok(()) }) }
/// ```
///
/// # Errors
/// Those of the layer.
pub async fn send_by(layer: &impl Layer, request: Request<Body>) -> Outcome {
    let mut request = ReusableRequest::new(request);
    let mut response = layer.forward(&mut request).await?;
    if let Some(sent) = request.sent.take() {
        response.extensions_mut().insert(sent);
    }
    Ok(response)
}

/// The layer that sends by another [`Transport`], which may be a decorator: the fields that layers set become
/// extensions of the request.
#[derive(Debug)]
pub struct By<'t, T>(pub &'t T);

impl<T: Transport> Layer for By<'_, T> {
    async fn forward<'a>(&'a self, request: &'a mut ReusableRequest) -> Outcome {
        self.0.send(request.to_pass_on()?).await
    }
}
