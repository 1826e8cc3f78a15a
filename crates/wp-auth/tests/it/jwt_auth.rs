//! The provider for JWT Authentication for WP REST API, against observed responses.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::json;
use wp_auth::{ApiKey, AuthErrorKind, ExposeSecret, Identity, JwtAuth, TokenProvider, TokenRequest};
use wp_core::ApiError;

use crate::site::site;

fn granted(lifetime: u64, iat: u64) -> String {
    let claims =
        json!({"iss": "x", "iat": iat, "nbf": iat, "exp": iat + lifetime, "data": {"user": {"id": "7"}}});
    let token = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
    json!({"token": token, "user_email": "ana@example.org", "user_nicename": "ana", "user_display_name": "Ana"}).to_string()
}

fn refused(code: &str) -> String {
    json!({"code": code, "message": "<strong>No.</strong>", "data": {"status": 403}}).to_string()
}

#[tokio::test]
async fn sign_in_returns_the_token_with_expiry_and_user() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    // The server's clock is a year off: only the lifetime counts.
    let (site, clock, _) = site(move |request, _| {
        let headers: Vec<_> = request.headers().keys().map(|name| name.as_str().to_owned()).collect();
        log.lock().unwrap().push((request.method().to_string(), request.uri().to_string(), headers));
        (200, granted(600, 1_700_000_000))
    });
    let token = Identity::new(JwtAuth::new("ana", "hunter2")).token(&site).await.unwrap();
    assert!(token.secret().unwrap().expose_secret().starts_with("e30."));
    let left = token.expires_at().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
        - clock.seconds();
    assert_eq!(left, 599);
    let owner = token.profile().unwrap();
    assert_eq!((owner.id.unwrap().get(), owner.display_name.as_deref()), (7, Some("Ana")));

    let (method, uri, headers) = seen.lock().unwrap().remove(0);
    assert_eq!((&*method, &*uri), ("POST", "https://example.org/wp-json/jwt-auth/v1/token"));
    assert!(!headers.contains(&"authorization".to_owned()), "the old header makes the sign-in fail");
}

