//! A token plugin that the user describes with the builder.

use std::sync::{Arc, Mutex};

use serde_json::json;
use wp_auth::{
    AuthErrorKind, Check, Encoding, ExposeSecret, Identity, Plugin, PluginBuilder, PluginLogin, Renewal, Rule,
};
use wp_core::{ApiError, Body};

use crate::site::{body, site};

fn acme() -> PluginBuilder {
    Plugin::builder("Acme Tokens", "/acme/v1/login")
        .fields("email", "secret word")
        .encoding(Encoding::Form)
        .token_at("/data/token")
        .lifetime_at("/data/expires_in")
        .refresh_at("/data/refresh")
        .id_at("/data/who/id")
        .login_at("/data/who/name")
        .roles_at("/data/who/roles")
        .renewal(Renewal::refresh_token("/acme/v1/refresh", "again").rotating())
        .check(Check::post("/acme/v1/check").expecting("/code", "valid").echoing_token("/token"))
        .at_sign_in([
            Rule::new("acme_locked", AuthErrorKind::LockedOut),
            Rule::new("acme_*", AuthErrorKind::WrongCredentials).under(401),
        ])
        .at_use([Rule::new("token_*", AuthErrorKind::TokenRefused).with_message("gone")])
}

#[tokio::test]
async fn custom_plugin_signs_in_renews_and_validates() {
    let log: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = site(move |request: &http::Request<Body>, count| {
        let path = request.uri().path().rsplit('/').next().unwrap();
        let content_type = request.headers().get("content-type").map_or("", |value| value.to_str().unwrap());
        seen.lock().unwrap().push(format!("{path} {} {content_type}", body(request)));
        if path == "check" {
            return (200, json!({"code": "valid", "token": "token-0"}).to_string());
        }
        let who = json!({"id": 7, "name": "ana", "roles": ["author"]});
        let data = json!({"token": format!("token-{count}"), "expires_in": "600", "refresh": format!("r{count}"),
            "who": who});
        (200, json!({"data": data}).to_string())
    });
    let identity = Identity::new(PluginLogin::new(acme().build().unwrap(), "ana@example.org", "hunter 2"));
    let first = identity.token(&site).await.unwrap();
    let profile = first.profile().unwrap();
    assert_eq!(
        (profile.id.unwrap().get(), profile.login.as_deref(), &*profile.roles),
        (7, Some("ana"), &["author".to_owned()][..])
    );
    identity.validate(&site, &first).await.unwrap();
    for _ in 0..2 {
        clock.advance(600);
        identity.token(&site).await.unwrap();
    }
    let error = identity.validate(&site, &identity.token(&site).await.unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Unproven, "it echoes another token");
    let form = "application/x-www-form-urlencoded";
    let expected = [
        format!("login email=ana%40example.org&secret%20word=hunter%202 {form}"),
        "check  ".to_owned(),
        format!("refresh again=r0 {form}"),
        format!("refresh again=r2 {form}"),
        "check  ".to_owned(),
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    let error = |code: &'static str, message: &str| {
        identity.classify(&ApiError::new(http::StatusCode::FORBIDDEN, code, message))
    };
    assert_eq!(error("token_bad", "It is gone."), Some(AuthErrorKind::TokenRefused));
    assert_eq!(error("token_bad", "It is late."), None);
    assert_eq!(error("acme_bad", "It is gone."), None, "a rule of the sign-in");
    assert_eq!(identity.scheme().name(), "Acme Tokens");
    assert_eq!(acme().build().unwrap().name(), "Acme Tokens");
    assert_eq!(first.secret().unwrap().expose_secret(), "token-0");
}

#[tokio::test]
async fn custom_plugin_rules_classify_sign_in_errors() {
    for (status, code, kind) in [
        (401, "acme_locked", AuthErrorKind::LockedOut),
        (401, "acme_bad_word", AuthErrorKind::WrongCredentials),
        (403, "acme_bad_word", AuthErrorKind::Refused),
        (404, "rest_no_route", AuthErrorKind::NotOffered),
    ] {
        let (site, ..) = site(move |_, _| {
            (status, json!({"code": code, "message": "gone", "data": {"status": status}}).to_string())
        });
        let identity = Identity::new(PluginLogin::new(acme().build().unwrap(), "ana", "x"));
        assert_eq!(identity.token(&site).await.unwrap_err().kind(), kind, "{status} {code}");
    }
}

#[test]
fn invalid_plugin_description_is_an_error_that_names_the_fault() {
    assert!(acme().build().is_ok());
    let rows: [(PluginBuilder, &str); 9] = [
        (acme().token_at("data/token"), "data/token"),
        (acme().token_at(""), "\"\""),
        (acme().lifetime_at("ttl"), "ttl"),
        (acme().roles_at("roles"), "roles"),
        (acme().check(Check::get("/acme/v1/me").expecting("code", "valid")), "code"),
        (acme().check(Check::get("/acme/v1/me").echoing_token("token")), "token"),
        (acme().check(Check::get("acme?x=1")), ""),
        (acme().renewal(Renewal::refresh_token("/acme/../x", "again")), ""),
        (Plugin::builder("Acme", "/acme/v1/login?x=1"), ""),
    ];
    for (number, (builder, named)) in rows.into_iter().enumerate() {
        let error = builder.build().expect_err(&format!("row {number}"));
        assert_eq!(error.kind(), AuthErrorKind::Invalid);
        assert!(error.to_string().contains(named), "row {number}: {error}");
    }
}
