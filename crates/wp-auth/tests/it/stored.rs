//! Token stores that fail or are shared: requests go on.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use wp_auth::{
    AuthError, AuthErrorKind, Credential, ExposeSecret, Identity, JwtAuth, Lease, Login, MemoryStore,
    SavedToken, StoreEntry, StoreError, StoreErrorKind, StoreLock, Token, TokenProvider, TokenRequest,
    TokenStore,
};
use wp_core::{Site, async_trait};

use crate::site::site;

/// What a call of the store comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// An empty store whose lock is free.
    Empty,
    Fails,
    Corrupt,
    /// Never ends.
    Hangs,
    /// Another has the lock.
    Taken,
    /// There is a token.
    Token,
}

/// Loads by a script, whose last act is repeated; locks and releases in one way.
#[derive(Debug)]
struct Scripted {
    load: Mutex<Vec<Act>>,
    lock: Act,
    release: Act,
}

impl Act {
    async fn play<T>(self, token: T, nothing: T) -> Result<T, StoreError> {
        match self {
            Self::Fails => Err(StoreError::new(StoreErrorKind::Unavailable, "no disk")),
            Self::Corrupt => Err(StoreError::new(StoreErrorKind::Corrupt, "")),
            Self::Hangs => std::future::pending().await,
            Self::Empty | Self::Taken => Ok(nothing),
            Self::Token => Ok(token),
        }
    }
}

#[async_trait]
impl TokenStore for Scripted {
    async fn load(&self, _: &str) -> Result<Option<StoreEntry>, StoreError> {
        let act = {
            let mut script = self.load.lock().unwrap();
            if script.len() > 1 { script.remove(0) } else { script[0] }
        };
        act.play(Some(StoreEntry::of_token(SavedToken::access("stored"))), None).await
    }

    async fn lock(&self, _: &str, _: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let lock: Box<dyn StoreLock> = Box::new(Lock(self.release));
        let (free, taken) = (Some(lock), None);
        if self.lock == Act::Empty { Ok(free) } else { self.lock.play(free, taken).await }
    }

    async fn delete(&self, _: &str) -> Result<(), StoreError> {
        Ok(())
    }
}

struct Lock(Act);

#[async_trait]
impl StoreLock for Lock {
    async fn extend(&mut self, _: Lease) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn release(self: Box<Self>, _: Option<&StoreEntry>) -> Result<(), StoreError> {
        self.0.play((), ()).await
    }
}

