//! The identity: caches a provider's token, renews it, and keeps at most one token request in flight.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use secrecy::SecretString;
use wp_core::{ApiError, ApiRoot, Site};

use crate::admission::{Admission, Admissions};
use crate::back_off::{BETWEEN_REFUSALS, back_off};
use crate::shared_request::{self, Outcome, SILENCE, SharedRequest};
use crate::{
    Account, AuthError, AuthErrorKind, IdentityBuilder, SavedToken, Scheme, SecondFactor, Token,
    TokenProvider, TokenRequest,
};

/// A user on a site: a token provider and a cache for its token. Clones share the token. An identity is bound to
/// the first site that it is used with.
///
/// However many tasks call it, at most one token request is in flight, and all tasks share its result:
///
/// - A fresh token is returned immediately.
/// - A token that is about to expire is renewed early. A caller waits for that renewal for at most one second and
///   then continues with the current token; a failed renewal does not invalidate it.
/// - When the token has expired, all callers wait for one request. Every waiting task drives that request, so a
///   task that is cancelled or not polled does not delay the others.
/// - A failure is shared as well and remembered for a back-off period, which grows with each wrong password, so
///   that a retry loop does not lock the account.
///
/// ```
/// # async fn example(site: &wp_core::Site, request: &mut http::Request<()>) -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{Identity, JwtAuth};
///
/// let identity = Identity::new(JwtAuth::new("ana", "password"));
/// // Before each request, in any task: the first call signs in, later ones return the cached token.
/// let token = identity.token(site).await?;
/// token.credential().apply(request.headers_mut());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    setup: Arc<IdentityBuilder>,
    home: OnceLock<Arc<ApiRoot>>,
    /// The lock is never held across an await.
    slot: Mutex<Slot>,
    admissions: Admissions,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    request: Option<Arc<SharedRequest>>,
    failure: Option<Failure>,
    /// Consecutive failures.
    failures: u32,
    /// Set by a sign-out: the saved token must not be used again.
    is_signed_out: bool,
}

/// The last token. It is kept after a refusal, because some providers renew from it.
struct Held {
    token: Arc<Token>,
    since: SystemTime,
    refused: bool,
    /// This token replaced a refused one.
    replaces: bool,
}

struct Failure {
    error: AuthError,
    since: SystemTime,
    until: SystemTime,
}

/// Deadline of a token request. It is long because a provider may prompt the user for a password.
const DEADLINE: Duration = Duration::from_secs(120);
/// The longest time that a caller with a valid token waits for its renewal.
const PATIENCE: Duration = Duration::from_secs(1);
/// When a new token is refused within this time, another new token is assumed to be refused as well.
const PROBATION: Duration = Duration::from_secs(60);
/// How many times one call starts another token request after the one that it joined was abandoned.
const MAX_ROUNDS: usize = 4;

impl Identity {
    /// Creates an identity without a token. Use [`builder`](Self::builder) to add a store, a saved token or
    /// another header.
    pub fn new(provider: impl TokenProvider) -> Self {
        IdentityBuilder::new(provider).build()
    }

    /// Returns a builder, which can add a store, a saved token or another header to the provider.
    pub fn builder(provider: impl TokenProvider) -> IdentityBuilder {
        IdentityBuilder::new(provider)
    }

    /// Returns the cached token if it is fresh, that is, not yet due for renewal. Does not wait. This is the
    /// common path of a request.
    pub fn fresh(&self, site: &Site) -> Option<Arc<Token>> {
        let is_home = |home: &Arc<ApiRoot>| Arc::ptr_eq(home, site.shared_root()) || **home == *site.root();
        if !self.0.home.get().is_some_and(is_home) || site.may_carry_credential().is_err() {
            return None;
        }
        let now = site.clock().now();
        let slot = self.0.lock();
        let held = slot.held.as_ref().filter(|held| !held.refused)?;
        held.token.is_fresh(now).then(|| Arc::clone(&held.token))
    }

