//! useful-team's JWT Auth, against recorded responses.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wp_testkit::{Permalinks, Plugin, SignInFailure, StandIn};

use crate::client::{Call, Reply, call, keys, raw};

const TOKEN: &str = "POST /jwt-auth/v1/token";
const VALIDATE: &str = "POST /jwt-auth/v1/token/validate";
const REFRESH: &str = "POST /jwt-auth/v1/token/refresh";
const ME: &str = "GET /wp/v2/users/me?_fields=id";
const FORM: &str = "application/x-www-form-urlencoded";

async fn start() -> StandIn {
    StandIn::builder().plugin(Plugin::UsefulTeam).start().await
}

fn sign_in(site: &StandIn, username: &str, password: &str) -> Call {
    call(site, TOKEN).json(&json!({ "username": username, "password": password }))
}

fn token(reply: &Reply) -> String {
    reply.json()["data"]["token"].as_str().unwrap_or_else(|| panic!("{}", reply.text)).to_owned()
}

/// The pair to send back, of a `Set-Cookie`.
fn cookie(reply: &Reply) -> String {
    reply.header("Set-Cookie").unwrap().split(';').next().unwrap().to_owned()
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn error(code: &str, message: &str) -> String {
    format!(r#"{{"success":false,"statusCode":401,"code":"{code}","message":"{message}","data":[]}}"#)
}

/// Those about the cookie have no data.
fn cookie_error(code: &str, message: &str) -> String {
    format!(r#"{{"success":false,"statusCode":401,"code":"{code}","message":"{message}"}}"#)
}

async fn works(site: &StandIn, token: &str) -> bool {
    let reply = call(site, ME).bearer(token).send().await;
    // An invalid token is ignored.
    assert!(reply.status == 200 || reply.error() == (401, "rest_not_logged_in".into()), "{}", reply.text);
    reply.status == 200
}

#[tokio::test]
async fn useful_team_login_returns_a_token_and_a_refresh_cookie() {
    let site = start().await;
    site.set_now(1_795_369_864);
    let form = call(&site, TOKEN).text(FORM, "username=author&password=password");
    for call in [sign_in(&site, "author@example.org", "password"), form] {
        let reply = call.bearer("a.b.c").send().await;
        assert_eq!(reply.status, 200);
        let token = token(&reply);
        let text = format!(
            r#"{{"success":true,"statusCode":200,"code":"jwt_auth_valid_credential","message":"Credential is valid","data":{{"token":"{token}","id":3,"email":"author@example.org","nicename":"author","firstName":"Author","lastName":"User","displayName":"Author User"}}}}"#
        );
        assert_eq!(reply.text, text);
        let claims = claims(&token);
        assert_eq!(keys(&claims), ["iss", "iat", "nbf", "exp", "data"]);
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 600);
        let user = &claims["data"]["user"];
        assert_eq!(keys(user), ["id", "device", "pass"]);
        assert_eq!((&user["id"], &user["device"]), (&json!(3), &json!("")));
        assert_eq!(user["pass"].as_str().unwrap().len(), 32);

        let set = reply.header("Set-Cookie").unwrap();
        let (pair, rest) = set.split_once("; ").unwrap();
        assert_eq!(rest, "expires=Tue, 22 Dec 2026 17:51:04 GMT; Max-Age=2592000; path=/; HttpOnly");
        let (id, secret) = pair.strip_prefix("refresh_token=").unwrap().split_once('.').unwrap();
        assert_eq!((id, secret.len()), ("3", 64));
        assert_eq!(reply.header("Allow"), Some("POST"));
    }
}

#[tokio::test]
async fn useful_team_login_errors_have_the_envelope_of_the_plugin() {
    let site = start().await;
    let good = cookie(&sign_in(&site, "admin", "password").send().await);
    let wrong = "Error: The password you entered for the username admin is incorrect. Lost your password?";
    let ghost = "Error: The username ghost is not registered on this site. If you are unsure of your username, try your email address instead.";
    let unknown = "Unknown email address. Check again or try your username.";
    let empty = "Error: The username field is empty.";
    let missing = error("jwt_auth_missing_credentials", "Username and password are required");
    for (body, text) in [
        (json!({ "username": "admin", "password": "x" }), error("incorrect_password", wrong)),
        (json!({ "username": "ghost", "password": "x" }), error("invalid_username", ghost)),
        (json!({ "username": "g@example.org", "password": "x" }), error("invalid_email", unknown)),
        (json!({ "username": "", "password": "" }), error("empty_username", empty)),
    ] {
        // A good cookie doesn't help once both are sent.
        let reply = call(&site, TOKEN).header("Cookie", &good).json(&body).send().await;
        assert_eq!((reply.status, &reply.text), (401, &text));
        assert_eq!((reply.header("Allow"), reply.header("Set-Cookie")), (Some("POST"), None));
    }
    for body in [json!({ "username": "admin" }), json!({ "password": "password" }), json!({})] {
        let reply = call(&site, TOKEN).json(&body).send().await;
        assert_eq!((reply.status, &reply.text), (401, &missing));
    }
    let custom = json!({ "username": "admin", "password": "password", "custom_auth": "otp" });
    let custom = call(&site, TOKEN).json(&custom).send().await.json();
    assert_eq!(custom["code"], "jwt_auth_custom_auth_failed");
    let broken = call(&site, TOKEN).text("application/json", "{\"a").send().await;
    assert_eq!(broken.error(), (400, "rest_invalid_json".into()));
    assert_eq!(call(&site, "GET /jwt-auth/v1/token").send().await.error(), (404, "rest_no_route".into()));

    site.set_jwt_secret(None);
    let text = r#"{"success":false,"statusCode":500,"code":"jwt_auth_bad_config","message":"JWT is not configured properly.","data":[]}"#;
    let reply = sign_in(&site, "admin", "password").send().await;
    assert_eq!((reply.status, reply.text.as_str()), (500, text));
    let reply = call(&site, VALIDATE).bearer("a.b.c").send().await;
    let text = error("jwt_auth_bad_config", "JWT is not configured properly.");
    assert_eq!((reply.status, reply.text), (401, text));
    assert_eq!(call(&site, "GET /wp/v2/posts").bearer("a.b.c").send().await.status, 200);
}

#[tokio::test]
async fn useful_team_validate_reports_what_other_routes_ignore() {
    let site = start().await;
    let good = token(&sign_in(&site, "admin", "password").send().await);
    let ok = call(&site, VALIDATE).bearer(&good).send().await;
    let text = r#"{"success":true,"statusCode":200,"code":"jwt_auth_valid_token","message":"Token is valid","data":[]}"#;
    assert_eq!((ok.status, ok.text.as_str()), (200, text));
    // The request ran as an anonymous one.
    assert_eq!(ok.header("Cache-Control"), None);
    assert!(works(&site, &good).await);

    let (signed, _) = good.rsplit_once('.').unwrap();
    let changed = |pointer: &str, value: Value| {
        let mut claims = claims(&good);
        *claims.pointer_mut(pointer).unwrap() = value;
        site.sign(&claims)
    };
    for (token, code, message) in [
        ("abc".to_owned(), "jwt_auth_invalid_token", "Wrong number of segments"),
        (format!("{signed}.AAAA"), "jwt_auth_invalid_token", "Signature verification failed"),
        (changed("/exp", json!(site.now())), "jwt_auth_invalid_token", "Expired token"),
        (changed("/iss", json!("http://elsewhere.example")), "jwt_auth_bad_iss", ""),
        (changed("/data/user", json!({})), "jwt_auth_bad_request", ""),
        (changed("/data/user/id", json!(999)), "jwt_auth_invalid_token", ""),
        (changed("/data/user/pass", json!("x")), "jwt_auth_obsolete_token", "Token is obsolete"),
    ] {
        let reply = call(&site, VALIDATE).bearer(&token).send().await;
        assert_eq!((reply.status, &reply.json()["code"]), (401, &json!(code)));
        if !message.is_empty() {
            assert_eq!(reply.text, error(code, message));
        }
        assert!(!works(&site, &token).await);
        let posts = call(&site, "GET /wp/v2/posts?per_page=1&_fields=id").bearer(&token).send().await;
        assert_eq!((posts.status, posts.header("Vary")), (200, Some("Origin")));
    }
    let none = call(&site, VALIDATE).send().await;
    assert_eq!(none.text, error("jwt_auth_no_auth_header", "Authorization header not found."));
    let lower = call(&site, VALIDATE).header("Authorization", &format!("bearer {good}")).send().await;
    assert_eq!(lower.text, error("jwt_auth_bad_auth_header", "Authorization header malformed."));
    site.set_strip_authorization(true);
    let stripped = call(&site, VALIDATE).bearer(&good).send().await;
    assert_eq!(stripped.json()["code"], "jwt_auth_no_auth_header");
    assert!(!works(&site, &good).await);
}

#[tokio::test]
async fn token_is_ignored_for_rest_route_in_the_query() {
    let site = start().await;
    let token = site.token("admin");
    for (target, status) in [
        ("/wp-json/wp/v2/users/me", 200),
        ("/index.php/wp-json/wp/v2/users/me", 200),
        ("/?rest_route=/wp/v2/users/me", 401),
        ("/index.php?rest_route=/wp/v2/users/me", 401),
    ] {
        let reply = raw(&site, &format!("GET {target}")).bearer(&token).send().await;
        assert_eq!(reply.status, status, "{target}");
    }
    let plain = StandIn::builder().plugin(Plugin::UsefulTeam).permalinks(Permalinks::Plain).start().await;
    let me = raw(&plain, "GET /index.php?rest_route=/wp/v2/users/me").by(&plain, "admin").send().await;
    assert_eq!(me.status, 200);
}

#[tokio::test]
async fn refresh_cookie_is_renewed_and_gets_tokens() {
    let site = start().await;
    let first = cookie(&sign_in(&site, "admin", "password").send().await);
    let refreshed = call(&site, REFRESH).header("Cookie", &format!("a=b; {first}")).send().await;
    let text =
        r#"{"success":true,"statusCode":200,"code":"jwt_auth_valid_token","message":"Token is valid"}"#;
    assert_eq!((refreshed.status, refreshed.text.as_str()), (200, text));
    let second = cookie(&refreshed);
    assert_ne!(first, second);

    let old = cookie_error("jwt_auth_obsolete_refresh_token", "Refresh token is obsolete");
    let bad = cookie_error("jwt_auth_invalid_refresh_token", "Invalid refresh token");
    let none = cookie_error("jwt_auth_no_auth_cookie", "Refresh token cookie not found.");
    for (sent, text) in [
        ("", &none),
        (first.as_str(), &old),
        ("refresh_token=1.zzz", &old),
        ("refresh_token=999.zzz", &bad),
        ("refresh_token=nonsense", &bad),
    ] {
        let reply = call(&site, REFRESH).header("Cookie", sent).send().await;
        assert_eq!((reply.status, &reply.text), (401, text), "{sent}");
        assert_eq!(reply.header("Set-Cookie"), None);
    }
    // A token for the cookie, which stays as it is; a name alone doesn't matter.
    for body in [json!({}), json!({ "username": "admin" })] {
        let reply = call(&site, TOKEN).header("Cookie", &second).json(&body).send().await;
        assert_eq!((reply.status, reply.header("Set-Cookie")), (200, None));
        assert!(works(&site, &token(&reply)).await);
    }
    site.advance(Duration::from_secs(2_592_001));
    let dead = cookie_error("jwt_auth_expired_refresh_token", "Refresh token has expired");
    assert_eq!(call(&site, REFRESH).header("Cookie", &second).send().await.text, dead);
}

#[tokio::test]
async fn useful_team_password_change_revokes_tokens_but_not_the_cookie() {
    let site = start().await;
    let reply = sign_in(&site, "admin", "password").send().await;
    let (old, cookie) = (token(&reply), cookie(&reply));
    assert!(site.set_password("admin", "another"));
    assert!(!works(&site, &old).await);
    let validated = call(&site, VALIDATE).bearer(&old).send().await;
    assert_eq!(validated.text, error("jwt_auth_obsolete_token", "Token is obsolete"));
    let new = token(&call(&site, TOKEN).header("Cookie", &cookie).send().await);
    assert!(works(&site, &new).await);

    site.expire_tokens();
    assert!(!works(&site, &new).await);
    let newest = token(&call(&site, TOKEN).header("Cookie", &cookie).send().await);
    assert!(works(&site, &newest).await);
    assert!(site.revoke("admin"));
    assert!(!works(&site, &newest).await);
    let refused = call(&site, REFRESH).header("Cookie", &cookie).send().await;
    assert_eq!(refused.json()["code"], "jwt_auth_invalid_refresh_token");
}

#[tokio::test]
async fn useful_team_refresh_cookie_is_per_device() {
    let site = start().await;
    let plain = sign_in(&site, "admin", "password").send().await;
    let device = "username=admin&password=password&device=My+Ph%C3%B6ne-2%21";
    let phone = call(&site, TOKEN).text(FORM, device).send().await;
    assert_eq!(claims(&token(&phone))["data"]["user"]["device"], "My Phone2");
    assert!(works(&site, &token(&phone)).await);
    // From JSON only the cookie learns of it.
    let body = json!({ "username": "admin", "password": "password", "device": "tablet" });
    let tablet = call(&site, TOKEN).json(&body).send().await;
    assert_eq!(claims(&token(&tablet))["data"]["user"]["device"], "");

    let phone = cookie(&phone);
    let old = cookie_error("jwt_auth_obsolete_refresh_token", "Refresh token is obsolete");
    assert_eq!(call(&site, REFRESH).header("Cookie", &phone).send().await.text, old);
    let other = call(&site, REFRESH).header("Cookie", &phone).json(&json!({ "device": "x" })).send().await;
    assert_eq!(other.json()["code"], "jwt_auth_invalid_refresh_token");
    // As it was sent, not as the claim has it.
    let same = json!({ "device": "My Phöne-2!" });
    assert_eq!(call(&site, REFRESH).header("Cookie", &phone).json(&same).send().await.status, 200);
    assert_eq!(call(&site, REFRESH).header("Cookie", &cookie(&plain)).send().await.status, 200);
}

#[tokio::test]
async fn index_distinguishes_useful_team_from_the_other_jwt_plugin() {
    let site = start().await;
    let index = call(&site, "GET /jwt-auth/v1").send().await.json();
    let routes =
        ["/jwt-auth/v1", "/jwt-auth/v1/token", "/jwt-auth/v1/token/validate", "/jwt-auth/v1/token/refresh"];
    assert_eq!(keys(&index["routes"]), routes);
    let other = StandIn::start().await;
    assert_eq!(call(&other, REFRESH).send().await.error(), (404, "rest_no_route".into()));
    let password = site.application_password("admin");
    assert_eq!(call(&site, ME).basic("admin", &password).send().await.status, 200);
    let wrong = call(&site, ME).basic("admin", "zz").send().await;
    assert_eq!(wrong.error(), (401, "rest_not_logged_in".into()));
}

#[tokio::test]
async fn signing_in_and_refreshing_take_their_time_and_fail_on_demand() {
    let delay = Duration::from_millis(80);
    let site = StandIn::builder().plugin(Plugin::UsefulTeam).token_delay(delay).start().await;
    let start = Instant::now();
    let cookie = cookie(&sign_in(&site, "admin", "password").send().await);
    assert!(start.elapsed() >= delay);
    let start = Instant::now();
    assert_eq!(call(&site, REFRESH).header("Cookie", &cookie).send().await.status, 200);
    assert!(start.elapsed() >= delay);
    site.set_token_delay(Duration::ZERO);
    for (failure, status, code) in [
        (SignInFailure::WrongPassword, 401, json!("incorrect_password")),
        (SignInFailure::BadConfig, 500, json!("jwt_auth_bad_config")),
        (SignInFailure::Maintenance, 503, json!("wp_die")),
        (SignInFailure::NoToken, 200, Value::Null),
    ] {
        site.fail_sign_in(Some(failure));
        let reply = sign_in(&site, "admin", "password").send().await;
        assert_eq!((reply.status, &reply.json()["code"]), (status, &code), "{failure:?}");
        assert!(reply.json()["data"]["token"].is_null());
    }
    assert_eq!(site.count("POST", "/jwt-auth/v1/token"), 5);
    assert_eq!(site.count("POST", "/jwt-auth/v1/token/refresh"), 1);
}