/// Load, lock and release; then the sign-ins, the words, and after how many seconds at most.
type Row = (&'static [Act], Act, Act, usize, usize, u64);

#[tokio::test]
async fn failing_store_causes_a_sign_in_and_a_warning_not_an_error() {
    use Act::{Corrupt, Empty, Fails, Hangs, Taken, Token};
    let rows: &[Row] = &[
        (&[Token], Empty, Empty, 0, 0, 0),
        (&[Empty], Empty, Empty, 1, 0, 0),
        (&[Fails], Empty, Empty, 1, 1, 0),
        (&[Corrupt], Empty, Empty, 1, 1, 0),
        (&[Corrupt, Token], Empty, Empty, 0, 1, 0),
        (&[Empty], Fails, Empty, 1, 1, 0),
        (&[Empty], Empty, Fails, 1, 1, 0),
        // Another left a token while we took the lock, and then the store went.
        (&[Empty, Token], Empty, Fails, 0, 1, 0),
        (&[Empty, Token], Empty, Hangs, 0, 1, 4),
        (&[Hangs], Empty, Empty, 1, 1, 4),
        (&[Empty], Hangs, Empty, 1, 1, 4),
        (&[Empty], Empty, Hangs, 1, 1, 4),
        // One that has the lock and neither ends nor dies.
        (&[Empty], Taken, Empty, 1, 1, 32),
        (&[Empty, Empty, Empty, Token], Taken, Empty, 0, 0, 5),
    ];
    for (load, lock, release, sign_ins, words, seconds) in rows {
        let row = format!("{load:?} {lock:?} {release:?}");
        let (site, clock, requests) = site(|_, _| (200, r#"{"token": "signed in"}"#.replace(' ', "")));
        let said = Arc::new(AtomicUsize::new(0));
        let failures = Arc::clone(&said);
        let store = Scripted { load: Mutex::new(load.to_vec()), lock: *lock, release: *release };
        let identity =
            Identity::builder(JwtAuth::login_from(|| async { Some(Login::new("ana", "hunter2")) }))
                .account("ana")
                .store(store)
                .on_store_failure(move |_| _ = failures.fetch_add(1, SeqCst))
                .build();
        let start = clock.seconds();
        let asking = tokio::spawn(async move { identity.token(&site).await.is_ok() });
        while !asking.is_finished() {
            // It gets as far as it can before the clock moves on.
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
            if !asking.is_finished() {
                clock.advance(1);
                assert!(clock.seconds() - start <= *seconds, "{row}: it waits");
            }
        }
        assert!(asking.await.unwrap(), "{row}");
        assert_eq!((requests.load(SeqCst), said.load(SeqCst)), (*sign_ins, *words), "{row}");
    }
}

/// A memory store whose lock another has, at those of the calls for it that the script names.
#[derive(Debug)]
struct Busy {
    store: MemoryStore,
    calls: Arc<AtomicUsize>,
    taken: fn(usize) -> bool,
}

#[async_trait]
impl TokenStore for Busy {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        self.store.load(key).await
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let call = self.calls.fetch_add(1, SeqCst) + 1;
        if (self.taken)(call) { Ok(None) } else { self.store.lock(key, lease).await }
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.store.delete(key).await
    }

    fn is_sealed(&self) -> bool {
        true
    }
}

async fn settle() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn sign_in_result_is_stored_once_the_lock_is_free_or_dropped() {
    type Row = (fn(usize) -> bool, u64, usize);
    // Which calls for the lock find it taken; how long the sign-in takes; how many requests two of them cost.
    let rows: [Row; 3] = [(|_| false, 0, 1), (|call| (2..5).contains(&call), 3, 1), (|call| call > 1, 4, 2)];
    for (taken, seconds, sent) in rows {
        let (site, clock, requests) = site(|_, _| {
            let data = serde_json::json!({"status": 403});
            let error =
                serde_json::json!({"code": "[jwt_auth] incorrect_password", "message": "", "data": data});
            (403, error.to_string())
        });
        let (store, calls) = (MemoryStore::new(), Arc::default());
        let sign_in = |taken| {
            let store = Busy { store: store.clone(), calls: Arc::clone(&calls), taken };
            let identity = Identity::builder(JwtAuth::new("ana", "wrong")).store(store).build();
            let site = site.clone();
            tokio::spawn(async move { identity.sign_in(&site).await.unwrap_err().kind() })
        };
        let (first, start) = (sign_in(taken), clock.seconds());
        settle().await;
        while !first.is_finished() {
            clock.advance(1);
            settle().await;
        }
        assert_eq!(first.await.unwrap(), AuthErrorKind::WrongCredentials);
        assert_eq!(clock.seconds() - start, seconds);
        // The next task has read the result in the store, or asks the site once no other task is known to ask.
        let next = sign_in(|_| false);
        settle().await;
        clock.advance(20);
        settle().await;
        assert_eq!(next.await.unwrap(), AuthErrorKind::WrongCredentials);
        assert_eq!(requests.load(SeqCst), sent, "{seconds}");
    }
}

#[tokio::test]
async fn store_lock_is_waited_for_up_to_30_seconds() {
    let (site, clock, _) = site(|_, _| (200, r#"{"token": "signed-in"}"#.to_owned()));
    let said = Arc::new(AtomicUsize::new(0));
    let failures = Arc::clone(&said);
    let store = Busy { store: MemoryStore::new(), calls: Arc::default(), taken: |_| true };
    let identity = Identity::builder(JwtAuth::new("ana", "hunter2"))
        .store(store)
        .on_store_failure(move |_| _ = failures.fetch_add(1, SeqCst))
        .build();
    let asking = tokio::spawn(async move { identity.token(&site).await.is_ok() });
    settle().await;
    clock.advance(30);
    settle().await;
    assert!(!asking.is_finished());
    clock.advance(2);
    settle().await;
    assert!(asking.is_finished() && asking.await.unwrap());
    assert_eq!(said.load(SeqCst), 1);
}

/// A store that does not say that it is sealed. What it is given is in the list.
#[derive(Debug, Clone, Default)]
struct Open(MemoryStore, Arc<Mutex<Vec<String>>>);

struct OpenLock(Box<dyn StoreLock>, Arc<Mutex<Vec<String>>>);

#[async_trait]
impl TokenStore for Open {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        self.0.load(key).await
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let lock = self.0.lock(key, lease).await?;
        Ok(lock.map(|lock| Box::new(OpenLock(lock, Arc::clone(&self.1))) as _))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.delete(key).await
    }
}

#[async_trait]
impl StoreLock for OpenLock {
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError> {
        self.0.extend(lease).await
    }

    async fn release(self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError> {
        self.1.lock().unwrap().extend(entry.map(|entry| entry.to_json().expose_secret().to_owned()));
        self.0.release(entry).await
    }
}

#[tokio::test]
async fn unsealed_store_gets_the_slow_digest() {
    let (site, ..) = site(|_, _| (200, r#"{"token": "signed-in"}"#.to_owned()));
    let store = Open::default();
    let builder = || Identity::builder(JwtAuth::new("ana", "hunter2"));
    builder().store(store.clone()).build().token(&site).await.unwrap();
    builder()
        .store(Arc::new(Open(MemoryStore::new(), Arc::clone(&store.1))))
        .build()
        .token(&site)
        .await
        .unwrap();
    let kept = store.1.lock().unwrap();
    assert_eq!(kept.len(), 2);
    for kept in &*kept {
        assert!(kept.contains("\"pbkdf2-sha256:600000:") && !kept.contains("hunter2"), "{kept}");
    }
}

#[tokio::test]
async fn memory_store_lease_expires_and_can_be_taken() {
    use std::time::{Duration, SystemTime};
    let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds);
    let lease = |seconds| Lease::new(at(seconds), Duration::from_secs(10));
    let store = MemoryStore::new();
    let mut first = store.lock("key", lease(0)).await.unwrap().unwrap();
    assert!(store.lock("key", lease(10)).await.unwrap().is_none());
    assert!(first.extend(lease(5)).await.unwrap());
    assert!(store.lock("key", lease(15)).await.unwrap().is_none());
    assert!(store.lock("another", lease(0)).await.unwrap().is_some());
    let mut second = store.lock("key", lease(16)).await.unwrap().expect("the lease is over");
    assert!(!first.extend(lease(16)).await.unwrap() && second.extend(lease(17)).await.unwrap());
    let entry = |token: &str| StoreEntry::of_token(SavedToken::access(token.to_owned()));
    first.release(Some(&entry("late"))).await.unwrap();
    assert!(store.load("key").await.unwrap().is_none());
    second.release(Some(&entry("kept"))).await.unwrap();
    assert!(store.load("key").await.unwrap().is_some());
    // A clock that was put back by more than a lease or two.
    let _held = store.lock("key", lease(1_000)).await.unwrap();
    assert!(store.lock("key", lease(0)).await.unwrap().is_some());
}

/// A provider of the user's own, whose token travels in a header of its own. It implements no `restore`.
#[derive(Debug, Clone, Default)]
struct Session(Arc<AtomicUsize>);

#[async_trait]
impl TokenProvider for Session {
    async fn obtain(&self, site: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        self.0.fetch_add(1, SeqCst);
        let token = Token::permanent(Credential::header("x-session", &"Key s3ss10n".into())?);
        let token = token.with_secret("s3ss10n".into());
        Ok(token.expires_after(site.clock().now(), std::time::Duration::from_secs(3_600)))
    }
}

#[tokio::test]
async fn stored_token_of_a_custom_provider_keeps_its_header() {
    let (site, _, _) = site(|_, _| (500, String::new()));
    let (store, session) = (MemoryStore::new(), Session::default());
    for _ in 0..2 {
        let identity = Identity::builder(session.clone()).account("ana").store(store.clone()).build();
        let token = identity.token(&site).await.unwrap();
        let headers: Vec<_> = token.credential().headers().collect();
        let [(name, value)] = headers[..] else { panic!("{headers:?}") };
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-session", "Key s3ss10n"));
    }
    assert_eq!(session.0.load(SeqCst), 1, "the second one gets it out of the store");
}
