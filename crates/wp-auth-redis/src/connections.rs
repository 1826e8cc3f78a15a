//! The connections to a Redis server, one for each runtime.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::RedisError;
use redis::aio::MultiplexedConnection;
use tokio::runtime::Id;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long to wait for a connection that another task is opening: that task may not be polled any more.
const PATIENCE: Duration = Duration::from_millis(500);

/// The most runtimes that keep a connection. Beyond that the oldest connection is closed, and reopened when it is
/// needed.
const MAX_RUNTIMES: usize = 64;

type Made = Result<MultiplexedConnection, RedisError>;

/// A connection is driven by a task of the runtime that opened it. Another runtime must not depend on it, because
/// that runtime may be idle or dropped.
#[derive(Default)]
pub(crate) struct Connections(Mutex<State>);

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    next_number: u64,
    /// The connection that was removed last. It closes with its last handle and may still have data to send.
    parting: Option<MultiplexedConnection>,
}

struct Entry {
    runtime: Id,
    /// Distinguishes the connection from later ones.
    number: u64,
    link: Link,
}

enum Link {
    There(MultiplexedConnection),
    /// A task is opening it. The sender is dropped if that task is cancelled.
    Making(watch::Receiver<Option<Made>>),
}

/// A connection, ready for use.
pub(crate) struct Found {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) number: u64,
    /// Whether the connection was opened just now.
    pub(crate) is_new: bool,
}

/// A connection that this task is opening. If it is dropped before the connection is open, another task may open
/// one.
struct Making<'a> {
    connections: &'a Connections,
    number: u64,
    made: watch::Sender<Option<Made>>,
    is_done: bool,
}

/// The result of a look-up.
enum Next<'a> {
    Use(Found),
    Wait(u64, watch::Receiver<Option<Made>>),
    Make(Making<'a>),
}

impl Connections {
    /// Returns the connection of a runtime, opened with `connect` if there is none.
    pub(crate) async fn get<F>(&self, runtime: Id, connect: impl Fn() -> F) -> Result<Found, RedisError>
    where
        F: Future<Output = Made>,
    {
        loop {
            match self.next(runtime) {
                Next::Use(found) => return Ok(found),
                Next::Make(making) => {
                    let number = making.number;
                    let connection = making.end(connect().await)?;
                    return Ok(Found { connection, number, is_new: true });
                }
                Next::Wait(number, mut made) => match timeout(PATIENCE, made.wait_for(Option::is_some)).await
                {
                    Ok(Ok(made)) => {
                        if let Some(made) = &*made {
                            let connection = made.clone()?;
                            return Ok(Found { connection, number, is_new: true });
                        }
                    }
                    // The task was cancelled: the first waiting task opens the connection.
                    Ok(Err(_)) => {}
                    Err(_) => self.forget(number),
                },
            }
        }
    }

    /// Returns the connection of a runtime, if there is one.
    pub(crate) fn there(&self, runtime: Id) -> Option<MultiplexedConnection> {
        let state = self.state();
        state.entries.iter().find(|entry| entry.runtime == runtime).and_then(|entry| match &entry.link {
            Link::There(connection) => Some(connection.clone()),
            Link::Making(_) => None,
        })
    }

    /// Removes this connection, so that the next caller opens a new one. Does nothing if another caller did so
    /// already.
    pub(crate) fn forget(&self, number: u64) {
        let mut state = self.state();
        let Some(at) = state.entries.iter().position(|entry| entry.number == number) else { return };
        if let Link::There(connection) = state.entries.remove(at).link {
            state.parting = Some(connection);
        }
    }

    fn next(&self, runtime: Id) -> Next<'_> {
        let mut state = self.state();
        if let Some(entry) = state.entries.iter().find(|entry| entry.runtime == runtime) {
            let number = entry.number;
            return match &entry.link {
                Link::There(connection) => {
                    Next::Use(Found { connection: connection.clone(), number, is_new: false })
                }
                Link::Making(made) => Next::Wait(number, made.clone()),
            };
        }
        if state.entries.len() >= MAX_RUNTIMES {
            state.entries.remove(0);
        }
        let number = state.next_number;
        state.next_number += 1;
        let (made, receiver) = watch::channel(None);
        state.entries.push(Entry { runtime, number, link: Link::Making(receiver) });
        Next::Make(Making { connections: self, number, made, is_done: false })
    }

    /// Never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Making<'_> {
    /// Notifies the waiting tasks.
    fn end(mut self, made: Made) -> Made {
        self.is_done = true;
        match &made {
            Ok(connection) => {
                let mut state = self.connections.state();
                let entry = state.entries.iter_mut().find(|entry| entry.number == self.number);
                if let Some(entry) = entry {
                    entry.link = Link::There(connection.clone());
                }
            }
            Err(_) => self.connections.forget(self.number),
        }
        self.made.send_replace(Some(made.clone()));
        made
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if !self.is_done {
            self.connections.forget(self.number);
        }
    }
}
