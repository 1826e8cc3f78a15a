//! The cache before a provider: a fresh token at once, and one token request at a time.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::{Either, select};
use secrecy::SecretString;
use wp_core::{ApiError, ApiRoot, Site};

use crate::admission::{Admission, Gate};
use crate::back_off::{BETWEEN_REFUSALS, back_off};
use crate::flight::{self, Flight, Outcome, SILENCE};
use crate::{
    AuthError, AuthErrorKind, IdentityBuilder, Occasion, SavedToken, Scheme, SecondFactor, Token,
    TokenProvider,
};

/// A user on a site: a provider, and the token that it got. A clone is the same identity and
/// shares the token; it belongs to the site that it is used with first.
///
/// However many tasks ask, at most one token request is in flight, and all get its result:
///
/// - a fresh token is handed out at once;
/// - shortly before its end it is renewed. Nobody who has a good token waits for that longer than a second, and if it
///   fails the token still serves;
/// - after its end, all wait for one request. Each of them carries it on, so a task that is cancelled, or not polled,
///   takes nothing from the others;
/// - a failure is shared as well, and remembered for a while, a wrong password for longer each
///   time, so that no loop locks the account.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    setup: Arc<IdentityBuilder>,
    home: OnceLock<ApiRoot>,
    /// Never held across an await.
    slot: Mutex<Slot>,
    gate: Gate,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    flight: Option<Arc<Flight>>,
    failure: Option<Failure>,
    /// Failures in a row.
    failures: u32,
    /// The token that was saved is not to be used any more.
    is_signed_out: bool,
}

/// The last token. It stays after it was refused, for providers that renew from it.
struct Held {
    token: Arc<Token>,
    since: SystemTime,
    refused: bool,
    /// It came in place of one that was refused.
    replaces: bool,
}

struct Failure {
    error: AuthError,
    since: SystemTime,
    until: SystemTime,
}

/// How long it may take to obtain a token, whatever the provider does for it: a user may have to type a password.
const DEADLINE: Duration = Duration::from_secs(120);
/// For how long whoever has a good token waits for its renewal.
const PATIENCE: Duration = Duration::from_secs(1);
/// A token that is refused so soon would be refused again.
const PROBATION: Duration = Duration::from_secs(60);
/// How often one task begins a request anew because the one that it found came to nothing.
const MAX_ROUNDS: usize = 4;

impl Identity {
    /// An identity without a token yet. [`builder`](Self::builder) adds a store, a saved token, another header.
    pub fn new(provider: impl TokenProvider) -> Self {
        IdentityBuilder::new(provider).build()
    }

    /// An identity that is not only a provider.
    pub fn builder(provider: impl TokenProvider) -> IdentityBuilder {
        IdentityBuilder::new(provider)
    }

    /// The token, if there is one that is not even worth renewing: the way that a request takes
    /// nearly always, without waiting.
    pub fn fresh(&self, site: &Site) -> Option<Arc<Token>> {
        if self.0.home.get().is_none_or(|home| home != site.root()) || site.may_carry_credential().is_err() {
            return None;
        }
        let now = site.clock().now();
        let slot = self.0.lock();
        let held = slot.held.as_ref().filter(|held| !held.refused)?;
        held.token.is_fresh(now).then(|| Arc::clone(&held.token))
    }

    /// A token that is good now, obtained or renewed if need be.
    ///
    /// # Errors
    /// Why there is none: the same error for all who waited, and for those who come in the while
    /// after. [`AuthErrorKind::Invalid`] where a credential must not be sent (plain http), at a
    /// site that this identity does not belong to, and from within its own provider.
    pub async fn token(&self, site: &Site) -> Result<Arc<Token>, AuthError> {
        self.0.may_ask(site)?;
        let mut last = None;
        for _ in 0..MAX_ROUNDS {
            match self.plan(site) {
                Plan::Use(outcome) => return outcome,
                Plan::RenewEarly { flight, was_left, current } => {
                    let age = site.clock().now().duration_since(flight.begun).unwrap_or_default();
                    let patience = site.clock().sleep(PATIENCE.saturating_sub(age));
                    return Ok(match select(Box::pin(self.carry(site, &flight, was_left)), patience).await {
                        Either::Left((Some(Ok(token)), _)) => token,
                        Either::Left(_) | Either::Right(_) => current,
                    });
                }
                Plan::Wait { flight, was_left } => match self.carry(site, &flight, was_left).await {
                    // It may have ended long before somebody looked.
                    Some(Ok(token)) if token.is_valid(site.clock().now()) => return Ok(token),
                    Some(Err(error)) if !was_left || error.is_said_by_site() => return Err(error),
                    Some(Err(error)) => last = Some(error),
                    Some(Ok(_)) | None => {}
                },
            }
        }
        Err(last.unwrap_or_else(|| {
            AuthError::new(AuthErrorKind::Unreachable, "tokens end before they can be used")
        }))
    }

