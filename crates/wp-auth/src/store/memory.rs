//! Tokens in the memory of this process.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wp_core::async_trait;

use crate::{SavedToken, StoreError, StoreLock, TokenStore};

/// Keeps tokens in memory, for several identities of one process. A clone is the same store.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    tokens: HashMap<String, SavedToken>,
    locked: HashSet<String>,
}

struct Lock {
    store: MemoryStore,
    key: String,
}

impl MemoryStore {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenStore for MemoryStore {
    async fn load(&self, key: &str) -> Result<Option<SavedToken>, StoreError> {
        Ok(self.state().tokens.get(key).cloned())
    }

    async fn lock(&self, key: &str, _: Duration) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let taken = self.state().locked.insert(key.to_owned());
        let lock = || Box::new(Lock { store: self.clone(), key: key.to_owned() }) as _;
        Ok(taken.then(lock))
    }
}

#[async_trait]
impl StoreLock for Lock {
    async fn release(self: Box<Self>, obtained: Option<&SavedToken>) -> Result<(), StoreError> {
        if let Some(token) = obtained {
            self.store.state().tokens.insert(self.key.clone(), token.clone());
        }
        Ok(())
    }
}

/// Also where who held it was cancelled.
impl Drop for Lock {
    fn drop(&mut self) {
        self.store.state().locked.remove(&self.key);
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("tokens", &self.state().tokens.len()).finish()
    }
}
