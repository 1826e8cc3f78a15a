//! A token store in the memory of this process.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use wp_core::async_trait;

use crate::{Lease, StoreEntry, StoreError, StoreLock, TokenStore};

/// Stores tokens in memory, for several identities of one process. Clones share the content.
///
/// ```
/// # async fn example(site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{Identity, JwtAuth, MemoryStore};
///
/// // Each request of a web server builds its own identity; the second one finds the token of the first.
/// let tokens = MemoryStore::new();
/// for _ in 0..2 {
///     let identity = Identity::builder(JwtAuth::new("ana", "password")).store(tokens.clone()).build();
///     identity.token(site).await?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    entries: HashMap<String, StoreEntry>,
    /// The owner of each lock, and when its lease expires.
    locks: HashMap<String, (u64, SystemTime)>,
    next_owner: u64,
}

struct Lock {
    store: MemoryStore,
    key: String,
    owner: u64,
    lease: Lease,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_owned(&self, key: &str, owner: u64) -> bool {
        self.locks.get(key).is_some_and(|lock| lock.0 == owner)
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        Ok(self.state().entries.get(key).cloned())
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let mut state = self.state();
        if state.locks.get(key).is_some_and(|(_, end)| lease.meets(*end)) {
            return Ok(None);
        }
        let owner = state.next_owner;
        state.next_owner += 1;
        state.locks.insert(key.to_owned(), (owner, lease.end()));
        drop(state);
        Ok(Some(Box::new(Lock { store: self.clone(), key: key.to_owned(), owner, lease })))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        state.entries.remove(key);
        state.locks.remove(key);
        Ok(())
    }

    fn is_sealed(&self) -> bool {
        true
    }
}

#[async_trait]
impl StoreLock for Lock {
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError> {
        self.lease = lease;
        let mut state = self.store.state();
        let is_owned = state.is_owned(&self.key, self.owner);
        if is_owned {
            state.locks.insert(self.key.clone(), (self.owner, lease.end()));
        }
        Ok(is_owned)
    }

    async fn release(self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError> {
        let mut state = self.store.state();
        if let Some(entry) = entry.filter(|_| state.is_owned(&self.key, self.owner)) {
            let now = self.lease.now;
            state.entries.retain(|_, entry| entry.keep_until(now) > now);
            state.entries.insert(self.key.clone(), entry.clone());
        }
        Ok(())
    }
}

/// Releases the lock, also when the task that held it was cancelled.
impl Drop for Lock {
    fn drop(&mut self) {
        let mut state = self.store.state();
        if state.is_owned(&self.key, self.owner) {
            state.locks.remove(&self.key);
        }
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("entries", &self.state().entries.len()).finish()
    }
}
