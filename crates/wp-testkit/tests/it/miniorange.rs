//! miniOrange's WP REST API Authentication, against recorded responses.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wp_testkit::{MiniOrange, Plugin, SignInFailure, StandIn};

use crate::client::{Call, Reply, call, raw};

const KEY: &str = "KEYkeyKEYkeyKEYkeyKEYkeyKEYkey12";
const TOKEN: &str = "POST /api/v1/token";
const VALIDATE: &str = "GET /api/v1/token-validate";
const ME: &str = "GET /wp/v2/users/me?_fields=id";
const POSTS: &str = "GET /wp/v2/posts?per_page=1&_fields=id";

const MISSING: &str = r#"{"status":"error","error":"MISSING_AUTHORIZATION_HEADER","code":"401","error_description":"Authorization header not received. Either authorization header was not sent or it was removed by your server due to security reasons."}"#;
const NOT_BEARER: &str = r#"{"status":"error","error":"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE","code":"401","error_description":"Authorization header must be type of Bearer Token."}"#;
const NOT_BASIC: &str = r#"{"status":"error","error":"INVALID_AUTHORIZATION_HEADER_TOKEN_TYPE","code":"401","error_description":"Authorization header must be type of Basic Token."}"#;
const WRONG_KEY: &str = r#"{"status":"error","error":"INVALID_API_KEY","code":"401","error_description":"Sorry, you are using invalid API Key."}"#;
const RESTRICTED: &str = r#"{"status":"error","error":"Restricted","error_description":"Sorry, you are not allowed to access REST API.","error_reason":"With the free plan, only WordPress default endpoints can be authenticated. You can upgrade to the All-Inclusive plan to securely access the custom built or 3rd-party plugin REST API endpoints. Reach out at apisupport@xecurify.com in case of any questions."}"#;
const UNAUTHORIZED: &str = r#"{"status":"error","error":"UNAUTHORIZED","error_description":"Sorry, you are not allowed to access REST API."}"#;
const WRONG_CREDENTIALS: &str = r#"{"status":"error","error":"INVALID_CREDENTIALS","code":"400","error_description":"Invalid username or password."}"#;
const NO_SECRET: &str = r#"{"status":"error","error":"BAD_REQUEST","code":"401","error_description":"Sorry, client secret is required to make a request. Contact to your administrator."}"#;
const NOT_JWT: &str =
    r#"{"status":"error","error":"SEGMENT_FAULT","code":"401","error_description":"Incorrect JWT Format."}"#;
const WRONG_SIGNATURE: &str = r#"{"status":"error","error":"INVALID_SIGNATURE","code":"401","error_description":"JWT Signature is invalid."}"#;
const TOO_MANY: &str = r#"{"status":"error","error":"TOO_MANY_REQUESTS","code":"429","error_description":"Too many requests. Please try again later."}"#;

async fn site(method: MiniOrange) -> StandIn {
    StandIn::builder().plugin(Plugin::MiniOrange(method)).start().await
}

async fn with_key() -> StandIn {
    site(MiniOrange::ApiKey(KEY.into())).await
}

/// A refusal before the API starts has none of the headers of API responses.
fn is_from_plugin(reply: &Reply, status: u16, text: &str) {
    assert_eq!((reply.status, reply.text.as_str()), (status, text));
    assert_eq!(reply.header("Content-Type"), Some("application/json; charset=UTF-8"));
    for name in ["X-Robots-Tag", "Link", "X-Content-Type-Options", "Allow", "Vary"] {
        assert_eq!(reply.header(name), None, "{name}");
    }
}

/// The two endpoints have them, but end the request themselves.
fn is_endpoint(reply: &Reply, status: u16, text: &str) {
    assert_eq!((reply.status, reply.text.as_str()), (status, text));
    assert_eq!(reply.header("X-Robots-Tag"), Some("noindex"));
    assert!(reply.header("Link").is_some());
    assert_eq!((reply.header("Allow"), reply.header("Vary")), (None, None));
}

fn sign_in(site: &StandIn, username: &str, password: &str) -> Call {
    call(site, TOKEN).json(&json!({ "username": username, "password": password }))
}

