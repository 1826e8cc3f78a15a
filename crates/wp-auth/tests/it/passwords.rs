//! A token belongs to one user and one password, and is never used for another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use http::Method;
use serde_json::json;
use wp_auth::{
    ApiKey, AuthErrorKind, Authorize, Identity, IdentityBuilder, JwtAuth, Login, MemoryStore, SavedToken,
    Token,
};
use wp_core::{ApiRoot, Body, Query, Route, Site, Transport};

use crate::site::{TestClock, body, site, text};

/// A JWT plugin that gives each user a token of their own for the password `right`, and counts sign-ins and failures.
fn plugin() -> (Site, Arc<TestClock>, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (good, bad) = (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
    let (counted, failed) = (Arc::clone(&good), Arc::clone(&bad));
    let (site, clock, _) = site(move |request, _| {
        let fields: serde_json::Value = serde_json::from_str(&body(request)).unwrap();
        if fields["password"] == "right" {
            let number = counted.fetch_add(1, SeqCst) + 1;
            (200, json!({"token": format!("{}-{number}", fields["username"].as_str().unwrap())}).to_string())
        } else {
            failed.fetch_add(1, SeqCst);
            let error =
                json!({"code": "[jwt_auth] incorrect_password", "message": "No.", "data": {"status": 403}});
            (403, error.to_string())
        }
    });
    (site, clock, good, bad)
}

fn stored(password: &str, store: &MemoryStore) -> Identity {
    Identity::builder(JwtAuth::new("ana", password)).store(store.clone()).build()
}

#[tokio::test]
async fn store_requires_a_known_user_or_account() {
    let (site, _, good, _) = plugin();
    let store = MemoryStore::new();
    let asking = |user: &'static str| -> IdentityBuilder {
        Identity::builder(JwtAuth::login_from(move || async move { Some(Login::new(user, "right")) }))
            .store(store.clone())
    };
    let error = asking("ana").build().token(&site).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Invalid);
    assert!(error.to_string().contains("IdentityBuilder::account"), "{error}");
    assert_eq!(good.load(SeqCst), 0);
    for (user, token) in [("ana", "ana-1"), ("eva", "eva-2"), ("ana", "ana-1")] {
        assert_eq!(text(&asking(user).account(user).build().token(&site).await.unwrap()), token);
    }
    let saved = Identity::builder(JwtAuth::without_password()).resume(SavedToken::access("saved"));
    let identity = saved.store(store.clone()).account("ana").build();
    assert_eq!(text(&identity.token(&site).await.unwrap()), "saved", "the saved one comes first");
}

#[tokio::test]
async fn stored_token_is_bound_to_one_root_and_user() {
    let (site, _, good, _) = plugin();
    let store = MemoryStore::new();
    let at = |path: &str| {
        let root = ApiRoot::of_site(&format!("https://example.org{path}")).unwrap();
        Site::new(root, Arc::clone(site.transport()), Arc::clone(site.clock()))
    };
    let first = stored("right", &store).token(&at("/a")).await.unwrap();
    assert_eq!(text(&stored("right", &store).token(&at("/a")).await.unwrap()), "ana-1");
    assert_eq!(text(&stored("right", &store).token(&at("/b")).await.unwrap()), "ana-2");
    let eva = Identity::builder(JwtAuth::new("eva", "right")).store(store.clone()).build();
    assert_eq!(text(&eva.token(&at("/a")).await.unwrap()), "eva-3");
    assert_eq!(good.load(SeqCst), 3);
    let saved = Identity::builder(JwtAuth::without_password()).resume(first.save().unwrap()).build();
    let error = saved.token(&at("/b")).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Invalid);
    assert!(error.to_string().contains("/a/wp-json/"), "{error}");
}

#[tokio::test]
async fn wrong_password_is_refused_despite_a_stored_token_and_keeps_it() {
    let (site, clock, good, bad) = plugin();
    let store = MemoryStore::new();
    assert_eq!(text(&stored("right", &store).token(&site).await.unwrap()), "ana-1");
    // Ten programs with it are one failed login, and so they are a moment later.
    for round in 1..=2 {
        for _ in 0..10 {
            let error = stored("wrong", &store).token(&site).await.unwrap_err();
            assert_eq!(error.kind(), AuthErrorKind::WrongCredentials, "{error}");
            assert!(!format!("{error} {error:?}").contains("wrong\""), "{error:?}");
        }
        assert_eq!(bad.load(SeqCst), round);
        clock.advance(15);
    }
    // The right one is not blocked, and its token is still there.
    assert_eq!(text(&stored("right", &store).token(&site).await.unwrap()), "ana-1");
    assert_eq!(good.load(SeqCst), 1);
}

