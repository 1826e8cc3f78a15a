//! The token plugin, against recorded responses.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wp_testkit::{SignInFailure, StandIn};

use crate::client::{Call, Reply, call};

fn sign_in(site: &StandIn, username: &str, password: &str) -> Call {
    let body = json!({ "username": username, "password": password });
    call(site, "POST /jwt-auth/v1/token").json(&body)
}

async fn validate(site: &StandIn, authorization: &str) -> Reply {
    call(site, "POST /jwt-auth/v1/token/validate").header("Authorization", authorization).send().await
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn good_claims(site: &StandIn) -> Value {
    let now = site.now();
    json!({
        "iss": site.url(), "iat": now, "nbf": now, "exp": now + 60, "data": { "user": { "id": "1" } },
    })
}

/// `claims` with a change.
fn changed(site: &StandIn, name: &str, value: Option<Value>) -> Value {
    let mut claims = good_claims(site);
    match value {
        Some(value) => claims[name] = value,
        None => drop(claims.as_object_mut().unwrap().remove(name)),
    }
    claims
}

#[tokio::test]
async fn jwt_token_has_the_claims_of_the_plugin() {
    let site = StandIn::start().await;
    let reply = sign_in(&site, "author", "password").send().await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.keys(), ["token", "user_email", "user_nicename", "user_display_name"]);
    let body = reply.json();
    assert_eq!(body["user_email"], "author@example.org");
    assert_eq!(body["user_display_name"], "Author User");
    let token = body["token"].as_str().unwrap();
    assert!(token.starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."));
    let claims = claims(token);
    assert_eq!(crate::client::keys(&claims), ["iss", "iat", "nbf", "exp", "data"]);
    assert_eq!(claims["iss"], site.url());
    assert_eq!(claims["data"]["user"]["id"], "3");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 604_800);
    assert_eq!(reply.header("Allow"), Some("POST"));
    assert_eq!(reply.header("Vary"), None);

    let me = call(&site, "GET /wp/v2/users/me").bearer(token).send().await;
    assert_eq!((me.status, &me.json()["id"]), (200, &json!(3)));
}

#[tokio::test]
async fn jwt_credentials_by_json_form_and_query_but_not_plain_text() {
    let site = StandIn::start().await;
    let form = "application/x-www-form-urlencoded";
    let credentials = "username=admin&password=password";
    let as_text = r#"{"username": "admin", "password": "password"}"#;
    let route = "POST /jwt-auth/v1/token";
    for (call, status) in [
        (sign_in(&site, "admin", "password"), 200),
        (sign_in(&site, "admin@example.org", "password"), 200),
        (call(&site, route).text(form, credentials), 200),
        (call(&site, &format!("{route}?{credentials}")), 200),
        (call(&site, &format!("{route}/?{credentials}")), 200),
        (call(&site, route).text("text/plain", as_text), 403),
    ] {
        let reply = call.clone().send().await;
        assert_eq!(reply.status, status, "{call:?}");
    }
    assert!(site.log().iter().all(|entry| !format!("{entry:?}").contains("\"password\", \"password\"")));
}