async fn token(site: &StandIn) -> String {
    let reply = sign_in(site, "admin", "password").send().await;
    reply.json()["jwt_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn miniorange_api_key_gives_access_without_a_user() {
    let site = with_key().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let reply = call(&site, POSTS).header("Authorization", &format!("{scheme} {KEY}")).send().await;
        assert_eq!((reply.status, reply.header("X-WP-Total")), (200, Some("25")));
        assert_eq!(reply.header("Vary"), Some("Origin"));
    }
    let me = call(&site, ME).bearer(KEY).send().await;
    assert_eq!(me.error(), (401, "rest_not_logged_in".into()));
    let create = call(&site, "POST /wp/v2/posts").bearer(KEY).json(&json!({ "title": "k" })).send().await;
    assert_eq!(create.error(), (401, "rest_cannot_create".into()));
    let edit = call(&site, "GET /wp/v2/posts?context=edit").bearer(KEY).send().await;
    assert_eq!(edit.error(), (401, "rest_forbidden_context".into()));
    assert!(site.log().iter().all(|entry| entry.user.is_none()));
}

#[tokio::test]
async fn miniorange_api_key_errors() {
    let site = with_key().await;
    let password = site.application_password("admin");
    for line in [POSTS, "POST /wp/v2/posts", "GET /wp/v2/posts/8", "OPTIONS /wp/v2/posts", "GET /WP/v2/posts"]
    {
        is_from_plugin(&call(&site, line).send().await, 401, MISSING);
        is_from_plugin(&call(&site, line).bearer("nope").send().await, 401, WRONG_KEY);
        is_from_plugin(&call(&site, line).header("Authorization", KEY).send().await, 401, NOT_BEARER);
        is_from_plugin(&call(&site, line).header("Authorization", "Bearer ").send().await, 401, NOT_BEARER);
        is_from_plugin(&call(&site, line).basic("admin", &password).send().await, 401, NOT_BEARER);
    }
    let head = call(&site, "HEAD /wp/v2/posts").send().await;
    is_from_plugin(&head, 401, "");
    is_from_plugin(&call(&site, &format!("{POSTS}&key={KEY}")).send().await, 401, MISSING);
    // Many failures change nothing here.
    for _ in 0..8 {
        is_from_plugin(&call(&site, POSTS).bearer("nope").send().await, 401, WRONG_KEY);
    }
    // The British spelling is read as well, also where the other one is dropped.
    site.set_strip_authorization(true);
    is_from_plugin(&call(&site, POSTS).bearer(KEY).send().await, 401, MISSING);
    let british = call(&site, POSTS).header("Authorisation", &format!("Bearer {KEY}")).send().await;
    assert_eq!(british.status, 200);
}

#[tokio::test]
async fn miniorange_restricts_routes_of_other_plugins() {
    let site = with_key().await;
    for target in [
        "GET /wp-json/",
        "GET /wp-json/oembed/1.0",
        "POST /wp-json/batch/v1",
        "GET /?rest_route=/wp/v2/posts&per_page=1&_fields=id",
    ] {
        for authorization in ["", &format!("Bearer {KEY}")] {
            let reply = raw(&site, target).header("Authorization", authorization).send().await;
            is_from_plugin(&reply, 403, RESTRICTED);
        }
    }
    // An unknown route is not on the list of protected ones.
    for target in
        ["GET /wp-json/wp/v2/nope", "GET /wp-json/nope", "POST /wp-json/nope/v1/x", "GET /?rest_route=/nope"]
    {
        for authorization in ["", &format!("Bearer {KEY}")] {
            let nope = raw(&site, target).header("Authorization", authorization).send().await;
            assert_eq!(nope.error(), (404, "rest_no_route".into()), "{target}");
            assert_eq!(nope.header("X-Robots-Tag"), Some("noindex"));
        }
    }
    // Nor are the plugin's own, wherever they are looked for.
    let credentials = json!({ "username": "admin", "password": "password" });
    let token = raw(&site, "POST /?rest_route=/api/v1/token").json(&credentials).send().await;
    assert_eq!(token.status, 200);
    let preflight = call(&site, "OPTIONS /wp/v2/posts").header("Origin", "https://a.example");
    let preflight = preflight.header("Access-Control-Request-Method", "GET").send().await;
    let accepted = r#"{"code":"200","status":"success","message":"Preflight request accepted"}"#;
    is_from_plugin(&preflight, 200, accepted);
    for (name, value) in [
        ("Access-Control-Allow-Origin", "https://a.example"),
        ("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE, OPTIONS"),
        ("Access-Control-Max-Age", "86400"),
    ] {
        assert_eq!(preflight.header(name), Some(value));
    }
    assert_eq!(raw(&site, "GET /").send().await.status, 200);
}

