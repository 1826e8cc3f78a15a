//! The transport that adds the credential.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use serde_json::json;
use wp_auth::{
    ApiKey, AuthError, AuthErrorKind, Authorize, Basic, Credential, CredentialPolicy, Identity, JwtAuth,
    Token, TokenProvider, TokenRequest,
};
use wp_core::extensions::{Acquire, Permit, Queued, Sent, TokenUse};
use wp_core::layer::{Layer, ReusableRequest};
use wp_core::{
    ApiError, ApiRoot, Body, Query, Route, Site, Transport, TransportError, TransportErrorKind, async_trait,
};

use crate::site::{TestClock, site, site_of};

fn token_use(response: &http::Response<Body>) -> Option<TokenUse> {
    response.extensions().get().map(|sent: &Sent| sent.token_use)
}

/// A site of the JWT plugin that takes the token of the `good`th sign-in only.
fn jwt_site(good: usize) -> (Site, Arc<TestClock>, Arc<AtomicUsize>) {
    let sign_ins = AtomicUsize::new(0);
    site(move |request, _| {
        if request.uri().path().ends_with("/token") {
            let number = sign_ins.fetch_add(1, SeqCst) + 1;
            return (200, json!({"token": format!("token-{number}")}).to_string());
        }
        match request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned()) {
            Some(token) if token != format!("Bearer token-{good}") => {
                let data = json!({"status": 403});
                (
                    403,
                    json!({"code": "jwt_auth_invalid_token", "message": "Expired token", "data": data})
                        .to_string(),
                )
            }
            token => (200, json!({"you": token}).to_string()),
        }
    })
}

fn get(site: &Site) -> Request<Body> {
    site.request(Method::GET, &Route::new("/wp/v2/posts").unwrap(), &Query::new(), Body::empty()).unwrap()
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_request_replayed_once() {
    let (site, clock, requests) = jwt_site(2);
    let transport = Authorize::new(site.clone(), Some(JwtAuth::new("ana", "p").into()));
    // The first token was never accepted, so it is replaced only past its probation.
    let early = transport.send(get(&site)).await.unwrap();
    assert_eq!((early.status().as_u16(), requests.load(SeqCst)), (403, 2));
    clock.advance(61);
    let response = transport.send(get(&site)).await.unwrap();
    assert_eq!(token_use(&response), Some(TokenUse::Renewed));
    assert_eq!(response.into_body().collect(99).await.unwrap(), r#"{"you":"Bearer token-2"}"#);
    assert_eq!(requests.load(SeqCst), 5);
}

#[tokio::test]
async fn one_shot_body_is_not_replayed_but_the_token_is_renewed() {
    let (site, clock, requests) = jwt_site(2);
    let transport = Authorize::new(site.clone(), Some(JwtAuth::new("ana", "p").into()));
    let _ = transport.send(get(&site)).await.unwrap();
    clock.advance(61);
    let body = Body::stream(Body::from("x"), 1);
    let mut request = get(&site).map(|_| body);
    *request.method_mut() = Method::POST;
    let response = transport.send(request).await.unwrap();
    assert_eq!((response.status().as_u16(), token_use(&response)), (403, Some(TokenUse::Refused)));
    assert_eq!(requests.load(SeqCst), 3);
    assert_eq!(transport.send(get(&site)).await.unwrap().status(), 200);
}

/// A site that prints warnings before everything but its tokens.
struct Noisy(Site);

#[wp_core::async_trait]
impl Transport for Noisy {
    async fn send(&self, request: Request<Body>) -> Result<http::Response<Body>, wp_core::TransportError> {
        let token = request.uri().path().ends_with("/token");
        let response = self.0.transport().send(request).await?;
        if token {
            return Ok(response);
        }
        let body = response.into_body().collect(1 << 20).await?;
        let noise = format!("<br />\n<b>Warning</b>: oh<br />\n{}", String::from_utf8_lossy(&body));
        Ok(http::Response::builder().header("content-type", "text/html").body(noise.into()).unwrap())
    }
}

/// Warnings took the status and the content type; the body tells.
#[tokio::test]
async fn refusal_is_recognised_by_its_body_if_the_status_is_lost() {
    let (inner, clock, requests) = jwt_site(2);
    let site = inner.clone().with_transport(Arc::new(Noisy(inner)));
    let transport = Authorize::new(site.clone(), Some(JwtAuth::new("ana", "p").into()));
    let _ = transport.send(get(&site)).await.unwrap();
    clock.advance(61);
    let response = transport.send(get(&site)).await.unwrap();
    assert_eq!(token_use(&response), Some(TokenUse::Renewed));
    assert_eq!(requests.load(SeqCst), 5);
}

#[tokio::test]
async fn long_response_is_passed_on_unchanged() {
    let page = format!("<html>{}</html>", "x".repeat(3 << 20));
    let long = page.clone();
    let (site, ..) = site(move |_, _| (403, long.clone()));
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("k").into()));
    let response = transport.send(get(&site)).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.into_body().collect(9 << 20).await.unwrap().len(), page.len());
}

