//! The transport contract and the errors of a transport; bodies, layers and extensions.

pub(crate) mod body;
pub(crate) mod clock;
pub(crate) mod exposure;
pub mod extensions;
pub mod layer;
pub(crate) mod multipart;
pub mod retry;
pub(crate) mod shared_limit;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};

use crate::{Attempts, Body, BoxError, RequestError, Secrets, show};

/// One HTTP exchange: sends a request and returns its response.
///
/// This trait is the whole contract between these crates and the network, whichever HTTP client implements it.
/// A response of any status is `Ok`; `Err` means that there was no response. A transport
///
/// - sends the URI, the headers and the body unchanged: the URI is already encoded, and `content-length` is
///   [`Body::len`] (a body without a length is never sent);
/// - never follows a redirect, and never retries a request after a byte of it was written;
/// - delivers the body of the response as it arrives ([`Body::received`]).
///
/// A decorator is a `Transport` that wraps another `Transport`.
///
/// ```
/// # fn now<F: Future>(future: F) -> F::Output {
/// #     let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
/// #     let std::task::Poll::Ready(output) = std::pin::pin!(future).poll(&mut cx) else { panic!("pending") };
/// #     output
/// # }
/// # fn main() -> Result<(), wp_core::TransportError> { now(async {
/// use http::{Request, Response};
/// use wp_core::{Body, Transport, TransportError, async_trait};
///
/// /// Responds from memory, to test a program without a server.
/// struct Canned(&'static str);
///
/// #[async_trait]
/// impl Transport for Canned {
///     async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
///         Ok(Response::new(self.0.into()))
///     }
/// }
///
/// let response = Canned(r#"[{"id":7}]"#).send(Request::new(Body::empty())).await?;
/// assert_eq!(response.into_body().collect(1024).await?, r#"[{"id":7}]"#);
/// # Ok(()) }) }
/// ```
#[async_trait::async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and resolves when the head of the response has arrived.
    ///
    /// Dropping the future cancels the exchange.
    ///
    /// # Errors
    /// A [`TransportError`] if no response arrived. Its [kind](TransportErrorKind) says whether the server may have
    /// received the request.
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError>;
}

/// Forwards the call without allocating a future of its own.
impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send<'s, 'f>(
        &'s self,
        request: Request<Body>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Body>, TransportError>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        (**self).send(request)
    }
}

/// A failure below the API: there is no response, or its body did not arrive.
///
/// The error holds no URL, no header and no body, so it can be logged.
///
/// ```
/// use wp_core::{TransportError, TransportErrorKind};
///
/// /// What to tell the user after a post could not be created.
/// fn advice(error: &TransportError) -> &'static str {
///     match error.may_have_been_sent() {
///         true => "The post may exist. Look before you send it again.",
///         false if error.is_transient() => "Nothing was sent. Try again.",
///         false => "Nothing was sent. Check the address of the site.",
///     }
/// }
/// let error = TransportError::new(TransportErrorKind::Timeout);
/// assert!(advice(&error).starts_with("The post may exist"));
/// ```
#[derive(Debug)]
pub struct TransportError {
    kind: TransportErrorKind,
    sent: bool,
    transient: bool,
    attempts: Option<Attempts>,
    detail: Option<Cow<'static, str>>,
    source: Option<BoxError>,
}

impl TransportError {
    /// Creates an error of `kind`, with the defaults of [`TransportErrorKind::may_have_been_sent`] and
    /// [`TransportErrorKind::is_transient`].
    pub fn new(kind: TransportErrorKind) -> Self {
        let (sent, transient) = (kind.may_have_been_sent(), kind.is_transient());
        Self { kind, sent, transient, attempts: None, detail: None, source: None }
    }

    /// The error for a request that was not sent because it was invalid.
    pub fn refused(error: RequestError) -> Self {
        let kind = match error {
            RequestError::Insecure { .. } => TransportErrorKind::Credential,
            _ => TransportErrorKind::Other,
        };
        Self::new(kind).not_sent().caused_by(error)
    }