#[tokio::test]
async fn sign_in_checks_the_password_at_the_site() {
    let (site, _, good, bad) = plugin();
    let store = MemoryStore::new();
    let shared = stored("right", &store);
    assert_eq!(text(&shared.token(&site).await.unwrap()), "ana-1");
    // A visitor with the same login.
    let visitor = stored("right", &store);
    assert_eq!(text(&visitor.sign_in(&site).await.unwrap()), "ana-2");
    assert_eq!(text(&visitor.token(&site).await.unwrap()), "ana-2");
    assert_eq!(text(&visitor.sign_in(&site).await.unwrap()), "ana-3", "a fresh token is not enough");
    assert_eq!(text(&stored("right", &store).token(&site).await.unwrap()), "ana-1", "the shared one stays");
    for _ in 0..5 {
        let error = stored("typo", &store).sign_in(&site).await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::WrongCredentials);
    }
    assert_eq!((good.load(SeqCst), bad.load(SeqCst)), (3, 1));
    // A token from another source does not count either.
    let resumed = Identity::builder(JwtAuth::new("ana", "right")).resume(SavedToken::access("saved")).build();
    assert_eq!(text(&resumed.sign_in(&site).await.unwrap()), "ana-4");
    shared.sign_out(&site).await.unwrap();
    assert_eq!(text(&stored("right", &store).token(&site).await.unwrap()), "ana-5", "it is forgotten");
}

#[tokio::test]
async fn login_from_retries_a_new_password_at_once_and_the_same_after_back_off() {
    let (site, clock, _, bad) = plugin();
    let typed = Arc::new(std::sync::Mutex::new("typo"));
    let asked = Arc::clone(&typed);
    let identity = Identity::new(JwtAuth::login_from(move || {
        let password = *asked.lock().unwrap();
        async move { Some(Login::new("ana", password)) }
    }));
    for _ in 0..3 {
        assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::WrongCredentials);
    }
    assert_eq!(bad.load(SeqCst), 1);
    // In turn with another wrong one neither.
    for _ in 0..3 {
        for password in ["typo", "typo too"] {
            *typed.lock().unwrap() = password;
            assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::WrongCredentials);
        }
    }
    assert_eq!(bad.load(SeqCst), 2);
    for (wait, failed) in [(14, 2), (1, 3), (29, 3), (1, 4)] {
        clock.advance(wait);
        assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::WrongCredentials);
        assert_eq!(bad.load(SeqCst), failed, "longer each time");
    }
    *typed.lock().unwrap() = "right";
    assert_eq!(text(&identity.token(&site).await.unwrap()), "ana-1");
}

#[tokio::test]
async fn retry_after_of_the_token_endpoint_is_honoured() {
    for limit in [
        json!({"code": "too_many", "message": "Wait.", "data": {"status": 429}}).to_string(),
        "<html>Wait.</html>".to_owned(),
    ] {
        let (site, clock, requests) = crate::site::site_of(move |_, _| {
            http::Response::builder().status(429).header("retry-after", "3600").body(limit.clone()).unwrap()
        });
        let identity = Identity::new(JwtAuth::new("ana", "right"));
        for (after, sent) in [(0, 1), (20, 1), (3579, 1), (1, 2)] {
            clock.advance(after);
            let error = identity.token(&site).await.unwrap_err();
            assert_eq!(error.kind(), AuthErrorKind::RateLimited, "{error}");
            assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(3600));
            assert_eq!(requests.load(SeqCst), sent, "after {after} s");
        }
    }
}