    /// Returns a valid token, and obtains or renews it if necessary.
    ///
    /// # Errors
    /// The error of the token request. All callers that waited for the request get the same error, and so do
    /// callers during the back-off period after it. [`AuthErrorKind::Invalid`] where a credential must not be
    /// sent (plain http), for a site other than the one that this identity is bound to, and for a call from
    /// within the identity's own provider.
    pub async fn token(&self, site: &Site) -> Result<Arc<Token>, AuthError> {
        self.0.may_ask(site)?;
        let mut last = None;
        for _ in 0..MAX_ROUNDS {
            match self.plan(site) {
                Plan::Use(outcome) => return outcome,
                Plan::RenewEarly { request, was_abandoned, current } => {
                    let age = site.clock().now().duration_since(request.started).unwrap_or_default();
                    let patience = site.clock().sleep(PATIENCE.saturating_sub(age));
                    return Ok(
                        match select(Box::pin(self.drive(site, &request, was_abandoned)), patience).await {
                            Either::Left((Some(Ok(token)), _)) => token,
                            Either::Left(_) | Either::Right(_) => current,
                        },
                    );
                }
                Plan::Wait { request, was_abandoned } => {
                    match self.drive(site, &request, was_abandoned).await {
                        // The request may have finished long ago, so that its token has expired by now.
                        Some(Ok(token)) if token.is_valid(site.clock().now()) => return Ok(token),
                        Some(Err(error)) if !was_abandoned || error.is_said_by_site() => return Err(error),
                        Some(Err(error)) => last = Some(error),
                        Some(Ok(_)) | None => {}
                    }
                }
            }
        }
        Err(last.unwrap_or_else(|| {
            AuthError::new(AuthErrorKind::Unreachable, "each new token had expired before it was used")
        }))
    }

    /// Has the site check the password and returns the token that the site grants. Use it to log a visitor in. It
    /// does not use a token from a store, a saved token or a refresh token. It does apply the back-off: a
    /// password that the site refused a moment ago is not sent again.
    ///
    /// The identity uses the token from then on. Where the plugin has a `client_name`, the token gets a name of
    /// its own. It is not written to the store.
    ///
    /// ```
    /// # async fn log_in(site: &wp_core::Site, user: &str, password: &str) -> Result<Option<wp_core::models::UserId>, wp_auth::AuthError> {
    /// use wp_auth::{AuthErrorKind, Identity, JwtAuth};
    ///
    /// // A visitor logs in to your program with their account on the site.
    /// match Identity::new(JwtAuth::new(user, password)).sign_in(site).await {
    ///     Ok(token) => Ok(token.profile().and_then(|user| user.id)),
    ///     Err(error) if error.kind() == AuthErrorKind::WrongCredentials => Ok(None),
    ///     Err(error) => Err(error),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// The same as for [`token`](Self::token). A fixed credential succeeds without a request to the site.
    pub async fn sign_in(&self, site: &Site) -> Result<Arc<Token>, AuthError> {
        self.0.may_ask(site)?;
        let mut last = None;
        for _ in 0..MAX_ROUNDS {
            let (request, is_ours, was_abandoned) = {
                let now = site.clock().now();
                let mut slot = self.0.lock();
                if let Some(request) = slot.request.clone() {
                    let was_abandoned = request.is_abandoned();
                    (Arc::clone(&request), request.signs_in, was_abandoned)
                } else if let Some(error) = slot.recent_failure(now).filter(AuthError::is_of_password) {
                    return Err(error);
                } else {
                    let request = self.begin(site, &mut slot, true);
                    drop(slot);
                    self.spawn(&request);
                    (request, true, false)
                }
            };
            match self.drive(site, &request, was_abandoned).await {
                Some(Ok(token)) if is_ours && token.is_valid(site.clock().now()) => return Ok(token),
                Some(Err(error)) if error.is_said_by_site() || (is_ours && !was_abandoned) => {
                    return Err(error);
                }
                Some(Err(error)) => last = Some(error),
                Some(Ok(_)) | None => {}
            }
        }
        Err(last.unwrap_or_else(|| {
            AuthError::new(AuthErrorKind::Unreachable, "the sign-in was abandoned before it finished")
        }))
    }