#[tokio::test]
async fn jwt_sign_in_errors_have_the_messages_of_the_plugin() {
    let site = StandIn::start().await;
    let lost = format!("<a href=\"{}/wp-login.php?action=lostpassword\">Lost your password?</a>", site.url());
    let wrong = |what: &str, name: &str| {
        format!(
            "<strong>Error:</strong> The password you entered for the {what} <strong>{name}</strong> \
             is incorrect. {lost}"
        )
    };
    let empty = |what: &str| format!("<strong>Error:</strong> The {what} field is empty.");
    let unknown = "<strong>Error:</strong> The username <strong>ghost</strong> is not registered on this \
                   site. If you are unsure of your username, try your email address instead.";
    let email = "admin@example.org";
    let rows = [
        (json!({ "username": "admin", "password": "no" }), "incorrect_password", wrong("username", "admin")),
        (json!({ "username": "admin", "password": 12345 }), "incorrect_password", wrong("username", "admin")),
        (json!({ "username": email, "password": "no" }), "incorrect_password", wrong("email address", email)),
        (json!({ "username": "ghost", "password": "no" }), "invalid_username", unknown.to_owned()),
        (json!({ "username": "admin" }), "empty_password", empty("password")),
        (json!({ "password": "password" }), "empty_username", empty("username")),
        (json!({ "username": "", "password": "" }), "empty_username", empty("username")),
        (json!({}), "empty_username", empty("username")),
    ];
    for (body, code, message) in rows {
        let reply = call(&site, "POST /jwt-auth/v1/token").json(&body).send().await;
        assert_eq!(reply.error(), (403, format!("[jwt_auth] {code}")), "{body}");
        assert_eq!(reply.json()["message"], message);
    }
    let unknown = sign_in(&site, "ghost@example.org", "no").send().await;
    assert_eq!(unknown.error(), (403, "[jwt_auth] invalid_email".into()));

    let broken = call(&site, "POST /jwt-auth/v1/token").text("application/json", "{\"username\":");
    let broken = broken.send().await;
    assert_eq!(broken.error(), (400, "rest_invalid_json".into()));
    assert_eq!(broken.json()["data"]["json_error_code"], 4);

    let array = json!({ "username": "admin", "password": ["x"] });
    let array = call(&site, "POST /jwt-auth/v1/token").json(&array).send().await;
    assert_eq!(array.error(), (500, "internal_server_error".into()));

    for method in ["GET", "PUT"] {
        let reply = call(&site, &format!("{method} /jwt-auth/v1/token")).send().await;
        assert_eq!(reply.error(), (404, "rest_no_route".into()));
        assert_eq!(reply.header("Allow"), None);
    }
}

#[tokio::test]
async fn jwt_invalid_token_messages() {
    let site = StandIn::start().await;
    let good = site.token("admin");
    let (signed, _) = good.rsplit_once('.').unwrap();
    let payload = signed.split('.').nth(1).unwrap();
    let with_alg = |alg: &str| {
        let header = URL_SAFE_NO_PAD.encode(format!("{{\"typ\":\"JWT\",\"alg\":\"{alg}\"}}"));
        format!("{header}.{payload}.")
    };
    let sign = |name: &str, value: Option<Value>| site.sign(&changed(&site, name, value));
    let invalid = "jwt_auth_invalid_token";
    let rows = [
        ("garbage".to_owned(), invalid, "Wrong number of segments"),
        ("a.b.c".to_owned(), invalid, "Syntax error, malformed JSON"),
        (format!("{signed}.AAAA"), invalid, "Signature verification failed"),
        (with_alg("none"), invalid, "Algorithm not supported"),
        (with_alg("HS512"), invalid, "Incorrect key for this algorithm"),
        (sign("exp", Some(json!(site.now()))), invalid, "Expired token"),
        (sign("nbf", Some(json!(1_795_370_351))), invalid, ""),
        (
            sign("iss", Some(json!("http://elsewhere.example"))),
            "jwt_auth_bad_iss",
            "The iss do not match with this server",
        ),
        (sign("iss", None), "jwt_auth_bad_iss", "The iss do not match with this server"),
        (sign("data", Some(json!({ "user": {} }))), "jwt_auth_bad_request", "User ID not found in the token"),
    ];
    site.set_now(1_795_369_851);
    let nbf = sign("nbf", Some(json!(1_795_370_351)));
    let reply = validate(&site, &format!("Bearer {nbf}")).await;
    assert_eq!(reply.json()["message"], "Cannot handle token prior to 2026-11-22T17:59:11+0000");
    let not_yet =
        site.sign(&json!({ "iss": site.url(), "iat": site.now() + 9, "data": { "user": { "id": 1 } } }));
    let reply = validate(&site, &format!("Bearer {not_yet}")).await;
    assert!(reply.json()["message"].as_str().unwrap().starts_with("Cannot handle token prior to"));

    let site_now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    site.set_now(i64::try_from(site_now.as_secs()).unwrap());
    for (token, code, message) in rows {
        if message.is_empty() {
            continue;
        }
        // The plugin says the same on its own route and on every other one.
        for route in ["POST /jwt-auth/v1/token/validate", "GET /wp/v2/users/me"] {
            let reply = call(&site, route).bearer(&token).send().await;
            assert_eq!(reply.error(), (403, code.into()), "{message}");
            assert_eq!(reply.json()["message"], message);
        }
    }
}