    /// Has the site check the password, and gives the token that it grants for it: whoever signs a visitor in calls
    /// this. A store, a saved token or a refresh token does not count; that the site refused the very same password a
    /// moment ago does.
    ///
    /// The token is this identity's from then on, under a `client_name` of its own where the plugin has those, and not
    /// put into a store.
    ///
    /// # Errors
    /// As those of [`token`](Self::token). For a fixed credential this succeeds without asking the site.
    pub async fn sign_in(&self, site: &Site) -> Result<Arc<Token>, AuthError> {
        self.0.may_ask(site)?;
        let mut last = None;
        for _ in 0..MAX_ROUNDS {
            let (flight, is_ours, was_left) = {
                let now = site.clock().now();
                let mut slot = self.0.lock();
                if let Some(flight) = slot.flight.clone() {
                    let was_left = flight.is_left();
                    (Arc::clone(&flight), flight.signs_in, was_left)
                } else if let Some(error) = slot.recent_failure(now).filter(AuthError::is_of_password) {
                    return Err(error);
                } else {
                    let flight = self.begin(site, &mut slot, true);
                    drop(slot);
                    self.spawn(&flight);
                    (flight, true, false)
                }
            };
            match self.carry(site, &flight, was_left).await {
                Some(Ok(token)) if is_ours && token.is_valid(site.clock().now()) => return Ok(token),
                Some(Err(error)) if error.is_said_by_site() || (is_ours && !was_left) => return Err(error),
                Some(Err(error)) => last = Some(error),
                Some(Ok(_)) | None => {}
            }
        }
        Err(last.unwrap_or_else(|| AuthError::new(AuthErrorKind::Unreachable, "no sign-in came to an end")))
    }

    /// Completes a sign-in that needed a second factor with the user's `code`, and gives the token, which is this
    /// identity's from then on.
    ///
    /// # Errors
    /// [`AuthErrorKind::WrongCredentials`] for a wrong code, and [`AuthErrorKind::SecondFactorRequired`] where it came too
    /// late: sign in again.
    pub async fn complete_sign_in(
        &self,
        site: &Site,
        second_factor: &SecondFactor,
        code: &SecretString,
    ) -> Result<Arc<Token>, AuthError> {
        self.0.may_ask(site)?;
        let token = Arc::new(self.0.setup.complete(site, second_factor, code).await?);
        self.0.lock().land(&token, site.clock().now());
        Ok(token)
    }

    /// Forgets the token, here and in the store, so that the next request signs in anew. The site is not told: a token
    /// that somebody copied is good until it ends.
    ///
    /// # Errors
    /// [`AuthErrorKind::Unreachable`] where the store cannot be used.
    pub async fn sign_out(&self, site: &Site) -> Result<(), AuthError> {
        self.0.may_ask(site)?;
        self.0.empty();
        let forgotten = self.0.setup.forget(site).await;
        // Who asked meanwhile may have found the old one in the store.
        self.0.empty();
        forgotten
    }

