//! The cache before a provider: a fresh token at once, and one token request at a time.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Either, Shared, select};
use wp_core::{ApiError, ApiRoot, Site};

use crate::{AuthError, AuthErrorKind, Occasion, SavedToken, Token, TokenProvider};

/// Somebody on a site: a provider, and the token that it got. A clone is the same identity and
/// shares the token; it belongs to the site that it is used with first.
///
/// However many tasks ask, at most one token request is in flight, and all get its result:
///
/// - a fresh token is handed out at once;
/// - shortly before its end, one task renews it while the others go on with it, and if that fails
///   it still serves;
/// - after its end, all wait for one request. A task that is cancelled meanwhile takes nothing from
///   the others: the next one carries the request on;
/// - a failure is shared as well, and remembered for a moment, a wrong password for longer each
///   time, so that no loop locks the account.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

struct Inner {
    provider: Arc<dyn TokenProvider>,
    home: OnceLock<ApiRoot>,
    /// Never held across an await.
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    held: Option<Held>,
    flight: Option<Flight>,
    failure: Option<Failure>,
}

/// The last token. It stays after it was refused, for providers that renew from it.
struct Held {
    token: Arc<Token>,
    since: SystemTime,
    refused: bool,
    /// It came in place of one that was refused.
    replaces: bool,
}

type Outcome = Result<Arc<Token>, AuthError>;

/// A token request. It lives in the slot, so that no task owns it and any can carry it on.
#[derive(Clone)]
struct Flight {
    future: Shared<BoxFuture<'static, Outcome>>,
    state: Arc<FlightState>,
}

struct FlightState {
    /// When the last task that waited left, or when it began.
    left: Mutex<SystemTime>,
    /// It was left for so long that another begins unless it ends at once: how it fails is no news.
    given_up: AtomicBool,
}

impl Flight {
    /// Whether a task waits for it: the slot has a handle, and so has who asks.
    fn is_carried(&self) -> bool {
        self.future.strong_count().is_some_and(|handles| handles > 2)
    }

    /// Waits for it, and notes when that ends, however it ends.
    async fn carry(&self, site: &Site) -> Outcome {
        struct Leaving<'a>(&'a FlightState, &'a Site);
        impl Drop for Leaving<'_> {
            fn drop(&mut self) {
                *self.0.left.lock().unwrap_or_else(PoisonError::into_inner) = self.1.clock().now();
            }
        }
        let _leaving = Leaving(&self.state, site);
        self.future.clone().await
    }

    fn is_given_up(&self) -> bool {
        self.state.given_up.load(Relaxed)
    }
}

struct Failure {
    error: AuthError,
    since: SystemTime,
    until: SystemTime,
    /// Failures in a row.
    count: u32,
}

/// How long it may take to obtain a token, whatever the provider does for it.
const DEADLINE: Duration = Duration::from_secs(120);
/// A request that nobody carried on for this long is started anew...
const STALE: Duration = Duration::from_secs(10);
/// ...unless it ends within this: its answer may be here already, with a token that is given only once.
const GRACE: Duration = Duration::from_secs(1);
/// A token that is refused so soon would be refused again.
const PROBATION: Duration = Duration::from_secs(60);

impl Identity {
    /// An identity without a token yet.
    pub fn new(provider: impl TokenProvider) -> Self {
        let slot = Mutex::default();
        Self(Arc::new(Inner { provider: Arc::new(provider), home: OnceLock::new(), slot }))
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
    /// Why there is none: the same error for all who waited, and for those who come in the moment
    /// after. [`AuthErrorKind::Invalid`] where a credential must not be sent (plain http), or at a
    /// site that this identity does not belong to.
    pub async fn token(&self, site: &Site) -> Result<Arc<Token>, AuthError> {
        self.0.is_home(site)?;
        loop {
            match self.plan(site) {
                Plan::Use(outcome) => return outcome,
                Plan::Wait(flight) => match flight.carry(site).await {
                    Err(_) if flight.is_given_up() => {}
                    outcome => return outcome,
                },
                Plan::RenewEarly(flight, current) => {
                    let renewed = flight.carry(site).await;
                    return if renewed.is_err() && self.0.is_good(&current, site) {
                        Ok(current)
                    } else {
                        renewed
                    };
                }
                Plan::Revive(flight) => {
                    flight.state.given_up.store(true, Relaxed);
                    let ended = select(flight.future.clone(), site.clock().sleep(GRACE)).await;
                    if let Either::Left((Ok(token), _)) = ended {
                        return Ok(token);
                    }
                    drop(ended);
                    let mut slot = self.0.lock();
                    let ours =
                        |current: &mut Flight| current.future.ptr_eq(&flight.future) && !current.is_carried();
                    slot.flight.take_if(ours);
                }
            }
        }
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
        let young = now.duration_since(held.since).is_ok_and(|age| age < PROBATION);
        let proves_nothing = held.replaces && held.token.is_ignored_when_bad();
        if young && (proves_nothing || !held.token.is_proven()) {
            return false;
        }
        held.refused = true;
        true
    }

    /// What its provider is called.
    pub fn name(&self) -> &'static str {
        self.0.provider.name()
    }

    /// What an error says of the credential that the request carried; `None`: nothing.
    pub fn meaning(&self, error: &ApiError) -> Option<AuthErrorKind> {
        self.0.provider.meaning(error)
    }

    /// A token that was saved, or that came from elsewhere, as this identity sends it.
    ///
    /// # Errors
    /// [`AuthErrorKind::Invalid`] for a text that no header can hold.
    pub fn restore(&self, saved: &SavedToken) -> Result<Token, AuthError> {
        self.0.provider.restore(saved)
    }

