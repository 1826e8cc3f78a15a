//! What every store does.

use std::time::Duration;

use wp_client::wp_auth::{ExposeSecret as _, SavedToken, StoreErrorKind, TokenStore};

use crate::Context;
use crate::place::{Kind, Place};

pub(crate) const ANA: &str = "https://example.org/wp-json JwtAuth ana";
pub(crate) const EVA: &str = "https://example.org/wp-json JwtAuth eva";
/// Longer than any case.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// A token with everything that one can have.
pub(crate) fn token(text: &str) -> SavedToken {
    let json = format!(
        r#"{{"access":"{text}","since":1800000000000,"expires":4000000000000,"refresh":"r-{text}",
        "refresh_since":1800000000000,"refresh_expires":4000000009000,"client_name":"sync ☂",
        "profile":{{"id":7,"login":"ana","email":null,"nicename":null,"display_name":"Ana \"✓\"","roles":["editor"]}}}}"#
    );
    SavedToken::from_json(&json).unwrap()
}

pub(crate) fn json(token: &SavedToken) -> String {
    token.to_json().expose_secret().to_owned()
}

pub(crate) async fn kept(store: &dyn TokenStore, key: &str) -> Option<String> {
    store.load(key).await.unwrap().map(|token| json(&token))
}

/// Takes the lock and gives it back with a token.
pub(crate) async fn keep(store: &dyn TokenStore, key: &str, token: &SavedToken) {
    store.lock(key, LONG).await.unwrap().expect("the lock is free").release(Some(token)).await.unwrap();
}

pub(crate) async fn nothing_is_there_at_first(context: Context) {
    let place = Place::new(context);
    assert!(place.store().load(ANA).await.unwrap().is_none());
}

pub(crate) async fn one_has_the_lock(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    let lock = one.lock(ANA, LONG).await.unwrap();
    assert!(lock.is_some());
    for store in [&one, &other, &one.clone()] {
        assert!(store.lock(ANA, LONG).await.unwrap().is_none());
    }
    assert!(other.lock(EVA, LONG).await.unwrap().is_some(), "another key has another lock");
    lock.unwrap().release(None).await.unwrap();
    assert!(other.lock(ANA, LONG).await.unwrap().is_some());
}

pub(crate) async fn a_release_keeps_the_token_and_frees(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    for text in ["first", "second"] {
        keep(&*one, ANA, &token(text)).await;
        assert_eq!(kept(&*other, ANA).await, Some(json(&token(text))));
    }
}

pub(crate) async fn a_release_without_a_token_leaves_what_is_there(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    keep(&*store, ANA, &token("first")).await;
    store.lock(ANA, LONG).await.unwrap().unwrap().release(None).await.unwrap();
    assert_eq!(kept(&*store, ANA).await, Some(json(&token("first"))));
}

/// At once where the store sees it, or with its lease.
pub(crate) async fn a_lock_that_is_dropped_ends(context: Context) {
    let is_redis = context.kind.is_redis();
    let place = Place::new(context);
    let store = place.store();
    drop(store.lock(ANA, LONG).await.unwrap().unwrap());
    let again = store.lock(ANA, LONG).await.unwrap();
    assert_eq!(again.is_some(), !is_redis);
    drop(again);

    drop(store.lock(EVA, Duration::from_millis(200)).await.unwrap().unwrap());
    while store.lock(EVA, LONG).await.unwrap().is_none() {
        assert!(is_redis);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn what_is_kept_comes_back_equal(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    let long = "x".repeat(8_000);
    for saved in [
        token("t"),
        SavedToken::access("t"),
        SavedToken::refresh("r").client_name("sync"),
        SavedToken::access(long.as_str()),
        SavedToken::access("\"\\\u{0}\n✓"),
    ] {
        keep(&*one, ANA, &saved).await;
        assert_eq!(kept(&*other, ANA).await, Some(json(&saved)));
    }
}

pub(crate) async fn keys_do_not_mix(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    let keys = [ANA, EVA, "", " ", "ana", "../ana", "ana\0", "ana*", "{ana}", &"a".repeat(10_000)];
    for (n, key) in keys.iter().enumerate() {
        assert!(store.load(key).await.unwrap().is_none(), "{key:?}");
        keep(&*store, key, &token(&n.to_string())).await;
    }
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(kept(&*store, key).await, Some(json(&token(&n.to_string()))), "{key:?}");
    }
}

pub(crate) async fn what_is_corrupt_is_told_and_replaced(context: Context) {
    let kind = context.kind;
    let place = Place::new(context);
    let store = place.store();
    keep(&*store, ANA, &token("hunter2")).await;
    let good = place.raw().await;
    let short = &good[..good.len() - 5];
    let foreign = br#"{"hunter2":"hunter2"}"#;
    for bad in [b"hunter2".as_slice(), b"{}", b"\xff\xfe", b"\x01", foreign, short] {
        place.overwrite(bad).await;
        let error = store.load(ANA).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{bad:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        keep(&*store, ANA, &token("new")).await;
        assert_eq!(kept(&*store, ANA).await, Some(json(&token("new"))), "{bad:?}");
    }
    place.overwrite(b"").await;
    // Nothing at all is no token; for a file, it is one that was cut.
    assert_eq!(store.load(ANA).await.is_err(), kind == Kind::File);
}
