//! A token store in Redis, for programs that run on many machines: one process signs in or renews the token, and
//! the others use it. [`RedisLimit`] limits the requests of all of them together.
//!
//! ```no_run
//! use wp_auth_redis::{EncryptionKey, RedisStore};
//! use wp_client::{Client, Identity, JwtAuth};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // 32 random bytes in hex, the same on every machine: `openssl rand -hex 32`.
//! let key = EncryptionKey::from_hex(&std::env::var("TOKEN_KEY")?)?;
//! let store = RedisStore::encrypted(&std::env::var("REDIS_URL")?, &key)?.prefix("shop:");
//!
//! let identity = Identity::builder(JwtAuth::new("ana", "password"))
//!     .store(store)
//!     .on_store_failure(|error| eprintln!("{error:#}"))
//!     .build();
//! let wp = Client::builder("https://example.org").auth(identity).build()?;
//! # Ok(()) }
//! ```
//!
//! # Plain or encrypted
//!
//! Anyone who has a token can act as the user on the site until the token expires. With [`RedisStore::plain`],
//! that is everyone who can read this Redis, its dumps or its replicas. Anyone who can write to it can also make
//! the programs act as another user. With [`RedisStore::encrypted`], an attacker needs the key as well: the value
//! is encrypted, and a value that was changed or moved to another user or prefix is corrupt. Replay is not
//! prevented: an older value of the same user is accepted, and its token is used as long as it is valid.
//! Encryption does not hide that tokens exist, how old they are, and, from an attacker who guesses the site and
//! the user, whose they are.
//!
//! # Another key
//!
//! A value that the key cannot decrypt is corrupt: it is reported as such, costs one sign-in, and is replaced. To
//! [replace a key](EncryptionKey#another-key) without that, configure each key to also decrypt with the other
//! while machines with both keys run side by side. If some machines know only the old key and others only the new
//! one, they keep replacing each other's values.
//!
//! # What a Redis needs
//!
//! Redis 4 or later, or Valkey. Persistence is not needed: a lost entry costs one sign-in. The Redis user needs
//! `GETRANGE`, `EVAL`, `GET`, `SET`, `PEXPIRE` and `DEL` on the keys of the [prefix](RedisStore::prefix). A token
//! and its lock share one hash tag, so a cluster proxy finds both on one node. The store does not follow
//! redirects of a cluster to other nodes.
//!
//! [`RedisLimit`] needs Redis 5 or later, or Valkey, and its user `EVAL`, `TIME`, `PEXPIRE`, `HGET`, `HMGET`, `HSET` and
//! the commands for sorted sets on the keys of [its prefix](RedisLimit::prefix).
//!
//! The store and the limit must be used within a tokio runtime that has timers and I/O enabled. Each runtime has its own
//! connection, so that runtimes do not wait for each other.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod config_error;
mod connections;
mod encryption_key;
mod life;
mod names;
mod redis_limit;
mod redis_store;
mod seal;
mod server;

pub use config_error::ConfigError;
pub use encryption_key::EncryptionKey;
pub use redis_limit::RedisLimit;
pub use redis_store::RedisStore;

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
