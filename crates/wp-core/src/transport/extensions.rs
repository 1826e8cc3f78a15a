//! The [`http::Extensions`] through which a caller and the layers of a stack communicate: all of them, in one place.
//! Within a stack, layers use the fields of a [`ReusableRequest`](crate::transport::layer::ReusableRequest).
//!
//! On a request:
//! - [`Timeout`]: the timeout of this request; read by the timeout and the retry decorator.
//! - [`Retryable`]: whether the request may be retried, if its method says otherwise; read by the retry decorator.
//! - [`Streamed`]: the response must not be buffered; read by the retry decorator.
//! - [`Attempt`]: the number of this attempt, absent on the first; set by the retry decorator.
//! - [`Queued`]: whether the request was not sent yet; read by the retry decorator, set by the limit and the authorize
//!   decorator.
//! - [`Permit`]: the permit to send to the host; set by the limit decorator, released by the authorize decorator while
//!   it waits for a credential.
//! - [`RequestedRoute`]: the route; set by [`Site`](crate::Site), read by spans.
//! - [`Secret`]: the body holds a secret; read by [`check_exposure`](crate::check_exposure) and the redirect decorator.
//! - [`PlainHttp`]: secrets may be sent unencrypted to one origin; set by [`Site`](crate::Site), read by
//!   [`check_exposure`](crate::check_exposure).
//! - [`SameOrigin`]: the request must not leave its origin; read by the redirect decorator.
//! - [`AnyOrigin`]: the request may leave its origin, without its secret headers; read by the redirect decorator.
//! - the credential policy, which is `wp_auth::CredentialPolicy`: only that crate knows the providers.
//!
//! On a response:
//! - [`Redirects`]: the redirects that were followed; set by the redirect decorator.
//! - [`Attempts`](crate::Attempts): how often the request was sent; set by the retry decorator.
//! - [`UnexpectedKind`](crate::response::UnexpectedKind): what wrote a response in place of the API, for a transient
//!   status; set by the retry decorator.
//! - [`Sent`]: how the credential was used, and the secrets in it; set by the authorize decorator.
//! - `wp_auth::AuthErrorKind`: what an error response says about the credential; set by the authorize decorator.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::Uri;

use crate::{Route, Secrets, TransportError};

/// The timeout of one request, from sending to the last byte of the response and including all retries. It replaces
/// the timeout of the client.
///
/// ```
/// # async fn is_up(site: &wp_core::Site, mut request: http::Request<wp_core::Body>) -> bool {
/// use std::time::Duration;
/// use wp_core::extensions::Timeout;
///
/// // A health check gives up early, whatever the timeout of the client.
/// request.extensions_mut().insert(Timeout(Duration::from_secs(2)));
/// site.send(request).await.is_ok_and(|response| response.status().is_success())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(pub Duration);

/// Whether a request may be retried, regardless of its method.
///
/// ```
/// # fn mark(request: &mut http::Request<wp_core::Body>) {
/// use wp_core::extensions::Retryable;
///
/// // The POST of a plugin that sets a counter to a value: sent twice, it has the same effect.
/// request.extensions_mut().insert(Retryable::Idempotent);
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retryable {
    /// The request is never retried.
    Never,
    /// The request is retried like a read: the caller declares that sending it twice has the same effect as once.
    Idempotent,
}

/// Marks a request whose response is delivered as it arrives. If the response is cut short, the request is not
/// retried.
///
/// ```
/// # async fn save(site: &wp_core::Site, mut request: http::Request<wp_core::Body>) -> Result<(), wp_core::TransportError> {
/// use std::future::poll_fn;
/// use wp_core::extensions::Streamed;
///
/// // A large export is written as it arrives; no layer holds it in memory.
/// request.extensions_mut().insert(Streamed);
/// let mut body = site.send(request).await?.into_body();
/// while let Some(piece) = poll_fn(|cx| body.poll_piece(cx)).await {
///     println!("{} bytes more", piece?.len());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streamed;

/// The number of this attempt, from 2. Absent on the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt(pub u32);

/// Whether a request is still queued in this process, for a permit or a credential. A write that times out while it is
/// queued did not reach the server.
#[derive(Debug, Clone, Default)]
pub struct Queued(Arc<AtomicBool>);

impl Queued {
    /// Records whether the request is queued.
    pub fn set(&self, queued: bool) {
        self.0.store(queued, Ordering::Relaxed);
    }

    /// Whether the request is queued.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The permit to send a request to its host. The number of permits limits how many requests are in flight.
///
/// A decorator that waits for anything but the response must [release](Self::release) the permit first, and
/// [acquire](Self::acquire) it again afterwards. Otherwise a request that waits for a credential can block the request
/// that fetches the credential.
#[derive(Clone)]
pub struct Permit(Arc<dyn Acquire>);

/// The implementation of a [`Permit`].
#[async_trait::async_trait]
pub trait Acquire: Send + Sync + 'static {
    /// Releases the permit, so that another request can be sent. Has no effect if it is already released.
    fn release(&self);

    /// Waits until the request may be sent. Resolves immediately if the permit is held.
    ///
    /// # Errors
    /// The error of the request, which is not sent, if a [shared limit](crate::SharedLimit) cannot be asked.
    async fn acquire(&self) -> Result<(), TransportError>;
}

impl Permit {
    /// Creates a permit that is held.
    pub fn new(permit: Arc<impl Acquire>) -> Self {
        Self(permit)
    }

    /// Releases the permit, so that another request can be sent.
    pub fn release(&self) {
        self.0.release();
    }

    /// Waits until the request may be sent.
    ///
    /// # Errors
    /// The error of the request, which is not sent, if a [shared limit](crate::SharedLimit) cannot be asked.
    pub async fn acquire(&self) -> Result<(), TransportError> {
        self.0.acquire().await
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// The route of a request, for a span. The span shows its [template](Route::template), without ids and slugs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedRoute(pub Route);

/// Marks a request whose body or URL holds a secret, such as a password for a token endpoint. It must not leave its
/// origin, and must not be sent over plain http to another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret;

/// Allows secrets over plain http to one origin, where anyone on the network path can read them. The permission does
/// not apply to another origin after a redirect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainHttp(pub(crate) Arc<str>);

/// Marks a request that must not leave its origin although it holds no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameOrigin;

/// Marks a request that a redirect may lead to another origin although it has secret
/// [headers](crate::headers::carries_secret): from there on it is sent without them. A request that is marked as [`Secret`]
/// or [`SameOrigin`] stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnyOrigin;

/// The credential of a request, on its response, and on the request itself where a layer passes it on to a transport.
/// Absent if the request carried none.
#[derive(Debug, Clone)]
pub struct Sent {
    /// How the credential was used.
    pub token_use: TokenUse,
    /// The secrets in the credential. An error must not show them, since a server may echo them.
    pub secrets: Secrets,
}

/// The redirects that were followed: their target addresses, oldest first. Absent if there was no redirect.
///
/// If the request is marked as [`Secret`], the queries are missing, and `***` is in the paths for each secret that the
/// server repeats there. `Debug` omits the queries, as for every URL that is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirects(pub Vec<Uri>);

impl std::fmt::Debug for Redirects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.0.iter().map(|uri| format!("{}{}", uri.host().unwrap_or_default(), uri.path()));
        f.debug_list().entries(shown).finish()
    }
}

/// How a credential was used in an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenUse {
    /// The cached credential was used.
    Current,
    /// The cached credential was rejected; the response belongs to the replay with a new one.
    Renewed,
    /// The credential was rejected, and the request could not be replayed because its body can be sent only once.
    Refused,
}