#[tokio::test]
async fn refused_api_key_is_retried_after_the_back_off() {
    let refuses = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let refusing = Arc::clone(&refuses);
    let (site, clock, requests) = site(move |_, _| {
        let error =
            json!({"code": "jwt_auth_invalid_token", "message": "Signature", "data": {"status": 403}});
        if refusing.load(SeqCst) { (403, error.to_string()) } else { (200, "{}".to_owned()) }
    });
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("  Bearer key ").into()));
    let send = async || {
        let route = Route::new("/wp/v2/posts").unwrap();
        let request = site.request(Method::GET, &route, &Query::new(), Body::empty()).unwrap();
        assert!(request.headers().get("authorization").is_none());
        transport.send(request).await.map(|response| response.status().as_u16()).map_err(|_| ())
    };
    assert_eq!(send().await, Ok(200));
    refuses.store(true, SeqCst);
    assert_eq!(send().await, Err(()), "there is no other");
    refuses.store(false, SeqCst);
    assert_eq!(send().await, Err(()), "not at once");
    assert_eq!(requests.load(SeqCst), 2);
    clock.advance(15);
    assert_eq!(send().await, Ok(200));
    // The second time it takes longer.
    refuses.store(true, SeqCst);
    assert_eq!(send().await, Err(()));
    clock.advance(15);
    assert_eq!(send().await, Err(()));
    clock.advance(15);
    refuses.store(false, SeqCst);
    assert_eq!(send().await, Ok(200));
}

#[tokio::test]
async fn refused_token_without_a_password_is_retried_after_the_back_off() {
    let (site, clock, requests) = site(|_, _| (500, String::new()));
    let resumed = || Identity::builder(JwtAuth::without_password()).resume(SavedToken::access("saved"));
    for identity in [resumed().build(), resumed().store(MemoryStore::new()).account("ana").build()] {
        let token = identity.token(&site).await.unwrap();
        for wait in [15, 30, 60] {
            assert!(identity.refused(&site, &identity.token(&site).await.unwrap()));
            let error = identity.token(&site).await.unwrap_err();
            assert_eq!(error.kind(), AuthErrorKind::SignInRequired);
            clock.advance(wait - 1);
            assert!(identity.token(&site).await.is_err(), "longer each time: {wait}");
            clock.advance(1);
            assert_eq!(text(&identity.token(&site).await.unwrap()), text(&token));
        }
    }
    assert_eq!(requests.load(SeqCst), 0);
}

#[tokio::test]
async fn lock_out_as_html_page_is_shared_through_the_store() {
    let (site, clock, requests) = crate::site::site_of(|_, _| {
        let page = http::Response::builder().status(503).header("retry-after", "1200");
        page.header("content-type", "text/html").body("<h1>You are locked out.</h1>".to_owned()).unwrap()
    });
    let store = MemoryStore::new();
    for (wait, sent) in [(0, 1), (0, 1), (1_199, 1), (1, 2)] {
        clock.advance(wait);
        let error = stored("right", &store).token(&site).await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::BadResponse, "{error}");
        assert!(error.retry_after().is_some());
        assert_eq!(stored("right", &store).sign_in(&site).await.unwrap_err().kind(), error.kind());
        assert_eq!(requests.load(SeqCst), sent);
    }
}

#[tokio::test]
async fn lock_out_as_html_page_is_recorded_if_the_caller_was_dropped() {
    let (site, _, requests) = site(|_, _| (403, "You are locked out.".to_owned()));
    let identity = Identity::new(JwtAuth::new("ana", "right"));
    for _ in 0..5 {
        let mut asking = Box::pin(identity.token(&site));
        // Sent, and given up before the response is read.
        let _ = futures_util::FutureExt::now_or_never(asking.as_mut());
        drop(asking);
        // The next one finds what came of it.
        let error = identity.token(&site).await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::BadResponse, "{error}");
    }
    assert_eq!(requests.load(SeqCst), 1);
}