    /// Adds a message for the user: what exactly failed, and where. It must not contain a secret.
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Masks these secrets in the message, since a server may echo one, for example in the target of a redirect.
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        if let Some(Cow::Owned(masked)) = self.detail.as_deref().map(|detail| secrets.mask(detail)) {
            self.detail = Some(masked.into());
        }
        self
    }

    /// Adds the cause. It must not contain a secret: remove URLs from it.
    pub fn caused_by(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// States that no byte of the request was written, regardless of the kind.
    pub fn not_sent(mut self) -> Self {
        self.sent = false;
        self
    }

    /// States that the server received the request, regardless of the kind.
    pub fn sent(mut self) -> Self {
        self.sent = true;
        self
    }

    /// States that the same exchange may succeed later, regardless of the kind.
    pub fn transient(mut self) -> Self {
        self.transient = true;
        self
    }

    /// Records how often the request was sent. For a decorator that retries.
    pub fn attempted(mut self, attempts: Attempts) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// The kind of failure.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the server may have received the request in any attempt, and therefore may have acted on it.
    pub fn may_have_been_sent(&self) -> bool {
        self.sent || self.attempts.is_some_and(|attempts| attempts.in_doubt)
    }

    /// Whether the same exchange may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        self.transient
    }

    /// How often the request was sent, and why it was not retried further. `None` if no layer retries.
    pub fn attempts(&self) -> Option<Attempts> {
        self.attempts
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.kind.describe();
        let (colon, detail) = self.detail.as_deref().map_or(("", ""), |detail| (": ", detail));
        match self.attempts {
            None => show::line(f, format_args!("{what}{colon}{detail}")),
            Some(attempts) => show::line(f, format_args!("{what}{colon}{detail} ({attempts})")),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// The kinds of [`TransportError`]. Every transport reports the same failure with the same kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The transport is not configured for the request: an option is invalid or missing (the error names it), or a
    /// feature is not compiled in.
    Setup,
    /// The host name could not be resolved to an address.
    Resolve,
    /// No connection: refused, unreachable, or not established before the timeout.
    Connect,
    /// The TLS handshake failed: the server does not speak TLS, there is no common version, or it requires a client
    /// certificate.
    Tls,
    /// The certificate of the server is invalid: it has an unknown issuer or another name, or it has expired.
    Certificate,
    /// The response, or the rest of it, did not arrive before the timeout.
    Timeout,
    /// The connection ended before the response was complete.
    Closed,
    /// The response is not HTTP, or its framing is invalid.
    Protocol,
    /// The body of the request could not be read, or its length differs from the announced one.
    RequestBody,
    /// The body of the response is larger than the limit.
    TooLarge,
    /// The body of the response does not match its `content-encoding`.
    Encoding,
    /// The server redirects to an address where this request must not be sent.
    Redirect,
    /// There is no credential for the request, or the credential must not be sent to its address. The source is the
    /// error of the provider, or [`RequestError::Insecure`].
    Credential,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// Whether the server may have received the request before a failure of this kind.
    pub fn may_have_been_sent(self) -> bool {
        !matches!(
            self,
            Self::Setup
                | Self::Resolve
                | Self::Connect
                | Self::Tls
                | Self::Certificate
                | Self::Credential
                | Self::Redirect
        )
    }

    /// Whether the same exchange may succeed later without any change.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Timeout | Self::Closed)
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Setup => "the transport is not set up for this",
            Self::Resolve => "the host's name could not be resolved",
            Self::Connect => "could not connect",
            Self::Tls => "the TLS handshake failed",
            Self::Certificate => "the certificate of the server is invalid",
            Self::Timeout => "the response did not come in time",
            Self::Closed => "the connection ended before the response was complete",
            Self::Protocol => "the response is not valid HTTP",
            Self::RequestBody => "the body of the request could not be sent",
            Self::TooLarge => "the response is too large",
            Self::Encoding => "the response could not be decompressed",
            Self::Redirect => "the server redirects elsewhere",
            Self::Credential => "no credential for the request",
            Self::Other => "the HTTP exchange failed",
        }
    }
}
