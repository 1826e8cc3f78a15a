//! One client with many identities, and the error of each when its credential is wrong.

use std::time::Duration;

use wiremock::matchers::path;
use wiremock::{Mock, ResponseTemplate};
use wp_client::wp_auth::{AuthErrorKind, ExposeSecret};
use wp_client::{ApiKey, Basic, Client, Error, ErrorCode, ErrorKind, Identity, JwtAuth};
use wp_testkit::{Permalinks, StandIn};

use crate::{clients, signed_in};

fn auth_kind(error: &Error) -> Option<AuthErrorKind> {
    match error.kind() {
        ErrorKind::Auth(error) => Some(error.kind()),
        _ => None,
    }
}

#[tokio::test]
async fn every_provider_signs_in() {
    let key = "key-0123456789";
    let site = StandIn::builder().api_key("X-API-Key", key, "author").start().await;
    let token = site.token("author");
    let identities: [Identity; 4] = [
        JwtAuth::new("author", "password").into(),
        Basic::application_password("author", site.application_password("author")).into(),
        ApiKey::bearer(token).into(),
        ApiKey::header("X-API-Key", key).into(),
    ];
    for (stack, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        for identity in &identities {
            let wp = wp.with_auth(identity);
            assert_eq!(wp.verify().await.unwrap().name, "Author User", "{stack} {identity:?}");
            wp.sign_in().await.unwrap();
        }
    }
}

#[tokio::test]
async fn sign_in_returns_the_user_and_the_expiry() {
    let site = StandIn::builder().token_lifetime(Duration::from_secs(600)).start().await;
    for wp in signed_in(&site, "editor") {
        let token = wp.sign_in().await.unwrap();
        let owner = token.profile().unwrap();
        assert_eq!(owner.email.as_deref(), Some("editor@example.org"));
        assert_eq!(owner.id, Some(wp.users().me().await.unwrap().id));
        let left = token.expires_at().unwrap().duration_since(std::time::SystemTime::now()).unwrap();
        assert!((590..=600).contains(&left.as_secs()), "{left:?}");
        assert_eq!(token.secret().unwrap().expose_secret().split('.').count(), 3);
    }
}

#[tokio::test]
async fn request_can_be_anonymous_or_use_another_identity() {
    let site = StandIn::start().await;
    let other = Identity::new(Basic::application_password("author", site.application_password("author")));
    for wp in signed_in(&site, "editor") {
        assert_eq!(wp.users().me().await.unwrap().name, "Editor User");
        assert_eq!(wp.users().me().auth(&other).await.unwrap().name, "Author User");
        let error = wp.users().me().anonymous().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN));
        // A header of one's own stands instead of the credential.
        let error = wp.users().me().header("authorization", "Basic bm9ib2R5OnB3").await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN));
    }
}

#[tokio::test]
async fn sign_in_error_names_the_cause() {
    let site = StandIn::start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        let error = wp.with_auth(JwtAuth::new("editor", "wrong")).sign_in().await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::WrongCredentials));
        assert!(error.is_unauthorized() && error.hint().is_none());

        site.set_jwt_secret(None);
        let error = wp.with_auth(JwtAuth::new("editor", "password")).verify().await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::Misconfigured));
        assert!(error.hint().unwrap().contains("JWT_AUTH_SECRET_KEY"));
        site.set_jwt_secret(Some("another secret, and long enough"));

        assert_eq!(auth_kind(&wp.sign_in().await.unwrap_err()), Some(AuthErrorKind::SignInRequired));
        let error = wp.with_auth(Basic::application_password("editor", "wrong")).verify().await.unwrap_err();
        assert_eq!(error.code(), Some(&ErrorCode::NOT_LOGGED_IN));
        assert!(error.hint().is_some());
    }
    let site = StandIn::builder().plugin(None).start().await;
    for wp in signed_in(&site, "editor") {
        let error = wp.verify().await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::NotOffered));
        assert!(error.hint().is_some());
    }
}

#[tokio::test]
async fn lost_authorization_header_is_distinguished_from_a_bad_token() {
    let site = StandIn::builder().strip_authorization(true).start().await;
    for wp in signed_in(&site, "editor") {
        assert!(wp.posts().list().await.is_ok(), "public routes do not tell");
        let error = wp.verify().await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::HeaderLost));
        assert!(error.hint().unwrap().contains("SetEnvIf"));
    }
}