#[tokio::test]
async fn token_endpoint_errors_are_classified() {
    for (code, kind) in [
        ("[jwt_auth] incorrect_password", AuthErrorKind::WrongCredentials),
        ("[jwt_auth] invalid_email", AuthErrorKind::WrongCredentials),
        ("[jwt_auth] empty_username", AuthErrorKind::WrongCredentials),
        ("[jwt_auth] too_many_retries", AuthErrorKind::LockedOut),
        // Of a security plugin that is not known: no wrong password.
        ("[jwt_auth] geo_blocked", AuthErrorKind::Refused),
        ("jwt_auth_bad_config", AuthErrorKind::Misconfigured),
        ("jwt_auth_unsupported_algorithm", AuthErrorKind::Misconfigured),
        ("rest_no_route", AuthErrorKind::NotOffered),
        ("something_else", AuthErrorKind::Refused),
    ] {
        let (site, ..) = site(move |_, _| (403, refused(code)));
        let error = Identity::new(JwtAuth::new("ana", "hunter2")).token(&site).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}");
        assert_eq!(error.api_error().unwrap().code().as_str(), code);
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn additional_error_refines_the_classification_of_a_wrong_password() {
    let wrong = "[jwt_auth] incorrect_password";
    for (code, additional, kind) in [
        (wrong, &[][..], AuthErrorKind::WrongCredentials),
        (wrong, &["[jwt_auth] cfturnstile_error"], AuthErrorKind::CaptchaRequired),
        (wrong, &[wrong, "unknown", "[jwt_auth] too_many_retries"], AuthErrorKind::LockedOut),
        (wrong, &["unknown", "[jwt_auth] invalid_username"], AuthErrorKind::WrongCredentials),
        // Only a wrong password is doubted.
        ("[jwt_auth] too_many_retries", &["[jwt_auth] cfturnstile_error"], AuthErrorKind::LockedOut),
        ("unknown", &["[jwt_auth] cfturnstile_error"], AuthErrorKind::Refused),
    ] {
        let additional: Vec<_> =
            additional.iter().map(|code| json!({"code": code, "message": "", "data": null})).collect();
        let (site, ..) = site(move |_, _| {
            let error = json!({"code": code, "message": "No.", "data": {"status": 403},
                "additional_errors": additional});
            (403, error.to_string())
        });
        let error = Identity::new(JwtAuth::new("ana", "hunter2")).token(&site).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn invalid_token_response_is_an_error() {
    for (status, body, transient) in [
        (200, "<!doctype html><html><body>Home</body></html>".to_owned(), false),
        (200, "{}".to_owned(), false),
        (200, json!({"token": 5}).to_string(), false),
        (200, json!({"token": ""}).to_string(), false),
        (502, "<html><h1>Bad Gateway</h1></html>".to_owned(), true),
        // A gateway's.
        (403, json!({"message": "Forbidden"}).to_string(), false),
    ] {
        let (site, ..) = site(move |_, _| (status, body.clone()));
        let error = Identity::new(JwtAuth::new("ana", "hunter2")).token(&site).await.unwrap_err();
        assert_eq!((error.kind(), error.is_transient()), (AuthErrorKind::BadResponse, transient), "{error}");
    }
}

#[tokio::test]
async fn token_response_that_echoes_the_password_is_rejected() {
    let fatal = json!({"code": "internal_server_error", "message": "wp_authenticate('ana', 'hunter2')",
        "data": {"status": 500, "error": {"message": "#0 wp_authenticate('ana', 'hunter2')"}}});
    for (status, body) in [
        (500, fatal.to_string()),
        (500, "<html><body>wp_authenticate('ana', 'hunter2')</body></html>".to_owned()),
        (200, r#"{"token":"hunter2","user_ema"#.to_owned()),
        (200, "hunter2".to_owned()),
    ] {
        let (site, ..) = site(move |_, _| (status, body.clone()));
        let error = Identity::new(JwtAuth::new("ana", "hunter2")).token(&site).await.unwrap_err();
        let message = error.api_error().map(ApiError::message);
        assert!(!format!("{error} {error:?} {error:#?} {message:?}").contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn validate_distinguishes_a_lost_header_from_a_bad_token() {
    for (code, kind) in [
        ("jwt_auth_no_auth_header", AuthErrorKind::HeaderLost),
        ("jwt_auth_invalid_token", AuthErrorKind::TokenRefused),
        ("jwt_auth_bad_config", AuthErrorKind::Misconfigured),
    ] {
        let (site, ..) = site(move |request, _| {
            let validates = request.uri().path().ends_with("/validate");
            if validates && request.headers()["authorization"].is_sensitive() {
                (403, refused(code))
            } else {
                (200, granted(600, 0))
            }
        });
        let identity = Identity::new(JwtAuth::new("ana", "hunter2"));
        let token = identity.token(&site).await.unwrap();
        assert_eq!(identity.validate(&site, &token).await.unwrap_err().kind(), kind);
    }
}

#[test]
fn classify_errors_of_ordinary_routes() {
    let identity = Identity::new(JwtAuth::new("ana", "hunter2"));
    for (code, message, kind) in [
        ("jwt_auth_invalid_token", "Expired token", Some(AuthErrorKind::Expired)),
        ("jwt_auth_invalid_token", "Signature verification failed", Some(AuthErrorKind::TokenRefused)),
        ("jwt_auth_bad_iss", "", Some(AuthErrorKind::WrongSite)),
        ("jwt_auth_bad_config", "", Some(AuthErrorKind::Misconfigured)),
        ("rest_forbidden", "", None),
        ("rest_not_logged_in", "", None),
    ] {
        let error = ApiError::new(StatusCode::FORBIDDEN, code, message);
        assert_eq!(identity.classify(&error), kind, "{code}: {message}");
    }
}

#[tokio::test]
async fn a_password_is_not_sent_over_plain_http() {
    let (https, _, requests) = site(|_, _| (200, granted(600, 0)));
    let root = wp_core::ApiRoot::of_site("http://example.org").unwrap();
    let plain = wp_core::Site::new(root, Arc::clone(https.transport()), Arc::clone(https.clock()));
    let provider = JwtAuth::new("ana", "hunter2");
    let error = provider.obtain(&plain, TokenRequest::first()).await.unwrap_err();
    assert_eq!(
        (error.kind(), requests.load(std::sync::atomic::Ordering::SeqCst)),
        (AuthErrorKind::Invalid, 0)
    );
    assert!(provider.obtain(&plain.allow_plain_http(), TokenRequest::first()).await.is_ok());
}

#[tokio::test]
async fn validate_without_an_endpoint_does_not_accept_the_token() {
    let (site, _, requests) = site(|_, _| (200, "{}".to_owned()));
    let identity = Identity::new(ApiKey::bearer("k"));
    let token = identity.token(&site).await.unwrap();
    let error = identity.validate(&site, &token).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Unsupported);
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn api_key_reads_jwt_claims_and_classifies_errors_of_each_plugin() {
    let (site, ..) = site(|_, _| (200, "{}".to_owned()));
    // {"data":{"user":{"id":7}}}
    let identity = Identity::new(ApiKey::bearer("e30.eyJkYXRhIjp7InVzZXIiOnsiaWQiOjd9fX0.c2ln"));
    let token = identity.token(&site).await.unwrap();
    assert_eq!(token.profile().unwrap().id.unwrap().get(), 7);
    for (code, kind) in [
        ("jwt_auth_invalid_token", Some(AuthErrorKind::TokenRefused)),
        ("api_bearer_auth_not_logged_in", Some(AuthErrorKind::Unrecognized)),
        ("INVALID_API_KEY", Some(AuthErrorKind::WrongCredentials)),
        ("14", Some(AuthErrorKind::Expired)),
        // Simple JWT Login ignores a bad token, so that core speaks; of another key that says nothing.
        ("rest_not_logged_in", None),
        ("rest_forbidden", None),
    ] {
        let error = ApiError::new(StatusCode::UNAUTHORIZED, code, "");
        assert_eq!(identity.classify(&error), kind, "{code}");
    }
}
