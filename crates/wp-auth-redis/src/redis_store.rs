//! The token store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chacha20poly1305::aead::Generate as _;
use redis::Cmd;
use secrecy::zeroize::Zeroizing;
use wp_auth::{Lease, StoreEntry, StoreError, StoreErrorKind, StoreLock, TokenStore};
use wp_core::async_trait;

use crate::names::{Names, hex};
use crate::seal::{Place, Seal};
use crate::server::Server;
use crate::{ConfigError, EncryptionKey, life};

/// Stores tokens in Redis, for programs on many machines. See the [crate] for an example and for what encryption
/// protects. Clones share the connections.
///
/// The store connects on first use. If Redis is unavailable, an operation fails after at most 2.7 seconds; then
/// each program signs in on its own, and tries the store again for its next token.
///
/// The lock on an entry is a Redis key with an expiry, counted by the server's clock. The lock of a process that
/// dies expires with its lease. A process that resumes after its lease has expired writes nothing, and does not
/// disturb the new holder.
///
/// ```no_run
/// use wp_auth_redis::{EncryptionKey, RedisStore};
///
/// # fn example(url: &str, hex: &str) -> Result<(), wp_auth_redis::ConfigError> {
/// let store = RedisStore::encrypted(url, &EncryptionKey::from_hex(hex)?)?.prefix("shop:");
/// # let _ = store; Ok(()) }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    server: Arc<Server>,
    seal: Seal,
    prefix: String,
}

/// The size limit of an entry. Entries are much smaller.
const MAX_VALUE_BYTES: usize = 64 << 10;

/// Takes the lock unless another holder has it. The script is idempotent, because it is sent again if a response
/// is lost. `KEYS` is the lock, `ARGV` are the owner and the lease in milliseconds.
const LOCK: &str = "\
    local owner = redis.call('GET', KEYS[1]) \
    if owner and owner ~= ARGV[1] then return 0 end \
    redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) \
    return 1";

/// Extends the lock if this owner still holds it.
const EXTEND: &str = "\
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])";

/// Writes an entry and releases the lock, atomically and only if this owner still holds it. `KEYS` are the lock
/// and the entry, `ARGV` are the owner, the entry or an empty string, and the entry's expiry in milliseconds.
const RELEASE: &str = "\
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end \
    if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end \
    redis.call('DEL', KEYS[1]) \
    return 1";

impl RedisStore {
    /// A store without encryption, in the Redis at `url`: `redis://user:password@host:6379/0`, `unix:///path`,
    /// or, with the feature `rustls`, `rediss://…`. Anyone who can read that Redis can act as its users on the
    /// site.
    ///
    /// # Errors
    /// [`ConfigError`] for an invalid URL.
    pub fn plain(url: &str) -> Result<Self, ConfigError> {
        Self::new(url, Seal::Plain)
    }

    /// A store with encryption (XChaCha20-Poly1305): an attacker who can read that Redis also needs the key.
    ///
    /// # Errors
    /// [`ConfigError`] for an invalid URL.
    pub fn encrypted(url: &str, key: &EncryptionKey) -> Result<Self, ConfigError> {
        Self::new(url, Seal::encrypted(key))
    }

    fn new(url: &str, seal: Seal) -> Result<Self, ConfigError> {
        Ok(Self { server: Arc::new(Server::new(url)?), seal, prefix: "wp-auth:".to_owned() })
    }

    /// Sets the prefix of its keys in Redis. Default: `wp-auth:`. Stores with different prefixes share nothing.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    fn place<'a>(&'a self, key: &'a str) -> Place<'a> {
        Place { prefix: &self.prefix, key }
    }
}