#[tokio::test]
async fn validate_checks_a_foreign_token_without_a_sign_in() {
    let site = StandIn::start().await;
    let good = site.token("author");
    let (signed, _) = good.rsplit_once('.').unwrap();
    for wp in signed_in(&site, "editor") {
        wp.validate(good.as_str()).await.unwrap();
        for bad in [format!("{signed}.AAAA"), "not.a.token".to_owned()] {
            let error = wp.validate(bad).await.unwrap_err();
            assert_eq!(auth_kind(&error), Some(AuthErrorKind::TokenRefused), "{error:?}");
            assert!(error.is_unauthorized() && !format!("{error:#} {error:?}").contains(signed));
        }
        let error = wp.validate("not\na token").await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::Invalid));
        let by_key = wp.with_auth(Basic::application_password("editor", "x")).validate(good.as_str()).await;
        assert_eq!(auth_kind(&by_key.unwrap_err()), Some(AuthErrorKind::Unsupported));
    }
    for (_, builder) in clients(&site) {
        let error = builder.build().unwrap().validate(good.as_str()).await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::SignInRequired));
    }
    assert_eq!(site.count("POST", "/jwt-auth/v1/token"), 0);

    // A server that shows its stack trace shows the token.
    let trace = serde_json::json!({"code": "internal_server_error", "message": format!("check('{good}')"), "data": null});
    let trace = ResponseTemplate::new(500).set_body_json(trace);
    Mock::given(path("/wp-json/jwt-auth/v1/token/validate")).respond_with(trace).mount(site.server()).await;
    for wp in signed_in(&site, "editor") {
        let error = wp.validate(good.as_str()).await.unwrap_err();
        let shown = format!("{error:#} {error:?}");
        assert!(shown.contains("internal_server_error") && !shown.contains(signed), "{shown}");
    }
}

#[tokio::test]
async fn html_page_instead_of_the_api_is_named() {
    let site = StandIn::builder().permalinks(Permalinks::Plain).start().await;
    for wp in signed_in(&site, "editor") {
        let error = wp.verify().await.unwrap_err();
        assert_eq!(auth_kind(&error), Some(AuthErrorKind::BadResponse), "{error:?}");
        let error = wp.post("/wp/v2/posts").anonymous().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Unexpected(_)) && error.may_have_happened(), "{error:?}");
        assert!(error.hint().unwrap().contains("plain_permalinks"));
    }
}

#[test]
fn a_credential_is_not_sent_over_plain_http() {
    let build = |url| Client::builder(url).auth(ApiKey::bearer("k"));
    for url in ["http://example.org", "http://10.0.0.1"] {
        let error = build(url).build().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)) && error.to_string().contains(url), "{error}");
        assert!(build(url).allow_plain_http().build().is_ok());
        assert!(Client::builder(url).build().is_ok(), "an anonymous request carries no secret");
    }
    for url in ["http://127.0.0.1:1", "http://localhost", "https://example.org", "example.org"] {
        assert!(build(url).build().is_ok(), "{url}");
    }
}

#[tokio::test]
async fn credential_in_a_header_is_not_sent_over_plain_http() {
    for name in ["authorization", "x-api-key"] {
        let error =
            Client::builder("http://example.invalid").default_header(name, "Basic eDp5").build().unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)) && !error.is_retryable(), "{error:?}");
    }
    let wp = Client::builder("http://example.invalid").build().unwrap();
    assert!(matches!(wp.get("/").header("Cookie", "a=b").await.unwrap_err().kind(), ErrorKind::Request(_)));
    assert!(matches!(
        wp.get("/").header("Host", "evil.example").await.unwrap_err().kind(),
        ErrorKind::Request(_)
    ));
}

#[tokio::test]
async fn error_predicates_do_not_overlap() {
    let site = StandIn::builder().plugin(None).start().await;
    for wp in signed_in(&site, "editor") {
        // The plugin is gone; the post is not.
        let error = wp.posts().get(wp_client::models::PostId::new(3).unwrap()).await.unwrap_err();
        assert!(!error.is_not_found() && !error.is_unauthorized() && !error.is_retryable(), "{error:?}");
    }
    // The site is down; the password is not wrong.
    let down =
        Client::builder("http://127.0.0.1:1").auth(JwtAuth::new("editor", "password")).build().unwrap();
    let error = down.users().me().await.unwrap_err();
    assert!(error.is_retryable() && !error.is_unauthorized(), "{error:?}");
    let shown = format!("{error:#}");
    assert!(
        shown.starts_with("GET http://127.0.0.1:1/wp-json/wp/v2/users/me: ") && shown.contains("refused"),
        "{shown}"
    );
}

/// A client that was built without a credential and gets one later is held to the same.
#[tokio::test]
async fn with_auth_is_not_sent_over_plain_http() {
    let wp = Client::builder("http://example.invalid").build().unwrap();
    let error = wp.with_auth(ApiKey::bearer("k")).users().me().await.unwrap_err();
    assert_eq!(auth_kind(&error), Some(AuthErrorKind::Invalid), "{error:?}");
}