#[tokio::test]
async fn request_can_override_the_identity_or_be_anonymous() {
    let (site, ..) = site(|request, _| {
        let names = ["authorization", "x-api-key"];
        let seen: Vec<_> = names.iter().filter(|name| request.headers().contains_key(**name)).collect();
        (200, json!(seen).to_string())
    });
    let transport = Authorize::new(site.clone(), Some(Basic::application_password("ana", "p").into()));
    let key = Identity::new(ApiKey::header("X-API-Key", "k"));
    for (credentials, seen) in [
        (None, r#"["authorization"]"#),
        (Some(CredentialPolicy::Anonymous), "[]"),
        (Some(CredentialPolicy::Of(key)), r#"["x-api-key"]"#),
    ] {
        let mut request = get(&site);
        if let Some(credentials) = credentials {
            request.extensions_mut().insert(credentials);
        }
        let response = transport.send(request).await.unwrap();
        assert_eq!(response.into_body().collect(99).await.unwrap(), seen);
    }
}

#[tokio::test]
async fn credential_is_not_sent_to_another_origin() {
    let (site, _, requests) = site(|_, _| (200, "{}".to_owned()));
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("k").into()));
    let mut request = get(&site);
    *request.uri_mut() = "https://evil.example/wp-json/wp/v2/posts".parse().unwrap();
    let error = transport.send(request).await.unwrap_err();
    assert_eq!((error.kind(), requests.load(SeqCst)), (TransportErrorKind::Credential, 0));
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn expired_pasted_token_sends_no_request() {
    let (site, _, requests) = site(|_, _| (200, "{}".to_owned()));
    // {"exp":1}
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("e30.eyJleHAiOjF9.c2ln").into()));
    let error = transport.send(get(&site)).await.unwrap_err();
    assert_eq!(requests.load(SeqCst), 0);
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("has expired"));
}

