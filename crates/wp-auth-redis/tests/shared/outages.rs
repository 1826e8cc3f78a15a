//! A Redis that fails.

use std::error::Error;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wp_auth_redis::RedisStore;
use wp_client::wp_auth::{StoreError, StoreErrorKind, TokenStore as _};

use crate::Context;
use crate::contract::{ANA, entry, json, keep, kept, long, try_lock};
use crate::place::Place;
use crate::proxy::Proxy;
use crate::redis_server::{RedisServer, free_port};

/// Both ways to ask fail, are typed, and name the server and no secret.
async fn is_unavailable(store: &RedisStore) -> StoreError {
    let (loaded, locked) = tokio::join!(store.load(ANA), store.lock(ANA, long()));
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

/// Any Redis command fits into less than the deadline that an `Identity` has, with room for a busy machine.
async fn soon<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), work).await.expect("it ends by itself")
}

pub(crate) async fn unreachable_server_is_an_error_and_used_once_it_is_up(_: Context) {
    let port = free_port();
    let store = RedisStore::plain(&format!("redis://:hunter2@127.0.0.1:{port}")).unwrap();
    let error = soon(is_unavailable(&store)).await;
    assert!(Error::source(&error).unwrap().to_string().contains("refused"), "{error:?}");
    for _ in 0..2 {
        let server = RedisServer::start_at(port, "hunter2").await.unwrap();
        keep(&store, ANA, &entry("t")).await;
        assert_eq!(kept(&store, ANA).await, Some(json(&entry("t"))));
        let lock = store.lock(ANA, long()).await.unwrap().unwrap();
        drop(server);
        shows_nothing(&soon(lock.release(Some(&entry("hunter2")))).await.unwrap_err());
        soon(is_unavailable(&store)).await;
    }
}

pub(crate) async fn restarted_server_causes_no_error(_: Context) {
    let server = RedisServer::start("").await;
    let store = RedisStore::plain(&server.url()).unwrap();
    keep(&store, ANA, &entry("t")).await;
    let port = server.port;
    drop(server);
    let _server = RedisServer::start_at(port, "").await.unwrap();
    assert_eq!(kept(&store, ANA).await, None);
    keep(&store, ANA, &entry("t")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("t"))));
}

/// It takes connections and never says a word; then it takes a command and never responds.
pub(crate) async fn hanging_server_is_an_error(_: Context) {
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

pub(crate) async fn server_error_is_reported_without_its_text(context: Context) {
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

/// The server took the lock, and the connection is lost before its response.
pub(crate) async fn lock_is_held_if_its_response_was_lost(context: Context) {
    let place = Place::new(context);
    let proxy = Proxy::start(place.context.redis().port).await;
    let store = RedisStore::plain(&proxy.url()).unwrap().prefix(&place.prefix);
    assert_eq!(kept(&store, ANA).await, None);
    for _ in 0..3 {
        proxy.lose_the_next_response();
        let lock = soon(store.lock(ANA, long())).await.unwrap().expect("its own lock kept it out");
        assert_eq!(proxy.lost(), 1);
        assert!(try_lock(&place.redis_store(), ANA).await.is_none());
        lock.release(None).await.unwrap();
    }
}

/// The server responds after the store gave up: what it took is given back long before the lease ends.
pub(crate) async fn lock_is_released_if_its_response_was_late(context: Context) {
    let place = Place::new(context);
    let proxy = Proxy::start(place.context.redis().port).await;
    let store = RedisStore::plain(&proxy.url()).unwrap().prefix(&place.prefix);
    assert_eq!(kept(&store, ANA).await, None);
    proxy.hold_responses(true);
    let error = soon(store.lock(ANA, long())).await.err().unwrap();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error:?}");
    let direct = place.redis_store();
    while try_lock(&direct, ANA).await.is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    proxy.hold_responses(false);
    keep(&store, ANA, &entry("t")).await;
}

/// A connection that was good and fell silent, as behind a firewall that forgot it.
pub(crate) async fn silent_old_connection_causes_no_error(context: Context) {
    let place = Place::new(context);
    let proxy = Proxy::start(place.context.redis().port).await;
    let store = RedisStore::plain(&proxy.url()).unwrap().prefix(&place.prefix);
    keep(&store, ANA, &entry("t")).await;
    for connections in 2..=4 {
        proxy.silence_old_connections();
        assert_eq!(soon(store.load(ANA)).await.unwrap().map(|kept| json(&kept)), Some(json(&entry("t"))));
        assert_eq!(proxy.connections(), connections);
    }
}
