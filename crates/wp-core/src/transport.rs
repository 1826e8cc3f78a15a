//! The transport contract and the errors of a transport.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use http::{Request, Response};

use crate::{Attempts, Body, BoxError, RequestError, Secrets, show};

/// One HTTP exchange: a request goes out, a response comes back.
///
/// Whatever an HTTP client calls it, this is the whole contract between these crates and the
/// network. A response of any status is `Ok`; `Err` means that there was no response. A transport
///
/// - sends the URI, the headers and the body as they are: the URI is already encoded,
///   and `content-length` is [`Body::len`] (a body without a length is never sent);
/// - never follows a redirect, and never repeats a request of which a byte was written;
/// - hands the body of the response over as it arrives ([`Body::received`]).
///
/// A decorator is a `Transport` that wraps a `Transport`.
#[async_trait::async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` and resolves when the head of the response is there.
    ///
    /// Dropping the future abandons the exchange.
    ///
    /// # Errors
    /// Whatever kept the response from arriving, with the [kind](TransportErrorKind) that says
    /// whether the server can have seen the request.
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError>;
}

/// Hands the call on, without a future of its own.
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

/// What went wrong below the API: there is no response, or its body did not arrive.
///
/// Holds no URL, no header and no body, so it can be logged.
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
    /// An error of `kind`, assuming what [`TransportErrorKind::may_have_been_sent`] and
    /// [`TransportErrorKind::is_transient`] say of it.
    pub fn new(kind: TransportErrorKind) -> Self {
        let (sent, transient) = (kind.may_have_been_sent(), kind.is_transient());
        Self { kind, sent, transient, attempts: None, detail: None, source: None }
    }

    /// A request that was not sent, since it was wrong.
    pub fn refused(error: RequestError) -> Self {
        let kind = match error {
            RequestError::Insecure { .. } => TransportErrorKind::Credential,
            _ => TransportErrorKind::Other,
        };
        Self::new(kind).not_sent().source(error)
    }

    /// Adds words for a person: what exactly, and where. They must hold no secret.
    pub fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// The same, whose words show none of these secrets: what a server says of where to go may repeat one.
    pub fn hiding(mut self, secrets: &Secrets) -> Self {
        if let Some(Cow::Owned(masked)) = self.detail.as_deref().map(|detail| secrets.mask(detail)) {
            self.detail = Some(masked.into());
        }
        self
    }

    /// Adds the cause. It must hold no secret: strip URLs from it.
    pub fn source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// States that no byte of the request was written, whatever the kind.
    pub fn not_sent(mut self) -> Self {
        self.sent = false;
        self
    }

    /// States that the server received the request, whatever the kind.
    pub fn sent(mut self) -> Self {
        self.sent = true;
        self
    }

    /// States that the same exchange may succeed later, whatever the kind.
    pub fn transient(mut self) -> Self {
        self.transient = true;
        self
    }

    /// States how often the request was sent. For who repeats it.
    pub fn attempted(mut self, attempts: Attempts) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// Whether the server may have received the request, in any attempt, and so may have acted on it.
    pub fn may_have_been_sent(&self) -> bool {
        self.sent || self.attempts.is_some_and(|attempts| attempts.in_doubt)
    }

    /// Whether the same exchange may succeed later without anybody changing anything.
    pub fn is_transient(&self) -> bool {
        self.transient
    }

    /// How often the request was sent, and why not once more. Absent where nobody would have repeated it.
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

/// The kinds of [`TransportError`]. All transports name the same failure alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The transport is not set up for the request: an option that is not usable or is missing, which is named, or
    /// a feature that is not built in.
    Setup,
    /// The host's name has no address.
    Resolve,
    /// No connection: refused, unreachable, or not there in time.
    Connect,
    /// The TLS handshake failed: the other side speaks none, no common version, no certificate of ours.
    Tls,
    /// The certificate of the server does not prove who it is: an unknown authority, another name, expired.
    Certificate,
    /// The response, or the rest of it, did not come in time.
    Timeout,
    /// The connection ended before the response was complete.
    Closed,
    /// What came back is not HTTP, or its framing is broken.
    Protocol,
    /// The body of the request could not be read, or has another length than it announced.
    RequestBody,
    /// The body of the response is larger than the cap.
    TooLarge,
    /// The body of the response is not what its `content-encoding` says.
    Encoding,
    /// The server redirects to where this request must not go.
    Redirect,
    /// No credential could be had for the request, or it must not be sent where the request goes; the source is the
    /// error of the provider, or [`RequestError::Insecure`].
    Credential,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// Whether a failure of this kind leaves it open if the server saw the request.
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

    /// Whether the same exchange may succeed later without anybody changing anything.
    pub fn is_transient(self) -> bool {
        matches!(self, Self::Resolve | Self::Connect | Self::Timeout | Self::Closed)
    }

    fn describe(self) -> &'static str {
        match self {
            Self::Setup => "the transport is not set up for this",
            Self::Resolve => "the host's name could not be resolved",
            Self::Connect => "could not connect",
            Self::Tls => "the TLS handshake failed",
            Self::Certificate => "the certificate of the server is not good",
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