#[tokio::test]
async fn miniorange_without_a_method_refuses_all() {
    let site = site(MiniOrange::Unset).await;
    is_from_plugin(&call(&site, "GET /").send().await, 403, RESTRICTED);
    is_from_plugin(&call(&site, POSTS).send().await, 401, UNAUTHORIZED);
    is_from_plugin(&call(&site, ME).bearer("x").send().await, 401, UNAUTHORIZED);
    // Tokens are given out all the same.
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200);
}

#[tokio::test]
async fn miniorange_expires_in_is_a_point_in_time() {
    let site = site(MiniOrange::Jwt).await;
    site.set_now(1_795_369_858);
    let reply = sign_in(&site, "admin", "password").send().await;
    let token = reply.json()["jwt_token"].as_str().unwrap().to_owned();
    let text = format!(
        r#"{{"token_type":"Bearer","iat":1795369858,"expires_in":1953049858,"jwt_token":"{token}"}}"#
    );
    is_endpoint(&reply, 200, &text);
    assert!(token.starts_with("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."));
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims = r#"{"sub":1,"name":"admin","iat":1795369858,"exp":1953049858}"#;
    assert_eq!(String::from_utf8(payload).unwrap(), claims);
    let query = call(&site, &format!("{TOKEN}?username=admin&password=password")).send().await;
    assert_eq!(query.status, 200);
    let form = "application/x-www-form-urlencoded";
    let form = call(&site, TOKEN).text(form, "username=admin&password=password").send().await;
    assert_eq!(form.status, 200);
    let me = call(&site, ME).bearer(&token).send().await;
    assert_eq!((me.status, me.text.as_str()), (200, r#"{"id":1}"#));
    let get = call(&site, "GET /api/v1/token").send().await;
    assert_eq!(get.error(), (404, "rest_no_route".into()));

    for body in [
        json!({ "username": "admin", "password": "x" }),
        json!({ "username": "ghost", "password": "password" }),
        json!({ "username": "admin@example.org", "password": "password" }),
        json!({}),
    ] {
        is_endpoint(&call(&site, TOKEN).json(&body).send().await, 400, WRONG_CREDENTIALS);
    }
    site.set_jwt_secret(None);
    is_endpoint(&sign_in(&site, "admin", "password").send().await, 401, NO_SECRET);
}

#[tokio::test]
async fn miniorange_token_errors() {
    let site = site(MiniOrange::Jwt).await;
    let good = token(&site).await;
    let (signed, _) = good.rsplit_once('.').unwrap();
    let other_alg = {
        let header = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS512"}"#);
        format!("{header}.{}.AAAA", signed.split('.').nth(1).unwrap())
    };
    let valid = r#"{"status":"TRUE","message":"VALID_TOKEN","code":"200"}"#;
    is_endpoint(&call(&site, VALIDATE).bearer(&good).send().await, 200, valid);
    let post = call(&site, "POST /api/v1/token-validate").bearer(&good).send().await;
    assert_eq!(post.error(), (404, "rest_no_route".into()));
    for (header, text) in [
        (String::new(), MISSING),
        ("Basic YTpi".into(), NOT_BEARER),
        ("Bearer abc".into(), NOT_JWT),
        (format!("Bearer {signed}.AAAA"), WRONG_SIGNATURE),
    ] {
        // Earlier failures are forgotten.
        site.advance(Duration::from_secs(61));
        let sent = |line: &str| call(&site, line).header("Authorization", &header).send();
        is_from_plugin(&sent(ME).await, 401, text);
        is_endpoint(&sent(VALIDATE).await, 401, text);
    }
    // Another algorithm: an error without a code on API routes, and status 200 at the endpoint.
    is_from_plugin(&call(&site, ME).bearer(&other_alg).send().await, 401, UNAUTHORIZED);
    let text = r#"{"status":"error","error":"UNAUTHORIZED","code":"401","error_description":"Incorrect JWT Format."}"#;
    is_endpoint(&call(&site, VALIDATE).bearer(&other_alg).send().await, 200, text);
}

#[tokio::test]
async fn miniorange_does_not_check_the_expiry() {
    let site = site(MiniOrange::Jwt).await;
    let ended = site.sign(&json!({ "sub": 1, "name": "admin", "exp": site.now() - 60 }));
    let good = token(&site).await;
    site.expire_tokens();
    for token in [&ended, &good] {
        assert_eq!(call(&site, ME).bearer(token).send().await.text, r#"{"id":1}"#);
        assert_eq!(call(&site, VALIDATE).bearer(token).send().await.status, 200);
    }
    assert!(!site.revoke("admin"));
    site.remove_user("admin");
    let me = call(&site, ME).bearer(&good).send().await;
    assert_eq!(me.error(), (401, "rest_not_logged_in".into()));
}

#[tokio::test]
async fn miniorange_locks_after_five_failures_a_minute() {
    let site = site(MiniOrange::Jwt).await;
    site.set_now(1_795_369_858);
    let good = token(&site).await;
    for _ in 0..5 {
        is_endpoint(&sign_in(&site, "admin", "x").send().await, 400, WRONG_CREDENTIALS);
    }
    for password in ["x", "password"] {
        let reply = sign_in(&site, "admin", password).send().await;
        is_endpoint(&reply, 429, TOO_MANY);
        assert_eq!(reply.header("Retry-After"), Some("60"));
    }
    is_endpoint(&call(&site, VALIDATE).bearer(&good).send().await, 429, TOO_MANY);
    assert_eq!(call(&site, ME).bearer(&good).send().await.status, 200);
    site.advance(Duration::from_secs(61));
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200);
}

#[tokio::test]
async fn miniorange_refused_or_missing_token_on_any_route_locks_sign_in() {
    let site = site(MiniOrange::Jwt).await;
    site.set_now(1_795_369_858);
    let good = token(&site).await;
    let (signed, _) = good.rsplit_once('.').unwrap();
    let refused =
        ["", "Basic YTpi", "Bearer a.b.c", "Bearer abc", &format!("Bearer {signed}.AAAA")].map(str::to_owned);
    for (header, line) in refused.iter().zip([ME, POSTS, ME, VALIDATE, "POST /wp/v2/posts"]) {
        assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200, "before {header}");
        let reply = call(&site, line).header("Authorization", header).send().await;
        assert_eq!(reply.status, 401, "{header}");
    }
    let locked = sign_in(&site, "admin", "password").send().await;
    is_endpoint(&locked, 429, TOO_MANY);
    assert_eq!(locked.header("Retry-After"), Some("60"));
    is_endpoint(&call(&site, VALIDATE).bearer(&good).send().await, 429, TOO_MANY);
    // A request to a locked endpoint does not count; a refused token extends all earlier failures by a minute.
    site.advance(Duration::from_secs(30));
    assert_eq!(call(&site, ME).bearer("a.b.c").send().await.status, 401);
    site.advance(Duration::from_secs(60));
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 429);
    assert_eq!(call(&site, ME).bearer(&good).send().await.status, 200);
    site.advance(Duration::from_secs(1));
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200);
    // A missing one is not among them.
    assert_eq!(site.counts().refused_tokens, 5);
}

