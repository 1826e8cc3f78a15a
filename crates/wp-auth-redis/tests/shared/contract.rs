//! What every store does.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use wp_client::wp_auth::{
    ExposeSecret as _, Lease, SavedToken, StoreEntry, StoreErrorKind, StoreLock, TokenStore,
};

use crate::Context;
use crate::place::{Kind, Place};

pub(crate) const ANA: &str = "https://example.org/wp-json JwtAuth ana";
pub(crate) const EVA: &str = "https://example.org/wp-json JwtAuth eva";

/// Longer than any case, from a time that stands still.
pub(crate) fn long() -> Lease {
    Lease::new(now(), Duration::from_secs(120))
}

/// The clock of the cases, which they move by hand.
fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_900_000_000)
}

fn lease_at(seconds: u64) -> Lease {
    Lease::new(now() + Duration::from_secs(seconds), Duration::from_secs(10))
}

pub(crate) async fn try_lock(store: &dyn TokenStore, key: &str) -> Option<Box<dyn StoreLock>> {
    store.lock(key, long()).await.unwrap()
}

/// An entry of a token with everything that one can have.
pub(crate) fn entry(text: &str) -> StoreEntry {
    let json = format!(
        r#"{{"access":"{text}","since":1800000000000,"expires":4000000000000,"refresh":"r-{text}",
        "refresh_since":1800000000000,"refresh_expires":4000000009000,"client_name":"sync ☂",
        "profile":{{"id":7,"login":"ana","email":null,"nicename":null,"display_name":"Ana \"✓\"","roles":["editor"]}}}}"#
    );
    StoreEntry::of_token(SavedToken::from_json(&json).unwrap())
}

pub(crate) fn json(entry: &StoreEntry) -> String {
    entry.to_json().expose_secret().to_owned()
}

pub(crate) async fn kept(store: &dyn TokenStore, key: &str) -> Option<String> {
    store.load(key).await.unwrap().map(|entry| json(&entry))
}

/// Takes the lock, as soon as it is free, and gives it back with an entry.
pub(crate) async fn keep(store: &dyn TokenStore, key: &str, entry: &StoreEntry) {
    free(store, key).await.release(Some(entry)).await.unwrap();
}

/// The lock, once its holder released it.
async fn free(store: &dyn TokenStore, key: &str) -> Box<dyn StoreLock> {
    loop {
        if let Some(lock) = try_lock(store, key).await {
            return lock;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

pub(crate) async fn read_of_an_empty_store_is_none(context: Context) {
    let place = Place::new(context);
    assert!(place.store().load(ANA).await.unwrap().is_none());
    place.store().delete(ANA).await.unwrap();
}

pub(crate) async fn lock_is_exclusive(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    let lock = try_lock(&one, ANA).await;
    assert!(lock.is_some());
    for store in [&one, &other, &one.clone()] {
        assert!(try_lock(store, ANA).await.is_none());
    }
    assert!(try_lock(&other, EVA).await.is_some(), "another key has another lock");
    lock.unwrap().release(None).await.unwrap();
    assert!(try_lock(&other, ANA).await.is_some());
}

/// Each has it once, and sees what the one before left.
pub(crate) async fn lock_serializes_many_tasks(context: Context) {
    let place = Place::new(context);
    let rounds = (0..16).map(|_| {
        let store = place.store();
        tokio::spawn(async move {
            let lock = free(&store, ANA).await;
            let before = store.load(ANA).await.unwrap();
            let count = before.map_or(0, |entry| access(&entry).parse().unwrap());
            lock.release(Some(&self::entry(&(count + 1_u32).to_string()))).await.unwrap();
        })
    });
    for round in rounds.collect::<Vec<_>>() {
        round.await.unwrap();
    }
    assert_eq!(access(&place.store().load(ANA).await.unwrap().unwrap()), "16");
}

fn access(entry: &StoreEntry) -> String {
    let json: serde_json::Value = serde_json::from_str(&json(entry)).unwrap();
    json["token"]["access"].as_str().unwrap().to_owned()
}

pub(crate) async fn release_writes_the_entry_and_frees_the_lock(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    for text in ["first", "second"] {
        keep(&one, ANA, &entry(text)).await;
        assert_eq!(kept(&other, ANA).await, Some(json(&entry(text))));
    }
}

pub(crate) async fn release_without_an_entry_keeps_the_old_entry(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    keep(&store, ANA, &entry("first")).await;
    try_lock(&store, ANA).await.unwrap().release(None).await.unwrap();
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("first"))));
}

pub(crate) async fn delete_is_visible_to_all_stores(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    for text in ["first", "second"] {
        keep(&one, ANA, &entry(text)).await;
        keep(&one, EVA, &entry("eva")).await;
        other.delete(ANA).await.unwrap();
        assert_eq!(kept(&one, ANA).await, None);
        assert_eq!(kept(&one, EVA).await, Some(json(&entry("eva"))));
    }
}