#[tokio::test]
async fn jwt_refused_token_closes_every_route() {
    let site = StandIn::start().await;
    let stale = site.token("admin");
    site.expire_tokens();
    for line in [
        "GET /wp/v2/posts?per_page=1&_fields=id",
        "GET /",
        "GET /wp/v2/users/me",
        "GET /no/such/route",
        "POST /jwt-auth/v1/token",
        "OPTIONS /wp/v2/posts",
    ] {
        let reply = call(&site, line).bearer(&stale).send().await;
        assert_eq!(reply.error(), (403, "jwt_auth_invalid_token".into()), "{line}");
        assert_eq!(reply.json()["message"], "Expired token");
        assert_eq!(reply.header("Allow"), None);
        assert_eq!(reply.header("Vary"), line.starts_with("GET").then_some("Origin"));
    }
    // Anything with this in its URL is let through.
    let through = call(&site, "GET /wp/v2/posts?x=token/validate").bearer(&stale).send().await;
    assert_eq!(through.status, 200);
    let fresh = site.token("admin");
    assert_ne!(fresh, stale);
    assert_eq!(call(&site, "GET /wp/v2/users/me").bearer(&fresh).send().await.status, 200);
}

#[tokio::test]
async fn jwt_ignores_other_schemes() {
    let site = StandIn::start().await;
    let token = site.token("admin");
    for header in [format!("bearer {token}"), format!("Token {token}"), token.clone()] {
        let reply = call(&site, "GET /wp/v2/users/me").header("Authorization", &header).send().await;
        assert_eq!(reply.error(), (401, "rest_not_logged_in".into()));
        let reply = validate(&site, &header).await;
        assert_eq!(reply.error(), (403, "jwt_auth_bad_auth_header".into()));
        assert_eq!(reply.json()["message"], "Authorization header malformed.");
    }
    let none = call(&site, "POST /jwt-auth/v1/token/validate").send().await;
    assert_eq!(none.error(), (403, "jwt_auth_no_auth_header".into()));
    let ok = validate(&site, &format!("Bearer {token}")).await;
    assert_eq!(ok.json(), json!({ "code": "jwt_auth_valid_token", "data": { "status": 200 } }));
    let got = call(&site, "GET /jwt-auth/v1/token/validate").bearer(&token).send().await;
    assert_eq!(got.error(), (404, "rest_no_route".into()));
}

#[tokio::test]
async fn jwt_outlives_password_change_and_user() {
    let site = StandIn::start().await;
    let token = site.token("editor");
    assert!(site.set_password("editor", "new"));
    assert_eq!(call(&site, "GET /wp/v2/users/me").bearer(&token).send().await.status, 200);
    assert_eq!(sign_in(&site, "editor", "password").send().await.status, 403);
    assert!(site.remove_user("editor"));
    assert_eq!(validate(&site, &format!("Bearer {token}")).await.status, 200);
    let me = call(&site, "GET /wp/v2/users/me").bearer(&token).send().await;
    assert_eq!(me.error(), (401, "rest_not_logged_in".into()));
}

