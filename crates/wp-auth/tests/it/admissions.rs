//! How many concurrent requests carry an unproven token, where the site locks sign-in after refused tokens.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use futures_util::FutureExt as _;
use http::header::AUTHORIZATION;
use http::{Method, Request, Response};
use serde_json::json;
use tokio::sync::Semaphore;
use wp_auth::{Authorize, Identity, JwtAuth, MemoryStore, MiniOrangeJwt, SavedToken};
use wp_core::{ApiRoot, Body, Query, Route, Site, Transport, TransportError, async_trait};

use crate::site::TestClock;

/// miniOrange's plugin, which takes one token; the responses to requests that carry one wait at a permits.
#[derive(Clone)]
struct Orange {
    good: Arc<Mutex<&'static str>>,
    permits: Arc<Semaphore>,
    /// Of each request: `token`, `token-validate`, or the credential that it carried.
    log: Arc<Mutex<Vec<String>>>,
    inside: Arc<AtomicUsize>,
    most_inside: Arc<AtomicUsize>,
}

impl Orange {
    fn new(good: &'static str) -> (Self, Site, Arc<TestClock>) {
        let permits = Arc::new(Semaphore::new(0));
        let (log, inside, most_inside) = Default::default();
        let orange = Self { good: Arc::new(Mutex::new(good)), permits, log, inside, most_inside };
        let clock = TestClock::new();
        let root = ApiRoot::of_site("https://example.org").unwrap();
        let site = Site::new(root, Arc::new(orange.clone()), Arc::clone(&clock) as _);
        (orange, site, clock)
    }

    fn count(&self, what: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| *line == what).count()
    }
}

/// In place of the token that the site takes: it has no such route.
const MISSING: &str = "missing";

struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[async_trait]
impl Transport for Orange {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let path = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let token = request.headers().get(AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
        let is_api = path != "token" && path != "token-validate";
        self.log.lock().unwrap().push(if is_api { token.clone().unwrap() } else { path.clone() });
        let good = *self.good.lock().unwrap();
        if path == "token" {
            return Ok(Response::new(json!({"jwt_token": good}).to_string().into()));
        }
        if is_api {
            self.most_inside.fetch_max(self.inside.fetch_add(1, SeqCst) + 1, SeqCst);
            let _inside = Inside(Arc::clone(&self.inside));
            self.permits.acquire().await.unwrap().forget();
        }
        let good = *self.good.lock().unwrap();
        if good == MISSING {
            let error = json!({"code": "rest_no_route", "message": "No route.", "data": {"status": 404}});
            return Ok(Response::builder().status(404).body(error.to_string().into()).unwrap());
        }
        if token.unwrap() == format!("Bearer {good}") {
            let valid = json!({"status": "TRUE", "code": "VALID_TOKEN", "message": "VALID_TOKEN"});
            return Ok(Response::new(valid.to_string().into()));
        }
        let error = json!({"status": "error", "error": "INVALID_SIGNATURE", "code": "401",
            "error_description": "JWT Signature is invalid."});
        Ok(Response::builder().status(401).body(error.to_string().into()).unwrap())
    }
}

/// A request with the identity's token, not sent yet.
fn request(
    site: &Site,
    identity: &Identity,
) -> impl Future<Output = Result<u16, TransportError>> + Send + use<> {
    let route = Route::new("/wp/v2/posts").unwrap();
    let request = site.request(Method::GET, &route, &Query::new(), Body::empty()).unwrap();
    let signed = Authorize::new(site.clone(), Some(identity.clone()));
    async move { signed.send(request).await.map(|response| response.status().as_u16()) }
}

fn send(site: &Site, identity: &Identity) -> tokio::task::JoinHandle<u16> {
    let request = request(site, identity);
    tokio::spawn(async move { request.await.unwrap() })
}

fn send_many(site: &Site, identity: &Identity, count: usize) -> Vec<tokio::task::JoinHandle<u16>> {
    (0..count).map(|_| send(site, identity)).collect()
}

