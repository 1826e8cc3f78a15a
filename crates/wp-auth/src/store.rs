//! Where tokens are kept for other processes.

mod file;
mod memory;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use wp_core::async_trait;

use crate::SavedToken;

pub use file::FileStore;
pub use memory::MemoryStore;

/// Keeps tokens for several programs, and sees to it that one of them renews at a time.
///
/// A `key` names the site, the scheme and the user. A provider uses it by
/// [`TokenProvider::stored`](crate::TokenProvider::stored). Losing what is in it costs a sign-in and no more.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync + 'static {
    /// The token that is kept under `key`, if there is one.
    ///
    /// # Errors
    /// [`StoreErrorKind::Corrupt`] for something else than a token, and [`StoreErrorKind::Unavailable`].
    async fn load(&self, key: &str) -> Result<Option<SavedToken>, StoreError>;

    /// Takes the right to renew what is kept under `key`, for `lease` at most, unless another has it
    /// (`None`). It ends by itself when its holder dies. Does not wait.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`].
    async fn lock(&self, key: &str, lease: Duration) -> Result<Option<Box<dyn StoreLock>>, StoreError>;
}

/// The right to renew.
#[async_trait]
pub trait StoreLock: Send + Sync {
    /// Keeps what was obtained, if anything was, and gives the right back. What was obtained after the lease
    /// had ended, and another took the right, is not kept.
    ///
    /// # Errors
    /// [`StoreErrorKind::Unavailable`]: the token is good, but nobody else will find it.
    async fn release(self: Box<Self>, obtained: Option<&SavedToken>) -> Result<(), StoreError>;
}

/// What went wrong with a store. It holds nothing of what is kept.
#[derive(Debug, Clone)]
pub struct StoreError {
    kind: StoreErrorKind,
    detail: Cow<'static, str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// The kinds of [`StoreError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// What is kept is no token, or cannot be decrypted. It is replaced by the next one.
    Corrupt,
    /// The store cannot be reached, read or written.
    Unavailable,
}

impl StoreError {
    /// Says what happened, and where.
    pub fn new(kind: StoreErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into(), source: None }
    }

    /// Adds the cause, which must hold no secret.
    pub fn source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
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
        match &self.source {
            Some(source) if f.alternate() => write!(f, ": {source}"),
            _ => Ok(()),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

#[async_trait]
impl<S: TokenStore + ?Sized> TokenStore for Arc<S> {
    async fn load(&self, key: &str) -> Result<Option<SavedToken>, StoreError> {
        (**self).load(key).await
    }

    async fn lock(&self, key: &str, lease: Duration) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        (**self).lock(key, lease).await
    }
}
