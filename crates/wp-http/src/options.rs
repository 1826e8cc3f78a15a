//! How an adapter connects.

use std::time::Duration;

/// How an adapter connects, the same for every adapter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectOptions {
    pub(crate) connect_timeout: Duration,
    pub(crate) idle_timeout: Duration,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self { connect_timeout: Duration::from_secs(10), idle_timeout: Duration::from_secs(4) }
    }
}

impl ConnectOptions {
    /// How long name resolution, TCP and TLS together may take. 10 s unless told.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How long a connection is kept for the next request. 4 s unless told: Apache and Varnish close
    /// theirs after 5 s, and a write on a connection that is being closed is a write in doubt.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = timeout;
        self
    }
}