/// Three requests with an unproven token: as many as may carry one at a time.
async fn three_in_flight() -> (Orange, Site, Identity, Vec<tokio::task::JoinHandle<u16>>) {
    let (orange, site, _) = Orange::new("good");
    let identity = resuming("good");
    let first = send_many(&site, &identity, 3);
    settle().await;
    (orange, site, identity, first)
}

/// A request that was polled once, and is kept without being polled again.
fn begun(site: &Site, identity: &Identity) -> impl Future + use<> {
    let mut request = Box::pin(request(site, identity));
    assert!(request.as_mut().now_or_never().is_none());
    request
}

async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// What they came to, all of which have ended by now.
async fn all(tasks: Vec<tokio::task::JoinHandle<u16>>) -> Vec<u16> {
    settle().await;
    let mut statuses = Vec::new();
    for task in tasks {
        assert!(task.is_finished(), "it hangs");
        statuses.push(task.await.unwrap());
    }
    statuses
}

fn resuming(token: &str) -> Identity {
    Identity::builder(MiniOrangeJwt::new("ana", "hunter2"))
        .resume(SavedToken::access(token.to_owned()))
        .build()
}

#[tokio::test]
async fn unproven_token_is_used_by_three_requests_until_refused() {
    let (orange, site, _) = Orange::new("good");
    let identity = resuming("bad");
    let tasks = send_many(&site, &identity, 10);
    settle().await;
    assert_eq!((orange.count("Bearer bad"), orange.inside.load(SeqCst)), (3, 3));
    // One is refused.
    orange.permits.add_permits(1);
    settle().await;
    assert_eq!(orange.count("Bearer bad"), 3, "none after the refusal");
    orange.permits.add_permits(100);
    assert_eq!(all(tasks).await, [200; 10]);
    assert_eq!((orange.count("Bearer bad"), orange.count("token"), orange.count("Bearer good")), (3, 1, 10));
}

#[tokio::test]
async fn unproven_token_is_not_limited_if_refusals_do_not_lock() {
    let (orange, site, _) = Orange::new("good");
    let saved = SavedToken::access("good".to_owned());
    let identity = Identity::builder(JwtAuth::without_password()).resume(saved).build();
    let tasks = send_many(&site, &identity, 10);
    settle().await;
    assert_eq!(orange.inside.load(SeqCst), 10);
    orange.permits.add_permits(10);
    assert_eq!(all(tasks).await, [200; 10]);
}

#[tokio::test]
async fn accepted_token_is_not_limited() {
    let (orange, site, _) = Orange::new("good");
    let identity = resuming("good");
    let tasks = send_many(&site, &identity, 10);
    settle().await;
    assert_eq!(orange.count("Bearer good"), 3);
    orange.permits.add_permits(1);
    settle().await;
    assert_eq!((orange.count("Bearer good"), orange.inside.load(SeqCst)), (10, 9));
    orange.permits.add_permits(9);
    assert_eq!(all(tasks).await, [200; 10]);
    assert_eq!((orange.count("token"), orange.count("token-validate")), (0, 0));
}

#[tokio::test]
async fn error_response_does_not_prove_a_token() {
    let (orange, site, _) = Orange::new(MISSING);
    let tasks = send_many(&site, &resuming("good"), 10);
    settle().await;
    orange.permits.add_permits(1);
    settle().await;
    assert_eq!((orange.count("Bearer good"), orange.inside.load(SeqCst)), (4, 3));
    orange.permits.add_permits(9);
    assert_eq!(all(tasks).await, [404; 10]);
}

#[tokio::test]
async fn new_token_that_is_refused_as_well_is_not_sent_again() {
    let (orange, site, _) = Orange::new("good");
    let identity = resuming("bad");
    let first = send(&site, &identity);
    settle().await;
    orange.permits.add_permits(1);
    settle().await;
    assert_eq!(
        (orange.count("Bearer bad"), orange.count("Bearer good"), orange.inside.load(SeqCst)),
        (1, 1, 1)
    );
    *orange.good.lock().unwrap() = "another";
    orange.permits.add_permits(9);
    assert_eq!(all(vec![first]).await, [401]);
    // Each refusal counts towards the lock.
    assert!(request(&site, &identity).await.is_err());
    assert_eq!(orange.count("Bearer good"), 1);
}

