//! Obtaining a token that several processes share through a store.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use std::time::Duration;

use futures_util::future::{Either, select};
use wp_core::Site;

use crate::back_off::is_shared;
use crate::verifier::Verifier;
use crate::{
    Account, AuthError, Lease, Occasion, StoreEntry, StoreError, StoreErrorKind, StoreLock, Token,
    TokenProvider, TokenStore,
};

/// For how long the right to obtain a token is taken at a time, ...
const LEASE: Duration = Duration::from_secs(10);
/// ... how often it is extended while its holder is polled, ...
const EXTEND_EVERY: Duration = Duration::from_secs(3);
/// ... and for how long in all: the deadline of a token request.
const LONGEST_HOLD: Duration = crate::exchange::DEADLINE;
/// How long those who wait for it do, before they sign in for themselves.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How often they look again.
const POLL: Duration = Duration::from_millis(100);
/// How long a store may take.
const DEADLINE: Duration = Duration::from_secs(3);
/// For how long a token that the site accepted counts as proven for other processes.
const PROOF_LASTS: Duration = Duration::from_secs(60);

pub(crate) type Notice = Box<dyn Fn(&StoreError) + Send + Sync>;

/// A store, and what an identity knows of it.
///
/// Whoever needs a token looks for one in the store first. If there is none, one process obtains it while the others
/// wait. A store that cannot be used costs the sharing and nothing else.
pub(crate) struct SharedToken {
    store: Arc<dyn TokenStore>,
    notice: Option<Notice>,
    /// A failure was reported, and nothing has worked since.
    reported: AtomicBool,
    verifier: Verifier,
    /// How often the token was forgotten: what was being obtained then is not kept.
    forgotten: AtomicU64,
}

/// What is looked for in the store.
struct Wanted<'a> {
    provider: &'a dyn TokenProvider,
    site: &'a Site,
    key: String,
    /// The digest of the password; `None` where there is no password to compare.
    verifier: Option<String>,
    occasion: Occasion<'a>,
}

/// What a look into the store comes to.
enum Turn {
    /// A token that can be used.
    Found(Token),
    /// The site refused this password a moment ago.
    Refused(AuthError),
    /// The password was right a moment ago: users who sign in with it need not wait for each other.
    Right,
    /// The right to obtain one, and what is there.
    Ours(Box<dyn StoreLock>, StoreEntry),
}

impl SharedToken {
    pub(crate) fn new(store: impl TokenStore, notice: Option<Notice>) -> Self {
        let (reported, verifier) = (AtomicBool::new(false), Verifier::default());
        Self { store: Arc::new(store), notice, reported, verifier, forgotten: AtomicU64::new(0) }
    }

    pub(crate) fn on_failure(&mut self, notice: Notice) {
        self.notice = Some(notice);
    }

    fn report(&self, error: &StoreError) {
        if let Some(notice) = self.notice.as_ref().filter(|_| !self.reported.swap(true, Relaxed)) {
            notice(error);
        }
    }

    /// A token of the store, or one that is obtained and kept there.
    pub(crate) async fn obtain(
        &self,
        provider: &dyn TokenProvider,
        account: &Account,
        site: &Site,
        occasion: Occasion<'_>,
    ) -> Result<Token, AuthError> {
        let forgotten = self.forgotten.load(SeqCst);
        let key = key(provider, account, site);
        let verifier = match account.secret() {
            Some(secret) => {
                let verifier = self.verifier.of(&key, secret, self.store.is_sealed()).await;
                if verifier.is_none() {
                    self.report(&StoreError::new(StoreErrorKind::Unavailable, "no thread can be started"));
                    return provider.obtain(site, occasion).await;
                }
                verifier
            }
            // Nothing is kept of a user who signs in but that their password was refused.
            None if occasion.signs_in() => return provider.obtain(site, occasion).await,
            None => None,
        };
        let wanted = Wanted { provider, site, key, verifier, occasion };
        let (mut lock, entry) = match self.turn(&wanted).await {
            Ok(Turn::Found(token)) => {
                self.reported.store(false, Relaxed);
                return Ok(token);
            }
            Ok(Turn::Refused(error)) => return Err(error),
            Ok(Turn::Right) => return provider.obtain(site, occasion).await,
            Ok(Turn::Ours(lock, entry)) if occasion.signs_in() => {
                return self.sign_in(&wanted, lock, entry).await;
            }
            Ok(Turn::Ours(lock, entry)) => (lock, entry),
            Err(error) => {
                self.report(&error);
                return provider.obtain(site, occasion).await;
            }
        };
        let (outcome, entry) = self.hold(site, &mut lock, wanted.obtain(entry)).await;
        let entry = entry.filter(|_| self.forgotten.load(SeqCst) == forgotten);
        self.release(site, lock, entry.as_ref()).await;
        outcome
    }

