//! What proves that a token is valid, and responses of a sign-in that cannot be used.

use std::sync::{Arc, Mutex};

use http::{Method, Response};
use serde_json::json;
use wp_auth::{
    ApiBearerAuth, AuthErrorKind, Identity, JwtAuth, MiniOrangeJwt, PluginLogin, SavedToken, SimpleJwtLogin,
    UsefulTeamJwt,
};

use crate::site::{body, site, site_of};

/// A JWT of user 7.
const TOKEN: &str = "e30.eyJkYXRhIjp7InVzZXIiOnsiaWQiOjd9fX0.c2ln";

struct Case {
    name: &'static str,
    plugin: fn() -> PluginLogin,
    words: String,
    /// What WordPress is to take the request for.
    method: &'static str,
}

fn user(id: u64) -> String {
    json!({"id": id, "name": "Ana", "slug": "ana", "link": "https://example.org/author/ana/"}).to_string()
}

fn of_simple(jwt: &serde_json::Value) -> String {
    json!({"success": true, "data": {"user": {"ID": "7"}, "roles": ["editor"], "jwt": jwt}}).to_string()
}

/// What each plugin was seen to respond to a good token.
fn cases() -> Vec<Case> {
    let case = |name, plugin: fn() -> PluginLogin, method, words| Case { name, plugin, words, method };
    let tmeister = json!({"code": "jwt_auth_valid_token", "data": {"status": 200}});
    let useful = json!({"success": true, "statusCode": 200, "code": "jwt_auth_valid_token",
        "message": "Token is valid", "data": []});
    let orange = json!({"status": "TRUE", "message": "VALID_TOKEN", "code": "200"});
    let simple: fn() -> PluginLogin = || SimpleJwtLogin::new("ana", "x");
    vec![
        case("tmeister", || JwtAuth::new("ana", "x"), "POST", tmeister.to_string()),
        case("useful-team", || UsefulTeamJwt::new("ana", "x"), "POST", useful.to_string()),
        case("miniOrange", || MiniOrangeJwt::new("ana", "x"), "GET", orange.to_string()),
        case("bearer", || ApiBearerAuth::new("ana", "x"), "GET", user(7)),
        case("simple 4", simple, "POST", of_simple(&json!({"token": TOKEN}))),
        case("simple 3", simple, "POST", of_simple(&json!([{"token": TOKEN}]))),
    ]
}

async fn validated(plugin: PluginLogin, status: u16, words: String) -> Result<(), AuthErrorKind> {
    let (site, ..) = site(move |_, _| (status, words.clone()));
    let identity = Identity::new(plugin);
    let token = identity.restore(&SavedToken::access(TOKEN)).unwrap();
    identity.validate(&site, &token).await.map_err(|error| error.kind())
}

#[tokio::test]
async fn validate_requires_the_response_of_the_plugin() {
    let cases = cases();
    for case in &cases {
        let name = case.name;
        assert_eq!(validated((case.plugin)(), 200, case.words.clone()).await, Ok(()), "{name}");
        let mut others: Vec<(u16, String)> = [
            "null",
            "{}",
            "[]",
            "\"x\"",
            "true",
            "1",
            "<html>Hello</html>",
            r#"{"status":"ok"}"#,
            r#"{"success":true}"#,
            r#"{"success":true,"data":{}}"#,
            r#"{"code":"jwt_auth_valid_token"}"#,
            r#"{"code":"jwt_auth_valid_token","data":{"status":"no"}}"#,
        ]
        .map(|words| (200, words.to_owned()))
        .into();
        others.push((204, String::new()));
        others.push((200, String::new()));
        // Its own words where the status says otherwise.
        others.extend([401, 403, 500].map(|status| (status, case.words.clone())));
        others.push((200, user(8)));
        others.push((200, of_simple(&json!({"token": "another"}))));
        others.push((200, of_simple(&json!([{"token": "another"}]))));
        others.push((200, of_simple(&json!([{"token": null}, {"token": TOKEN}]))));
        // Simple JWT Login is one plugin in two releases.
        let is_other = |other: &&Case| other.name.split(' ').next() != name.split(' ').next();
        others.extend(cases.iter().filter(is_other).map(|other| (200, other.words.clone())));
        for (status, words) in others {
            let outcome = validated((case.plugin)(), status, words.clone()).await;
            assert!(outcome.is_err(), "{name} takes {status} {words}");
        }
    }
}

