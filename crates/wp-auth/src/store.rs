//! The contract of a token store, which shares tokens between processes.

mod entry;
#[cfg(feature = "file-store")]
mod file;
mod memory;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wp_core::async_trait;

pub use entry::StoreEntry;
#[cfg(feature = "file-store")]
pub use file::FileStore;
pub use memory::MemoryStore;

/// Stores tokens for several processes, and ensures that only one of them obtains a token at a time.
///
/// A `key` identifies everything that a token depends on: the API, the plugin, the user, the `client_name`. An
/// [`Identity`](crate::Identity) uses a store through [`IdentityBuilder::store`](crate::IdentityBuilder::store).
/// A lost entry costs one sign-in, nothing more.
///
/// ```
/// use wp_auth::{Lease, StoreEntry, StoreError, StoreLock, TokenStore};
/// use wp_core::async_trait;
///
/// /// Keeps the tokens of several programs apart in one store.
/// #[derive(Debug)]
/// struct Prefixed<S>(&'static str, S);
///
/// #[async_trait]
/// impl<S: TokenStore> TokenStore for Prefixed<S> {
///     async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
///         self.1.load(&format!("{}:{key}", self.0)).await
///     }
///     async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
///         self.1.lock(&format!("{}:{key}", self.0), lease).await
///     }
///     async fn delete(&self, key: &str) -> Result<(), StoreError> {
///         self.1.delete(&format!("{}:{key}", self.0)).await
///     }
///     fn is_sealed(&self) -> bool {
///         self.1.is_sealed()
///     }
/// }
/// ```
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// Returns the entry under `key`, or `None` if there is none.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] if the stored data is not an entry, and [`StoreErrorKind::Unavailable`].
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError>;

    /// Takes the lock on `key`, which gives the right to write its entry. Returns `None` without waiting if
    /// another holder has it. The lock expires with its `lease`, whatever happens to its holder.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError>;

    /// Deletes the entry under `key` and breaks a lock that another process may hold, so that the token which
    /// that process is obtaining is not stored. Succeeds if there is no entry.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Whether no other user can read the stored data: it is encrypted, or does not leave the process. Default:
    /// `false`. An unsealed store keeps a deliberately slow digest of the password beside the token.
    fn is_sealed(&self) -> bool {
        false
    }
}

/// The right to write an entry. If it is dropped without a release, it expires with its lease at the latest.
#[async_trait]
pub trait StoreLock: Send + Sync {
    /// Extends the lock by another `lease`. Returns `false` if another holder has it by now.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError>;

    /// Writes `entry`, if there is one, and releases the lock, atomically. Writes nothing if another holder has
    /// the lock by now.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`]: the token is valid, but other processes will not find it.
    async fn release(self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError>;
}

/// The start and the duration of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The current time by the holder's clock.
    pub now: SystemTime,
    /// The duration, counted from `now`.
    pub length: Duration,
}

impl Lease {
    /// A lease of this `length`, counted from `now`.
    pub fn new(now: SystemTime, length: Duration) -> Self {
        Self { now, length }
    }

    /// When the lease expires.
    pub fn end(&self) -> SystemTime {
        self.now.checked_add(self.length).unwrap_or(self.now)
    }

    /// Whether a lock that expires at `end` is still held at `now`. An expiry much later than this lease allows
    /// means that the clock was set back after the lock was taken. The tolerance is one more lease, because the
    /// other holder may have read its clock later.
    pub(crate) fn meets(&self, end: SystemTime) -> bool {
        let latest = self.end().checked_add(self.length).unwrap_or(self.now);
        (self.now..=latest).contains(&end)
    }
}

/// A failure of a token store. It contains no stored data.
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    detail: Cow<'static, str>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// The stored data is not an entry, or cannot be decrypted. The next write replaces it.
    Corrupt,
    /// The store cannot be reached, read or written, or other users could write to it.
    Unavailable,
}

impl StoreError {
    /// An error with a description of what failed and where.
    pub fn new(kind: StoreErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), cause: None }
    }

    /// Adds the cause, which must not contain a secret.
    pub fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// The kind of failure.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

/// `{:#}` appends the cause.
impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Corrupt => "the token store holds something else than a token",
            StoreErrorKind::Unavailable => "the token store cannot be used",
        })?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        match &self.cause {
            Some(cause) if f.alternate() => write!(f, ": {cause}"),
            _ => Ok(()),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|cause| &**cause as _)
    }
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        (**self).load(key).await
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        (**self).lock(key, lease).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        (**self).delete(key).await
    }

    fn is_sealed(&self) -> bool {
        (**self).is_sealed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn store_error_display_names_place_and_alternate_display_the_cause() {
        let error = StoreError::new(StoreErrorKind::Unavailable, "/tokens");
        assert_eq!(error.to_string(), "the token store cannot be used: /tokens");
        assert!(error.source().is_none());
        let error = error.caused_by(std::io::Error::other("no disk"));
        assert_eq!(error.to_string(), "the token store cannot be used: /tokens");
        assert_eq!(format!("{error:#}"), "the token store cannot be used: /tokens: no disk");
        assert_eq!(error.source().unwrap().to_string(), "no disk");
        let error = StoreError::new(StoreErrorKind::Corrupt, "");
        assert_eq!(error.to_string(), "the token store holds something else than a token");
    }
}
