//! What the token endpoints of all plugins have in common, and the counters.

use serde_json::{Value, json};
use wp_testkit::{Counts, MiniOrange, Plugin, Refusal, StandIn};

use crate::client::{Call, Reply, call};

const UNKNOWN_NAME: &str = "<strong>Error:</strong> Unknown username. Check again or try your email address.";
const UNKNOWN_EMAIL: &str =
    "<strong>Error:</strong> Unknown email address. Check again or try your username.";
const NOT_ONE: &str = "The provided password is an invalid application password.";

/// The plugins that ask `wp_authenticate`, and the status of its refusals.
fn asking() -> [(Plugin, &'static str, u16); 3] {
    [
        (Plugin::JwtAuth, "POST /jwt-auth/v1/token", 403),
        (Plugin::ApiBearerAuth { jwt: false }, "POST /api-bearer-auth/v1/login", 500),
        (Plugin::UsefulTeam, "POST /jwt-auth/v1/token", 401),
    ]
}

async fn site(plugin: &Plugin) -> StandIn {
    StandIn::builder().plugin(plugin.clone()).start().await
}

fn credentials(username: &str, password: &str) -> Value {
    json!({ "username": username, "password": password })
}

/// The code without the plugin's mark, and the message.
fn words(reply: &Reply) -> (String, String) {
    let body = reply.json();
    let word = |name: &str| body[name].as_str().unwrap().to_owned();
    (word("code").trim_start_matches("[jwt_auth] ").to_owned(), word("message"))
}

/// As the plugin shows it: one of them takes the tags off.
fn shown(plugin: &Plugin, message: &str) -> String {
    if *plugin == Plugin::UsefulTeam {
        message.replace("<strong>", "").replace("</strong>", "")
    } else {
        message.into()
    }
}

#[tokio::test]
async fn token_endpoint_accepts_an_application_password_as_password() {
    for (plugin, endpoint, _) in asking() {
        let site = site(&plugin).await;
        let app = site.application_password("editor");
        for (name, password) in [
            ("editor", app.as_str()),
            ("editor", &app.replace(' ', "")),
            ("editor@example.org", &app),
            ("editor", "password"),
        ] {
            let reply = call(&site, endpoint).json(&credentials(name, password)).send().await;
            assert_eq!(reply.status, 200, "{plugin:?} {name}: {}", reply.text);
        }
        // It is the user's own, and noted as used.
        assert_ne!(call(&site, endpoint).json(&credentials("author", &app)).send().await.status, 200);
        let listed =
            call(&site, "GET /wp/v2/users/me/application-passwords").basic("editor", &app).send().await;
        assert!(listed.json()[0]["last_used"].is_string());
        assert_eq!((site.counts().sign_ins, site.counts().failed_sign_ins), (4, 1));
    }
}

#[tokio::test]
async fn sign_in_errors_after_the_first_application_password() {
    for (plugin, endpoint, status) in asking() {
        let site = site(&plugin).await;
        let app = site.application_password("admin");
        let gone =
            call(&site, "DELETE /wp/v2/users/me/application-passwords").basic("admin", &app).send().await;
        assert_eq!(gone.json()["count"], 1);
        let mut rows = vec![
            (credentials("admin", "no"), "incorrect_password", NOT_ONE),
            (credentials("admin@example.org", "no"), "incorrect_password", NOT_ONE),
            (credentials("admin", &app), "incorrect_password", NOT_ONE),
            (credentials("admin", ""), "incorrect_password", NOT_ONE),
            (credentials("ghost", "no"), "invalid_username", UNKNOWN_NAME),
            (credentials("ghost@example.org", "no"), "invalid_email", UNKNOWN_EMAIL),
            (credentials("", ""), "invalid_username", UNKNOWN_NAME),
            (credentials("", "password"), "invalid_username", UNKNOWN_NAME),
        ];
        if plugin == Plugin::JwtAuth {
            rows.push((json!({}), "invalid_username", UNKNOWN_NAME));
            rows.push((
                json!({ "username": ["admin"], "password": "password" }),
                "invalid_username",
                UNKNOWN_NAME,
            ));
        }
        for (body, code, message) in rows {
            let reply = call(&site, endpoint).json(&body).send().await;
            let expected = (code.to_owned(), shown(&plugin, message));
            assert_eq!((reply.status, words(&reply)), (status, expected), "{plugin:?} {body}");
            assert_eq!(reply.json().get("additional_errors"), None);
        }
    }
}

#[tokio::test]
async fn sign_in_errors_without_application_passwords() {
    for (plugin, endpoint, status) in asking() {
        let site = site(&plugin).await;
        for (body, code) in [
            (credentials("admin", ""), "empty_password"),
            (credentials("", "x"), "empty_username"),
            (credentials("ghost", "x"), "invalid_username"),
        ] {
            let reply = call(&site, endpoint).json(&body).send().await;
            let (said, message) = words(&reply);
            assert_eq!((reply.status, said.as_str()), (status, code), "{plugin:?}");
            assert!(!message.contains("Unknown username"), "{message}");
        }
        // Before the first application password a wrong one is ignored.
        let basic = call(&site, "GET /wp/v2/posts").basic("admin", "no").send().await;
        assert!(matches!(basic.status, 200 | 401));
        assert_eq!(site.counts().refused_app_passwords, 0);
    }
    let site = StandIn::start().await;
    let listed = json!({ "username": ["admin"], "password": "password" });
    let reply = call(&site, "POST /jwt-auth/v1/token").json(&listed).send().await;
    assert_eq!(reply.error(), (403, "[jwt_auth] empty_username".into()));
    let listed = json!({ "username": "admin", "password": ["password"] });
    let reply = call(&site, "POST /jwt-auth/v1/token").json(&listed).send().await;
    assert_eq!(reply.error(), (500, "internal_server_error".into()));
}

#[tokio::test]
async fn unavailable_application_passwords_are_an_error() {
    let site = StandIn::builder().application_passwords(false).start().await;
    site.application_password("admin");
    let endpoint = "POST /jwt-auth/v1/token";
    let wrong = call(&site, endpoint).json(&credentials("admin", "no")).send().await;
    assert_eq!(wrong.error(), (403, "[jwt_auth] application_passwords_disabled".into()));
    assert_eq!(call(&site, endpoint).json(&credentials("admin", "password")).send().await.status, 200);
}

#[tokio::test]
async fn miniorange_accepts_only_the_account_password() {
    let site = site(&Plugin::MiniOrange(MiniOrange::Jwt)).await;
    let app = site.application_password("admin");
    let reply = call(&site, "POST /api/v1/token").json(&credentials("admin", &app)).send().await;
    assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("INVALID_CREDENTIALS")));
}

