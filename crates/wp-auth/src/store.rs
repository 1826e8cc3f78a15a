//! Where tokens are kept for other processes.

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

/// Keeps tokens for several programs, and sees to it that one of them obtains a token at a time.
///
/// A `key` names all that a token depends on: the API, the plugin, the user, the `client_name`. An
/// [`Identity`](crate::Identity) uses it by [`IdentityBuilder::store`](crate::IdentityBuilder::store). Losing what is
/// in it costs a sign-in and no more.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// What is kept under `key`, if there is anything.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] for something else than an entry, and [`StoreErrorKind::Unavailable`].
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError>;

    /// Takes the right to write what is kept under `key`, unless another has it (`None`). It ends with its `lease`,
    /// whatever becomes of its holder. Does not wait.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError>;

    /// Deletes what is kept under `key`, and ends the lock that another process may hold: a token that it is obtaining is not
    /// kept. Not an error where nothing is kept.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn delete(&self, key: &str) -> Result<(), StoreError>;

    /// Whether nobody can read what is kept: it is encrypted, or does not leave the process. Otherwise the digest of the
    /// password that is kept beside a token is one that is slow to compute.
    fn is_sealed(&self) -> bool {
        false
    }
}

/// The right to write an entry. Dropped without a release, it ends with its lease at the latest.
#[async_trait]
pub trait StoreLock: Send + Sync {
    /// Holds the right for another `lease`; `false` where another has it by now.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError>;

    /// Keeps `entry`, if there is one, and gives the right back, in one step. Nothing is kept where another has the right
    /// by now.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`]: the token is good, but nobody else will find it.
    async fn release(self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError>;
}

/// From when on and for how long the right to write is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The time by the holder's clock.
    pub now: SystemTime,
    /// How long it lasts from then on.
    pub length: Duration,
}

impl Lease {
    /// A lease of this `length` from `now` on.
    pub fn new(now: SystemTime, length: Duration) -> Self {
        Self { now, length }
    }

    /// When it ends.
    pub fn end(&self) -> SystemTime {
        self.now.checked_add(self.length).unwrap_or(self.now)
    }

    /// Whether one that ends at `end` is held by another now. One that lasts for much longer than a lease was taken before
    /// the clock was put back. Only for much longer: its holder may have looked at the clock after this one did.
    pub(crate) fn meets(&self, end: SystemTime) -> bool {
        let latest = self.end().checked_add(self.length).unwrap_or(self.now);
        (self.now..=latest).contains(&end)
    }
}

/// What went wrong with a store. It holds nothing of what is kept.
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
    /// What is kept is no entry, or cannot be decrypted. It is replaced by the next one.
    Corrupt,
    /// The store cannot be reached, read or written, or others could write to it.
    Unavailable,
}

impl StoreError {
    /// Says what happened, and where.
    pub fn new(kind: StoreErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), cause: None }
    }

    /// Adds the cause, which must hold no secret.
    pub fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

/// With `{:#}`, the cause follows.
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
    fn a_store_error_says_what_and_where_and_its_cause_when_asked() {
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
