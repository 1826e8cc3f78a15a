//! What a store cannot be made of.

/// A setting that cannot be used. It shows nothing of it, for there is a password or a key in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No address such as `redis://:password@host:6379/0`.
    #[error("not a valid address of a Redis: {reason}")]
    #[non_exhaustive]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// `rediss://` without the feature `rustls` of this crate.
    #[error("TLS to Redis needs the feature `rustls` of wp-auth-redis")]
    NoTls,
    /// Not 32 random bytes.
    #[error("not a valid encryption key: {reason}")]
    #[non_exhaustive]
    Key {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The system has no random numbers to make a key of.
    #[error("the system has no random numbers")]
    NoRandomNumbers,
}

impl ConfigError {
    pub(crate) fn url(reason: &'static str) -> Self {
        Self::Url { reason }
    }

    pub(crate) fn key(reason: &'static str) -> Self {
        Self::Key { reason }
    }
}
