//! A Redis of our own.

use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use redis::FromRedisValue;

use crate::directory::Directory;

/// A `redis-server` on a free port, with a password unless that is empty, that keeps nothing on a disk. Stopped when
/// it is dropped, and when this program dies.
pub(crate) struct RedisServer {
    pub(crate) port: u16,
    password: String,
    /// A shell that waits for the end of its input: then it ends the server by its id.
    keeper: Child,
    _directory: Directory,
}

/// Of the server that no case stops.
pub(crate) const PASSWORD: &str = "hunter2";

const KEEPER: &str = "redis-server \"$@\" >/dev/null 2>&1 & redis=$!; read -r _; kill -9 \"$redis\"; wait";

pub(crate) fn is_installed() -> bool {
    let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// A port without a listener. The system does not assign it to a listener on port 0, so a server can be restarted on it.
pub(crate) fn free_port() -> u16 {
    let is_free = |port: &u16| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    std::iter::repeat_with(|| fastrand::u16(20_000..32_000)).find(is_free).unwrap()
}

impl RedisServer {
    pub(crate) async fn start(password: &str) -> Self {
        // Another program may take a free port meanwhile.
        for _ in 0..3 {
            if let Some(server) = Self::start_at(free_port(), password).await {
                return server;
            }
        }
        panic!("redis-server does not start");
    }

    pub(crate) async fn start_at(port: u16, password: &str) -> Option<Self> {
        let directory = Directory::new();
        let port_text = port.to_string();
        let mut arguments =
            vec!["--bind", "127.0.0.1", "--port", &port_text, "--save", "", "--appendonly", "no", "--dir"];
        arguments.push(directory.path().to_str()?);
        if !password.is_empty() {
            arguments.extend(["--requirepass", password]);
        }
        let keeper =
            Command::new("sh").args(["-c", KEEPER, "sh"]).args(arguments).stdin(Stdio::piped()).spawn();
        let server =
            Self { port, password: password.to_owned(), keeper: keeper.unwrap(), _directory: directory };
        // Up to half a minute, for a busy machine.
        for _ in 0..1200 {
            if server.is_up().await {
                return Some(server);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        None
    }

    async fn is_up(&self) -> bool {
        let client = redis::Client::open(self.url()).unwrap();
        let Ok(mut connection) = client.get_multiplexed_async_connection().await else { return false };
        redis::cmd("PING").query_async::<String>(&mut connection).await.is_ok()
    }

    pub(crate) fn url(&self) -> String {
        let Self { port, password, .. } = self;
        if password.is_empty() {
            format!("redis://127.0.0.1:{port}/")
        } else {
            format!("redis://:{password}@127.0.0.1:{port}/0")
        }
    }

    /// What the server responds to a command.
    pub(crate) async fn ask<T: FromRedisValue>(&self, words: &[&[u8]]) -> T {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(*word);
        }
        command.query_async(&mut connection).await.unwrap()
    }

    /// The names of all keys that begin with `prefix`.
    pub(crate) async fn keys(&self, prefix: &str) -> Vec<String> {
        self.ask(&[b"KEYS", format!("{prefix}*").as_bytes()]).await
    }

    /// A number of `INFO`.
    pub(crate) async fn info(&self, name: &str) -> u64 {
        let text: String = self.ask(&[b"INFO"]).await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.unwrap().trim().parse().unwrap()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
