//! What a store in Redis does beside.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::oneshot;
use wp_auth_redis::RedisStore;
use wp_client::wp_auth::{Lease, SavedToken, StoreEntry, StoreErrorKind, TokenStore as _};

use crate::Context;
use crate::contract::{ANA, EVA, entry, json, keep, kept, long};
use crate::place::{Place, key_with};
use crate::proxy::Proxy;
use crate::redis_server::RedisServer;

pub(crate) async fn entry_under_another_encryption_key_is_corrupt(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    keep(&store, ANA, &entry("hunter2")).await;
    let raw = place.raw().await;
    assert!(!raw.windows(7).any(|part| part == b"hunter2"));
    let url = place.context.redis().url();
    let other = RedisStore::encrypted(&url, &key_with(1)).unwrap().prefix(&place.prefix);
    let plain = RedisStore::plain(&url).unwrap().prefix(&place.prefix);
    for other in [other, plain] {
        assert_eq!(other.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        keep(&other, ANA, &entry("other")).await;
        assert_eq!(kept(&other, ANA).await, Some(json(&entry("other"))));
        assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    }
    keep(&store, ANA, &entry("new")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("new"))));
}

/// What one wrote is read by its neighbours, and written anew with the key of who writes.
pub(crate) async fn encryption_key_rotation_loses_no_entry(context: Context) {
    let place = Place::new(context);
    let url = place.context.redis().url();
    let with = |key| RedisStore::encrypted(&url, &key).unwrap().prefix(&place.prefix);
    let steps = [
        with(key_with(1)),
        with(key_with(1).also_decrypts(key_with(2))),
        with(key_with(2).also_decrypts(key_with(1))),
        with(key_with(2)),
    ];
    for (n, pair) in steps.windows(2).enumerate() {
        for (writer, reader) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
            let text = n.to_string();
            keep(writer, ANA, &entry(&text)).await;
            assert_eq!(kept(reader, ANA).await, Some(json(&entry(&text))));
        }
    }
}

pub(crate) async fn value_copied_to_another_user_is_corrupt(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    keep(&store, ANA, &entry("ana")).await;
    let anas = place.names().await.remove(0);
    keep(&store, EVA, &entry("eva")).await;
    let evas = place.names().await.into_iter().find(|name| *name != anas).unwrap();
    place.context.redis().ask::<()>(&[b"COPY", evas.as_bytes(), anas.as_bytes(), b"REPLACE"]).await;
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(kept(&store, EVA).await, Some(json(&entry("eva"))));
}

pub(crate) async fn value_copied_to_another_prefix_is_corrupt(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    keep(&store, ANA, &entry("staging")).await;
    let name = place.names().await.remove(0);
    let prefix = format!("{}production:", place.prefix);
    let moved = name.replacen(&place.prefix, &prefix, 1);
    place.context.redis().ask::<()>(&[b"COPY", name.as_bytes(), moved.as_bytes()]).await;
    let production = store.clone().prefix(&prefix);
    assert_eq!(production.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("staging"))));
    // It was the prefix alone.
    place.context.redis().ask::<()>(&[b"RENAME", moved.as_bytes(), name.as_bytes()]).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("staging"))));
}

pub(crate) async fn every_key_expires_and_its_name_is_hashed(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let store = place.redis_store();
    let minute =
        (long().now + Duration::from_secs(60)).duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let soon = SavedToken::from_json(&format!(r#"{{"access":"t","expires":{minute}}}"#)).unwrap();
    keep(&store, "example.org ana", &StoreEntry::of_token(soon)).await;
    keep(&store, "example.org eva", &StoreEntry::of_token(SavedToken::access("t"))).await;
    let lease = Lease::new(long().now, Duration::from_secs(30));
    let _lock = store.lock("example.org uli", lease).await.unwrap().unwrap();
    let mut lives = Vec::new();
    for name in redis.keys(&place.prefix).await {
        assert!(["ana", "eva", "uli", "example"].iter().all(|word| !name.contains(word)), "{name}");
        lives.push(redis.ask::<i64>(&[b"PTTL", name.as_bytes()]).await);
    }
    lives.sort_unstable();
    // The lock, the token that ends, and the one that does not say when.
    let most = [30_000, 60_000, 90 * 86_400_000];
    assert!(
        lives.len() == 3 && lives.iter().zip(most).all(|(life, most)| (1..=most).contains(life)),
        "{lives:?}"
    );
    assert!(lives[2] > 89 * 86_400_000, "{lives:?}");
}

pub(crate) async fn value_of_another_redis_type_is_corrupt_and_replaced(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let store = place.redis_store();
    keep(&store, ANA, &entry("first")).await;
    let name = place.names().await.remove(0);
    redis.ask::<()>(&[b"DEL", name.as_bytes()]).await;
    redis.ask::<()>(&[b"RPUSH", name.as_bytes(), b"hunter2"]).await;
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    keep(&store, ANA, &entry("new")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("new"))));
}

