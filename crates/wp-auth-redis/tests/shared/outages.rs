//! A Redis that fails.

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wp_auth_redis::RedisStore;
use wp_client::wp_auth::{StoreError, StoreErrorKind, TokenStore as _};

use crate::Context;
use crate::contract::{ANA, LONG, json, keep, kept, token};
use crate::redis_server::{RedisServer, free_port};

/// Both ways to ask fail, are typed, and name the server and no secret.
async fn is_unavailable(store: &RedisStore) -> StoreError {
    let (loaded, locked) = tokio::join!(store.load(ANA), store.lock(ANA, LONG));
    let error = loaded.unwrap_err();
    for error in [&error, &locked.err().unwrap()] {
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
        assert!(error.to_string().contains("127.0.0.1"), "{error}");
        shows_nothing(error);
    }
    error
}

fn shows_nothing(error: &StoreError) {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut next = Error::source(error);
    while let Some(cause) = next {
        shown = format!("{shown} {cause} {cause:?}");
        next = cause.source();
    }
    assert!(!shown.contains("hunter2"), "{shown}");
}

/// Any Redis command fits into less than the deadline that `Stored` has, with room for a busy machine.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it ends by itself")
}

pub(crate) async fn a_server_that_is_not_there_is_told_and_used_when_it_is(_: Context) {
    let port = free_port();
    let store = RedisStore::plain(&format!("redis://:hunter2@127.0.0.1:{port}")).unwrap();
    let error = soon(is_unavailable(&store)).await;
    assert!(Error::source(&error).unwrap().to_string().contains("refused"), "{error:?}");
    for _ in 0..2 {
        let server = RedisServer::start_at(port, "hunter2").await.unwrap();
        keep(&store, ANA, &token("t")).await;
        assert_eq!(kept(&store, ANA).await, Some(json(&token("t"))));
        let lock = store.lock(ANA, LONG).await.unwrap().unwrap();
        drop(server);
        shows_nothing(&soon(lock.release(Some(&token("hunter2")))).await.unwrap_err());
        soon(is_unavailable(&store)).await;
    }
}

pub(crate) async fn a_server_that_was_started_anew_is_not_noticed(_: Context) {
    let server = RedisServer::start("").await;
    let store = RedisStore::plain(&server.url()).unwrap();
    keep(&store, ANA, &token("t")).await;
    let port = server.port;
    drop(server);
    let _server = RedisServer::start_at(port, "").await.unwrap();
    assert_eq!(kept(&store, ANA).await, None);
    keep(&store, ANA, &token("t")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&token("t"))));
}

/// It takes connections and never says a word; then it takes a command and never answers.
pub(crate) async fn a_server_that_hangs_is_told(_: Context) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let store = RedisStore::plain(&format!("redis://:hunter2@127.0.0.1:{port}")).unwrap();
    soon(is_unavailable(&store)).await;

    let server = RedisServer::start("hunter2").await;
    let store = RedisStore::plain(&server.url()).unwrap();
    assert_eq!(kept(&store, ANA).await, None);
    server.ask::<()>(&[b"CLIENT", b"PAUSE", b"60000", b"ALL"]).await;
    soon(is_unavailable(&store)).await;
}

pub(crate) async fn a_server_that_refuses_is_told_and_nothing_of_it_is_quoted(context: Context) {
    let port = context.redis().port;
    let wrong = |user: &str| RedisStore::plain(&format!("redis://{user}@127.0.0.1:{port}")).unwrap();
    let error = is_unavailable(&wrong(":hunter22")).await;
    assert!(error.to_string().contains("refused"), "{error}");
    is_unavailable(&wrong("hunter2:hunter22")).await;
    let none = RedisStore::plain(&format!("redis://127.0.0.1:{port}")).unwrap();
    assert!(is_unavailable(&none).await.to_string().contains("NOAUTH"));

    // Some servers quote what they were sent.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let quoting = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while let Ok(1..) = stream.read(&mut buffer).await {
                    let errors = "-ERR unknown command, with args beginning with: hunter2\r\n".repeat(8);
                    let _ = stream.write_all(errors.as_bytes()).await;
                }
            });
        }
    });
    let store = RedisStore::plain(&format!("redis://127.0.0.1:{port}")).unwrap();
    assert!(soon(is_unavailable(&store)).await.to_string().contains("ERR"));
    quoting.abort();
}