#[async_trait]
impl TokenStore for RedisStore {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        let names = Names::of(&self.prefix, key);
        // `GETRANGE` limits the size of the response, whatever the key holds.
        let command = redis::cmd("GETRANGE").arg(&names.entry).arg(0).arg(MAX_VALUE_BYTES).take();
        let value = Zeroizing::new(self.server.ask::<Vec<u8>>(&command, None).await?);
        match value.len() {
            0 => Ok(None),
            1..=MAX_VALUE_BYTES => self.seal.open(self.place(key), &value).map(Some),
            _ => Err(StoreError::new(StoreErrorKind::Corrupt, "it is too long")),
        }
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let random = <[u8; 16]>::try_generate();
        let random = random.map_err(|_| StoreError::new(StoreErrorKind::Unavailable, "no random numbers"))?;
        let (names, owner) = (Names::of(&self.prefix, key), hex(&random));
        let taking = names.lock_script(LOCK, &owner).arg(life::milliseconds(lease.length)).take();
        let giving_back = names.release_script(&owner, &[], Duration::ZERO);
        if self.server.ask::<i64>(&taking, Some(&giving_back)).await? == 0 {
            return Ok(None);
        }
        let (store, key) = (self.clone(), key.to_owned());
        Ok(Some(Box::new(Lock { store, key, names, owner, lease, is_released: false })))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let names = Names::of(&self.prefix, key);
        let both = redis::cmd("DEL").arg(&names.entry).arg(&names.lock).take();
        self.server.ask::<i64>(&both, None).await?;
        Ok(())
    }

    fn is_sealed(&self) -> bool {
        self.seal.is_encrypted()
    }
}

impl Names {
    /// The common part of the commands that run a script on the lock.
    fn lock_script(&self, script: &str, owner: &str) -> Cmd {
        redis::cmd("EVAL").arg(script).arg(1).arg(&self.lock).arg(owner).take()
    }

    fn release_script(&self, owner: &str, value: &[u8], life: Duration) -> Cmd {
        let mut command = redis::cmd("EVAL").arg(RELEASE).arg(2).arg(&self.lock).arg(&self.entry).take();
        command.arg(owner).arg(value).arg(life::milliseconds(life));
        command
    }
}

struct Lock {
    store: RedisStore,
    key: String,
    names: Names,
    owner: String,
    lease: Lease,
    is_released: bool,
}

#[async_trait]
impl StoreLock for Lock {
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError> {
        self.lease = lease;
        let command =
            self.names.lock_script(EXTEND, &self.owner).arg(life::milliseconds(lease.length)).take();
        Ok(self.store.server.ask::<i64>(&command, None).await? == 1)
    }

    async fn release(mut self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError> {
        let sealed =
            entry.map(|entry| self.store.seal.close(self.store.place(&self.key), entry)).transpose()?;
        let value = sealed.as_deref().map(Vec::as_slice).unwrap_or_default();
        let life = entry.map_or(Duration::ZERO, |entry| life::of(entry, self.lease.now));
        let command = self.names.release_script(&self.owner, value, life);
        // 0: another holder has the lock and will write its own token.
        self.store.server.ask::<i64>(&command, None).await?;
        self.is_released = true;
        Ok(())
    }
}

/// If the holder was cancelled, releases the lock without waiting. If that command is lost, the lock expires with
/// its lease.
impl Drop for Lock {
    fn drop(&mut self) {
        if !self.is_released {
            self.store.server.tell(&self.names.release_script(&self.owner, &[], Duration::ZERO));
        }
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
    fn invalid_url_is_rejected_by_open_without_showing_it() {
        let key = EncryptionKey::generate().unwrap();
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
            for (store, is_sealed) in
                [(RedisStore::plain(url), false), (RedisStore::encrypted(url, &key), true)]
            {
                let shown = match &store {
                    Ok(store) => format!("{store:?} {:#?}", store.clone()),
                    Err(error) => format!("{error} {error:?}"),
                };
                assert_eq!(store.is_err(), is_wrong, "{url}: {shown}");
                assert!(!shown.contains("hunter2"), "{shown}");
                assert!(store.is_ok_and(|store| store.is_sealed() == is_sealed) || is_wrong);
            }
        }
    }
}
