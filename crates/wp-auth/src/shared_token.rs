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
    Account, AuthError, Lease, StoreEntry, StoreError, StoreErrorKind, StoreLock, Token, TokenProvider,
    TokenRequest, TokenStore,
};

/// The duration of the lock on a store's entry.
const LEASE: Duration = Duration::from_secs(10);
/// How often the lock is extended while its holder is polled.
const EXTEND_EVERY: Duration = Duration::from_secs(3);
/// The longest total time that the lock is held: the deadline of a token request.
const MAX_HOLD: Duration = crate::exchange::DEADLINE;
/// How long other processes wait for the lock before they sign in on their own.
const MAX_WAIT: Duration = Duration::from_secs(30);
/// How often they check the store again.
const POLL: Duration = Duration::from_millis(100);
/// The timeout of a store operation.
const DEADLINE: Duration = Duration::from_secs(3);
/// How long a token that the site accepted counts as proven for other processes.
const PROOF_LASTS: Duration = Duration::from_secs(60);

pub(crate) type Notice = Box<dyn Fn(&StoreError) + Send + Sync>;

/// A store, and what an identity knows about it.
///
/// A process that needs a token looks in the store first. If there is none, one process obtains it while the
/// others wait. If the store is unavailable, each process obtains its own token.
pub(crate) struct SharedToken {
    store: Arc<dyn TokenStore>,
    notice: Option<Notice>,
    /// A failure was reported, and no operation has succeeded since.
    reported: AtomicBool,
    verifier: Verifier,
    /// How often the token was deleted. A token that was being obtained during a deletion is not stored.
    forgotten: AtomicU64,
}

/// The token that is looked for in the store.
struct Wanted<'a> {
    provider: &'a dyn TokenProvider,
    site: &'a Site,
    key: String,
    /// The digest of the password; `None` without a password.
    verifier: Option<String>,
    request: TokenRequest<'a>,
}

/// The result of looking into the store.
enum Turn {
    /// A usable token.
    Found(Token),
    /// The site refused this password a moment ago.
    Refused(AuthError),
    /// The password was right a moment ago, so sign-ins with it need not wait for each other.
    Right,
    /// The lock, and the current entry.
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

    /// Returns the token in the store, or obtains one and stores it.
    pub(crate) async fn obtain(
        &self,
        provider: &dyn TokenProvider,
        account: &Account,
        site: &Site,
        request: TokenRequest<'_>,
    ) -> Result<Token, AuthError> {
        let forgotten = self.forgotten.load(SeqCst);
        let key = key(provider, account, site);
        let verifier = match account.secret() {
            Some(secret) => {
                let verifier = self.verifier.of(&key, secret, self.store.is_sealed()).await;
                if verifier.is_none() {
                    self.report(&StoreError::new(StoreErrorKind::Unavailable, "no thread can be started"));
                    return provider.obtain(site, request).await;
                }
                verifier
            }
            // Without a password there is no refusal to share, and a sign-in stores nothing else.
            None if request.signs_in() => return provider.obtain(site, request).await,
            None => None,
        };
        let wanted = Wanted { provider, site, key, verifier, request };
        let (mut lock, entry) = match self.turn(&wanted).await {
            Ok(Turn::Found(token)) => {
                self.reported.store(false, Relaxed);
                return Ok(token);
            }
            Ok(Turn::Refused(error)) => return Err(error),
            Ok(Turn::Right) => return provider.obtain(site, request).await,
            Ok(Turn::Ours(lock, entry)) if request.signs_in() => {
                return self.sign_in(&wanted, lock, entry).await;
            }
            Ok(Turn::Ours(lock, entry)) => (lock, entry),
            Err(error) => {
                self.report(&error);
                return provider.obtain(site, request).await;
            }
        };
        let (outcome, entry) = self.hold(site, &mut lock, wanted.obtain(entry)).await;
        let entry = entry.filter(|_| self.forgotten.load(SeqCst) == forgotten);
        self.release(site, lock, entry.as_ref()).await;
        outcome
    }

    /// Has the site check the password. The entry records that this password is being tried, and the lock is
    /// released meanwhile, so that wrong passwords do not delay a sign-in with another one.
    async fn sign_in(
        &self,
        wanted: &Wanted<'_>,
        lock: Box<dyn StoreLock>,
        entry: StoreEntry,
    ) -> Result<Token, AuthError> {
        let Wanted { provider, site, request, .. } = *wanted;
        let verifier = wanted.verifier.as_deref().unwrap_or_default();
        self.release(site, lock, Some(&entry.with_try(verifier, site.clock().now()))).await;
        let outcome = provider.obtain(site, request).await;
        match self.note(wanted, verifier, &outcome).await {
            Ok(()) => self.reported.store(false, Relaxed),
            Err(error) => self.report(&error),
        }
        outcome
    }

    /// Records the result of a sign-in. If the lock stays busy, the earlier record expires on its own.
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

