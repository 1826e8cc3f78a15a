//! Time limits, exact to the second.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use serde_json::json;
use tokio::sync::Notify;
use wp_auth::{
    ApiBearerAuth, AuthError, AuthErrorKind, Identity, JwtAuth, SecondFactor, SimpleJwtLogin, Token,
    TokenProvider, TokenRequest,
};
use wp_core::{ApiRoot, Body, Clock as _, Site, Transport, TransportError, TransportErrorKind, async_trait};

use crate::site::{TestClock, settle, site};

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

/// Responds once it is released, with one text after another.
struct Slow(Mutex<VecDeque<String>>, Arc<Notify>);

#[async_trait]
impl Transport for Slow {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.1.notified().await;
        let response = self.0.lock().unwrap().pop_front().unwrap();
        Ok(Response::new(response.into()))
    }
}

fn slow(responses: impl Into<VecDeque<String>>) -> (Site, Arc<TestClock>, Arc<Notify>) {
    let (clock, go) = (TestClock::new(), Arc::new(Notify::new()));
    let root = ApiRoot::of_site("https://example.org").unwrap();
    let transport = Slow(Mutex::new(responses.into()), Arc::clone(&go));
    (Site::new(root, Arc::new(transport), Arc::clone(&clock) as _), clock, go)
}

fn asks(
    identity: impl Into<Identity>,
    site: &Site,
) -> tokio::task::JoinHandle<Result<Arc<Token>, AuthError>> {
    let (identity, site) = (identity.into(), site.clone());
    tokio::spawn(async move { identity.token(&site).await })
}

/// The end of the token that `identity` has for `response`, in seconds after the request for it. The response takes
/// 19 s. `code` completes a sign-in.
async fn end_of_the_token(
    identity: &Identity,
    site: &Site,
    clock: &TestClock,
    go: &Notify,
    code: Option<SecondFactor>,
) -> u64 {
    let asked = clock.now();
    let task = tokio::spawn({
        let (identity, site) = (identity.clone(), site.clone());
        async move {
            match code {
                Some(second_factor) => identity.complete_sign_in(&site, &second_factor, &"1".into()).await,
                None => identity.token(&site).await,
            }
        }
    });
    settle().await;
    for _ in 0..19 {
        clock.advance(1);
        settle().await;
    }
    go.notify_one();
    task.await.unwrap().unwrap().expires_at().unwrap().duration_since(asked).unwrap().as_secs()
}

/// A JWT that was issued at 0.
fn jwt(end: u64) -> String {
    use base64::Engine as _;
    let claims = json!({"iat": 0, "exp": end}).to_string();
    format!("e30.{}.c2ln", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test]
async fn token_lifetime_starts_at_the_request() {
    // All live for an hour, less the second to which the server rounds.
    let bearer = ApiBearerAuth::new("ana", "hunter2").client_name("sync");
    let opaque =
        json!({"access_token": "opaque", "refresh_token": "refresh", "expires_in": 3600}).to_string();
    let renewed = json!({"access_token": "renewed", "expires_in": 3600}).to_string();
    let simple = |end: u64| json!({"success": true, "data": {"jwt": jwt(end)}}).to_string();
    let rows: [(Identity, [String; 2]); 3] = [
        (bearer.into(), [opaque, renewed]),
        (
            JwtAuth::new("ana", "hunter2").into(),
            [json!({"token": jwt(3600)}), json!({"token": jwt(3600)})].map(|token| token.to_string()),
        ),
        // Release 3 puts off the end alone, so a renewed one lives from the old end on.
        (SimpleJwtLogin::new("ana", "hunter2").into(), [simple(3600), simple(7218)]),
    ];
    for (identity, responses) in rows {
        let (site, clock, go) = slow(responses.clone());
        assert_eq!(end_of_the_token(&identity, &site, &clock, &go, None).await, 3599, "{responses:?}");
        clock.advance(3599);
        assert_eq!(end_of_the_token(&identity, &site, &clock, &go, None).await, 3599, "{responses:?}");
    }
}

#[tokio::test]
async fn token_lifetime_starts_at_the_request_with_the_code() {
    let interim = json!({"success": true, "data": {"jwt": jwt(300), "two_factor_required": true}});
    let granted = json!({"success": true, "data": {"jwt": jwt(3600)}});
    let (site, clock, go) = slow([interim, granted].map(|response| response.to_string()));
    let identity: Identity = SimpleJwtLogin::new("ana", "hunter2").into();
    go.notify_one();
    let error = identity.token(&site).await.unwrap_err();
    let second_factor = error.second_factor().cloned();
    assert_eq!(end_of_the_token(&identity, &site, &clock, &go, second_factor).await, 3599);
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
    let (site, clock, _) = slow([]);
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
    async fn obtain(&self, _: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_provider_has_two_minutes_to_obtain_a_token() {
    let (site, clock, _) = slow([]);
    let task = asks(Never, &site);
    assert_eq!(seconds(&task, &clock).await, 120);
    let error = task.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Unreachable);
    assert!(error.to_string().contains("120 s"), "{error}");
}
