//! What a store cannot be made of.

/// A setting that cannot be used. It shows nothing of it, for there is a password or a key in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// No address such as `redis://:password@host:6379/0`.
    #[error("this is no address of a Redis: {0}")]
    Url(&'static str),
    /// `rediss://` without the feature `rustls` of this crate.
    #[error("TLS to Redis needs the feature `rustls` of wp-auth-redis")]
    NoTls,
    /// Something else than 32 bytes in hex.
    #[error("an encryption key is 64 hexadecimal digits")]
    Key,
}
