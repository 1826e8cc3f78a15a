//! What a store in Redis does beside.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use wp_auth_redis::RedisStore;
use wp_client::wp_auth::{SavedToken, StoreErrorKind, TokenStore as _};

use crate::Context;
use crate::contract::{ANA, EVA, LONG, json, keep, kept, token};
use crate::place::{KEY, Place};
use crate::redis_server::RedisServer;

pub(crate) async fn another_key_reads_nothing(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    keep(&store, ANA, &token("hunter2")).await;
    let raw = place.raw().await;
    assert!(!raw.windows(7).any(|part| part == b"hunter2"));
    let mut key = KEY;
    key[31] ^= 1;
    let url = place.context.redis().url();
    let other = RedisStore::encrypted(&url, key).unwrap().prefix(&place.prefix);
    let plain = RedisStore::plain(&url).unwrap().prefix(&place.prefix);
    for other in [other, plain] {
        assert_eq!(other.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        keep(&other, ANA, &token("other")).await;
        assert_eq!(kept(&other, ANA).await, Some(json(&token("other"))));
        assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    }
    keep(&store, ANA, &token("new")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&token("new"))));
}

pub(crate) async fn a_value_cannot_be_moved_to_another_user(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    keep(&store, ANA, &token("ana")).await;
    let anas = place.names().await.remove(0);
    keep(&store, EVA, &token("eva")).await;
    let evas = place.names().await.into_iter().find(|name| *name != anas).unwrap();
    place.context.redis().ask::<()>(&[b"COPY", evas.as_bytes(), anas.as_bytes(), b"REPLACE"]).await;
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(kept(&store, EVA).await, Some(json(&token("eva"))));
}

pub(crate) async fn who_comes_after_the_lease_changes_nothing(context: Context) {
    let place = Place::new(context);
    let (slow, next, third) = (place.redis_store(), place.redis_store(), place.redis_store());
    for obtained in [None, Some(token("late"))] {
        let late = slow.lock(ANA, Duration::from_millis(50)).await.unwrap().unwrap();
        let lock = loop {
            if let Some(lock) = next.lock(ANA, LONG).await.unwrap() {
                break lock;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let before = kept(&third, ANA).await;
        late.release(obtained.as_ref()).await.unwrap();
        assert_eq!(kept(&third, ANA).await, before, "the late one wrote");
        assert!(third.lock(ANA, LONG).await.unwrap().is_none(), "the late one took the other's lock away");
        lock.release(Some(&token("in time"))).await.unwrap();
        assert_eq!(kept(&third, ANA).await, Some(json(&token("in time"))));
    }
}

pub(crate) async fn everything_there_has_an_end_and_names_nobody(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let store = place.redis_store();
    let minute = std::time::SystemTime::now() + Duration::from_secs(60);
    let minute = minute.duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let soon = SavedToken::from_json(&format!(r#"{{"access":"t","expires":{minute}}}"#)).unwrap();
    keep(&store, "example.org ana", &soon).await;
    keep(&store, "example.org eva", &SavedToken::access("t")).await;
    let _lock = store.lock("example.org uli", Duration::from_secs(30)).await.unwrap().unwrap();
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

pub(crate) async fn another_type_of_value_is_corrupt_and_replaced(context: Context) {
    let place = Place::new(context);
    let redis = place.context.redis();
    let store = place.redis_store();
    keep(&store, ANA, &token("first")).await;
    let name = place.names().await.remove(0);
    redis.ask::<()>(&[b"DEL", name.as_bytes()]).await;
    redis.ask::<()>(&[b"RPUSH", name.as_bytes(), b"hunter2"]).await;
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    keep(&store, ANA, &token("new")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&token("new"))));
}

/// Counted in what the server sent.
pub(crate) async fn a_large_value_is_not_read_whole(mut context: Context) {
    // One where nobody else counts.
    context.redis = Some(Arc::new(RedisServer::start("").await));
    let place = Place::new(context);
    let redis = place.context.redis();
    let store = place.redis_store();
    keep(&store, ANA, &token("first")).await;
    let name = place.names().await.remove(0);
    redis.ask::<()>(&[b"SETRANGE", name.as_bytes(), b"50000000", b"x"]).await;
    let before = redis.info("total_net_output_bytes").await;
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let sent = redis.info("total_net_output_bytes").await - before;
    assert!(sent < 1_000_000, "{sent} bytes");
}

pub(crate) async fn all_who_ask_share_a_connection(mut context: Context) {
    // One where nobody else counts.
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

pub(crate) async fn a_store_outlives_the_runtime_that_connected_it(context: Context) {
    let place = Place::new(context);
    let store = place.redis_store();
    for text in ["first", "second"] {
        let store = store.clone();
        // A runtime of its own takes what it drives along when it ends.
        let run = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(keep(&store, ANA, &token(text)));
        };
        tokio::task::spawn_blocking(run).await.unwrap();
    }
    assert_eq!(kept(&store, ANA).await, Some(json(&token("second"))));
}