    /// Completes a sign-in that needs a second factor with the user's `code` and returns the token. The identity
    /// uses the token from then on.
    ///
    /// ```
    /// # async fn log_in(site: &wp_core::Site, ask: impl Fn(&str) -> wp_auth::SecretString) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::{Identity, SimpleJwtLogin};
    ///
    /// let identity = Identity::new(SimpleJwtLogin::new("ana", "password"));
    /// if let Err(error) = identity.sign_in(site).await {
    ///     // Any other error ends here.
    ///     let Some(second_factor) = error.second_factor() else { return Err(error) };
    ///     let code = ask(second_factor.method().unwrap_or("your second factor"));
    ///     identity.complete_sign_in(site, second_factor, &code).await?;
    /// }
    /// let token = identity.token(site).await?;
    /// # drop(token); Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`AuthErrorKind::WrongCredentials`] for a wrong code. [`AuthErrorKind::SecondFactorRequired`] when the
    /// code came too late; the user must sign in again.
    pub async fn complete_sign_in(
        &self,
        site: &Site,
        second_factor: &SecondFactor,
        code: &SecretString,
    ) -> Result<Arc<Token>, AuthError> {
        self.0.may_ask(site)?;
        let token = Arc::new(self.0.setup.complete(site, second_factor, code).await?);
        self.0.lock().accept(&token, site.clock().now());
        Ok(token)
    }

    /// Deletes the token, here and in the store, so that the next request signs in again. The token is not
    /// revoked at the site: a copy of it stays valid until it expires.
    ///
    /// # Errors
    /// [`AuthErrorKind::Unreachable`] when the store is unavailable.
    pub async fn sign_out(&self, site: &Site) -> Result<(), AuthError> {
        self.0.may_ask(site)?;
        self.0.empty();
        let forgotten = self.0.setup.forget(site).await;
        // A concurrent call may have loaded the old token from the store in the meantime.
        self.0.empty();
        forgotten
    }