    /// Has the site check the password. The store notes that this password is being tried, and its lock is released
    /// meanwhile, so that guesses do not delay a sign-in with another password.
    async fn sign_in(
        &self,
        wanted: &Wanted<'_>,
        lock: Box<dyn StoreLock>,
        entry: StoreEntry,
    ) -> Result<Token, AuthError> {
        let Wanted { provider, site, occasion, .. } = *wanted;
        let verifier = wanted.verifier.as_deref().unwrap_or_default();
        self.release(site, lock, Some(&entry.with_try(verifier, site.clock().now()))).await;
        let outcome = provider.obtain(site, occasion).await;
        match self.note(wanted, verifier, &outcome).await {
            Ok(()) => self.reported.store(false, Relaxed),
            Err(error) => self.report(&error),
        }
        outcome
    }

    /// Notes what came of a sign-in. Where another has the store for longer, what was noted before ends by itself.
    async fn note<T>(
        &self,
        wanted: &Wanted<'_>,
        verifier: &str,
        outcome: &Result<T, AuthError>,
    ) -> Result<(), StoreError> {
        let (site, clock) = (wanted.site, wanted.site.clock());
        let start = clock.now();
        while clock.now().duration_since(start).unwrap_or_default() <= DEADLINE {
            if let Some(lock) =
                in_time(site, self.store.lock(&wanted.key, Lease::new(clock.now(), LEASE))).await?
            {
                let (entry, now) = (self.load(wanted).await?, clock.now());
                let entry = match outcome {
                    Ok(_) => entry.with_right(verifier, now),
                    Err(error) if is_shared(error) => {
                        entry.without_try(verifier).with_refusal(verifier, error, now)
                    }
                    Err(_) => entry.without_try(verifier),
                };
                return in_time(site, lock.release(Some(&entry))).await;
            }
            clock.sleep(POLL.mul_f64(0.5 + fastrand::f64())).await;
        }
        Ok(())
    }

    async fn release(&self, site: &Site, lock: Box<dyn StoreLock>, entry: Option<&StoreEntry>) {
        match in_time(site, lock.release(entry)).await {
            Ok(()) => self.reported.store(false, Relaxed),
            Err(error) => self.report(&error),
        }
    }

    /// Forgets the token, so that no process uses it from now on.
    pub(crate) async fn forget(
        &self,
        provider: &dyn TokenProvider,
        account: &Account,
        site: &Site,
    ) -> Result<(), StoreError> {
        self.forgotten.fetch_add(1, SeqCst);
        in_time(site, self.store.delete(&key(provider, account, site))).await
    }

    async fn load(&self, wanted: &Wanted<'_>) -> Result<StoreEntry, StoreError> {
        match in_time(wanted.site, self.store.load(&wanted.key)).await {
            Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                self.report(&error);
                Ok(StoreEntry::default())
            }
            entry => Ok(entry?.unwrap_or_default()),
        }
    }

    async fn turn(&self, wanted: &Wanted<'_>) -> Result<Turn, StoreError> {
        let (site, clock) = (wanted.site, wanted.site.clock());
        let start = clock.now();
        loop {
            let entry = self.load(wanted).await?;
            if let Some(turn) = wanted.look(&entry, true) {
                return Ok(turn);
            }
            let lease = Lease::new(clock.now(), LEASE);
            if !wanted.is_tried(&entry)
                && let Some(lock) = in_time(site, self.store.lock(&wanted.key, lease)).await?
            {
                // Whoever had the right before may have left something.
                let entry = self.load(wanted).await?;
                let turn = wanted.look(&entry, true);
                if turn.is_none() && !wanted.is_tried(&entry) {
                    return Ok(Turn::Ours(lock, entry));
                }
                // What was found is good, whatever becomes of the lock.
                if let Err(error) = in_time(site, lock.release(None)).await {
                    self.report(&error);
                }
                if let Some(turn) = turn {
                    return Ok(turn);
                }
            }
            if clock.now().duration_since(start).unwrap_or_default() > LONGEST_WAIT {
                let detail = "other processes have been obtaining a token for too long";
                return Err(StoreError::new(StoreErrorKind::Unavailable, detail));
            }
            clock.sleep(POLL.mul_f64(0.5 + fastrand::f64())).await;
        }
    }

    /// Does `work`, and extends the lease meanwhile: only while this is polled, and no longer than a token request
    /// may take.
    async fn hold<T>(&self, site: &Site, lock: &mut Box<dyn StoreLock>, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let clock = site.clock();
        let taken = clock.now();
        loop {
            match select(work.as_mut(), clock.sleep(EXTEND_EVERY)).await {
                Either::Left((done, _)) => return done,
                Either::Right(_) => {
                    let held = clock.now().duration_since(taken).unwrap_or_default();
                    let length = LEASE.min(LONGEST_HOLD.saturating_sub(held));
                    if length.is_zero() {
                        return work.await;
                    }
                    match in_time(site, lock.extend(Lease::new(clock.now(), length))).await {
                        Ok(true) => {}
                        Ok(false) => return work.await,
                        Err(error) => self.report(&error),
                    }
                }
            }
        }
    }
}