#[tokio::test]
async fn hanging_requests_admit_another_every_20_seconds() {
    let (orange, site, clock) = Orange::new("good");
    let identity = resuming("good");
    // Begun, kept, and not polled any more.
    let mut kept = Vec::new();
    for _ in 0..3 {
        kept.push(begun(&site, &identity));
    }
    let others = send_many(&site, &identity, 5);
    settle().await;
    clock.advance(19);
    settle().await;
    assert_eq!(orange.count("Bearer good"), 3);
    for (wait, sent) in [(1, 4), (19, 4), (1, 5), (20, 6)] {
        clock.advance(wait);
        settle().await;
        assert_eq!(orange.count("Bearer good"), sent);
    }
    // Those that are kept stand first in the line.
    orange.permits.add_permits(8);
    assert_eq!(all(others).await, [200; 5]);
    assert_eq!(orange.count("Bearer good"), 8, "the token was accepted");
    drop(kept);
}

#[tokio::test]
async fn cancelled_request_releases_its_admission() {
    let (orange, site, identity, first) = three_in_flight().await;
    let waits = send(&site, &identity);
    settle().await;
    assert_eq!(orange.count("Bearer good"), 3);
    first[0].abort();
    settle().await;
    assert_eq!(orange.count("Bearer good"), 4);
    orange.permits.add_permits(4);
    assert_eq!(all(vec![waits]).await, [200]);
}

#[tokio::test]
async fn unpolled_request_does_not_block_others_after_acceptance() {
    let (orange, site, identity, first) = three_in_flight().await;
    let kept = begun(&site, &identity);
    let others = send_many(&site, &identity, 5);
    settle().await;
    assert_eq!(orange.count("Bearer good"), 3);
    orange.permits.add_permits(8);
    assert_eq!(all(others).await, [200; 5]);
    assert_eq!(all(first).await, [200; 3]);
    assert_eq!(orange.count("Bearer good"), 8);
    drop(kept);
}

#[tokio::test]
async fn free_admission_goes_to_a_polled_request() {
    let (orange, site, identity, first) = three_in_flight().await;
    let kept = begun(&site, &identity);
    let others = send_many(&site, &identity, 5);
    settle().await;
    first.iter().for_each(tokio::task::JoinHandle::abort);
    settle().await;
    assert_eq!((orange.count("Bearer good"), orange.inside.load(SeqCst)), (6, 3));
    // Those that were cancelled stand first in the line.
    orange.permits.add_permits(8);
    assert_eq!(all(others).await, [200; 5]);
    drop(kept);
}

#[tokio::test]
async fn retry_of_a_refused_token_is_limited() {
    let (orange, site, clock) = Orange::new("good");
    orange.permits.add_permits(1_000);
    let saved = || SavedToken::access("bad".to_owned());
    let identity = Identity::builder(MiniOrangeJwt::without_password()).resume(saved()).build();
    let mut before = 0;
    for (wait, most) in [(0, 3), (60, 0), (59, 0), (1, 3), (119, 0), (1, 3)] {
        clock.advance(wait);
        let sending: Vec<_> = (0..20).map(|_| tokio::spawn(request(&site, &identity))).collect();
        settle().await;
        for sent in sending {
            assert!(sent.is_finished());
            let _ = sent.await;
        }
        let now = orange.count("Bearer bad");
        assert!(now - before <= most && (most == 0 || now > before), "{} at +{wait} s", now - before);
        before = now;
    }
}

