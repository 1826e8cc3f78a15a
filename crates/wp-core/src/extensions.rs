//! The [`http::Extensions`] through which layers talk: all of them, in one place.
//!
//! On the way in, on a request:
//! - [`Timeout`]: how long this request may take; read by the timeout and the retry decorator.
//! - [`Retryable`]: whether it may be repeated, where its method says otherwise; read by the retry decorator.
//! - [`Streamed`]: its response is not to be held until it is whole; read by the same.
//! - [`Attempt`]: which attempt it is, absent on the first; set by the same.
//! - [`Queued`]: whether it was not sent yet; read by the same, set by the limit and the authorize decorator.
//! - [`Permit`]: its turn at its host; set by the limit decorator, given back by the authorize decorator while it
//!   waits for a credential.
//! - [`RequestedRoute`]: the route; set by [`Site`](crate::Site), read by spans.
//! - [`Secret`]: the body holds a secret; read by [`check_exposure`](crate::check_exposure) and the redirect decorator.
//! - [`PlainHttp`]: secrets may travel unencrypted to one origin; set by [`Site`](crate::Site), read by
//!   [`check_exposure`](crate::check_exposure).
//! - [`SameOrigin`]: it must not leave its origin; read by the redirect decorator.
//! - the credential policy, which is `wp_auth::Credentials` because only that crate knows providers.
//!
//! On the way out, on a response:
//! - [`Redirects`]: where the request was sent on to; set by the redirect decorator.
//! - [`Attempts`](crate::Attempts): how often the request was sent; set by the retry decorator.
//! - [`UnexpectedKind`](crate::response::UnexpectedKind): what wrote a response in place of the API, where its status
//!   is one that may pass; set by the same.
//! - [`Sent`]: which part the credential played, and the secrets that it holds; set by the authorize decorator.
//! - what an error says of the credential, which is `wp_auth::AuthErrorKind`; set by the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use http::{Extensions, Uri};

use crate::{Route, Secrets};

/// How long the request may take, from sending to the last byte of the response and with all its repeats, in
/// place of the timeout of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(pub Duration);

/// Whether a request may be repeated, in place of what its method says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Retryable {
    /// Never, whatever happened.
    Never,
    /// As a read: it changes nothing, or the same thing twice.
    Idempotent,
}

/// Marks a request whose response is handed over as it arrives. A response that is cut short is then not asked
/// for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streamed;

/// Which attempt this is, from 2: absent on the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt(pub u32);

/// Whether a request is still in this program, queued for its turn or for a credential. A write whose time ends
/// meanwhile was not done.
#[derive(Debug, Clone, Default)]
pub struct Queued(Arc<AtomicBool>);

impl Queued {
    /// Says of the request with these extensions that it is queued, or no more.
    pub fn set(extensions: &Extensions, queued: bool) {
        if let Some(Self(flag)) = extensions.get() {
            flag.store(queued, Ordering::Relaxed);
        }
    }

    /// Whether the request is queued.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The permit of a request to be sent to its host, which lets only so many be under way at a time.
///
/// A decorator that waits for anything but the response [releases](Self::release) it before, and
/// [acquires](Self::acquire) it again when it is done. Otherwise a request that waits for a credential keeps the one
/// that fetches it from being sent.
#[derive(Clone)]
pub struct Permit(Arc<dyn Acquire>);

/// What a [`Permit`] is made of.
#[async_trait::async_trait]
pub trait Acquire: Send + Sync + 'static {
    /// Lets another request be sent. Does nothing for one that is released already.
    fn release(&self);

    /// Waits until the request may be sent. Resolves at once for one that is not released.
    async fn acquire(&self);
}

impl Permit {
    /// A permit that is held.
    pub fn new(permit: Arc<impl Acquire>) -> Self {
        Self(permit)
    }

    /// Lets another request be sent.
    pub fn release(&self) {
        self.0.release();
    }

    /// Waits until the request may be sent.
    pub async fn acquire(&self) {
        self.0.acquire().await;
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}

/// The route of a request, for a span, which shows it [without what is particular](Route::template) about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestedRoute(pub Route);

/// Marks a request whose body holds a secret, such as a password at a token endpoint: it must neither leave its
/// origin nor travel over plain http to another machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Secret;

/// Lets secrets travel over plain http to one origin, where anybody on the way can read them. It does not follow a
/// redirect to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainHttp(pub(crate) Arc<str>);

/// Marks a request that must not leave its origin, although it holds no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SameOrigin;

/// The credential of a request, on its response. Absent when the request carried none.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Which part the credential played.
    pub token_use: TokenUse,
    /// The secrets that it holds: what an error must not show, since servers repeat it.
    pub secrets: Secrets,
}

/// The addresses that the request was sent on to, oldest first. Absent when there was none.
///
/// `Debug` leaves their queries out, as every URL that is shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Redirects(pub Vec<Uri>);

impl std::fmt::Debug for Redirects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.0.iter().map(|uri| format!("{}{}", uri.host().unwrap_or_default(), uri.path()));
        f.debug_list().entries(shown).finish()
    }
}

/// Which part a credential played in an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenUse {
    /// The credential at hand was used.
    Current,
    /// The credential at hand was refused; the response is that to a replay with a new one.
    Renewed,
    /// The credential was refused, and the request could not be replayed: its body can be sent once.
    Refused,
}