    /// Reports that the server refused `token`. The token is dropped only if it is still the current one, so a
    /// hundred late refusals of one token cause one renewal.
    ///
    /// Returns `false` when a renewal is pointless: the token is new and was never accepted, so another new token
    /// would be refused as well.
    ///
    /// ```
    /// # async fn example(identity: &wp_auth::Identity, site: &wp_core::Site, error: &wp_core::ApiError) -> Result<(), wp_auth::AuthError> {
    /// use wp_auth::AuthErrorKind;
    ///
    /// // With an HTTP client of your own: the site refused a request that carried `token`.
    /// let token = identity.token(site).await?;
    /// let is_renewable = identity.classify(error).is_some_and(AuthErrorKind::is_renewable);
    /// if is_renewable && identity.refused(site, &token) {
    ///     let token = identity.token(site).await?; // a new one: send the request again, once
    ///     # drop(token);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn refused(&self, site: &Site, token: &Arc<Token>) -> bool {
        let now = site.clock().now();
        let mut slot = self.0.lock();
        let Some(held) = slot.held.as_mut().filter(|held| Arc::ptr_eq(&held.token, token)) else {
            return true;
        };
        let is_young = now.duration_since(held.since).is_ok_and(|age| age < PROBATION);
        let proves_nothing = held.replaces && token.is_ignored_when_bad();
        let is_new = !token.is_restored() && !token.is_proven();
        let is_useless = is_young && (proves_nothing || is_new);
        let locks = self.0.locks();
        held.refused |= !is_useless || locks;
        if is_useless && locks {
            // Each request with this token would count towards a lock-out.
            let detail = "the site refused the token that it was sent";
            slot.fail(AuthError::new(AuthErrorKind::TokenRefused, detail), now, locks);
        }
        drop(slot);
        self.0.admissions.open();
        !is_useless
    }

    /// Waits until a request that carries `token` may be sent. Where the site locks sign-in after refused tokens,
    /// only a few requests at a time carry a token that the site has not accepted yet. Returns `None` if the
    /// token was refused meanwhile.
    pub(crate) async fn admit(&self, site: &Site, token: &Arc<Token>) -> Option<Admission<'_>> {
        if token.is_proven() || !self.0.locks() {
            return Some(Admission::free());
        }
        let entering =
            self.0.admissions.enter(site, || match (token.is_proven(), self.0.is_current(token)) {
                (true, _) => Some(true),
                (false, true) => None,
                (false, false) => Some(false),
            });
        // Boxed, so that it takes no room in the future of a request that may simply go.
        Box::pin(entering).await
    }

    /// Records that the server accepted `token`.
    pub(crate) fn accepted(&self, token: &Token) {
        if !token.is_proven() {
            token.prove();
            self.0.admissions.open();
        }
    }

    /// The kind of credential that the provider returns.
    pub fn scheme(&self) -> Scheme {
        self.0.setup.provider.scheme()
    }

    /// The account that the provider signs in to, or that the builder names. `None` if neither does, such as for a pasted
    /// token.
    ///
    /// ```
    /// use wp_auth::{Identity, JwtAuth};
    ///
    /// let identity = Identity::new(JwtAuth::new("ana", "password"));
    /// assert_eq!(identity.account().unwrap().name(), "ana");
    /// ```
    pub fn account(&self) -> Option<Account> {
        self.0.setup.whose().ok()
    }

    /// Classifies an API error: what it says about the credential of the request. `None` if it says nothing about
    /// it.
    pub fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        self.0.setup.provider.classify(error)
    }

    /// Turns a saved token, or one from another source, into a [`Token`] with the header that this identity uses.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`] for a token that is not a valid header value.
    pub fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.0.setup.restore(saved)
    }

    /// Asks the site whether `token` is valid.
    ///
    /// ```
    /// # async fn example(identity: &wp_auth::Identity, site: &wp_core::Site, sent: String) -> Result<bool, wp_auth::AuthError> {
    /// use wp_auth::{AuthErrorKind, SavedToken};
    ///
    /// // Another program sent a token. Does it work at this site?
    /// let token = identity.restore(&SavedToken::access(sent))?;
    /// match identity.validate(site, &token).await {
    ///     Ok(()) => Ok(true),
    ///     Err(error) if matches!(error.kind(), AuthErrorKind::Expired | AuthErrorKind::TokenRefused) => Ok(false),
    ///     Err(error) => Err(error), // unreachable, or nothing is proved
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// The reason why the token is not valid. [`AuthErrorKind::Unsupported`] where the site has no way to check a
    /// token, and [`AuthErrorKind::Unproven`] where its response proves nothing.
    pub async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        self.0.may_ask(site)?;
        self.0.setup.provider.validate(site, token).await
    }

    /// Decides, under the lock, how to get a token.
    fn plan(&self, site: &Site) -> Plan {
        let now = site.clock().now();
        let mut slot = self.0.lock();
        let current = slot.held.as_ref().filter(|held| !held.refused && held.token.is_valid(now));
        let current = current.map(|held| Arc::clone(&held.token));
        if let Some(token) = current.as_ref().filter(|token| token.is_fresh(now)) {
            return Plan::Use(Ok(Arc::clone(token)));
        }
        if let Some(request) = slot.request.clone() {
            let was_abandoned = request.is_abandoned();
            return match current {
                // Other tasks already wait for this request, and it may hang.
                Some(token) if !was_abandoned && !token.is_ended_when_renewed() => Plan::Use(Ok(token)),
                Some(current) => Plan::RenewEarly { request, was_abandoned, current },
                None => Plan::Wait { request, was_abandoned },
            };
        }
        if let Some(error) = slot.recent_failure(now) {
            return Plan::Use(current.ok_or(error));
        }
        let request = self.begin(site, &mut slot, false);
        drop(slot);
        self.spawn(&request);
        match current {
            Some(current) => Plan::RenewEarly { request, was_abandoned: false, current },
            None => Plan::Wait { request, was_abandoned: false },
        }
    }

    /// Starts a token request and puts it into the slot, where it stays until a caller has processed its result.
    fn begin(&self, site: &Site, slot: &mut Slot, signs_in: bool) -> Arc<SharedRequest> {
        let (setup, site) = (Arc::clone(&self.0.setup), site.clone());
        // After the back-off, a refused token that could not be replaced is tried again.
        let was_tried = slot.failure.is_some();
        let previous = slot.held.as_ref().map(|held| (Arc::clone(&held.token), held.refused && !was_tried));
        let (clock, resumes) = (Arc::clone(site.clock()), !slot.is_signed_out);
        let obtain = async move {
            let obtained = AssertUnwindSafe(async {
                let request = match &previous {
                    _ if signs_in => TokenRequest::sign_in(),
                    Some((token, refused)) => TokenRequest::after(token).refused(*refused),
                    None => TokenRequest::first(),
                };
                let obtained = std::pin::pin!(setup.obtain(&site, request, resumes));
                match select(obtained, site.clock().sleep(DEADLINE)).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => {
                        let detail = format!("no token within {} s", DEADLINE.as_secs());
                        Err(AuthError::new(AuthErrorKind::Unreachable, detail))
                    }
                }
            });
            let panicked = |_| AuthError::new(AuthErrorKind::Panicked, "");
            obtained.catch_unwind().await.map_err(panicked).flatten().map(Arc::new)
        };
        let request = SharedRequest::new(self.0.address(), signs_in, clock, obtain);
        slot.request = Some(Arc::clone(&request));
        request
    }

    /// Hands a new token request to the executor, if there is one. The caller must not hold the lock: the
    /// executor may poll at once.
    fn spawn(&self, request: &Arc<SharedRequest>) {
        if let Some(spawn) = &self.0.setup.spawn {
            spawn(request.join().map(|_| ()).boxed());
        }
    }

    /// Whether the provider blocks its thread, for example on a prompt or on disk I/O.
    fn is_blocking(site: &Site, request: &SharedRequest) -> bool {
        let age = site.clock().now().duration_since(request.started).unwrap_or_default();
        request.is_polled() && age < DEADLINE
    }

    /// Waits for a token request and records its result. Returns `None` if the request will never finish, because
    /// the runtime that it was started on is no longer driven.
    ///
    /// `was_abandoned`: no task was waiting for the request. Its failure may be old and is recorded only if the site
    /// reported it.
    async fn drive(&self, site: &Site, request: &Arc<SharedRequest>, was_abandoned: bool) -> Option<Outcome> {
        let mut waiter = request.join();
        let mut beats = request.beats();
        let outcome = loop {
            match select(&mut waiter, site.clock().sleep(SILENCE)).await {
                Either::Left((outcome, _)) => break Some(outcome),
                Either::Right(_) if request.beats() == beats && !Self::is_blocking(site, request) => {
                    break None;
                }
                Either::Right(_) => beats = request.beats(),
            }
        };
        drop(waiter);
        let (now, locks) = (site.clock().now(), self.0.locks());
        let mut slot = self.0.lock();
        if slot.request.take_if(|current| Arc::ptr_eq(current, request)).is_some() {
            match &outcome {
                Some(Ok(token)) => slot.accept(token, now),
                Some(Err(error)) if !was_abandoned || error.is_said_by_site() => {
                    slot.fail(error.clone(), now, locks);
                }
                Some(Err(_)) | None => {}
            }
        }
        outcome
    }
}