fn sign_in(site: &StandIn, password: &str) -> Call {
    call(site, "POST /jwt-auth/v1/token").json(&credentials("editor", password))
}

#[tokio::test]
async fn credential_events_are_counted() {
    let site = site(&Plugin::UsefulTeam).await;
    let app = site.application_password("editor");
    let reply = sign_in(&site, "password").send().await;
    let cookie = reply.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned();
    let token = reply.json()["data"]["token"].as_str().unwrap().to_owned();
    sign_in(&site, "no").send().await;
    sign_in(&site, "no").send().await;
    call(&site, "POST /jwt-auth/v1/token").header("Cookie", &cookie).send().await;
    call(&site, "POST /jwt-auth/v1/token").header("Cookie", "refresh_token=2.x").send().await;
    for authorization in [&token, "a.b.c", &token] {
        call(&site, "GET /wp/v2/users/me").bearer(authorization).send().await;
    }
    call(&site, "POST /jwt-auth/v1/token/validate").bearer("a.b.c").send().await;
    call(&site, "GET /wp/v2/posts").basic("editor", &app).send().await;
    call(&site, "GET /wp/v2/posts").basic("editor", "no").send().await;
    let mut expected = Counts::default();
    expected.sign_ins = 1;
    expected.failed_sign_ins = 2;
    expected.renewals = 1;
    expected.failed_renewals = 1;
    expected.refused_tokens = 2;
    expected.refused_app_passwords = 1;
    assert_eq!(site.counts(), expected);
    let sent: Vec<_> = site.log().iter().map(|entry| entry.credential).collect();
    let none = [None; 5];
    assert_eq!(sent[..5], none);
    assert_eq!(sent[5..], [0, 1, 0, 1, 2, 3].map(Some));
}