/// Counted in what the server sent.
pub(crate) async fn large_value_is_not_read_completely(mut context: Context) {
    // A server of its own, so that no other case is counted.
    context.redis = Some(Arc::new(RedisServer::start("").await));
    let place = Place::new(context);
    let redis = place.context.redis();
    let store = place.redis_store();
    keep(&store, ANA, &entry("first")).await;
    let name = place.names().await.remove(0);
    redis.ask::<()>(&[b"SETRANGE", name.as_bytes(), b"50000000", b"x"]).await;
    let before = redis.info("total_net_output_bytes").await;
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let sent = redis.info("total_net_output_bytes").await - before;
    assert!(sent < 1_000_000, "{sent} bytes");
}

pub(crate) async fn concurrent_calls_share_a_connection(mut context: Context) {
    // A server of its own, so that no other case is counted.
    context.redis = Some(Arc::new(RedisServer::start("").await));
    let place = Place::new(context);
    let store = place.redis_store();
    let redis = place.context.redis();
    let before = redis.info("total_connections_received").await;
    let ask = |n: usize| {
        let store = store.clone().prefix(format!("{}{n}", place.prefix));
        async move { store.load(ANA).await.unwrap().is_none() }
    };
    assert!(join_all((0..200).map(ask)).await.into_iter().all(|nothing| nothing));
    let made = redis.info("total_connections_received").await - before;
    assert_eq!(made, 2, "one, and one to ask for this number");
}

pub(crate) async fn store_outlives_the_runtime_that_connected_it(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    for text in ["first", "second"] {
        let store = store.clone();
        // A runtime of its own takes what it drives along when it ends.
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(keep(&store, ANA, &self::entry(text)));
        };
        tokio::task::spawn_blocking(run).await.unwrap();
    }
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("second"))));
}

/// Each runtime has a connection, also while the first one is driven, which then rests.
pub(crate) async fn idle_runtime_does_not_block_another(context: Context) {
    let place = Place::new(context);
    let proxy = Proxy::start(place.context.redis().port).await;
    let store = RedisStore::plain(&proxy.url()).unwrap().prefix(&place.prefix);
    let (tell, idle) = oneshot::channel();
    let (rest, rests) = oneshot::channel::<()>();
    let (end, ends) = std::sync::mpsc::channel::<()>();
    let theirs = store.clone();
    let resting = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            keep(&theirs, ANA, &entry("first")).await;
            tell.send(()).unwrap();
            rests.await.unwrap();
        });
        // It rests until the others are done, and goes on then.
        ends.recv().unwrap();
        runtime.block_on(keep(&theirs, ANA, &entry("third")));
    });
    idle.await.unwrap();
    for rests in [None, Some(rest)] {
        if let Some(rest) = rests {
            rest.send(()).unwrap();
        }
        for _ in 0..10 {
            keep(&store, ANA, &entry("second")).await;
            assert_eq!(kept(&store, ANA).await, Some(json(&entry("second"))));
        }
        assert_eq!(proxy.connections(), 2);
    }
    end.send(()).unwrap();
    tokio::task::spawn_blocking(|| resting.join().unwrap()).await.unwrap();
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("third"))));
    assert_eq!(proxy.connections(), 2);
}

/// The task that opens the connection is cancelled or no longer polled.
pub(crate) async fn abandoned_connection_attempt_does_not_block_others(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    let mut rests = Box::pin(store.load(ANA));
    assert!(futures_util::poll!(&mut rests).is_pending());
    let asked = join_all((0..10).map(|_| store.load(ANA))).await;
    assert!(asked.into_iter().all(|entry| entry.unwrap().is_none()));
    assert!(rests.await.unwrap().is_none());

    let store = place.redis_store();
    let mut cancelled = Box::pin(store.load(ANA));
    assert!(futures_util::poll!(&mut cancelled).is_pending());
    let mut waits = Box::pin(store.load(ANA));
    assert!(futures_util::poll!(&mut waits).is_pending());
    drop(cancelled);
    assert!(waits.await.unwrap().is_none());
}

pub(crate) async fn call_outside_of_a_runtime_is_an_error(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    let error = std::thread::spawn(move || {
        futures_util::FutureExt::now_or_never(store.load(ANA)).unwrap().unwrap_err()
    });
    let error = error.join().unwrap();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    assert!(error.to_string().contains("outside of a tokio runtime"), "{error}");
}

/// Also in the middle of asking for it: what the server may have done is undone.
pub(crate) async fn lock_of_a_cancelled_call_is_released(context: Context) {
    let place = Place::new(context);
    let (store, direct) = (place.redis_store(), place.redis_store());
    assert_eq!(kept(&store, ANA).await, None);
    for _ in 0..20 {
        let mut asks = Box::pin(store.lock(ANA, long()));
        assert!(futures_util::poll!(&mut asks).is_pending());
        // The command is sent, and its response is not read.
        while !place.context.redis().keys(&place.prefix).await.iter().any(|name| name.ends_with(":lock")) {
            tokio::task::yield_now().await;
        }
        drop(asks);
        keep(&direct, ANA, &entry("t")).await;
    }
}