    /// Says that the server refused `token`. It is dropped only if it is still the current one, so a
    /// hundred late refusals of one token cost one renewal.
    ///
    /// `false` when a new token would be refused like this one: it is new, and was never accepted.
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
            // Each request with it would count towards a lock-out.
            let detail = "the site refused the token that it was sent";
            slot.fail(AuthError::new(AuthErrorKind::TokenRefused, detail), now, locks);
        }
        drop(slot);
        self.0.gate.open();
        !is_useless
    }

    /// Lets a request that carries `token` be sent. Where the site locks sign-in after refused tokens, few requests carry
    /// one that was not accepted yet. `None`: it was refused meanwhile.
    pub(crate) async fn admit(&self, site: &Site, token: &Arc<Token>) -> Option<Admission<'_>> {
        if token.is_proven() || !self.0.locks() {
            return Some(Admission::free());
        }
        self.0
            .gate
            .enter(site, || match (token.is_proven(), self.0.is_current(token)) {
                (true, _) => Some(true),
                (false, true) => None,
                (false, false) => Some(false),
            })
            .await
    }

    /// Notes that the server accepted `token`.
    pub(crate) fn accepted(&self, token: &Token) {
        if !token.is_proven() {
            token.prove();
            self.0.gate.open();
        }
    }

    /// What kind of credential it gives.
    pub fn scheme(&self) -> Scheme {
        self.0.setup.provider.scheme()
    }

    /// What an error says of the credential that the request carried; `None`: nothing.
    pub fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        self.0.setup.provider.classify(error)
    }

    /// A token that was saved, or that came from elsewhere, as this identity sends it.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`] for a text that no header can hold.
    pub fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.0.setup.restore(saved)
    }

    /// Asks the site whether `token` is good.
    ///
    /// # Errors
    /// Why it is not; [`AuthErrorKind::Unsupported`] where the site cannot be asked, and
    /// [`AuthErrorKind::Unproven`] where its response proves nothing.
    pub async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        self.0.may_ask(site)?;
        self.0.setup.provider.validate(site, token).await
    }

    /// What to do for a token, decided under the lock.
    fn plan(&self, site: &Site) -> Plan {
        let now = site.clock().now();
        let mut slot = self.0.lock();
        let current = slot.held.as_ref().filter(|held| !held.refused && held.token.is_valid(now));
        let current = current.map(|held| Arc::clone(&held.token));
        if let Some(token) = current.as_ref().filter(|token| token.is_fresh(now)) {
            return Plan::Use(Ok(Arc::clone(token)));
        }
        if let Some(flight) = slot.flight.clone() {
            let was_left = flight.is_left();
            return match current {
                // Others wait for it already, and it may hang.
                Some(token) if !was_left && !token.is_ended_when_renewed() => Plan::Use(Ok(token)),
                Some(current) => Plan::RenewEarly { flight, was_left, current },
                None => Plan::Wait { flight, was_left },
            };
        }
        if let Some(error) = slot.recent_failure(now) {
            return Plan::Use(current.ok_or(error));
        }
        let flight = self.begin(site, &mut slot, false);
        drop(slot);
        self.spawn(&flight);
        match current {
            Some(current) => Plan::RenewEarly { flight, was_left: false, current },
            None => Plan::Wait { flight, was_left: false },
        }
    }

    /// A token request, which is in the slot until somebody saw how it ended.
    fn begin(&self, site: &Site, slot: &mut Slot, signs_in: bool) -> Arc<Flight> {
        let (setup, site) = (Arc::clone(&self.0.setup), site.clone());
        // A token that was refused and could not be replaced is tried again once the back-off is over.
        let was_tried = slot.failure.is_some();
        let previous = slot.held.as_ref().map(|held| (Arc::clone(&held.token), held.refused && !was_tried));
        let (clock, resumes) = (Arc::clone(site.clock()), !slot.is_signed_out);
        let obtain = async move {
            let obtained = AssertUnwindSafe(async {
                let occasion = match &previous {
                    _ if signs_in => Occasion::sign_in(),
                    Some((token, refused)) => Occasion::after(token).refused(*refused),
                    None => Occasion::first(),
                };
                let obtained = std::pin::pin!(setup.obtain(&site, occasion, resumes));
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
        let flight = Flight::new(self.0.address(), signs_in, clock, obtain);
        slot.flight = Some(Arc::clone(&flight));
        flight
    }

    /// Hands a flight that was begun to the executor, if there is one. Without the lock, for it may poll at once.
    fn spawn(&self, flight: &Arc<Flight>) {
        if let Some(spawn) = &self.0.setup.spawn {
            spawn(flight.join().map(|_| ()).boxed());
        }
    }

    /// Whether a provider blocks its thread: it waits for a user, or for a disk.
    fn is_blocking(site: &Site, flight: &Flight) -> bool {
        let age = site.clock().now().duration_since(flight.begun).unwrap_or_default();
        flight.is_polled() && age < DEADLINE
    }

    /// Waits for a token request, and notes how it ended. `None`: it never will, since the runtime that it was begun in
    /// is not driven any more.
    ///
    /// `was_left`: nobody had waited for it. That it failed long ago is not to be remembered, unless the site said so.
    async fn carry(&self, site: &Site, flight: &Arc<Flight>, was_left: bool) -> Option<Outcome> {
        let mut waiter = flight.join();
        let mut beats = flight.beats();
        let outcome = loop {
            match select(&mut waiter, site.clock().sleep(SILENCE)).await {
                Either::Left((outcome, _)) => break Some(outcome),
                Either::Right(_) if flight.beats() == beats && !Self::is_blocking(site, flight) => {
                    break None;
                }
                Either::Right(_) => beats = flight.beats(),
            }
        };
        drop(waiter);
        let (now, locks) = (site.clock().now(), self.0.locks());
        let mut slot = self.0.lock();
        if slot.flight.take_if(|current| Arc::ptr_eq(current, flight)).is_some() {
            match &outcome {
                Some(Ok(token)) => slot.land(token, now),
                Some(Err(error)) if !was_left || error.is_said_by_site() => {
                    slot.fail(error.clone(), now, locks);
                }
                Some(Err(_)) | None => {}
            }
        }
        outcome
    }
}

impl Slot {
    fn land(&mut self, token: &Arc<Token>, now: SystemTime) {
        let refused = self.held.as_ref().filter(|held| held.refused);
        let replaces = refused.is_some();
        if refused.is_some_and(|held| held.token.is_same(token)) {
            // Once more, for the server may accept it by now. By few at a time.
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

    /// The error of a while ago, as long as it counts.
    fn recent_failure(&self, now: SystemTime) -> Option<AuthError> {
        // A clock that was set back must not make a moment last for years.
        let recent = self.failure.as_ref().filter(|failure| failure.since <= now && now < failure.until)?;
        Some(recent.error.clone()).filter(|error| !error.second_factor().is_some_and(SecondFactor::is_over))
    }
}

/// What a task that needs a token does.
enum Plan {
    /// Takes what is there: a token, or the error of a while ago.
    Use(Outcome),
    /// Waits for a request.
    Wait {
        flight: Arc<Flight>,
        /// Nobody had waited for it: that it failed says nothing of one that is begun now.
        was_left: bool,
    },
    /// Waits a moment for a request, and goes on with the token that is still good.
    RenewEarly { flight: Arc<Flight>, was_left: bool, current: Arc<Token> },
}

impl Inner {
    /// Whether the credential may be sent to `site`, and this is not the provider itself that asks.
    fn may_ask(self: &Arc<Self>, site: &Site) -> Result<(), AuthError> {
        site.may_carry_credential()?;
        let home = self.home.get_or_init(|| site.root().clone());
        if home != site.root() {
            let detail = format!("it belongs to {home}; make another identity for {}", site.root());
            return Err(AuthError::invalid(detail));
        }
        if flight::is_inside(self.address()) {
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

    /// Forgets the token, and what is under way.
    fn empty(&self) {
        let mut slot = self.lock();
        slot.is_signed_out = true;
        let old = (slot.held.take(), slot.flight.take());
        drop(slot);
        drop(old); // without the lock
    }

    fn is_current(&self, token: &Arc<Token>) -> bool {
        let slot = self.lock();
        slot.held.as_ref().is_some_and(|held| Arc::ptr_eq(&held.token, token) && !held.refused)
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        // Nothing that can panic runs under the lock.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<IdentityBuilder> for Identity {
    fn from(builder: IdentityBuilder) -> Self {
        let (slot, gate) = (Mutex::default(), Gate::default());
        Self(Arc::new(Inner { setup: Arc::new(builder), home: OnceLock::new(), slot, gate }))
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
