//! Where a store keeps its tokens.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use wp_auth_redis::{EncryptionKey, RedisStore};
use wp_client::wp_auth::{FileStore, MemoryStore, TokenStore};

use crate::Context;
use crate::directory::Directory;

/// The key of encrypted stores.
pub(crate) fn key() -> EncryptionKey {
    key_with(0)
}

/// One for each first byte.
pub(crate) fn key_with(first: u8) -> EncryptionKey {
    EncryptionKey::from_hex(&format!(
        "{first:02x}0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
    ))
    .unwrap()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    File,
    /// In processes of another user, which only root can start.
    FileOfAnother,
    Redis,
    EncryptedRedis,
}

impl Kind {
    pub(crate) fn is_redis(self) -> bool {
        matches!(self, Self::Redis | Self::EncryptedRedis)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::File => "file",
            Self::FileOfAnother => "file, as another user",
            Self::Redis => "Redis",
            Self::EncryptedRedis => "Redis, encrypted",
        })
    }
}

/// A place of one case, empty at first.
pub(crate) struct Place {
    pub(crate) context: Context,
    memory: MemoryStore,
    pub(crate) directory: Directory,
    /// Of its keys in Redis.
    pub(crate) prefix: String,
}

impl Place {
    pub(crate) fn new(context: Context) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!("case{}:", COUNT.fetch_add(1, Relaxed));
        Self { context, memory: MemoryStore::new(), directory: Directory::new(), prefix }
    }

    /// A store there: another one each time, as another program has it.
    pub(crate) fn store(&self) -> Arc<dyn TokenStore> {
        match self.context.kind {
            Kind::Memory => Arc::new(self.memory.clone()),
            Kind::File | Kind::FileOfAnother => Arc::new(FileStore::new(self.tokens())),
            Kind::Redis | Kind::EncryptedRedis => Arc::new(self.redis_store()),
        }
    }

    pub(crate) fn redis_store(&self) -> RedisStore {
        let url = self.context.redis().url();
        let store = match self.context.kind {
            Kind::EncryptedRedis => RedisStore::encrypted(&url, &key()),
            _ => RedisStore::plain(&url),
        };
        store.unwrap().prefix(&self.prefix)
    }

    /// The same for another process; see `worker`.
    pub(crate) fn argument(&self) -> String {
        match self.context.kind {
            Kind::Memory => unreachable!("memory is not shared"),
            Kind::File | Kind::FileOfAnother => format!("file {}", self.tokens().display()),
            Kind::Redis | Kind::EncryptedRedis => redis_argument(&self.prefix, &self.context.redis().url()),
        }
    }

    /// The directory of a `FileStore`.
    pub(crate) fn tokens(&self) -> PathBuf {
        self.directory.path().join("tokens")
    }

    /// The files there with this end.
    pub(crate) fn files(&self, end: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.tokens()).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_some_and(|extension| extension == end)).collect()
    }

    /// Ends all leases, where they end by the server's clock.
    pub(crate) async fn let_leases_end(&self) {
        if !self.context.kind.is_redis() {
            return;
        }
        let redis = self.context.redis();
        for name in redis.keys(&self.prefix).await.iter().filter(|name| name.ends_with(":lock")) {
            redis.ask::<()>(&[b"PEXPIRE", name.as_bytes(), b"1"]).await;
            while redis.ask::<bool>(&[b"EXISTS", name.as_bytes()]).await {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
    }

    /// The names of the tokens in Redis.
    pub(crate) async fn names(&self) -> Vec<String> {
        let names = self.context.redis().keys(&self.prefix).await;
        names.into_iter().filter(|name| !name.ends_with(":lock")).collect()
    }

    /// Puts something else where a token is.
    pub(crate) async fn overwrite(&self, value: &[u8]) {
        if self.context.kind.is_redis() {
            let names = self.names().await;
            assert_eq!(names.len(), 1);
            self.context.redis().ask::<()>(&[b"SET", names[0].as_bytes(), value]).await;
        } else {
            let files = self.files("json");
            assert_eq!(files.len(), 1);
            fs::write(&files[0], value).unwrap();
        }
    }

    /// What is there as it lies there.
    pub(crate) async fn raw(&self) -> Vec<u8> {
        if self.context.kind.is_redis() {
            self.context.redis().ask(&[b"GET", self.names().await[0].as_bytes()]).await
        } else {
            fs::read(&self.files("json")[0]).unwrap()
        }
    }
}

/// An encrypted store for another process.
pub(crate) fn redis_argument(prefix: &str, url: &str) -> String {
    format!("redis {prefix} {url}")
}
