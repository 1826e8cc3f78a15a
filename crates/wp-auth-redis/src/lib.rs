//! Tokens in Redis, for programs that run on many machines: one of them signs in or renews, and the others
//! use its token.
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
//! Whoever has a token is the user on the site, until it ends. With [`RedisStore::plain`] that is everybody
//! who can read this Redis, its dumps and its replicas; who can write to it can also have the programs act as
//! another user. With [`RedisStore::encrypted`] they have to know the key as well: the text is encrypted, and
//! a value that was changed, or moved to another user or another prefix, is corrupt. An older value of the same user that
//! is put back is used: it is as good as it was. Encryption does not hide that tokens are there, how old they are, and,
//! from somebody who guesses the site and the user, whose they are.
//!
//! # Another key
//!
//! A value that the key cannot decrypt is corrupt: it is reported as such, costs one sign-in, and is replaced. To
//! [replace a key](EncryptionKey#another-key) without that, have each one decrypt what the other wrote while machines
//! with both run side by side. Where some know only the old key and others only the new one, each side replaces what the
//! other wrote, again and again.
//!
//! # What a Redis needs
//!
//! Any version since 4, and Valkey. Nothing has to be persistent: what is lost costs a sign-in. The user needs
//! `GETRANGE`, `EVAL`, `GET`, `SET`, `PEXPIRE` and `DEL` on the keys of the [prefix](RedisStore::prefix). A token and
//! its lock have one hash tag, so that a proxy before a cluster finds them in one place; a cluster itself is not
//! followed to other nodes.
//!
//! A store is used within a tokio runtime that has its timers and its I/O enabled. Each runtime has a connection of its
//! own, so none waits for another.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod config_error;
mod connections;
mod encryption_key;
mod life;
mod names;
mod redis_store;
mod seal;
mod server;

pub use config_error::ConfigError;
pub use encryption_key::EncryptionKey;
pub use redis_store::RedisStore;

/// The README's programs compile.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