impl Slot {
    fn accept(&mut self, token: &Arc<Token>, now: SystemTime) {
        let refused = self.held.as_ref().filter(|held| held.refused);
        let replaces = refused.is_some();
        if refused.is_some_and(|held| held.token.is_same(token)) {
            // The same token again: the server may accept it by now, but only a few requests at a time try it.
            token.unprove();
        } else {
            self.failures = 0;
        }
        self.held = Some(Held { token: Arc::clone(token), since: now, refused: false, replaces });
        self.failure = None;
    }

    fn fail(&mut self, error: AuthError, now: SystemTime, locks: bool) {
        if error.is_of_one_login() {
            return;
        }
        self.failures = self.failures.saturating_add(1);
        let mut wait = back_off(&error, self.failures);
        if locks && matches!(error.kind(), AuthErrorKind::TokenRefused | AuthErrorKind::SignInRequired) {
            wait = wait.max(BETWEEN_REFUSALS);
        }
        let until = now.checked_add(wait).unwrap_or(now);
        self.failure = Some(Failure { error, since: now, until });
    }

    /// The last failure, while its back-off lasts.
    fn recent_failure(&self, now: SystemTime) -> Option<AuthError> {
        // If the clock was set back, the failure must not last for years.
        let recent = self.failure.as_ref().filter(|failure| failure.since <= now && now < failure.until)?;
        Some(recent.error.clone()).filter(|error| !error.second_factor().is_some_and(SecondFactor::is_over))
    }
}

