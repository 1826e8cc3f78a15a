//! Times that something depends on, to the second.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use wp_auth::{ApiBearerAuth, AuthError, AuthErrorKind, Identity, JwtAuth, Occasion, Token, TokenProvider};
use wp_core::{ApiRoot, Body, Clock as _, Site, Transport, TransportError, TransportErrorKind, async_trait};

use crate::site::{TestClock, site};

#[tokio::test]
async fn a_new_token_that_is_refused_is_not_renewed_for_a_minute() {
    for (age, renews) in [(0, false), (59, false), (60, true)] {
        let (site, clock, _) = site(|_, count| (200, json!({"token": format!("token-{count}")}).to_string()));
        let identity = Identity::new(JwtAuth::new("ana", "hunter2"));
        let token = identity.token(&site).await.unwrap();
        clock.advance(age);
        assert_eq!(identity.refused(&site, &token), renews, "at {age} s");
    }
}

#[tokio::test]
async fn a_lock_out_is_remembered_for_a_minute() {
    let (site, clock, requests) = site(|_, _| {
        let error =
            json!({"code": "[jwt_auth] too_many_retries", "message": "Wait.", "data": {"status": 403}});
        (403, error.to_string())
    });
    let identity = Identity::new(JwtAuth::new("ana", "hunter2"));
    for (after, sent) in [(0, 1), (59, 1), (1, 2), (119, 2), (1, 3)] {
        clock.advance(after);
        assert_eq!(identity.token(&site).await.unwrap_err().kind(), AuthErrorKind::LockedOut);
        assert_eq!(requests.load(SeqCst), sent, "after {after} s");
    }
}

/// Responds when it is told to.
struct Slow(&'static str, Arc<Notify>);

#[async_trait]
impl Transport for Slow {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.1.notified().await;
        Ok(Response::new(self.0.into()))
    }
}

fn slow(response: &'static str) -> (Site, Arc<TestClock>, Arc<Notify>) {
    let (clock, go) = (TestClock::new(), Arc::new(Notify::new()));
    let root = ApiRoot::of_site("https://example.org").unwrap();
    let transport = Slow(response, Arc::clone(&go));
    (Site::new(root, Arc::new(transport), Arc::clone(&clock) as _), clock, go)
}

async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

fn asks(
    identity: impl Into<Identity>,
    site: &Site,
) -> tokio::task::JoinHandle<Result<Arc<Token>, AuthError>> {
    let (identity, site) = (identity.into(), site.clone());
    tokio::spawn(async move { identity.token(&site).await })
}

#[tokio::test]
async fn a_lifetime_counts_from_the_request_and_not_from_the_response() {
    // Both live for an hour, less the second to which the server rounds.
    let bearer: Identity = ApiBearerAuth::new("ana", "hunter2").client_name("sync").into();
    let rows: [(Identity, &str); 2] = [
        (bearer, r#"{"access_token":"opaque","expires_in":3600}"#),
        (JwtAuth::new("ana", "hunter2").into(), r#"{"token":"e30.eyJpYXQiOjAsImV4cCI6MzYwMH0.c2ln"}"#),
    ];
    for (identity, response) in rows {
        let (site, clock, go) = slow(response);
        let asked = clock.now();
        let task = asks(identity, &site);
        settle().await;
        for _ in 0..19 {
            clock.advance(1);
            settle().await;
        }
        go.notify_one();
        let token = task.await.unwrap().unwrap();
        assert_eq!(token.expires_at(), Some(asked + Duration::from_secs(3599)), "{response}");
    }
}

/// How many seconds it takes to end.
async fn seconds<T>(task: &tokio::task::JoinHandle<T>, clock: &TestClock) -> usize {
    settle().await;
    for waited in 0..200 {
        if task.is_finished() {
            return waited;
        }
        clock.advance(1);
        settle().await;
    }
    panic!("it never ends");
}

#[tokio::test]
async fn a_token_endpoint_has_20_seconds_to_respond() {
    let (site, clock, _) = slow("");
    let task = asks(JwtAuth::new("ana", "hunter2"), &site);
    assert_eq!(seconds(&task, &clock).await, 20);
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Unreachable);
    assert_eq!(error.transport_error().unwrap().kind(), TransportErrorKind::Timeout);
}

/// A provider that never comes to an end: a user who does not type.
#[derive(Debug)]
struct Never;

#[async_trait]
impl TokenProvider for Never {
    async fn obtain(&self, _: &Site, _: Occasion<'_>) -> Result<Token, AuthError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_provider_has_two_minutes_to_obtain_a_token() {
    let (site, clock, _) = slow("");
    let task = asks(Never, &site);
    assert_eq!(seconds(&task, &clock).await, 120);
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Unreachable);
    assert!(error.to_string().contains("120 s"), "{error}");
}