#[tokio::test]
async fn jwt_expires_by_the_site_clock() {
    let site = StandIn::builder().token_lifetime(Duration::from_secs(60)).start().await;
    let token = site.token("admin");
    assert_eq!(call(&site, "GET /wp/v2/users/me").bearer(&token).send().await.status, 200);
    site.advance(Duration::from_secs(60));
    let reply = call(&site, "GET /wp/v2/users/me").bearer(&token).send().await;
    assert_eq!(reply.json()["message"], "Expired token");
    let born_dead = StandIn::builder().token_lifetime(Duration::ZERO).start().await;
    let reply = call(&born_dead, "GET /").by(&born_dead, "admin").send().await;
    assert_eq!(reply.json()["message"], "Expired token");
}

#[tokio::test]
async fn jwt_secret_can_change_or_be_missing() {
    let site = StandIn::start().await;
    let token = site.token("admin");
    site.set_jwt_secret(Some("another secret"));
    let reply = call(&site, "GET /").bearer(&token).send().await;
    assert_eq!(reply.json()["message"], "Signature verification failed");

    let site = StandIn::builder().jwt_secret(None).start().await;
    for reply in [
        sign_in(&site, "admin", "password").send().await,
        call(&site, "GET /wp/v2/posts?per_page=1&_fields=id").bearer("a.b.c").send().await,
    ] {
        assert_eq!(reply.error(), (403, "jwt_auth_bad_config".into()));
        let message = "JWT is not configured properly, please contact the admin";
        assert_eq!(reply.json()["message"], message);
    }
}

#[tokio::test]
async fn jwt_server_can_drop_the_header() {
    let site = StandIn::builder().strip_authorization(true).start().await;
    let token = site.token("admin");
    let me = call(&site, "GET /wp/v2/users/me").bearer(&token).send().await;
    assert_eq!(me.error(), (401, "rest_not_logged_in".into()));
    let reply = validate(&site, &format!("Bearer {token}")).await;
    assert_eq!(reply.error(), (403, "jwt_auth_no_auth_header".into()));
    let posts = call(&site, "GET /wp/v2/posts").bearer("nonsense").send().await;
    assert_eq!(posts.status, 200);
    // The request had the header all the same.
    assert!(site.log().iter().all(|entry| entry.has_header("Authorization")));
}

#[tokio::test]
async fn bearer_token_is_ignored_without_a_plugin() {
    let site = StandIn::builder().plugin(None).start().await;
    let reply = sign_in(&site, "admin", "password").send().await;
    assert_eq!(reply.error(), (404, "rest_no_route".into()));
    assert_eq!(call(&site, "GET /wp/v2/posts").bearer("x").send().await.status, 200);
}

#[tokio::test]
async fn jwt_sign_in_failures_and_delay_are_configurable() {
    let site = StandIn::builder().token_delay(Duration::from_millis(80)).start().await;
    let start = Instant::now();
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(80));
    // Nothing else waits with it: this one would for an hour.
    site.set_token_delay(Duration::from_secs(60 * 60));
    assert_eq!(call(&site, "GET /wp/v2/posts").send().await.status, 200);
    site.set_token_delay(Duration::ZERO);
    for (failure, status, json) in [
        (SignInFailure::WrongPassword, 403, true),
        (SignInFailure::BadConfig, 403, true),
        (SignInFailure::ServerErrorHtml, 500, false),
        (SignInFailure::ServerErrorJson, 500, true),
        (SignInFailure::Maintenance, 503, true),
        (SignInFailure::TooManyRequests, 429, false),
        (SignInFailure::Empty, 200, false),
        (SignInFailure::NoToken, 200, true),
    ] {
        site.fail_sign_in(Some(failure));
        let reply = sign_in(&site, "admin", "password").send().await;
        assert_eq!(reply.status, status);
        assert_eq!(serde_json::from_str::<Value>(&reply.text).is_ok(), json, "{failure:?}");
        assert!(reply.json_or_null()["token"].is_null());
    }
    site.fail_sign_in(None);
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200);
    assert_eq!(site.count("POST", "/jwt-auth/v1/token"), 10);
}

impl Reply {
    fn json_or_null(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }
}