    /// Deletes the token, so that no process uses it any more.
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
                // The previous holder of the lock may have stored something.
                let entry = self.load(wanted).await?;
                let turn = wanted.look(&entry, true);
                if turn.is_none() && !wanted.is_tried(&entry) {
                    return Ok(Turn::Ours(lock, entry));
                }
                // The result is valid even if the lock cannot be released.
                if let Err(error) = in_time(site, lock.release(None)).await {
                    self.report(&error);
                }
                if let Some(turn) = turn {
                    return Ok(turn);
                }
            }
            if clock.now().duration_since(start).unwrap_or_default() > MAX_WAIT {
                let detail = "other processes have been obtaining a token for too long";
                return Err(StoreError::new(StoreErrorKind::Unavailable, detail));
            }
            clock.sleep(POLL.mul_f64(0.5 + fastrand::f64())).await;
        }
    }

    /// Runs `work` and extends the lock meanwhile: only while this future is polled, and no longer than a token
    /// request may take.
    async fn hold<T>(&self, site: &Site, lock: &mut Box<dyn StoreLock>, work: impl Future<Output = T>) -> T {
        let mut work = std::pin::pin!(work);
        let clock = site.clock();
        let taken = clock.now();
        loop {
            match select(work.as_mut(), clock.sleep(EXTEND_EVERY)).await {
                Either::Left((done, _)) => return done,
                Either::Right(_) => {
                    let held = clock.now().duration_since(taken).unwrap_or_default();
                    let length = LEASE.min(MAX_HOLD.saturating_sub(held));
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
    /// Whether the entry has a usable token or a recent result, so that no request to the site is needed.
    fn look(&self, entry: &StoreEntry, needs_proof: bool) -> Option<Turn> {
        let now = self.site.clock().now();
        if let Some(token) = self.token(entry).filter(|_| !self.request.signs_in()) {
            let is_new = self.request.previous().is_none_or(|previous| !token.is_same(previous));
            if is_new && token.is_fresh(now) && !(needs_proof && self.is_to_be_proven(entry)) {
                return Some(Turn::Found(token));
            }
        }
        let verifier = self.verifier.as_deref()?;
        if let Some(error) = entry.refusal(verifier, now) {
            return Some(Turn::Refused(error));
        }
        (self.request.signs_in() && entry.is_right(verifier, now)).then_some(Turn::Right)
    }

    /// Whether another process is signing in with the same password, so that its result will be known soon.
    fn is_tried(&self, entry: &StoreEntry) -> bool {
        let now = self.site.clock().now();
        self.verifier.as_deref().is_some_and(|verifier| entry.is_tried(verifier, now)) && !self.renews(entry)
    }

    /// Whether a refresh token may make the password unnecessary.
    fn renews(&self, entry: &StoreEntry) -> bool {
        let newest = self.token(entry);
        let newest = newest.as_ref().or(self.request.previous());
        !self.request.signs_in() && newest.is_some_and(|token| token.refresh().is_some())
    }

    /// The token of the entry, if it was granted for this password and this site.
    fn token(&self, entry: &StoreEntry) -> Option<Token> {
        if self.verifier.is_some() && self.verifier != entry.verifier {
            return None;
        }
        let saved = entry.token.as_ref().filter(|saved| saved.is_for(&self.site.root().to_string()))?;
        saved.token().ok().map(|token| self.provider.adopt(token))
    }

    /// Whether the site counts refused tokens and has not accepted this token recently.
    fn is_to_be_proven(&self, entry: &StoreEntry) -> bool {
        let now = self.site.clock().now();
        let proven = entry.proven.and_then(|proven| now.duration_since(proven).ok());
        self.provider.scheme().locks_after_refusals() && proven.is_none_or(|age| age > PROOF_LASTS)
    }

    /// Obtains a token, and returns the entry to store.
    async fn obtain(&self, entry: StoreEntry) -> (Result<Token, AuthError>, Option<StoreEntry>) {
        if let Some(Turn::Found(token)) = self.look(&entry, false) {
            // One request checks the token, because concurrent requests would each count as a failure.
            match self.provider.validate(self.site, &token).await {
                Err(error) if error.kind().is_renewable() => {}
                checked => {
                    let now = self.site.clock().now();
                    return (Ok(token), checked.ok().map(|()| entry.proven_at(now)));
                }
            }
        }
        let found = self.token(&entry).filter(|_| !self.request.signs_in());
        let newest = found.as_ref().or(self.request.previous());
        let request = if self.request.signs_in() { self.request } else { self.request.shared_after(newest) };
        let obtained = self.provider.obtain(self.site, request).await;
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

/// The key of a token: everything that it depends on.
fn key(provider: &dyn TokenProvider, account: &Account, site: &Site) -> String {
    let (root, scheme) = (site.root().to_string(), provider.scheme());
    let parts = [Some(&*root), Some(scheme.id()), Some(account.name()), account.alias(), account.label()];
    // JSON, so that different parts never give the same key.
    serde_json::to_string(&parts).unwrap_or_default()
}

/// Runs a store operation with a timeout.
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
