//! The store.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chacha20poly1305::aead::Generate as _;
use secrecy::zeroize::Zeroizing;
use wp_auth::{SavedToken, StoreError, StoreErrorKind, StoreLock, TokenStore};
use wp_core::async_trait;

use crate::names::{Names, hex};
use crate::seal::Seal;
use crate::server::Server;
use crate::{ConfigError, EncryptionKey, life};

/// Keeps tokens in Redis, for programs on many machines. See the [crate] for an example, and for what
/// encryption gives. A clone is the same store, over the same connection.
///
/// Nothing is sent before it is needed. A Redis that cannot be reached costs two seconds and a half at most;
/// then each program signs in for itself, and tries again with its next token.
///
/// The right to renew is a key with an end: who dies leaves it to others after the lease. Who comes back later
/// than that keeps nothing, and takes nothing from who has the right by then.
#[derive(Clone)]
pub struct RedisStore {
    server: Arc<Server>,
    seal: Seal,
    prefix: String,
}

/// No token comes near this.
const LIMIT: usize = 64 << 10;

/// Keeps a token and gives the right back, in one step and only while it is ours: `KEYS` are the lock and the
/// token, `ARGV` whose the lock is, the token or nothing, and for how many milliseconds.
const RELEASE: &str = "\
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
    if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end \
    redis.call('DEL', KEYS[1]) \
    return 1";

impl RedisStore {
    /// Tokens as they are, in the Redis at `url`: `redis://user:password@host:6379/0`, `unix:///path`, or, with
    /// the feature `rustls`, `rediss://…`. Whoever can read that Redis can be the users on the site.
    ///
    /// # Errors
    /// [`ConfigError`] for an address that cannot be used.
    pub fn plain(url: &str) -> Result<Self, ConfigError> {
        Self::new(url, Seal::Plain)
    }

    /// The same, but encrypted (XChaCha20-Poly1305): whoever reads that Redis has to know the key as well.
    /// Another key later costs one sign-in.
    ///
    /// # Errors
    /// [`ConfigError`] for an address that cannot be used.
    pub fn encrypted(url: &str, key: impl Into<EncryptionKey>) -> Result<Self, ConfigError> {
        Self::new(url, Seal::encrypted(&key.into()))
    }

    fn new(url: &str, seal: Seal) -> Result<Self, ConfigError> {
        Ok(Self { server: Arc::new(Server::new(url)?), seal, prefix: "wp-auth:".to_owned() })
    }

    /// What the names of its keys begin with: `wp-auth:` unless said. Stores of another prefix share nothing
    /// with it.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }
}

#[async_trait]
impl TokenStore for RedisStore {
    async fn load(&self, key: &str) -> Result<Option<SavedToken>, StoreError> {
        let names = Names::of(&self.prefix, key);
        // A part, whatever it is that somebody put there.
        let command = redis::cmd("GETRANGE").arg(&names.token).arg(0).arg(LIMIT).take();
        let value = Zeroizing::new(self.server.ask::<Vec<u8>>(&command).await?);
        match value.len() {
            0 => Ok(None),
            1..=LIMIT => self.seal.open(key, &value).map(Some),
            _ => Err(StoreError::new(StoreErrorKind::Corrupt, "it is too long")),
        }
    }

    async fn lock(&self, key: &str, lease: Duration) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let names = Names::of(&self.prefix, key);
        let random = <[u8; 16]>::try_generate();
        let random = random.map_err(|_| StoreError::new(StoreErrorKind::Unavailable, "no random numbers"))?;
        let owner = hex(&random);
        let lease = life::milliseconds(lease);
        let command = redis::cmd("SET").arg(&names.lock).arg(&owner).arg("NX").arg("PX").arg(lease).take();
        let taken: Option<String> = self.server.ask(&command).await?;
        let lock = || Box::new(Lock { store: self.clone(), key: key.to_owned(), names, owner }) as _;
        Ok(taken.map(|_| lock()))
    }
}

/// The right to renew. Without a release, it ends with its lease.
struct Lock {
    store: RedisStore,
    key: String,
    names: Names,
    owner: String,
}

#[async_trait]
impl StoreLock for Lock {
    async fn release(self: Box<Self>, obtained: Option<&SavedToken>) -> Result<(), StoreError> {
        let sealed = obtained.map(|token| self.store.seal.close(&self.key, token)).transpose()?;
        let value = sealed.as_deref().map(Vec::as_slice).unwrap_or_default();
        let life = obtained.map_or(Duration::ZERO, |token| life::of(token, SystemTime::now()));
        let mut command = redis::cmd("EVAL");
        command.arg(RELEASE).arg(2).arg(&self.names.lock).arg(&self.names.token);
        command.arg(&self.owner).arg(value).arg(life::milliseconds(life));
        // Not ours any more: another has it, and a token of its own.
        self.store.server.ask::<i64>(&command).await.map(drop)
    }
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { server, seal, prefix } = self;
        f.debug_struct("RedisStore")
            .field("server", server)
            .field("seal", seal)
            .field("prefix", prefix)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_wrong_at_once_and_is_not_shown() {
        for (url, is_wrong) in [
            ("redis://:hunter2@127.0.0.1:6379/0", false),
            ("redis://ana:hunter2@cache", false),
            ("unix:///run/redis.sock?pass=hunter2", false),
            ("rediss://:hunter2@cache:6380", cfg!(not(feature = "rustls"))),
            ("", true),
            ("hunter2", true),
            ("hunter2@cache:6379", true),
            ("http://:hunter2@cache", true),
            ("redis://:hunter2/@cache", true),
            ("redis://:hunter2@cache/hunter2", true),
            ("redis://:hunter2@cache:99999", true),
            ("redis://:hunter2@cache?protocol=hunter2", true),
            ("rediss://:hunter2@cache#insecure", true),
        ] {
            for store in
                [RedisStore::plain(url), RedisStore::encrypted(url, *b"hunter2 hunter2 hunter2 hunter2 ")]
            {
                let shown = match &store {
                    Ok(store) => format!("{store:?} {:#?}", store.clone()),
                    Err(error) => format!("{error} {error:?}"),
                };
                assert_eq!(store.is_err(), is_wrong, "{url}: {shown}");
                assert!(!shown.contains("hunter2"), "{shown}");
            }
        }
    }
}