#[tokio::test]
async fn every_plugin_counts_its_refused_tokens_and_renewals() {
    let bearer = site(&Plugin::ApiBearerAuth { jwt: false }).await;
    let login = call(&bearer, "POST /api-bearer-auth/v1/login").json(&credentials("editor", "password"));
    let refresh_token = login.send().await.json()["refresh_token"].clone();
    let refresh = |token: &Value| {
        call(&bearer, "POST /api-bearer-auth/v1/tokens/refresh").json(&json!({ "token": token }))
    };
    assert_eq!(refresh(&refresh_token).send().await.status, 200);
    assert_eq!(refresh(&json!("no")).send().await.status, 401);
    for authorization in ["Bearer x", "Basic YTpi"] {
        call(&bearer, "GET /wp/v2/posts").header("Authorization", authorization).send().await;
    }
    call(&bearer, "GET /wp/v2/posts").send().await;
    let counts = bearer.counts();
    assert_eq!(
        (counts.sign_ins, counts.renewals, counts.failed_renewals, counts.refused_tokens),
        (1, 1, 1, 1)
    );

    let tmeister = StandIn::start().await;
    for line in ["GET /wp/v2/posts", "POST /jwt-auth/v1/token/validate", "POST /jwt-auth/v1/token"] {
        call(&tmeister, line).bearer("a.b.c").send().await;
    }
    call(&tmeister, "POST /jwt-auth/v1/token/validate").by(&tmeister, "editor").send().await;
    assert_eq!(tmeister.counts().refused_tokens, 3);

    let client = MiniOrange::BasicClient { id: "a".into(), secret: "b".into() };
    let orange = site(&Plugin::MiniOrange(client)).await;
    call(&orange, "GET /wp/v2/posts").basic("a", "b").send().await;
    call(&orange, "GET /wp/v2/posts").basic("a", "c").send().await;
    call(&orange, "GET /wp/v2/posts").send().await;
    assert_eq!(orange.counts().refused_keys, 1);
}

#[tokio::test]
async fn security_plugin_refusal_has_the_shape_of_the_token_plugin() {
    let locked =
        || Refusal::new("too_many_retries", "<strong>Error:</strong> Too many failed login attempts.");
    for (plugin, endpoint, status) in asking() {
        let site = site(&plugin).await;
        site.refuse_sign_in(locked());
        let reply = call(&site, endpoint).json(&credentials("editor", "password")).send().await;
        let (code, message) = words(&reply);
        assert_eq!((reply.status, code.as_str()), (status, "too_many_retries"), "{plugin:?}");
        assert!(message.ends_with("Too many failed login attempts."), "{message}");
        assert_eq!(site.counts(), Counts::default());
        site.refuse_sign_in(locked().status(429).header("Retry-After", "1200"));
        let reply = call(&site, endpoint).json(&credentials("editor", "password")).send().await;
        assert_eq!((reply.status, reply.header("Retry-After")), (429, Some("1200")));
        let said = reply.json().pointer("/data/status").or(reply.json().get("statusCode")).cloned();
        assert!(said.is_none_or(|said| said == 429), "{}", reply.text);
        site.refuse_sign_in(None);
        assert_eq!(call(&site, endpoint).json(&credentials("editor", "password")).send().await.status, 200);
    }
    let site = site(&Plugin::MiniOrange(MiniOrange::Jwt)).await;
    site.refuse_sign_in(locked().status(429));
    let reply = call(&site, "POST /api/v1/token").json(&credentials("editor", "password")).send().await;
    assert_eq!((reply.status, &reply.json()["code"]), (429, &json!("429")));
}

#[tokio::test]
async fn renewal_refusal_is_configurable() {
    let site = site(&Plugin::ApiBearerAuth { jwt: false }).await;
    let login = call(&site, "POST /api-bearer-auth/v1/login").json(&credentials("editor", "password"));
    let refresh_token = login.send().await.json()["refresh_token"].clone();
    let refresh =
        || call(&site, "POST /api-bearer-auth/v1/tokens/refresh").json(&json!({ "token": refresh_token }));
    site.refuse_renewal(Refusal::new("nope", "Not now.").status(503).header("Retry-After", "7"));
    let reply = refresh().send().await;
    assert_eq!((reply.status, reply.header("Retry-After")), (503, Some("7")));
    site.refuse_renewal(None);
    assert_eq!(refresh().send().await.status, 200);
}

#[tokio::test]
async fn replaced_secret_invalidates_every_token() {
    for plugin in [Plugin::JwtAuth, Plugin::UsefulTeam, Plugin::ApiBearerAuth { jwt: true }] {
        let site = site(&plugin).await;
        let (token, secret) = (site.token("editor"), site.jwt_secret());
        assert_eq!(call(&site, "GET /wp/v2/users/me").bearer(&token).send().await.status, 200);
        site.replace_jwt_secret();
        assert_ne!(site.jwt_secret(), secret);
        let me = call(&site, "GET /wp/v2/users/me").bearer(&token).send().await;
        assert!(matches!(me.status, 401 | 403), "{plugin:?}");
        assert_eq!(call(&site, "GET /wp/v2/users/me").by(&site, "editor").send().await.status, 200);
        site.set_jwt_secret(secret.as_deref());
        assert_eq!(call(&site, "GET /wp/v2/users/me").bearer(&token).send().await.status, 200);
    }
}
