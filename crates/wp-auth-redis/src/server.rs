//! Commands to a Redis server.

use std::fmt;
use std::io;
use std::time::Duration;

use futures_util::FutureExt as _;
use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, Cmd, ErrorKind, FromRedisValue, RedisError, ServerErrorKind};
use tokio::runtime::Handle;
use tokio::task::unconstrained;
use tokio::time::timeout;
use wp_auth::{StoreError, StoreErrorKind};

use crate::ConfigError;
use crate::connections::{Connections, Found};

/// The timeout of a command on an existing connection. After that a new connection is opened.
const OLD_RESPONSE: Duration = Duration::from_millis(700);
/// The timeout of opening a connection.
pub(crate) const CONNECTING: Duration = Duration::from_secs(1);
/// The timeout of a command on a new connection.
const NEW_RESPONSE: Duration = Duration::from_secs(1);
/// The total timeout. It is shorter than the timeout of a store operation, so that the caller sees the actual
/// error.
const MAX_COMMAND_TIME: Duration = Duration::from_millis(2_700);

/// The commands that may be queued on a connection. Beyond that, those without a response are lost.
const QUEUE: usize = 1_024;

/// Why there is no response to a command. It does not quote the server, which may repeat the command with its secrets.
pub(crate) struct Failure {
    /// The key holds a value of another type.
    pub(crate) is_about_the_value: bool,
    /// The server, and what is wrong.
    pub(crate) what: String,
    pub(crate) cause: Option<RedisError>,
}

impl From<Failure> for StoreError {
    fn from(Failure { is_about_the_value, what, cause }: Failure) -> Self {
        let kind = if is_about_the_value { StoreErrorKind::Corrupt } else { StoreErrorKind::Unavailable };
        let error = Self::new(kind, what);
        match cause {
            Some(cause) => error.caused_by(cause),
            None => error,
        }
    }
}

/// One connection for each runtime, opened on first use and reopened when it is lost.
pub(crate) struct Server {
    client: Client,
    connections: Connections,
}

/// A command that was sent and whose response has not arrived. If it is dropped in that state, the opposite
/// command is sent.
struct Unconfirmed<'a> {
    opposite: Option<&'a Cmd>,
    connections: Vec<MultiplexedConnection>,
}

impl Server {
    pub(crate) fn new(url: &str) -> Result<Self, ConfigError> {
        let scheme = url.split(':').next().unwrap_or_default();
        if ["rediss", "valkeys"].contains(&scheme) {
            if cfg!(not(feature = "rustls")) {
                return Err(ConfigError::NoTls);
            }
            if url.contains('#') {
                // The Redis client reads `#insecure` as an instruction not to verify the certificate.
                return Err(ConfigError::url("it has a fragment"));
            }
        }
        let client = Client::open(url).map_err(|_| ConfigError::url(wrong(url)))?;
        Ok(Self { client, connections: Connections::default() })
    }

    /// Sends an idempotent command. It is sent again over a new connection if the connection was lost, or if an
    /// existing connection does not respond. If no response arrives, `opposite` is sent as well.
    pub(crate) async fn ask<T: FromRedisValue>(
        &self,
        command: &Cmd,
        opposite: Option<&Cmd>,
    ) -> Result<T, Failure> {
        let Ok(runtime) = Handle::try_current() else {
            let what = format!("{self}: it is used outside of a tokio runtime");
            return Err(Failure { is_about_the_value: false, what, cause: None });
        };
        let mut unconfirmed = Unconfirmed { opposite, connections: Vec::new() };
        let response = timeout(MAX_COMMAND_TIME, self.send(&runtime, command, &mut unconfirmed)).await;
        let response = response.unwrap_or_else(|_| Err(timed_out()));
        if response.is_ok() {
            unconfirmed.opposite = None;
        }
        response.map_err(|error| self.failed(error))
    }

    async fn send<T: FromRedisValue>(
        &self,
        runtime: &Handle,
        command: &Cmd,
        unconfirmed: &mut Unconfirmed<'_>,
    ) -> Result<T, RedisError> {
        let mut is_second = false;
        loop {
            let Found { mut connection, number, is_new } =
                self.connections.get(runtime.id(), || connect(self.client.clone())).await?;
            unconfirmed.connections.push(connection.clone());
            let bound = if is_new || is_second { NEW_RESPONSE } else { OLD_RESPONSE };
            let response = timeout(bound, command.query_async(&mut connection)).await;
            let error = match response.unwrap_or_else(|_| Err(timed_out())) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if is_about_the_value(&error) {
                return Err(error);
            }
            self.connections.forget(number);
            let is_gone = error.is_connection_dropped() || is_read_only(&error);
            if is_second || !(is_gone || error.is_timeout() && !is_new) {
                return Err(error);
            }
            is_second = true;
        }
    }

    /// Sends a command over the existing connection, if there is one, and does not wait for the response.
    pub(crate) fn tell(&self, command: &Cmd) {
        if let Some(mut connection) =
            Handle::try_current().ok().and_then(|here| self.connections.there(here.id()))
        {
            tell(&mut connection, command);
        }
    }

    fn failed(&self, error: RedisError) -> Failure {
        let is_about_the_value = is_about_the_value(&error);
        if error.is_io_error() {
            return Failure { is_about_the_value, what: self.to_string(), cause: Some(error) };
        }
        let what = match error.kind() {
            _ if is_about_the_value => "a key holds a value of another type",
            ErrorKind::AuthenticationFailed => "it refused the user or the password",
            _ => error.code().unwrap_or_else(|| error.category()),
        };
        Failure { is_about_the_value, what: format!("{self}: {what}"), cause: None }
    }
}

impl Drop for Unconfirmed<'_> {
    fn drop(&mut self) {
        for connection in &mut self.connections {
            self.opposite.into_iter().for_each(|opposite| tell(connection, opposite));
        }
    }
}

/// Queues a command. The task of the connection sends it after the commands that are already queued.
fn tell(connection: &mut MultiplexedConnection, command: &Cmd) {
    // Otherwise the command is not sent when no caller waits for the response any more.
    let command = command.clone().set_no_response(true).to_owned();
    // Without the budget of the task, which may be used up: the command would be lost.
    let _ = unconstrained(connection.req_packed_command(&command)).now_or_never();
}

async fn connect(client: Client) -> Result<MultiplexedConnection, RedisError> {
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Without it, rustls panics in a program with two crypto providers. Another thread may have installed one
        // already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECTING))
        .set_response_timeout(None)
        .set_pipeline_buffer_size(QUEUE);
    client.get_multiplexed_async_connection_with_config(&config).await
}

fn timed_out() -> RedisError {
    io::Error::from(io::ErrorKind::TimedOut).into()
}

/// The key holds a value that is not a string.
fn is_about_the_value(error: &RedisError) -> bool {
    error.code() == Some("WRONGTYPE")
}

/// The server was the primary when we connected and is a replica now.
fn is_read_only(error: &RedisError) -> bool {
    error.kind() == ErrorKind::Server(ServerErrorKind::ReadOnly)
}

/// Describes what is wrong with a URL, without quoting it.
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