#[tokio::test]
async fn plain_and_slashed_passwords_are_refused_separately() {
    let (site, _, _) = site(|request, _| {
        let fields: serde_json::Value = serde_json::from_str(&body(request)).unwrap();
        if fields["password"] == r"it\'s" {
            (200, r#"{"token": "slashed"}"#.to_owned())
        } else {
            let error =
                json!({"code": "[jwt_auth] incorrect_password", "message": "", "data": {"status": 403}});
            (403, error.to_string())
        }
    });
    let store = MemoryStore::new();
    let raw = Identity::builder(JwtAuth::new("ana", "it's")).store(store.clone()).build();
    assert_eq!(raw.token(&site).await.unwrap_err().kind(), AuthErrorKind::WrongCredentials);
    let slashed = Identity::builder(JwtAuth::new("ana", "it's").slashed_password()).store(store).build();
    assert_eq!(text(&slashed.token(&site).await.unwrap()), "slashed");
}

#[tokio::test]
async fn account_name_does_not_replace_the_user_in_the_store_key() {
    let (site, _, _, _) = plugin();
    let store = MemoryStore::new();
    for (user, name, token) in [("ana", "web", "ana-1"), ("eva", "web", "eva-2"), ("ana", "web", "ana-1")] {
        let identity =
            Identity::builder(JwtAuth::new(user, "right")).store(store.clone()).account(name).build();
        assert_eq!(text(&identity.token(&site).await.unwrap()), token);
    }
    assert_eq!(text(&stored("right", &store).token(&site).await.unwrap()), "ana-3", "without it, another");
}

/// Holds back the responses of a plugin that takes the password `right`.
fn held_plugin() -> (Site, Arc<tokio::sync::Semaphore>, Arc<AtomicUsize>) {
    #[derive(Clone)]
    struct Gated(Arc<tokio::sync::Semaphore>, Arc<AtomicUsize>);
    #[wp_core::async_trait]
    impl Transport for Gated {
        async fn send(
            &self,
            request: http::Request<Body>,
        ) -> Result<http::Response<Body>, wp_core::TransportError> {
            let is_right = body(&request).contains("right");
            self.1.fetch_add(1, SeqCst);
            if !is_right {
                self.0.acquire().await.unwrap().forget();
            }
            let (status, body) = if is_right {
                (200, json!({"token": "good"}))
            } else {
                (
                    403,
                    json!({"code": "[jwt_auth] incorrect_password", "message": "", "data": {"status": 403}}),
                )
            };
            Ok(http::Response::builder().status(status).body(body.to_string().into()).unwrap())
        }
    }
    let gated = Gated(Arc::new(tokio::sync::Semaphore::new(0)), Arc::default());
    let root = ApiRoot::of_site("https://example.org").unwrap();
    let site = Site::new(root, Arc::new(gated.clone()), TestClock::new());
    (site, gated.0, gated.1)
}

async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn wrong_password_guesses_do_not_delay_the_right_password() {
    let (site, permits, requests) = held_plugin();
    let store = MemoryStore::new();
    let guess = |number: usize| {
        let (identity, site) = (stored(&format!("guess {number}"), &store), site.clone());
        tokio::spawn(async move { identity.sign_in(&site).await.map(drop).unwrap_err().kind() })
    };
    // Ten guesses, each of which is made at two places at a time.
    let _guessing: Vec<_> = (0..20).map(|number| guess(number / 2)).collect();
    settle().await;
    assert_eq!(requests.load(SeqCst), 10, "one failed login for one wrong password");
    assert_eq!(text(&stored("right", &store).sign_in(&site).await.unwrap()), "good");
    assert_eq!(text(&stored("right", &store).token(&site).await.unwrap()), "good");
    assert_eq!(requests.load(SeqCst), 12);
    permits.add_permits(100);
    settle().await;
    // The result of a sign-in also counts for a token request with the same password, and the reverse.
    let error = stored("guess 3", &store).token(&site).await.unwrap_err();
    assert_eq!((error.kind(), requests.load(SeqCst)), (AuthErrorKind::WrongCredentials, 12));
    let error = stored("another", &store).token(&site).await.unwrap_err();
    assert_eq!((error.kind(), requests.load(SeqCst)), (AuthErrorKind::WrongCredentials, 13));
    let error = stored("another", &store).sign_in(&site).await.unwrap_err();
    assert_eq!((error.kind(), requests.load(SeqCst)), (AuthErrorKind::WrongCredentials, 13));
}

#[tokio::test]
async fn sign_out_discards_held_pending_and_queued_tokens() {
    // Also where a saved token was what it began with, ...
    let (site, permits, requests) = held_plugin();
    let saved = Identity::builder(JwtAuth::without_password()).resume(SavedToken::access("saved")).build();
    assert_eq!(text(&saved.token(&site).await.unwrap()), "saved");
    saved.sign_out(&site).await.unwrap();
    assert_eq!(saved.token(&site).await.unwrap_err().kind(), AuthErrorKind::SignInRequired);
    drop((permits, requests));

    // ... and where a token request was running or queued: its token is discarded, whichever identity signs out.
    for (waits_for_its_turn, signs_out_itself) in [(false, true), (false, false), (true, true)] {
        let clock = TestClock::new();
        let site = Site::new(site.root().clone(), Arc::clone(site.transport()), Arc::clone(&clock) as _);
        let waits = Arc::new(tokio::sync::Semaphore::new(0));
        let (provider, store) = (Waits(Arc::clone(&waits), Arc::default()), MemoryStore::new());
        let identity = || Identity::builder(provider.clone()).store(store.clone()).account("ana").build();
        let holder = waits_for_its_turn.then(|| {
            let (identity, site) = (identity(), site.clone());
            tokio::spawn(async move { identity.token(&site).await.map(drop) })
        });
        settle().await;
        let first = identity();
        let task = tokio::spawn({
            let (first, site) = (first.clone(), site.clone());
            async move { first.token(&site).await.map(|token| text(&token).to_owned()) }
        });
        settle().await;
        let other = identity();
        (if signs_out_itself { &first } else { &other }).sign_out(&site).await.unwrap();
        if let Some(holder) = holder {
            holder.abort();
            settle().await;
            clock.advance(1);
            settle().await;
        }
        waits.add_permits(2);
        let (got, next) = if waits_for_its_turn { ("token 2", "token 3") } else { ("token 1", "token 2") };
        assert_eq!(task.await.unwrap().unwrap(), got, "who waited for it has it");
        assert_eq!(text(&identity().token(&site).await.unwrap()), next);
        // One that does not know of it goes on with what it has.
        let own = if signs_out_itself { next } else { got };
        assert_eq!(text(&first.token(&site).await.unwrap()), own);
    }
}

/// Numbered tokens, when it is let through.
#[derive(Debug, Clone)]
struct Waits(Arc<tokio::sync::Semaphore>, Arc<AtomicUsize>);

#[wp_core::async_trait]
impl wp_auth::TokenProvider for Waits {
    async fn obtain(&self, _: &Site, _: wp_auth::TokenRequest<'_>) -> Result<Token, wp_auth::AuthError> {
        let secret = format!("token {}", self.1.fetch_add(1, SeqCst) + 1);
        self.0.acquire().await.unwrap().forget();
        let credential = wp_auth::Credential::header("x-key", &secret.clone().into())?;
        Ok(Token::permanent(credential).with_secret(secret.into()))
    }
}

/// A memory store whose `delete` takes until it is let through.
#[derive(Debug)]
struct SlowDelete(MemoryStore, Arc<tokio::sync::Semaphore>);

#[wp_core::async_trait]
impl wp_auth::TokenStore for SlowDelete {
    async fn load(&self, key: &str) -> Result<Option<wp_auth::StoreEntry>, wp_auth::StoreError> {
        self.0.load(key).await
    }

    async fn lock(
        &self,
        key: &str,
        lease: wp_auth::Lease,
    ) -> Result<Option<Box<dyn wp_auth::StoreLock>>, wp_auth::StoreError> {
        self.0.lock(key, lease).await
    }

    async fn delete(&self, key: &str) -> Result<(), wp_auth::StoreError> {
        self.1.acquire().await.unwrap().forget();
        self.0.delete(key).await
    }
}

#[tokio::test]
async fn token_read_from_the_store_during_sign_out_is_discarded() {
    let (site, _, good, _) = plugin();
    let permits = Arc::new(tokio::sync::Semaphore::new(0));
    let store = SlowDelete(MemoryStore::new(), Arc::clone(&permits));
    let identity = Identity::builder(JwtAuth::new("ana", "right")).store(store).build();
    identity.token(&site).await.unwrap();
    let signing_out = tokio::spawn({
        let (identity, site) = (identity.clone(), site.clone());
        async move { identity.sign_out(&site).await }
    });
    settle().await;
    assert_eq!(text(&identity.token(&site).await.unwrap()), "ana-1", "it is not over yet");
    permits.add_permits(1);
    signing_out.await.unwrap().unwrap();
    assert_eq!(text(&identity.token(&site).await.unwrap()), "ana-2");
    assert_eq!(good.load(SeqCst), 2);
}

#[tokio::test]
async fn wrong_password_causes_one_failed_login_for_all_uses() {
    let (site, permits, requests) = held_plugin();
    let clock = TestClock::new();
    let site = Site::new(site.root().clone(), Arc::clone(site.transport()), Arc::clone(&clock) as _);
    let store = MemoryStore::new();
    for first_signs_in in [true, false] {
        let password = format!("wrong {first_signs_in}");
        let before = requests.load(SeqCst);
        let ask = |signs_in: bool| {
            let (identity, site) = (stored(&password, &store), site.clone());
            tokio::spawn(async move {
                let outcome =
                    if signs_in { identity.sign_in(&site).await } else { identity.token(&site).await };
                outcome.unwrap_err().kind()
            })
        };
        let mut asking = vec![ask(first_signs_in)];
        settle().await;
        asking.extend([ask(true), ask(false), ask(!first_signs_in)]);
        settle().await;
        assert_eq!(requests.load(SeqCst), before + 1);
        permits.add_permits(1);
        settle().await;
        clock.advance(1);
        settle().await;
        for asked in asking {
            assert!(asked.is_finished());
            assert_eq!(asked.await.unwrap(), AuthErrorKind::WrongCredentials);
        }
        assert_eq!(requests.load(SeqCst), before + 1);
    }
}

/// Returns a token for each permit.
#[derive(Clone)]
struct Slow(Arc<tokio::sync::Semaphore>, Arc<AtomicUsize>);
#[wp_core::async_trait]
impl Transport for Slow {
    async fn send(&self, _: http::Request<Body>) -> Result<http::Response<Body>, wp_core::TransportError> {
        self.1.fetch_add(1, SeqCst);
        self.0.acquire().await.unwrap().forget();
        Ok(http::Response::new(json!({"token": "good"}).to_string().into()))
    }
}

#[tokio::test]
async fn sign_ins_with_a_right_password_are_concurrent() {
    let (waits, store) = (Arc::new(tokio::sync::Semaphore::new(0)), MemoryStore::new());
    let (begun, seen) = (Arc::<AtomicUsize>::default(), Arc::clone(&waits));
    let counted = Arc::clone(&begun);
    let clock = TestClock::new();
    let root = ApiRoot::of_site("https://example.org").unwrap();
    let site = Site::new(root, Arc::new(Slow(seen, counted)), Arc::clone(&clock) as _);
    let sign_in = || {
        let (identity, site) = (stored("right", &store), site.clone());
        tokio::spawn(async move { identity.sign_in(&site).await.map(drop) })
    };
    let signing_in: Vec<_> = (0..10).map(|_| sign_in()).collect();
    settle().await;
    assert_eq!(begun.load(SeqCst), 1, "it may be wrong");
    waits.add_permits(1);
    settle().await;
    clock.advance(1);
    settle().await;
    assert_eq!(begun.load(SeqCst), 10, "it was right");
    waits.add_permits(9);
    for signed_in in signing_in {
        signed_in.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn token_that_another_process_stored_replaces_a_refused_one() {
    let (site, clock, good, _) = plugin();
    let store = MemoryStore::new();
    let two = [stored("right", &store), stored("right", &store)];
    for identity in &two {
        assert_eq!(text(&identity.token(&site).await.unwrap()), "ana-1");
    }
    clock.advance(60);
    for identity in &two {
        assert!(identity.refused(&site, &identity.token(&site).await.unwrap()));
        assert_eq!(text(&identity.token(&site).await.unwrap()), "ana-2");
    }
    assert_eq!(good.load(SeqCst), 2);
}

#[tokio::test]
async fn store_keys_separate_plugins_and_client_names() {
    let (site, _, requests) = site(|_, count| {
        let token = format!("token-{count}");
        (200, json!({"token": token, "access_token": token, "data": {"token": token}}).to_string())
    });
    let store = MemoryStore::new();
    let providers: [fn() -> wp_auth::PluginLogin; 5] = [
        || JwtAuth::new("ana", "right"),
        || wp_auth::UsefulTeamJwt::new("ana", "right"),
        || wp_auth::UsefulTeamJwt::new("ana", "right").client_name("laptop"),
        || wp_auth::ApiBearerAuth::new("ana", "right").client_name("one"),
        || wp_auth::ApiBearerAuth::new("ana", "right").client_name("two"),
    ];
    for _ in 0..2 {
        for (number, provider) in providers.iter().enumerate() {
            let identity = Identity::builder(provider()).store(store.clone()).build();
            assert_eq!(text(&identity.token(&site).await.unwrap()), format!("token-{number}"));
        }
    }
    assert_eq!(requests.load(SeqCst), 5);
}

/// Fails in one way, and counts.
#[derive(Clone)]
struct Fails(wp_core::TransportErrorKind, Arc<AtomicUsize>);

#[wp_core::async_trait]
impl Transport for Fails {
    async fn send(&self, _: http::Request<Body>) -> Result<http::Response<Body>, wp_core::TransportError> {
        self.1.fetch_add(1, SeqCst);
        Err(wp_core::TransportError::new(self.0))
    }
}

#[tokio::test]
async fn sign_in_without_a_response_is_not_retried_at_once_by_any_process() {
    use wp_core::TransportErrorKind::{Connect, Timeout};
    for (kind, waits, of_two) in [(Timeout, 15, 1), (Connect, 1, 2)] {
        let (fails, clock) = (Fails(kind, Arc::default()), TestClock::new());
        let root = ApiRoot::of_site("https://example.org").unwrap();
        let site = Site::new(root, Arc::new(fails.clone()), Arc::clone(&clock) as _);
        let identity = Identity::new(JwtAuth::new("ana", "right"));
        for (wait, sent) in [(0, 1), (waits - 1, 1), (1, 2)] {
            clock.advance(wait);
            assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::Unreachable);
            assert_eq!(fails.1.load(SeqCst), sent, "{kind:?}");
        }
        fails.1.store(0, SeqCst);
        let store = MemoryStore::new();
        for _ in 0..2 {
            let error = stored("right", &store).token(&site).await.unwrap_err();
            assert_eq!(error.kind(), AuthErrorKind::Unreachable);
        }
        assert_eq!(fails.1.load(SeqCst), of_two, "{kind:?}");
    }
}

#[tokio::test]
async fn login_from_without_a_user_stores_nothing() {
    let (site, _, good, _) = plugin();
    let store = MemoryStore::new();
    let identity = Identity::builder(JwtAuth::login_from(|| async { Some(Login::new("ana", "right")) }))
        .store(store.clone())
        .account("ana")
        .build();
    assert_eq!(text(&identity.sign_in(&site).await.unwrap()), "ana-1");
    assert_eq!(format!("{store:?}"), "MemoryStore { entries: 0 }");
    assert_eq!(good.load(SeqCst), 1);
}

/// API Bearer Auth, whose sign-ins after the first never come to an end, and whose renewals do.
#[derive(Clone, Default)]
struct NoSecondSignIn(Arc<AtomicUsize>);

#[wp_core::async_trait]
impl Transport for NoSecondSignIn {
    async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, wp_core::TransportError> {
        let renews = request.uri().path().ends_with("/tokens/refresh");
        if !renews && self.0.fetch_add(1, SeqCst) > 0 {
            std::future::pending::<()>().await;
        }
        let token = if renews { "renewed" } else { "first" };
        let granted = json!({"access_token": token, "refresh_token": "r", "expires_in": 100});
        Ok(http::Response::new(granted.to_string().into()))
    }
}

#[tokio::test]
async fn renewal_does_not_wait_for_a_sign_in() {
    let (transport, clock) = (NoSecondSignIn::default(), TestClock::new());
    let root = ApiRoot::of_site("https://example.org").unwrap();
    let site = Site::new(root, Arc::new(transport.clone()), Arc::clone(&clock) as _);
    let store = MemoryStore::new();
    let identity =
        || Identity::builder(wp_auth::ApiBearerAuth::new("ana", "right")).store(store.clone()).build();
    let holder = identity();
    assert_eq!(text(&holder.token(&site).await.unwrap()), "first");
    // Beyond the time for which the password is known to be right, and beyond the token's end.
    clock.advance(101);
    let _signs_in = tokio::spawn({
        let (identity, site) = (identity(), site.clone());
        async move { identity.sign_in(&site).await.map(drop) }
    });
    settle().await;
    assert_eq!(transport.0.load(SeqCst), 2);
    // One that had the token, and one that finds it in the store.
    let outcome = futures_util::FutureExt::now_or_never(holder.token(&site));
    assert_eq!(text(&outcome.expect("it waits").unwrap()), "renewed");
    clock.advance(10);
    let outcome = futures_util::FutureExt::now_or_never(identity().token(&site));
    assert!(outcome.is_some_and(|token| text(&token.unwrap()) == "renewed"));
}

#[tokio::test]
async fn sign_in_at_an_unreachable_site_does_not_hold_the_lock() {
    for (page, sent) in [
        // WordPress's own, of maintenance and without a database.
        (
            "<html><body class=\"wp-die-message\">Briefly unavailable for scheduled maintenance.</body></html>",
            2,
        ),
        ("<html><h1>Error establishing a database connection</h1></html>", 2),
        ("<html>You are locked out.</html>", 1),
    ] {
        let (site, _, requests) = crate::site::site_of(move |_, _| {
            let response = http::Response::builder().status(503).header("retry-after", "600");
            response.header("content-type", "text/html").body(page.to_owned()).unwrap()
        });
        let store = MemoryStore::new();
        for _ in 0..2 {
            stored("right", &store).token(&site).await.unwrap_err();
        }
        assert_eq!(requests.load(SeqCst), sent, "{page}");
        let store = MemoryStore::new();
        for _ in 0..2 {
            stored("right", &store).sign_in(&site).await.unwrap_err();
        }
        assert_eq!(requests.load(SeqCst), 2 * sent, "{page}");
    }
}

#[tokio::test]
async fn login_from_is_not_called_repeatedly_while_the_site_is_down() {
    let (site, clock, requests) = site(|_, _| (502, "<html>Bad gateway</html>".to_owned()));
    let asked = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&asked);
    let identity = Identity::new(JwtAuth::login_from(move || {
        counted.fetch_add(1, SeqCst);
        async { Some(Login::new("ana", "right")) }
    }));
    for (wait, times) in [(0, 1), (0, 1), (14, 1), (1, 2)] {
        clock.advance(wait);
        assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::BadResponse);
        assert_eq!((asked.load(SeqCst), requests.load(SeqCst)), (times, times));
    }
}