#[tokio::test]
async fn retry_of_a_once_accepted_token_after_a_refusal_is_limited() {
    let (orange, site, clock) = Orange::new("good");
    orange.permits.add_permits(2);
    let saved = SavedToken::access("good".to_owned());
    let identity = Identity::builder(MiniOrangeJwt::without_password()).resume(saved).build();
    assert_eq!(send(&site, &identity).await.unwrap(), 200);
    *orange.good.lock().unwrap() = "another";
    clock.advance(60);
    assert!(request(&site, &identity).await.is_err());
    clock.advance(120);
    let sending: Vec<_> = (0..20).map(|_| tokio::spawn(request(&site, &identity))).collect();
    settle().await;
    assert_eq!((orange.count("Bearer good"), orange.inside.load(SeqCst)), (5, 3));
    sending.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn woken_and_cancelled_request_wakes_the_next() {
    let (orange, site, identity, first) = three_in_flight().await;
    let (cancelled, waits) = (send(&site, &identity), send(&site, &identity));
    settle().await;
    // Both before either is polled again.
    first[0].abort();
    cancelled.abort();
    settle().await;
    assert_eq!(orange.count("Bearer good"), 4);
    orange.permits.add_permits(4);
    assert_eq!(all(vec![waits]).await, [200]);
}

#[tokio::test]
async fn stored_token_is_checked_once_and_a_bad_one_costs_one_sign_in() {
    let store = MemoryStore::new();
    let stored = || Identity::builder(MiniOrangeJwt::new("ana", "hunter2")).store(store.clone()).build();
    let (orange, site, first_clock) = Orange::new("first");
    stored().token(&site).await.unwrap();
    assert_eq!((orange.count("token"), orange.count("token-validate")), (1, 0));

    // A minute later, with another secret at the site: the old token is checked, and the new one.
    let (later, changed, clock) = Orange::new("second");
    clock.advance(61);
    for (orange, site, clock, expected) in
        [(&orange, &site, &first_clock, [1, 1, 20]), (&later, &changed, &clock, [1, 2, 0])]
    {
        let two = [stored(), stored()];
        orange.permits.add_permits(20);
        let tasks: Vec<_> = two
            .iter()
            .flat_map(|identity| (0..10).map(|_| send(site, identity)).collect::<Vec<_>>())
            .collect();
        // A task that waits for the store looks again after a moment.
        settle().await;
        clock.advance(1);
        for status in all(tasks).await {
            assert_eq!(status, 200);
        }
        let counts = ["token", "token-validate", "Bearer first"].map(|what| orange.count(what));
        assert_eq!(counts, expected, "{}", orange.good.lock().unwrap());
    }
}

/// miniOrange's plugin, whose check of a token responds with `status` and `words`. Counts sign-ins and checks.
fn checking(status: u16, words: &'static str) -> (Site, Arc<TestClock>, impl Fn() -> [usize; 2]) {
    let log: Arc<Mutex<Vec<bool>>> = Arc::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = crate::site::site(move |request, _| {
        let checks = request.uri().path().ends_with("/token-validate");
        seen.lock().unwrap().push(checks);
        if checks { (status, words.to_owned()) } else { (200, json!({"jwt_token": "good"}).to_string()) }
    });
    let count = move || {
        let checks = log.lock().unwrap().iter().filter(|checks| **checks).count();
        [log.lock().unwrap().len() - checks, checks]
    };
    (site, clock, count)
}

#[tokio::test]
async fn check_of_a_stored_token_is_valid_for_a_minute() {
    let valid = r#"{"status":"TRUE","code":"VALID_TOKEN","message":"VALID_TOKEN"}"#;
    let (site, clock, count) = checking(200, valid);
    let store = MemoryStore::new();
    for (wait, counts) in [(0, [1, 0]), (0, [1, 1]), (0, [1, 1]), (60, [1, 1]), (1, [1, 2]), (60, [1, 2])] {
        clock.advance(wait);
        let identity = Identity::builder(MiniOrangeJwt::new("ana", "hunter2")).store(store.clone()).build();
        identity.token(&site).await.unwrap();
        assert_eq!(count(), counts, "after {wait} s");
    }
}

#[tokio::test]
async fn stored_token_is_used_if_the_check_fails_and_not_if_refused() {
    let refused = r#"{"status":"error","error":"INVALID_SIGNATURE","code":"401","error_description":"No."}"#;
    for (status, words, sign_ins) in
        [(502, "<html>Bad gateway</html>", 1), (200, "{}", 1), (404, "{}", 1), (401, refused, 2)]
    {
        let (site, _, count) = checking(status, words);
        let store = MemoryStore::new();
        for _ in 0..2 {
            let identity = Identity::builder(MiniOrangeJwt::new("ana", "x")).store(store.clone()).build();
            identity.token(&site).await.unwrap();
        }
        assert_eq!(count(), [sign_ins, 1], "{status} {words}");
    }
}
