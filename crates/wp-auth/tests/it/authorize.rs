//! The transport that adds the credential.

use std::sync::atomic::Ordering::SeqCst;

use http::{Method, Request};
use serde_json::json;
use wp_auth::{ApiKey, Authorize, Basic, CredentialPolicy, Identity, JwtAuth};
use wp_core::extensions::{Sent, TokenUse};
use wp_core::{Body, Query, Route, Site, Transport, TransportErrorKind};

use crate::site::site;

fn token_use(response: &http::Response<Body>) -> Option<TokenUse> {
    response.extensions().get().map(|sent: &Sent| sent.token_use)
}

/// A site of the JWT plugin that takes the token of the `good`th sign-in only.
fn jwt_site(
    good: usize,
) -> (Site, std::sync::Arc<crate::site::TestClock>, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    let sign_ins = std::sync::atomic::AtomicUsize::new(0);
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
async fn a_body_that_can_be_sent_once_is_not_replayed_but_the_token_is_renewed() {
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
async fn a_refusal_that_lost_its_status_is_seen() {
    let (inner, clock, requests) = jwt_site(2);
    let site = inner.clone().with_transport(std::sync::Arc::new(Noisy(inner)));
    let transport = Authorize::new(site.clone(), Some(JwtAuth::new("ana", "p").into()));
    let _ = transport.send(get(&site)).await.unwrap();
    clock.advance(61);
    let response = transport.send(get(&site)).await.unwrap();
    assert_eq!(token_use(&response), Some(TokenUse::Renewed));
    assert_eq!(requests.load(SeqCst), 5);
}

#[tokio::test]
async fn a_long_page_is_handed_on() {
    let page = format!("<html>{}</html>", "x".repeat(3 << 20));
    let long = page.clone();
    let (site, ..) = site(move |_, _| (403, long.clone()));
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("k").into()));
    let response = transport.send(get(&site)).await.unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(response.into_body().collect(9 << 20).await.unwrap().len(), page.len());
}

#[tokio::test]
async fn a_request_can_be_anonymous_or_somebody_else_s() {
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
async fn a_credential_does_not_leave_the_origin() {
    let (site, _, requests) = site(|_, _| (200, "{}".to_owned()));
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("k").into()));
    let mut request = get(&site);
    *request.uri_mut() = "https://evil.example/wp-json/wp/v2/posts".parse().unwrap();
    let error = transport.send(request).await.unwrap_err();
    assert_eq!((error.kind(), requests.load(SeqCst)), (TransportErrorKind::Credential, 0));
    assert!(!error.may_have_been_sent());
}

#[tokio::test]
async fn a_pasted_token_that_is_over_costs_no_request() {
    let (site, _, requests) = site(|_, _| (200, "{}".to_owned()));
    // {"exp":1}
    let transport = Authorize::new(site.clone(), Some(ApiKey::bearer("e30.eyJleHAiOjF9.c2ln").into()));
    let error = transport.send(get(&site)).await.unwrap_err();
    assert_eq!(requests.load(SeqCst), 0);
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("has expired"));
}