#[tokio::test]
async fn validate_sends_an_uncacheable_post() {
    for case in cases() {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, words) = (Arc::clone(&seen), case.words.clone());
        let (site, ..) = site_of(move |request, _| {
            assert_eq!(request.method(), Method::POST);
            assert_eq!(request.headers()["authorization"], format!("Bearer {TOKEN}"));
            assert!(request.headers()["cache-control"].to_str().unwrap().contains("no-store"));
            assert_eq!(body(request), "");
            log.lock().unwrap().push(request.uri().query().unwrap().to_owned());
            Response::new(words.clone())
        });
        let identity = Identity::new((case.plugin)());
        let token = identity.restore(&SavedToken::access(TOKEN)).unwrap();
        for _ in 0..2 {
            identity.validate(&site, &token).await.unwrap();
        }
        let seen = seen.lock().unwrap();
        assert_ne!(seen[0], seen[1], "{}", case.name);
        for query in &*seen {
            assert!(query.split('&').any(|pair| pair.starts_with("_=") && pair.len() > 10), "{query}");
            assert_eq!(query.contains("_method=GET"), case.method == "GET", "{}: {query}", case.name);
        }
    }
}

#[tokio::test]
async fn password_is_sent_in_one_form_and_the_error_names_the_other() {
    const RAW: &str = r#"a"b\c'd"#;
    const SLASHED: &str = r#"a\"b\\c\'d"#;
    type Row = (fn() -> PluginLogin, bool, &'static str);
    let rows: [Row; 3] = [
        (|| JwtAuth::new("ana", RAW), true, RAW),
        (|| JwtAuth::new("ana", RAW).slashed_password(), false, SLASHED),
        (|| JwtAuth::new("ana", "plain"), false, "plain"),
    ];
    for (plugin, has_hint, password) in rows {
        let sent: Arc<Mutex<Vec<String>>> = Arc::default();
        let log = Arc::clone(&sent);
        let (site, ..) = site(move |request, _| {
            let fields: serde_json::Value = serde_json::from_str(&body(request)).unwrap();
            log.lock().unwrap().push(fields["password"].as_str().unwrap().to_owned());
            let error =
                json!({"code": "[jwt_auth] incorrect_password", "message": "No.", "data": {"status": 403}});
            (403, error.to_string())
        });
        let identity = Identity::new(plugin());
        for _ in 0..2 {
            let error = identity.token(&site).await.unwrap_err();
            assert_eq!(error.kind(), AuthErrorKind::WrongCredentials);
            assert_eq!(error.to_string().contains("`slashed_password`"), has_hint, "{error}");
            for secret in [RAW, SLASHED] {
                assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
            }
        }
        assert_eq!(*sent.lock().unwrap(), [password]);
    }
    // Another error is not about the password.
    let (site, ..) = site(|_, _| {
        (403, json!({"code": "jwt_auth_bad_config", "message": "No.", "data": {"status": 403}}).to_string())
    });
    let error = Identity::new(JwtAuth::new("ana", RAW)).token(&site).await.unwrap_err();
    assert!(!error.to_string().contains("slashed_password"), "{error}");
}

#[tokio::test]
async fn token_invalid_in_a_header_is_a_bad_response() {
    for token in ["a\nb", "a\r\nX-Evil: 1", "a\0b"] {
        let rows: [(PluginLogin, serde_json::Value); 5] = [
            (JwtAuth::new("ana", "x"), json!({"token": token})),
            (UsefulTeamJwt::new("ana", "x"), json!({"success": true, "data": {"token": token}})),
            (MiniOrangeJwt::new("ana", "x"), json!({"jwt_token": token})),
            (ApiBearerAuth::new("ana", "x").client_name("sync"), json!({"access_token": token})),
            (SimpleJwtLogin::new("ana", "x"), json!({"success": true, "data": {"jwt": token}})),
        ];
        for (plugin, granted) in rows {
            let (site, ..) = site(move |_, _| (200, granted.to_string()));
            let shown = format!("{plugin:?}");
            let error = Identity::new(plugin).token(&site).await.unwrap_err();
            assert_eq!(error.kind(), AuthErrorKind::BadResponse, "{shown}: {error}");
            assert!(!format!("{error:?}").contains("Evil"));
        }
    }
}
