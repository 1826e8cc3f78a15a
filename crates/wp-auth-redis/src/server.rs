//! The Redis at the other end.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use wp_auth::{StoreError, StoreErrorKind};

use crate::ConfigError;

/// Together less than what a store may take: there is an answer, or a reason why there is none.
const CONNECTING: Duration = Duration::from_millis(1_500);
const ANSWERING: Duration = Duration::from_secs(1);

/// One connection for all who ask, made when it is needed and again when it is lost.
pub(crate) struct Server {
    client: Client,
    /// Never held across an await.
    connection: Mutex<Option<Attempt>>,
}

/// A connection that is there or is being made, by any of those who wait for it.
type Attempt = Shared<BoxFuture<'static, Result<MultiplexedConnection, RedisError>>>;

impl Server {
    pub(crate) fn new(url: &str) -> Result<Self, ConfigError> {
        let scheme = url.split(':').next().unwrap_or_default();
        if ["rediss", "valkeys"].contains(&scheme) {
            if cfg!(not(feature = "rustls")) {
                return Err(ConfigError::NoTls);
            }
            if url.contains('#') {
                // The client takes `#insecure` for not looking at the certificate.
                return Err(ConfigError::Url("it has a fragment"));
            }
        }
        let client = Client::open(url).map_err(|_| ConfigError::Url(wrong(url)))?;
        Ok(Self { client, connection: Mutex::default() })
    }

    /// Sends a command.
    ///
    /// It is sent once more where the connection was an old one and turns out to be gone: a server that was
    /// started anew meanwhile has done nothing of it.
    pub(crate) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Result<T, StoreError> {
        loop {
            let (attempt, is_ours) = self.attempt();
            let answer = match attempt.clone().await {
                Ok(mut connection) => command.query_async(&mut connection).await,
                Err(error) => Err(error),
            };
            let error = match answer {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if error.code() == Some("WRONGTYPE") {
                return Err(StoreError::new(StoreErrorKind::Corrupt, self.to_string()));
            }
            self.forget(&attempt);
            if is_ours || !is_lost(&error) {
                return Err(self.failure(error));
            }
        }
    }

    /// The connection, and whether it was begun just now.
    fn attempt(&self) -> (Attempt, bool) {
        let mut slot = self.slot();
        if let Some(attempt) = &*slot {
            return (attempt.clone(), false);
        }
        let attempt = slot.insert(connect(self.client.clone()).boxed().shared());
        (attempt.clone(), true)
    }

    /// The next one makes a new connection, unless another did so already.
    fn forget(&self, attempt: &Attempt) {
        self.slot().take_if(|current| current.ptr_eq(attempt));
    }

    fn slot(&self) -> MutexGuard<'_, Option<Attempt>> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// In words that hold nothing of what was sent: a server may quote that.
    fn failure(&self, error: RedisError) -> StoreError {
        if error.is_io_error() {
            return StoreError::new(StoreErrorKind::Unavailable, self.to_string()).source(error);
        }
        let what = match error.kind() {
            ErrorKind::AuthenticationFailed => "it refused the user or the password",
            _ => error.code().unwrap_or_else(|| error.category()),
        };
        StoreError::new(StoreErrorKind::Unavailable, format!("{self}: {what}"))
    }
}

async fn connect(client: Client) -> Result<MultiplexedConnection, RedisError> {
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Without it rustls panics in a program that has two of them. Another thread may be first.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(Some(ANSWERING));
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// Whether another connection may do better, and at once.
fn is_lost(error: &RedisError) -> bool {
    // Read-only: what was the primary when we connected is none any more.
    error.is_connection_dropped() || error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// What is wrong with an address, without a word of it.
fn wrong(url: &str) -> &'static str {
    match redis::parse_redis_url(url) {
        None => {
            "it begins with `redis://`, `rediss://` or `unix://`, and special characters of a password are \
                 written as %40"
        }
        Some(_) => "a part of it cannot be used: host, port, number of the database",
    }
}

/// The host and the port.
impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redis at {}", self.client.get_connection_info().addr())
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
