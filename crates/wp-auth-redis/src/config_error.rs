//! Configuration errors.

/// An invalid setting. The error does not show its value, which may contain a password or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The URL is not valid; expected, for example, `redis://:password@host:6379/0`.
    #[error("not a valid address of a Redis: {reason}")]
    #[non_exhaustive]
    Url {
        /// The reason.
        reason: &'static str,
    },
    /// `rediss://` without the feature `rustls` of this crate.
    #[error("TLS to Redis needs the feature `rustls` of wp-auth-redis")]
    NoTls,
    /// The key is not 32 random bytes.
    #[error("not a valid encryption key: {reason}")]
    #[non_exhaustive]
    Key {
        /// The reason.
        reason: &'static str,
    },
    /// The system has no random number generator to create a key.
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