/// API Bearer Auth, whose renewals are sent and never responded to.
#[derive(Clone, Default)]
struct NoRenewal(Arc<AtomicUsize>);

#[wp_core::async_trait]
impl Transport for NoRenewal {
    async fn send(
        &self,
        request: http::Request<Body>,
    ) -> Result<http::Response<Body>, wp_core::TransportError> {
        if request.uri().path().ends_with("/tokens/refresh") {
            let timeout = wp_core::TransportError::new(wp_core::TransportErrorKind::Timeout);
            return Err(timeout.sent());
        }
        self.0.fetch_add(1, SeqCst);
        let granted = json!({"access_token": "opaque", "refresh_token": "r", "expires_in": 100});
        Ok(http::Response::new(granted.to_string().into()))
    }
}

#[tokio::test]
async fn renewal_without_a_response_does_not_refuse_the_password() {
    let (transport, clock) = (NoRenewal::default(), TestClock::new());
    let root = ApiRoot::of_site("https://example.org").unwrap();
    let site = Site::new(root, Arc::new(transport.clone()), Arc::clone(&clock) as _);
    let store = MemoryStore::new();
    let identity =
        || Identity::builder(wp_auth::ApiBearerAuth::new("ana", "right")).store(store.clone()).build();
    identity().token(&site).await.unwrap();
    clock.advance(101);
    assert_eq!(identity().token(&site).await.unwrap_err().kind(), AuthErrorKind::Unreachable);
    identity().sign_in(&site).await.unwrap();
    assert_eq!(transport.0.load(SeqCst), 2);
}