/// The caller keeps the request and may send it again anonymously or to another site.
#[tokio::test]
async fn credential_is_removed_from_a_request_after_send_or_cancel() {
    let (site, _, _) = site(|request, _| {
        (200, json!(request.headers().get("x-key").map(|key| key.to_str().unwrap())).to_string())
    });
    let key = ApiKey::header("x-key", "hunter2");
    let authorize = Authorize::new(site.clone(), Some(key.into()));
    for own in [None, Some("own")] {
        let mut request = ReusableRequest::new(get(&site));
        own.map(|own| request.headers_mut().insert("x-key", HeaderValue::from_static(own)));
        let before = request.headers().clone();
        let response = authorize.forward(&mut request).await.unwrap();
        assert_eq!(response.into_body().collect(99).await.unwrap(), r#""hunter2""#);
        assert_eq!(*request.headers(), before);
        request.extensions_mut().insert(CredentialPolicy::Anonymous);
        let response = authorize.forward(&mut request).await.unwrap();
        assert_eq!(response.into_body().collect(99).await.unwrap(), json!(own).to_string());
    }
}

/// A permit with a long queue: while a request is in it, its token ends, for the first so many times.
struct LongQueue {
    clock: Arc<TestClock>,
    ends: AtomicUsize,
    released: AtomicUsize,
    queued: Queued,
}

#[async_trait]
impl Acquire for LongQueue {
    fn release(&self) {
        self.released.fetch_add(1, SeqCst);
    }

    async fn acquire(&self) -> Result<(), TransportError> {
        assert!(self.queued.get());
        if self.ends.load(SeqCst) > 0 {
            self.ends.fetch_sub(1, SeqCst);
            self.clock.advance(101);
        }
        Ok(())
    }
}

#[tokio::test]
async fn token_that_expires_in_the_queue_is_replaced_at_most_three_times() {
    for (ends, sign_ins) in [(0, 1), (1, 2), (2, 3), (9, 3)] {
        let (site, clock, _) = site(|request, count| {
            if request.uri().path().ends_with("/token") {
                // {"iat":0,"exp":101}
                return (
                    200,
                    json!({"token": format!("e30.eyJpYXQiOjAsImV4cCI6MTAxfQ.{count}")}).to_string(),
                );
            }
            let token =
                request.headers()[AUTHORIZATION].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
            (200, json!(token).to_string())
        });
        let queued = Queued::default();
        let (ends, released) = (AtomicUsize::new(ends), AtomicUsize::new(0));
        let queue = Arc::new(LongQueue { clock, ends, released, queued: queued.clone() });
        let transport = Authorize::new(site.clone(), Some(JwtAuth::new("ana", "hunter2").into()));
        let mut request = get(&site);
        request.extensions_mut().insert(Permit::new(Arc::clone(&queue)));
        request.extensions_mut().insert(queued.clone());
        let response = transport.send(request).await.unwrap();
        let token = response.into_body().collect(99).await.unwrap();
        assert_eq!(token, format!("\"{}\"", sign_ins - 1));
        assert_eq!(queue.released.load(SeqCst), sign_ins);
        assert!(!queued.get());
    }
}

/// A provider with the secret `s3cret-token`, to which an error's code is what the error means.
#[derive(Debug)]
struct Reads;

#[async_trait]
impl TokenProvider for Reads {
    async fn obtain(&self, _: &Site, _: TokenRequest<'_>) -> Result<Token, AuthError> {
        Ok(Token::permanent(Credential::bearer(&"s3cret-token".into())?).with_secret("s3cret-token".into()))
    }

    fn classify(&self, error: &ApiError) -> Option<AuthErrorKind> {
        match error.code().as_str() {
            "unrecognized" => Some(AuthErrorKind::Unrecognized),
            "refused" => Some(AuthErrorKind::TokenRefused),
            "locked" => Some(AuthErrorKind::LockedOut),
            _ => None,
        }
    }
}

#[tokio::test]
async fn response_carries_token_use_and_classified_refusal() {
    use AuthErrorKind::{HeaderLost, LockedOut, TokenRefused};
    use TokenUse::{Current, Renewed};
    type Row = (u16, &'static str, u64, TokenUse, Option<AuthErrorKind>, usize);
    let rows: [Row; 8] = [
        (200, "fine", 0, Current, None, 1),
        (403, "other", 61, Current, None, 1),
        // Nothing that another token helps with.
        (403, "locked", 61, Current, Some(LockedOut), 1),
        // A new token, which another one would not be better than.
        (401, "refused", 0, Current, Some(TokenRefused), 1),
        (401, "unrecognized", 0, Current, Some(HeaderLost), 1),
        // An old one, and then a new one.
        (401, "refused", 61, Renewed, Some(TokenRefused), 2),
        (401, "unrecognized", 61, Renewed, Some(HeaderLost), 2),
        // Only a response that may refuse is read.
        (404, "refused", 61, Current, None, 1),
    ];
    for (status, code, age, part, kind, sent) in rows {
        let (site, clock, requests) = site(move |_, _| {
            let data = json!({"status": status});
            (status, json!({"code": code, "message": "No.", "data": data}).to_string())
        });
        let identity = Identity::new(Reads);
        identity.token(&site).await.unwrap();
        clock.advance(age);
        let transport = Authorize::new(site.clone(), Some(identity));
        let response = transport.send(get(&site)).await.unwrap();
        let extensions = response.extensions();
        assert_eq!(token_use(&response), Some(part), "{status} {code} {age}");
        assert_eq!(extensions.get::<AuthErrorKind>(), kind.as_ref(), "{status} {code} {age}");
        assert_eq!(requests.load(SeqCst), sent, "{status} {code} {age}");
        let carried = &extensions.get::<Sent>().unwrap().secrets;
        assert_eq!(carried.mask("it was s3cret-token"), "it was ***");
    }
}

/// What calls itself JSON and a success is one, and a page of another status refuses nothing.
#[tokio::test]
async fn refusal_is_looked_for_by_status_and_content_type() {
    for (status, content_type, is_read) in [
        (403, "application/json", true),
        (200, "text/html; charset=UTF-8", true),
        (200, "application/json", false),
        (404, "text/html", false),
    ] {
        let (site, ..) = site_of(move |_, _| {
            let error = json!({"code": "refused", "message": "No.", "data": {"status": 403}}).to_string();
            Response::builder().status(status).header("content-type", content_type).body(error).unwrap()
        });
        let transport = Authorize::new(site.clone(), Some(Reads.into()));
        let response = transport.send(get(&site)).await.unwrap();
        let is_refusal = response.extensions().get() == Some(&AuthErrorKind::TokenRefused);
        assert_eq!(is_refusal, is_read, "{status} {content_type}");
    }
}

#[tokio::test]
async fn refusal_body_is_read_up_to_1_mib() {
    for (length, is_read) in [(1 << 20, true), ((1 << 20) + 1, false)] {
        let error = json!({"code": "refused", "message": "", "data": {"status": 403}}).to_string();
        let error = error.clone() + &" ".repeat(length - error.len());
        let (site, ..) = site(move |_, _| (403, error.clone()));
        let response = Authorize::new(site.clone(), Some(Reads.into())).send(get(&site)).await.unwrap();
        assert_eq!(response.extensions().get::<AuthErrorKind>().is_some(), is_read, "{length}");
        assert_eq!(response.into_body().collect(9 << 20).await.unwrap().len(), length);
    }
}

#[tokio::test]
async fn site_header_is_not_overwritten_by_the_credential() {
    for (own, is_sent) in [("Bearer k", true), ("Basic Z2F0ZQ==", false)] {
        let (site, _, requests) = site(|_, _| (200, "{}".to_owned()));
        let mut value = HeaderValue::from_static(own);
        value.set_sensitive(true);
        let site = site.headers(HeaderMap::from_iter([(AUTHORIZATION, value)]));
        let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("k").into()));
        let outcome = transport.send(get(&site)).await;
        assert_eq!((outcome.is_ok(), requests.load(SeqCst)), (is_sent, usize::from(is_sent)), "{own}");
        if let Err(error) = outcome {
            let source = std::error::Error::source(&error).unwrap().to_string();
            assert!(source.contains("`in_header`") && !source.contains("Z2F0ZQ"), "{source}");
        }
        // In another header, it goes along.
        let identity = Identity::builder(ApiKey::bearer("k")).in_header("x-authorization").build();
        assert!(Authorize::new(site.clone(), Some(identity)).send(get(&site)).await.is_ok());
    }
}

/// Fails in one way.
struct Fails(fn() -> TransportError);

#[async_trait]
impl Transport for Fails {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        Err((self.0)())
    }
}

/// To send the password again may be the failure that locks the account.
#[tokio::test]
async fn token_request_is_retried_if_no_password_was_sent() {
    let rows: [(fn() -> TransportError, bool); 4] = [
        (|| TransportError::new(TransportErrorKind::Connect), true),
        (|| TransportError::new(TransportErrorKind::Timeout).not_sent(), true),
        (|| TransportError::new(TransportErrorKind::Timeout), false),
        (|| TransportError::new(TransportErrorKind::Certificate), false),
    ];
    for (fails, is_transient) in rows {
        let root = ApiRoot::of_site("https://example.org").unwrap();
        let site = Site::new(root, Arc::new(Fails(fails)), TestClock::new());
        let transport = Authorize::new(site.clone(), Some(JwtAuth::new("ana", "hunter2").into()));
        let error = transport.send(get(&site)).await.unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Credential);
        assert_eq!(error.is_transient(), is_transient, "{:?}", fails());
    }
}