/// How a call gets a token.
enum Plan {
    /// Uses what is there: a token, or a recent failure.
    Use(Outcome),
    /// Waits for a token request.
    Wait {
        request: Arc<SharedRequest>,
        /// No task was waiting for the request: its failure says nothing about a new one.
        was_abandoned: bool,
    },
    /// Waits briefly for a token request, and continues with the current token if that takes longer.
    RenewEarly { request: Arc<SharedRequest>, was_abandoned: bool, current: Arc<Token> },
}

impl Inner {
    /// Checks that the credential may be sent to `site`, and that the caller is not this identity's own provider.
    fn may_ask(self: &Arc<Self>, site: &Site) -> Result<(), AuthError> {
        site.may_carry_credential()?;
        let home = self.home.get_or_init(|| Arc::clone(site.shared_root()));
        if **home != *site.root() {
            let detail = format!("it belongs to {home}; make another identity for {}", site.root());
            return Err(AuthError::invalid(detail));
        }
        if shared_request::is_inside(self.address()) {
            let detail = "the provider asks for its own token: it has to send its requests anonymously, or as another identity";
            return Err(AuthError::invalid(detail));
        }
        Ok(())
    }

    /// Whether the site counts refused tokens towards a lock-out.
    fn locks(&self) -> bool {
        self.setup.provider.scheme().locks_after_refusals()
    }

    fn address(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).addr()
    }

    /// Drops the token and the token request in flight.
    fn empty(&self) {
        let mut slot = self.lock();
        slot.is_signed_out = true;
        let old = (slot.held.take(), slot.request.take());
        drop(slot);
        drop(old); // outside the lock
    }

    fn is_current(&self, token: &Arc<Token>) -> bool {
        let slot = self.lock();
        slot.held.as_ref().is_some_and(|held| Arc::ptr_eq(&held.token, token) && !held.refused)
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        // No code that can panic runs under the lock.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<IdentityBuilder> for Identity {
    fn from(builder: IdentityBuilder) -> Self {
        let (slot, admissions) = (Mutex::default(), Admissions::default());
        Self(Arc::new(Inner { setup: Arc::new(builder), home: OnceLock::new(), slot, admissions }))
    }
}

impl<P: TokenProvider> From<P> for Identity {
    fn from(provider: P) -> Self {
        Self::new(provider)
    }
}

impl From<&Self> for Identity {
    fn from(identity: &Self) -> Self {
        identity.clone()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.0.setup).finish()
    }
}