impl Wanted<'_> {
    /// Whether the entry holds what is to be used, or what is to be believed, without asking the site.
    fn look(&self, entry: &StoreEntry, needs_proof: bool) -> Option<Turn> {
        let now = self.site.clock().now();
        if let Some(token) = self.token(entry).filter(|_| !self.occasion.signs_in()) {
            let is_new = self.occasion.previous().is_none_or(|previous| !token.is_same(previous));
            if is_new && token.is_fresh(now) && !(needs_proof && self.is_to_be_proven(entry)) {
                return Some(Turn::Found(token));
            }
        }
        let verifier = self.verifier.as_deref()?;
        if let Some(error) = entry.refusal(verifier, now) {
            return Some(Turn::Refused(error));
        }
        (self.occasion.signs_in() && entry.is_right(verifier, now)).then_some(Turn::Right)
    }

    /// Whether another signs in with the same password now, so that it is known in a moment whether it is right.
    fn is_tried(&self, entry: &StoreEntry) -> bool {
        let now = self.site.clock().now();
        self.verifier.as_deref().is_some_and(|verifier| entry.is_tried(verifier, now)) && !self.renews(entry)
    }

    /// Whether the password may not be needed.
    fn renews(&self, entry: &StoreEntry) -> bool {
        let newest = self.token(entry);
        let newest = newest.as_ref().or(self.occasion.previous());
        !self.occasion.signs_in() && newest.is_some_and(|token| token.refresh().is_some())
    }

    /// The token of the entry, if it was granted for this password and is of this kind.
    fn token(&self, entry: &StoreEntry) -> Option<Token> {
        if self.verifier.is_some() && self.verifier != entry.verifier {
            return None;
        }
        let saved = entry.token.as_ref().filter(|saved| saved.is_for(&self.site.root().to_string()))?;
        saved.token().ok().map(|token| self.provider.adopt(token))
    }

    /// Whether a bad token would count towards a lock-out, and nobody saw a moment ago that this one is good.
    fn is_to_be_proven(&self, entry: &StoreEntry) -> bool {
        let now = self.site.clock().now();
        let proven = entry.proven.and_then(|proven| now.duration_since(proven).ok());
        self.provider.scheme().locks_after_refusals() && proven.is_none_or(|age| age > PROOF_LASTS)
    }

    /// Obtains a token, and says what is to be kept.
    async fn obtain(&self, entry: StoreEntry) -> (Result<Token, AuthError>, Option<StoreEntry>) {
        if let Some(Turn::Found(token)) = self.look(&entry, false) {
            // One request tries it, in place of many that would each count as a failure.
            match self.provider.validate(self.site, &token).await {
                Err(error) if error.kind().is_renewable() => {}
                checked => {
                    let now = self.site.clock().now();
                    return (Ok(token), checked.ok().map(|()| entry.proven_at(now)));
                }
            }
        }
        let found = self.token(&entry).filter(|_| !self.occasion.signs_in());
        let newest = found.as_ref().or(self.occasion.previous());
        let occasion =
            if self.occasion.signs_in() { self.occasion } else { self.occasion.shared_after(newest) };
        let obtained = self.provider.obtain(self.site, occasion).await;
        let (now, verifier) = (self.site.clock().now(), self.verifier.as_deref());
        let kept = match (&obtained, verifier) {
            (Ok(token), verifier) => {
                let token = token.clone().of_root(Some(self.site.root().to_string()));
                Some(entry.with_token(&token, verifier)).filter(|entry| entry.token.is_some())
            }
            (Err(error), Some(verifier)) if is_shared(error) => {
                Some(entry.with_refusal(verifier, error, now))
            }
            (Err(_), _) => None,
        };
        (obtained, kept)
    }
}

/// All that a token depends on, so that no other one is found in its place.
fn key(provider: &dyn TokenProvider, account: &Account, site: &Site) -> String {
    let (root, scheme) = (site.root().to_string(), provider.scheme());
    let parts = [Some(&*root), Some(scheme.id()), Some(account.name()), account.alias(), account.label()];
    // As JSON, so that no two lists of parts are the same text.
    serde_json::to_string(&parts).unwrap_or_default()
}

/// What a store responds, unless it takes too long.
async fn in_time<T>(
    site: &Site,
    response: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<T, StoreError> {
    match select(std::pin::pin!(response), site.clock().sleep(DEADLINE)).await {
        Either::Left((response, _)) => response,
        Either::Right(_) => {
            let detail = format!("no response within {} s", DEADLINE.as_secs());
            Err(StoreError::new(StoreErrorKind::Unavailable, detail))
        }
    }
}

impl fmt::Debug for SharedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.store.fmt(f)
    }
}