#[tokio::test]
async fn miniorange_failures_that_do_not_count_towards_the_lock() {
    let site = site(MiniOrange::Jwt).await;
    let good = token(&site).await;
    let algorithm = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS512"}"#);
    let other = format!("{algorithm}.{}.AAAA", good.split('.').nth(1).unwrap());
    for _ in 0..6 {
        assert_eq!(call(&site, ME).bearer(&other).send().await.status, 401);
        assert_eq!(call(&site, "GET /").bearer("a.b.c").send().await.status, 403);
        assert_eq!(call(&site, "GET /wp/v2/nope").bearer("a.b.c").send().await.status, 404);
    }
    site.set_plugin(Plugin::MiniOrange(MiniOrange::ApiKey(KEY.into())));
    for _ in 0..6 {
        assert_eq!(call(&site, POSTS).bearer("another").send().await.status, 401);
    }
    assert_eq!(sign_in(&site, "admin", "password").send().await.status, 200);
    assert_eq!(site.counts().refused_keys, 6);
}

#[tokio::test]
async fn miniorange_basic_password() {
    let site = site(MiniOrange::BasicPassword).await;
    let app = site.application_password("admin");
    let me = call(&site, ME).basic("admin", "password").send().await;
    assert_eq!((me.status, me.text.as_str()), (200, r#"{"id":1}"#));
    assert_eq!(me.header("Allow"), Some("GET, POST, PUT, PATCH, DELETE"));
    let made = call(&site, "POST /wp/v2/posts").basic("author", "password");
    let made = made.json(&json!({ "title": "k", "status": "draft" })).send().await;
    assert_eq!((made.status, &made.json()["author"]), (201, &json!(3)));
    let wrong = r#"{"status":"error","error":"INVALID_PASSWORD","code":"400","error_description":"Incorrect password."}"#;
    let unknown = r#"{"status":"error","error":"INVALID_USERNAME","code":"400","error_description":"Username Does not exist."}"#;
    let format = r#"{"status":"error","error":"INVALID_TOKEN_FORMAT","code":"401","error_description":"Sorry, you are not using correct format to encode string."}"#;
    is_from_plugin(&call(&site, ME).basic("admin", "x").send().await, 400, wrong);
    is_from_plugin(&call(&site, ME).basic("admin", &app.replace(' ', "")).send().await, 400, wrong);
    is_from_plugin(&call(&site, ME).basic("admin@example.org", "password").send().await, 400, unknown);
    for (header, text) in
        [("Basic YWJj", format), ("Basic !!!", format), ("Bearer x", NOT_BASIC), ("", MISSING)]
    {
        is_from_plugin(&call(&site, ME).header("Authorization", header).send().await, 401, text);
    }
    let lower = call(&site, ME).header("Authorization", "basic YWRtaW46cGFzc3dvcmQ=").send().await;
    assert_eq!(lower.status, 200);
    is_from_plugin(&call(&site, "GET /").basic("admin", "password").send().await, 403, RESTRICTED);
}

#[tokio::test]
async fn miniorange_basic_client_gives_access_without_a_user() {
    let site = site(MiniOrange::BasicClient { id: "cid".into(), secret: "csec".into() }).await;
    assert_eq!(call(&site, POSTS).basic("cid", "csec").send().await.status, 200);
    let me = call(&site, ME).basic("cid", "csec").send().await;
    assert_eq!(me.error(), (401, "rest_not_logged_in".into()));
    let text = r#"{"status":"error","error":"INVALID_CLIENT_CREDENTIALS","code":"400","error_description":"Invalid client ID or client secret."}"#;
    for (id, secret) in [("cid", "no"), ("no", "csec")] {
        is_from_plugin(&call(&site, POSTS).basic(id, secret).send().await, 400, text);
    }
}

#[tokio::test]
async fn signing_in_takes_its_time_and_fails_on_demand() {
    let delay = Duration::from_millis(80);
    let plugin = Plugin::MiniOrange(MiniOrange::Jwt);
    let site = StandIn::builder().plugin(plugin).token_delay(delay).start().await;
    let start = Instant::now();
    token(&site).await;
    assert!(start.elapsed() >= delay);
    site.set_token_delay(Duration::ZERO);
    for (failure, status, error) in [
        (SignInFailure::WrongPassword, 400, json!("INVALID_CREDENTIALS")),
        (SignInFailure::BadConfig, 401, json!("BAD_REQUEST")),
        (SignInFailure::Maintenance, 503, Value::Null),
        (SignInFailure::NoToken, 200, Value::Null),
    ] {
        site.fail_sign_in(Some(failure));
        let reply = sign_in(&site, "admin", "password").send().await;
        assert_eq!((reply.status, &reply.json()["error"]), (status, &error), "{failure:?}");
        assert!(reply.json()["jwt_token"].is_null());
    }
    assert_eq!(site.count("POST", "/api/v1/token"), 5);
}
