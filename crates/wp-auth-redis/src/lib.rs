//! Tokens in Redis, for programs that run on many machines: one of them signs in or renews, and the others
//! use its token.
//!
//! ```no_run
//! use wp_auth_redis::{EncryptionKey, RedisStore};
//! use wp_client::{Client, JwtAuth, TokenProvider};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // 32 random bytes in hex, the same on every machine: `openssl rand -hex 32`.
//! let key = EncryptionKey::from_hex(&std::env::var("TOKEN_KEY")?)?;
//! let store = RedisStore::encrypted(&std::env::var("REDIS_URL")?, key)?.prefix("shop:");
//!
//! let auth = JwtAuth::new("ana", "password").stored(store).on_failure(|error| eprintln!("{error}"));
//! let wp = Client::builder("https://example.org").auth(auth).build()?;
//! # Ok(()) }
//! ```
//!
//! # Plain or encrypted
//!
//! Whoever has a token is the user on the site, until it ends. With [`RedisStore::plain`] that is everybody
//! who can read this Redis, its dumps and its replicas; who can write to it can also have the programs act as
//! somebody else. With [`RedisStore::encrypted`] they have to know the key as well: the text is encrypted, and
//! a value that was changed, or moved to another user, is not taken. Neither hides that tokens are there, how
//! old they are, and, from somebody who guesses the site and the user, whose they are.
//!
//! A key that is lost costs one sign-in, and so does one that is replaced: what it cannot read is corrupt, is
//! reported as such, and the next token takes its place. While machines with the old key and machines with the
//! new one run side by side, each side replaces what the other wrote, so change it on all of them at once.
//!
//! # What a Redis needs
//!
//! Any version since 4, and Valkey. Nothing has to be persistent: what is lost costs a sign-in. The user needs
//! `GETRANGE`, `SET`, `EVAL`, `GET` and `DEL` on the keys of the [prefix](RedisStore::prefix). A token and its
//! lock have one hash tag, so that a proxy before a cluster finds them in one place; a cluster itself is not
//! followed to other nodes.
//!
//! The connection is driven by tokio: a store is used within its runtime.

mod config_error;
mod life;
mod names;
mod redis_store;
mod seal;
mod server;

pub use config_error::ConfigError;
pub use redis_store::RedisStore;
pub use seal::EncryptionKey;