    /// Asks the site whether `token` is good.
    ///
    /// # Errors
    /// Why it is not; [`AuthErrorKind::Unsupported`] where the site cannot be asked.
    pub async fn validate(&self, site: &Site, token: &Token) -> Result<(), AuthError> {
        self.0.is_home(site)?;
        self.0.provider.validate(site, token).await
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
            if flight.is_carried() {
                let serves = current.filter(|token| !token.ends_when_renewed());
                return serves.map_or(Plan::Wait(flight), |token| Plan::Use(Ok(token)));
            }
            let left = *flight.state.left.lock().unwrap_or_else(PoisonError::into_inner);
            if now.duration_since(left).is_ok_and(|age| age >= STALE) {
                return Plan::Revive(flight);
            }
            return Plan::wait(flight, current);
        }
        // A clock that was set back must not make a moment last for years.
        let recent = |failure: &&Failure| failure.since <= now && now < failure.until;
        if let Some(failure) = slot.failure.as_ref().filter(recent) {
            return Plan::Use(current.ok_or_else(|| failure.error.clone()));
        }
        let previous = slot.held.as_ref().map(|held| Arc::clone(&held.token));
        let flight = self.take_off(site.clone(), previous, now);
        slot.flight = Some(flight.clone());
        drop(slot);
        Plan::wait(flight, current)
    }

    /// A token request that ends in the slot, however it ends.
    fn take_off(&self, site: Site, previous: Option<Arc<Token>>, since: SystemTime) -> Flight {
        let provider = Arc::clone(&self.0.provider);
        // The slot holds the flight, so the flight must not hold the slot.
        let home = Arc::downgrade(&self.0);
        let state = Arc::new(FlightState { left: Mutex::new(since), given_up: AtomicBool::new(false) });
        let flight_state = Arc::clone(&state);
        let future = async move {
            let obtained = AssertUnwindSafe(async {
                let obtained = provider.obtain(&site, Occasion::after(previous.as_deref()));
                let deadline = site.clock().sleep(DEADLINE);
                match select(obtained, deadline).await {
                    Either::Left((outcome, _)) => outcome,
                    Either::Right(_) => {
                        let detail = format!("no token within {} s", DEADLINE.as_secs());
                        Err(AuthError::new(AuthErrorKind::Unreachable, detail))
                    }
                }
            });
            let panicked = |_| AuthError::new(AuthErrorKind::Panicked, "");
            let outcome = obtained.catch_unwind().await.map_err(panicked).flatten().map(Arc::new);
            land(&home, &outcome, &flight_state, site.clock().now());
            outcome
        };
        Flight { future: future.boxed().shared(), state }
    }
}

/// Puts the outcome of a token request where the next task finds it.
fn land(home: &Weak<Inner>, outcome: &Outcome, state: &FlightState, now: SystemTime) {
    let Some(home) = home.upgrade() else { return };
    let mut slot = home.lock();
    slot.flight = None;
    match outcome {
        Ok(token) => {
            let replaces = slot.held.as_ref().is_some_and(|held| held.refused);
            slot.held = Some(Held { token: Arc::clone(token), since: now, refused: false, replaces });
            slot.failure = None;
        }
        Err(_) if state.given_up.load(Relaxed) => {}
        Err(error) => {
            let count = slot.failure.as_ref().map_or(0, |failure| failure.count).saturating_add(1);
            let until = now.checked_add(back_off(error.kind(), count)).unwrap_or(now);
            slot.failure = Some(Failure { error: error.clone(), since: now, until, count });
        }
    }
}

/// How long an error is remembered after `count` failures in a row. A wrong password stays wrong, and
/// sites lock out whom they see five times in a minute.
fn back_off(kind: AuthErrorKind, count: u32) -> Duration {
    let (first, most) = match kind {
        AuthErrorKind::WrongCredentials => (15, 15 * 60),
        AuthErrorKind::LockedOut => (60, 15 * 60),
        _ => (1, 30),
    };
    Duration::from_secs((first << count.saturating_sub(1).min(10)).min(most))
}

/// What a task that needs a token does.
enum Plan {
    /// Takes what is there: a token, or the error of a moment ago.
    Use(Outcome),
    /// Waits for a request.
    Wait(Flight),
    /// Carries a request on while its token is still good for the others.
    RenewEarly(Flight, Arc<Token>),
    /// Looks what became of a request that nobody carried on.
    Revive(Flight),
}

impl Plan {
    fn wait(flight: Flight, current: Option<Arc<Token>>) -> Self {
        match current {
            Some(current) => Self::RenewEarly(flight, current),
            None => Self::Wait(flight),
        }
    }
}

impl Inner {
    /// Whether the credential may be sent to `site`.
    fn is_home(&self, site: &Site) -> Result<(), AuthError> {
        site.may_carry_credential()?;
        let home = self.home.get_or_init(|| site.root().clone());
        if home == site.root() {
            return Ok(());
        }
        let detail = format!("it belongs to {home}; make another identity for {}", site.root());
        Err(AuthError::invalid(detail))
    }

    /// Whether `token` is the current one, and still good.
    fn is_good(&self, token: &Arc<Token>, site: &Site) -> bool {
        let now = site.clock().now();
        let slot = self.lock();
        let held = slot.held.as_ref().filter(|held| Arc::ptr_eq(&held.token, token));
        held.is_some_and(|held| !held.refused && held.token.is_valid(now))
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        // Nothing that can panic runs under the lock.
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
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
        f.debug_tuple("Identity").field(&self.0.provider).finish()
    }
}
