//! Tokens that several processes share.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::future::{Either, select};
use wp_core::{Site, async_trait};

use crate::{AuthError, Occasion, StoreError, StoreErrorKind, StoreLock, Token, TokenProvider, TokenStore};

/// A provider whose tokens are shared through a [`TokenStore`]; see [`TokenProvider::stored`].
///
/// Who needs a token looks for one in the store first. If there is none, one process obtains it while the
/// others wait for it. A store that cannot be used costs the sharing and nothing else: each process then
/// signs in for itself, as if there were none.
pub struct Stored<P> {
    provider: P,
    store: Arc<dyn TokenStore>,
    lease: Duration,
    notice: Option<Notice>,
    /// It was said already, and nothing has worked since.
    said: AtomicBool,
}

type Notice = Box<dyn Fn(&StoreError) + Send + Sync>;

/// For how long a process may be at it before others think that it died. Two token requests fit in.
const LEASE: Duration = Duration::from_secs(45);
/// How long those who wait do, before they look again.
const POLL: Duration = Duration::from_millis(100);
/// How long a store may take.
const DEADLINE: Duration = Duration::from_secs(3);

impl<P> Stored<P> {
    pub(crate) fn new(provider: P, store: impl TokenStore) -> Self {
        let (store, said) = (Arc::new(store), AtomicBool::new(false));
        Self { provider, store, lease: LEASE, notice: None, said }
    }

    /// After which time a process that obtains a token is taken for dead, and another one begins: 45 s unless
    /// said. Files know it without. Who has waited for twice as long waits no longer, and signs in for itself.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Is told when the store fails, once until it works again. Requests do not fail with it.
    pub fn on_failure(mut self, notice: impl Fn(&StoreError) + Send + Sync + 'static) -> Self {
        self.notice = Some(Box::new(notice));
        self
    }

    fn say(&self, error: &StoreError) {
        if let Some(notice) = self.notice.as_ref().filter(|_| !self.said.swap(true, Relaxed)) {
            notice(error);
        }
    }
}

/// What a store answers, unless it takes too long.
async fn in_time<T>(
    site: &Site,
    answer: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<T, StoreError> {
    match select(std::pin::pin!(answer), site.clock().sleep(DEADLINE)).await {
        Either::Left((answer, _)) => answer,
        Either::Right(_) => {
            let detail = format!("no answer within {} s", DEADLINE.as_secs());
            Err(StoreError::new(StoreErrorKind::Unavailable, detail))
        }
    }
}

/// What the store has.
#[derive(Default)]
struct Found {
    token: Option<Token>,
    /// It can be used as it is.
    good: bool,
}

impl<P: TokenProvider> Stored<P> {
    async fn look(&self, site: &Site, key: &str, previous: Option<&Token>) -> Result<Found, StoreError> {
        let saved = match in_time(site, self.store.load(key)).await {
            Err(error) if error.kind() == StoreErrorKind::Corrupt => {
                self.say(&error);
                None
            }
            found => found?,
        };
        let Some(saved) = saved else { return Ok(Found::default()) };
        // Of another kind than this provider's: as good as none.
        let Ok(token) = self.provider.restore(&saved) else { return Ok(Found::default()) };
        let is_new = previous.is_none_or(|previous| !saved.is(previous));
        let good = is_new && token.is_fresh(site.clock().now());
        Ok(Found { token: Some(token), good })
    }

    /// A token of the store, or the right to obtain one and what is known already.
    async fn find_or_lock(
        &self,
        site: &Site,
        key: &str,
        previous: Option<&Token>,
    ) -> Result<Result<Token, (Box<dyn StoreLock>, Option<Token>)>, StoreError> {
        let start = site.clock().now();
        loop {
            if let Found { token: Some(token), good: true } = self.look(site, key, previous).await? {
                return Ok(Ok(token));
            }
            if let Some(lock) = in_time(site, self.store.lock(key, self.lease)).await? {
                // Who had the right before may have left something.
                let found = self.look(site, key, previous).await?;
                return match found {
                    Found { token: Some(token), good: true } => {
                        // The token is good, whatever becomes of the lock.
                        if let Err(error) = in_time(site, lock.release(None)).await {
                            self.say(&error);
                        }
                        Ok(Ok(token))
                    }
                    Found { token, .. } => Ok(Err((lock, token))),
                };
            }
            let waited = site.clock().now().duration_since(start).unwrap_or_default();
            if waited > self.lease.saturating_mul(2) {
                // Who has the lock of a file may hang and never die.
                let detail = "another process has been at it for too long";
                return Err(StoreError::new(StoreErrorKind::Unavailable, detail));
            }
            site.clock().sleep(POLL.mul_f64(0.5 + fastrand::f64())).await;
        }
    }
}

#[async_trait]
impl<P: TokenProvider> TokenProvider for Stored<P> {
    async fn obtain(&self, site: &Site, occasion: Occasion<'_>) -> Result<Token, AuthError> {
        let Some(account) = self.provider.account() else {
            return self.provider.obtain(site, occasion).await;
        };
        let key = format!("{} {account}", site.root());
        let (lock, found) = match self.find_or_lock(site, &key, occasion.previous()).await {
            Ok(Ok(token)) => {
                self.said.store(false, Relaxed);
                return Ok(token);
            }
            Ok(Err(locked)) => locked,
            Err(error) => {
                self.say(&error);
                return self.provider.obtain(site, occasion).await;
            }
        };
        let newest = found.as_ref().or(occasion.previous());
        let obtained = self.provider.obtain(site, Occasion::after(newest).shared()).await;
        let saved = obtained.as_ref().ok().and_then(Token::save);
        match in_time(site, lock.release(saved.as_ref())).await {
            Ok(()) => self.said.store(false, Relaxed),
            Err(error) => self.say(&error),
        }
        obtained
    }

    fn wrapped(&self) -> Option<&dyn TokenProvider> {
        Some(&self.provider)
    }
}

impl<P: fmt::Debug> fmt::Debug for Stored<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, store, lease, .. } = self;
        let mut shown = f.debug_struct("Stored");
        shown.field("provider", provider).field("store", store).field("lease", lease).finish_non_exhaustive()
    }
}