/// Who signs out while another obtains a token is signed out.
pub(crate) async fn release_after_a_delete_does_not_write(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    let mut lock = try_lock(&one, ANA).await.unwrap();
    let of_eva = try_lock(&one, EVA).await.unwrap();
    other.delete(ANA).await.unwrap();
    assert!(!lock.extend(long()).await.unwrap(), "the right to write ended");
    lock.release(Some(&entry("too late"))).await.unwrap();
    assert_eq!(kept(&one, ANA).await, None);
    of_eva.release(Some(&entry("eva"))).await.unwrap();
    assert_eq!(kept(&one, EVA).await, Some(json(&entry("eva"))));
    keep(&other, ANA, &entry("new")).await;
    assert_eq!(kept(&one, ANA).await, Some(json(&entry("new"))));
}

/// Long before its lease ends: a thread or a connection gives it back.
pub(crate) async fn dropped_lock_is_released(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    for _ in 0..3 {
        let lock = free(&store, ANA).await;
        drop(lock);
    }
}

/// The clock is the one of the lease, or the server's.
pub(crate) async fn expired_lease_cannot_write(context: Context) {
    let place = Place::new(context);
    let (slow, next) = (place.store(), place.store());
    for late in [None, Some(entry("late"))] {
        let mut lock = slow.lock(ANA, lease_at(0)).await.unwrap().unwrap();
        assert!(next.lock(ANA, lease_at(9)).await.unwrap().is_none());
        place.let_leases_end().await;
        let taken = next.lock(ANA, lease_at(11)).await.unwrap().unwrap();
        assert!(!lock.extend(lease_at(12)).await.unwrap(), "another has it");
        let before = kept(&next, ANA).await;
        lock.release(late.as_ref()).await.unwrap();
        assert_eq!(kept(&next, ANA).await, before, "the late one wrote");
        assert!(
            next.lock(ANA, lease_at(12)).await.unwrap().is_none(),
            "the late one took the other's lock away"
        );
        taken.release(Some(&entry("in time"))).await.unwrap();
        assert_eq!(kept(&next, ANA).await, Some(json(&entry("in time"))));
    }
}

pub(crate) async fn extended_lease_lasts(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    let mut lock = one.lock(ANA, lease_at(0)).await.unwrap().unwrap();
    for seconds in [5, 10, 15] {
        assert!(lock.extend(lease_at(seconds)).await.unwrap());
        assert!(other.lock(ANA, lease_at(seconds + 9)).await.unwrap().is_none());
    }
    place.let_leases_end().await;
    assert!(other.lock(ANA, lease_at(26)).await.unwrap().is_some());
}

/// The process that read the clock first may reach the store last.
pub(crate) async fn lock_with_an_earlier_clock_reading_is_refused(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    let lock = store.lock(ANA, lease_at(5)).await.unwrap().unwrap();
    for seconds in [5, 4, 0] {
        assert!(store.lock(ANA, lease_at(seconds)).await.unwrap().is_none());
    }
    lock.release(None).await.unwrap();
}

/// A lease that ends in an hour is too long to be valid now.
pub(crate) async fn clock_set_back_does_not_block_the_lock(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    let hour = lease_at(3_600);
    let lock = store.lock(ANA, hour).await.unwrap().unwrap();
    assert!(store.lock(ANA, lease_at(3_600 + 5)).await.unwrap().is_none());
    assert!(store.lock(ANA, lease_at(0)).await.unwrap().is_some());
    drop(lock);
}

pub(crate) async fn entry_round_trips(context: Context) {
    let place = Place::new(context);
    let (one, other) = (place.store(), place.store());
    let long = "x".repeat(8_000);
    for saved in [
        SavedToken::access("t"),
        SavedToken::refresh("r").client_name("sync"),
        SavedToken::access(long.as_str()),
        SavedToken::access("\"\\\u{0}\n✓"),
    ] {
        let entry = StoreEntry::of_token(saved);
        keep(&one, ANA, &entry).await;
        assert_eq!(kept(&other, ANA).await, Some(json(&entry)));
    }
}

pub(crate) async fn entries_of_different_keys_are_separate(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    let keys = [ANA, EVA, "", " ", "ana", "../ana", "ana\0", "ana*", "{ana}", &"a".repeat(10_000)];
    for (n, key) in keys.iter().enumerate() {
        assert!(store.load(key).await.unwrap().is_none(), "{key:?}");
        keep(&store, key, &entry(&n.to_string())).await;
    }
    for (n, key) in keys.iter().enumerate() {
        assert_eq!(kept(&store, key).await, Some(json(&entry(&n.to_string()))), "{key:?}");
    }
}

pub(crate) async fn corrupt_entry_is_an_error_and_can_be_replaced(context: Context) {
    let kind = context.kind;
    let place = Place::new(context);
    let store = place.store();
    keep(&store, ANA, &entry("hunter2")).await;
    let good = place.raw().await;
    let short = &good[..good.len() - 5];
    let foreign = br#"{"hunter2":"hunter2"}"#;
    for bad in [b"hunter2".as_slice(), b"{}", b"\xff\xfe", b"\x01", foreign, short] {
        place.overwrite(bad).await;
        let error = store.load(ANA).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{bad:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        keep(&store, ANA, &entry("new")).await;
        assert_eq!(kept(&store, ANA).await, Some(json(&entry("new"))), "{bad:?}");
    }
    place.overwrite(b"").await;
    // An empty value is not a token; an empty file was truncated.
    assert_eq!(store.load(ANA).await.is_err(), kind == Kind::File);
}
