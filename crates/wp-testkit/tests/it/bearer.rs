//! API Bearer Auth, against recorded responses.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wp_testkit::{Permalinks, Plugin, SignInFailure, StandIn};

use crate::client::{Reply, call, keys, raw};

const LOGIN: &str = "POST /api-bearer-auth/v1/login";
const REFRESH: &str = "POST /api-bearer-auth/v1/tokens/refresh";
const CLOSED: &str =
    r#"{"code":"api_bearer_auth_not_logged_in","message":"You are not logged in.","data":{"status":401}}"#;
const INVALID: &str =
    r#"{"code":"api_api_bearer_auth_error_invalid_token","message":"Invalid token.","data":{"status":401}}"#;

async fn opaque() -> StandIn {
    StandIn::builder().plugin(Plugin::ApiBearerAuth { jwt: false }).start().await
}

async fn jwt() -> StandIn {
    StandIn::builder().plugin(Plugin::ApiBearerAuth { jwt: true }).start().await
}

async fn login(site: &StandIn, client: Option<&str>) -> Pair {
    let mut body = json!({ "username": "admin", "password": "password" });
    if let Some(client) = client {
        body["client_name"] = json!(client);
    }
    let reply = call(site, LOGIN).json(&body).send().await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let text = |name: &str| reply.json()[name].as_str().unwrap().to_owned();
    Pair { access: text("access_token"), refresh: text("refresh_token") }
}

#[derive(Debug)]
struct Pair {
    access: String,
    refresh: String,
}

async fn refresh(site: &StandIn, token: &str, client: Option<&str>) -> Reply {
    let mut body = json!({ "token": token });
    if let Some(client) = client {
        body["client_name"] = json!(client);
    }
    call(site, REFRESH).json(&body).send().await
}

async fn works(site: &StandIn, token: &str) -> bool {
    let reply = call(site, "GET /wp/v2/users/me?_fields=id").bearer(token).send().await;
    if reply.status == 401 {
        assert_eq!(reply.text, CLOSED);
    }
    reply.status == 200 && reply.text == r#"{"id":1}"#
}

fn claims(token: &str) -> String {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    String::from_utf8(payload).unwrap()
}

fn is_opaque(token: &Value) -> bool {
    let token = token.as_str().unwrap();
    token.len() == 64 && token.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[tokio::test]
async fn bearer_login_returns_the_user_and_two_tokens() {
    let site = opaque().await;
    site.set_now(1_795_369_851);
    site.add_user("norole", "");
    let reply = call(&site, LOGIN).json(&json!({ "username": "admin@example.org", "password": "password" }));
    let reply = reply.send().await;
    assert_eq!((reply.status, reply.header("Allow")), (200, Some("POST")));
    assert_eq!(reply.keys(), ["wp_user", "access_token", "expires_in", "refresh_token"]);
    let body = reply.json();
    assert!(is_opaque(&body["access_token"]) && is_opaque(&body["refresh_token"]));
    assert_eq!(body["expires_in"], 86400);
    let user = &body["wp_user"];
    assert_eq!(keys(user), ["data", "ID", "caps", "cap_key", "roles", "allcaps", "filter"]);
    let data = [
        "ID",
        "user_login",
        "user_nicename",
        "user_email",
        "user_url",
        "user_registered",
        "user_activation_key",
        "user_status",
        "display_name",
    ];
    assert_eq!(keys(&user["data"]), data);
    let some = |name: &str| user["data"][name].clone();
    assert_eq!((some("ID"), some("user_status")), (json!("1"), json!("0")));
    assert_eq!(some("user_activation_key"), "");
    assert_eq!(some("user_registered").as_str().unwrap().as_bytes()[10], b' ');
    assert_eq!((&user["ID"], &user["caps"]), (&json!(1), &json!({ "administrator": true })));
    assert_eq!((&user["cap_key"], &user["roles"]), (&json!("wp_capabilities"), &json!(["administrator"])));
    assert_eq!(keys(&user["allcaps"])[..2], ["switch_themes", "edit_themes"]);
    assert_eq!(keys(&user["allcaps"]).last().unwrap(), "administrator");
    assert_eq!(user["filter"], Value::Null);

    let reply =
        call(&site, LOGIN).json(&json!({ "username": "norole", "password": "password" })).send().await;
    let user = &reply.json()["wp_user"];
    assert_eq!((&user["caps"], &user["roles"], &user["allcaps"]), (&json!([]), &json!([]), &json!([])));
    assert_eq!(user["data"]["user_registered"], "2026-11-22 17:50:51");
}

#[tokio::test]
async fn bearer_old_releases_leak_password_hashes() {
    let plugin = Plugin::ApiBearerAuth { jwt: false };
    let site = StandIn::builder().plugin(plugin).leaky_profile(true).start().await;
    let reply = call(&site, LOGIN).json(&json!({ "username": "admin", "password": "password" })).send().await;
    let data = reply.json()["wp_user"]["data"].clone();
    assert_eq!(keys(&data)[..3], ["ID", "user_login", "user_pass"]);
    assert!(data["user_pass"].as_str().unwrap().starts_with("$P$B"));
    assert!(!data["user_activation_key"].as_str().unwrap().is_empty());
}

#[tokio::test]
async fn bearer_login_fails_with_500_without_data() {
    let site = opaque().await;
    let both = r#"{"code":"empty_username","message":"<strong>Error:<\/strong> The username field is empty.","data":null,"additional_errors":[{"code":"empty_password","message":"<strong>Error:<\/strong> The password field is empty.","data":null}]}"#;
    let email = r#"{"code":"invalid_email","message":"Unknown email address. Check again or try your username.","data":null}"#;
    let ghost = r#"{"code":"invalid_username","message":"<strong>Error:<\/strong> The username <strong>ghost<\/strong> is not registered on this site. If you are unsure of your username, try your email address instead.","data":null}"#;
    for (body, text) in [
        (json!({ "username": "", "password": "" }), both),
        (json!({ "username": "g@example.org", "password": "no" }), email),
        (json!({ "username": "ghost", "password": "no" }), ghost),
    ] {
        let reply = call(&site, LOGIN).json(&body).send().await;
        assert_eq!((reply.status, reply.text.as_str()), (500, text));
        assert_eq!(reply.header("Allow"), Some("POST"));
    }
    let wrong = call(&site, LOGIN).json(&json!({ "username": "admin", "password": "no" })).send().await;
    assert_eq!((wrong.status, &wrong.json()["code"]), (500, &json!("incorrect_password")));
    assert_eq!(wrong.json()["data"], Value::Null);

    // Only JSON is read, although the earlier check accepts other sources.
    let query = format!("{LOGIN}?username=admin&password=password");
    let by_query = call(&site, &query).json(&json!({ "x": 1 })).send().await;
    assert_eq!((by_query.status, by_query.text.as_str()), (500, both));
    let form = "application/x-www-form-urlencoded";
    let by_form = call(&site, LOGIN).text(form, "username=admin&password=password").send().await;
    assert_eq!((by_form.status, by_form.text.as_str()), (500, both));

    for (body, text) in [
        (
            json!({}),
            r#"{"code":"rest_missing_callback_param","message":"Missing parameter(s): username, password","data":{"status":400,"params":["username","password"]}}"#,
        ),
        (
            json!({ "username": "admin", "password": null }),
            r#"{"code":"rest_missing_callback_param","message":"Missing parameter(s): password","data":{"status":400,"params":["password"]}}"#,
        ),
    ] {
        let reply = call(&site, LOGIN).json(&body).send().await;
        assert_eq!((reply.status, reply.text.as_str()), (400, text));
    }
    let broken = call(&site, LOGIN).text("application/json", "{\"a").send().await;
    assert_eq!(broken.error(), (400, "rest_invalid_json".into()));
}

#[tokio::test]
async fn bearer_refuses_anonymous_requests() {
    let site = opaque().await;
    for line in ["GET /wp/v2/posts", "GET /", "GET /api-bearer-auth/v1", "GET /nope", "GET /wp/v2/users/me"] {
        for authorization in ["", "Bearer stale", "Basic YWRtaW46YWFhYQ=="] {
            let reply = call(&site, line).header("Authorization", authorization).send().await;
            assert_eq!((reply.status, reply.text.as_str()), (401, CLOSED), "{line} {authorization}");
            assert_eq!((reply.header("Allow"), reply.header("Vary")), (None, Some("Origin")));
            assert_eq!(reply.header("X-Robots-Tag"), Some("noindex"));
        }
    }
    let options = call(&site, "OPTIONS /wp/v2/posts").send().await;
    assert_eq!((options.status, options.header("Allow")), (200, Some("GET")));
    let home = raw(&site, "HEAD /").send().await;
    assert_eq!((home.status, home.header("Link").is_some()), (200, true));

    let pair = login(&site, None).await;
    let nope = call(&site, "GET /nope").bearer(&pair.access).send().await;
    assert_eq!(nope.error(), (404, "rest_no_route".into()));
    let names = call(&site, "GET /?_fields=name,namespaces").bearer(&pair.access).send().await;
    assert_eq!(names.text, r#"{"name":"Stand-in","namespaces":["api-bearer-auth\/v1","wp\/v2"]}"#);
    let routes = call(&site, "GET /api-bearer-auth/v1").bearer(&pair.access).send().await.json();
    let expected = ["/api-bearer-auth/v1", "/api-bearer-auth/v1/login", "/api-bearer-auth/v1/tokens/refresh"];
    assert_eq!(keys(&routes["routes"]), expected);
}

#[tokio::test]
async fn bearer_public_endpoints_have_one_address_only() {
    let site = opaque().await;
    let body = json!({ "username": "admin", "password": "password" });
    let address = site.address().to_string();
    let port = address.rsplit(':').next().unwrap();
    let (there, elsewhere) = (address.as_str(), format!("localhost:{port}"));
    let route = "api-bearer-auth/v1/login";
    for (target, host, status) in [
        (format!("/wp-json/{route}"), there, 200),
        (format!("/wp-json/{route}/"), there, 200),
        (format!("/wp-json/{route}?a=1"), there, 200),
        (format!("/?rest_route=/{route}"), there, 401),
        (format!("/index.php/wp-json/{route}"), there, 401),
        (format!("/wp-json/{route}"), elsewhere.as_str(), 401),
        (format!("/wp-json/{route}"), "127.0.0.1", 401),
    ] {
        let reply = raw(&site, &format!("POST {target}")).host(host).json(&body).send().await;
        assert_eq!(reply.status, status, "{target} {host}");
        if status == 401 {
            assert_eq!(reply.text, CLOSED);
        }
    }
    let plugin = Plugin::ApiBearerAuth { jwt: false };
    let plain = StandIn::builder().plugin(plugin).permalinks(Permalinks::Plain).start().await;
    let reply = raw(&plain, &format!("POST /index.php?rest_route=/{route}")).json(&body).send().await;
    assert_eq!((reply.status, reply.text.as_str()), (401, CLOSED));
}

#[tokio::test]
async fn bearer_ignores_the_scheme_of_the_header() {
    let site = opaque().await;
    let token = login(&site, None).await.access;
    for (header, status) in [
        (format!("bearer {token}"), 200),
        (format!("Xyzzyx {token}"), 200),
        (format!("Token {token}"), 401),
        (token.clone(), 401),
    ] {
        let reply = call(&site, "GET /wp/v2/users/me").header("Authorization", &header).send().await;
        assert_eq!(reply.status, status, "{header}");
    }
    // An expired token does not matter at the token endpoints.
    let body = json!({ "username": "admin", "password": "password" });
    assert_eq!(call(&site, LOGIN).bearer("stale").json(&body).send().await.status, 200);
    // Nor does a wrong application password, while the site has none at all.
    let early = call(&site, LOGIN).basic("host", "hostpw").json(&body).send().await;
    assert_eq!(early.status, 200);
    // Application passwords work as ever, and a wrong one shows where WordPress asks for a user.
    let password = site.application_password("admin");
    let me = call(&site, "GET /wp/v2/users/me?_fields=id").basic("admin", &password).send().await;
    assert_eq!((me.status, me.text.as_str()), (200, r#"{"id":1}"#));
    let wrong = call(&site, LOGIN).basic("host", "hostpw").json(&body).send().await;
    let unknown = r#"{"code":"invalid_username","message":"<strong>Error:<\/strong> Unknown username. Check again or try your email address.","data":{"status":401}}"#;
    assert_eq!((wrong.status, wrong.text.as_str()), (401, unknown));
    assert_eq!(wrong.header("Allow"), None);
}

#[tokio::test]
async fn bearer_opaque_tokens_are_replaced_by_a_new_login() {
    let site = opaque().await;
    let first = login(&site, None).await;
    let named = login(&site, Some("app-a")).await;
    assert!(works(&site, &first.access).await && works(&site, &named.access).await);

    // A refresh kills the old access token at once and keeps the refresh token.
    for _ in 0..2 {
        let reply = refresh(&site, &named.refresh, Some("app-a")).await;
        assert_eq!((reply.status, reply.keys()), (200, vec!["access_token".into(), "expires_in".into()]));
        assert_eq!(reply.json()["expires_in"], 86400);
        assert!(is_opaque(&reply.json()["access_token"]));
        assert!(works(&site, reply.json()["access_token"].as_str().unwrap()).await);
    }
    assert!(!works(&site, &named.access).await);

    // A second login of the same name kills both.
    let second = login(&site, None).await;
    assert!(!works(&site, &first.access).await && works(&site, &second.access).await);
    for (token, client) in [
        (&first.refresh, None),
        (&second.refresh, Some("app-a")),
        (&named.refresh, None),
        (&named.refresh, Some("app-b")),
    ] {
        let reply = refresh(&site, token, client).await;
        assert_eq!((reply.status, reply.text.as_str()), (401, INVALID), "{client:?}");
        assert_eq!(reply.header("Allow"), Some("POST"));
    }
    let form = "application/x-www-form-urlencoded";
    let by_form = call(&site, REFRESH).text(form, &format!("token={}", second.refresh)).send().await;
    assert_eq!((by_form.status, by_form.text.as_str()), (401, INVALID));
    let missing = call(&site, REFRESH).json(&json!({})).send().await;
    assert_eq!(missing.json()["data"], json!({ "status": 400, "params": ["token"] }));

    // A token made for a test leaves the others alone.
    let other = site.token("admin");
    assert!(works(&site, &other).await && works(&site, &second.access).await);
}

#[tokio::test]
async fn bearer_opaque_tokens_expire_and_are_revoked() {
    let site = opaque().await;
    let pair = login(&site, None).await;
    site.expire_tokens();
    assert!(!works(&site, &pair.access).await);
    let renewed = refresh(&site, &pair.refresh, None).await.json()["access_token"].clone();
    assert!(works(&site, renewed.as_str().unwrap()).await);
    site.advance(Duration::from_secs(86400));
    assert!(!works(&site, renewed.as_str().unwrap()).await);
    assert!(site.set_password("admin", "another"));
    let renewed = refresh(&site, &pair.refresh, None).await.json()["access_token"].clone();
    assert!(works(&site, renewed.as_str().unwrap()).await);

    assert!(site.revoke("admin"));
    assert!(!works(&site, renewed.as_str().unwrap()).await);
    assert_eq!(refresh(&site, &pair.refresh, None).await.text, INVALID);
    assert!(!site.revoke("admin") && !site.revoke("ghost"));
}

#[tokio::test]
async fn bearer_jwt_stays_valid_when_its_row_is_gone() {
    let site = jwt().await;
    site.set_now(1_795_369_248);
    let pair = login(&site, None).await;
    assert_eq!(claims(&pair.access), r#"{"exp":1795455648,"sub":1}"#);
    assert!(is_opaque(&json!(pair.refresh)));
    let renewed = refresh(&site, &pair.refresh, None).await;
    let renewed = renewed.json()["access_token"].as_str().unwrap().to_owned();
    assert!(claims(&renewed).ends_with(r#","sub":"1"}"#));
    assert!(works(&site, &pair.access).await && works(&site, &renewed).await);

    let second = login(&site, None).await;
    assert!(works(&site, &pair.access).await);
    assert_eq!(refresh(&site, &pair.refresh, None).await.text, INVALID);
    assert!(site.revoke("admin"));
    assert!(works(&site, &second.access).await);
    assert_eq!(refresh(&site, &second.refresh, None).await.text, INVALID);

    // Any token with a valid signature is accepted; the error does not say why one is refused.
    let now = site.now();
    assert!(works(&site, &site.sign(&json!({ "exp": now + 60, "sub": "1" }))).await);
    for bad in [json!({ "sub": 1 }), json!({ "exp": now, "sub": 1 }), json!({ "exp": now + 60, "sub": 999 })]
    {
        assert!(!works(&site, &site.sign(&bad)).await, "{bad}");
    }
    let (signed, _) = second.access.rsplit_once('.').unwrap();
    assert!(!works(&site, &format!("{signed}.AAAA")).await);
    site.expire_tokens();
    assert!(!works(&site, &second.access).await);
}

#[tokio::test]
async fn bearer_second_refresh_within_a_second_fails() {
    let site = jwt().await;
    let pair = login(&site, None).await;
    // The start of a second: the burst doesn't reach into the next.
    site.set_now(1_795_369_248);
    let mut statuses = Vec::new();
    let mut last = String::new();
    for _ in 0..3 {
        let reply = refresh(&site, &pair.refresh, None).await;
        statuses.push(reply.status);
        last = reply.text;
    }
    assert_eq!(statuses, [200, 401, 401]);
    assert_eq!(last, INVALID);
    site.advance(Duration::from_secs(1));
    assert_eq!(refresh(&site, &pair.refresh, None).await.status, 200);
    // Opaque tokens are not affected.
    let site = opaque().await;
    let pair = login(&site, None).await;
    assert_eq!(refresh(&site, &pair.refresh, None).await.status, 200);
    assert_eq!(refresh(&site, &pair.refresh, None).await.status, 200);
}

#[tokio::test]
async fn bearer_client_name_is_truncated_when_stored() {
    let site = opaque().await;
    let name = "x".repeat(46);
    let pair = login(&site, Some(&name)).await;
    assert_eq!(refresh(&site, &pair.refresh, Some(&name)).await.text, INVALID);
    assert_eq!(refresh(&site, &pair.refresh, Some(&name[..45])).await.status, 200);
    // A list is not a valid name: it replaces the tokens of the unnamed client.
    let unnamed = login(&site, None).await;
    let body = json!({ "username": "admin", "password": "password", "client_name": ["a"] });
    let list = call(&site, LOGIN).json(&body).send().await.json();
    assert!(!works(&site, &unnamed.access).await);
    assert_eq!(refresh(&site, list["refresh_token"].as_str().unwrap(), None).await.status, 200);
}

#[tokio::test]
async fn bearer_server_without_the_header_refuses_all_routes() {
    let plugin = Plugin::ApiBearerAuth { jwt: false };
    let site = StandIn::builder().plugin(plugin).strip_authorization(true).start().await;
    let pair = login(&site, None).await;
    assert!(!works(&site, &pair.access).await);
    assert_eq!(refresh(&site, &pair.refresh, None).await.status, 200);
}

#[tokio::test]
async fn signing_in_and_refreshing_take_their_time_and_fail_on_demand() {
    let delay = Duration::from_millis(80);
    let plugin = Plugin::ApiBearerAuth { jwt: false };
    let site = StandIn::builder().plugin(plugin).token_delay(delay).start().await;
    let start = Instant::now();
    let pair = login(&site, None).await;
    assert!(start.elapsed() >= delay);
    let start = Instant::now();
    assert_eq!(refresh(&site, &pair.refresh, None).await.status, 200);
    assert!(start.elapsed() >= delay);
    site.set_token_delay(Duration::ZERO);
    let body = json!({ "username": "admin", "password": "password" });
    for (failure, status, code) in [
        (SignInFailure::WrongPassword, 500, json!("incorrect_password")),
        (SignInFailure::BadConfig, 500, json!("api_api_bearer_auth_create_token")),
        (SignInFailure::ServerErrorJson, 500, json!("internal_server_error")),
        (SignInFailure::NoToken, 200, Value::Null),
    ] {
        site.fail_sign_in(Some(failure));
        let reply = call(&site, LOGIN).json(&body).send().await;
        assert_eq!((reply.status, &reply.json()["code"]), (status, &code), "{failure:?}");
        assert!(reply.json()["access_token"].is_null());
    }
    site.fail_sign_in(None);
    assert_eq!(site.count("POST", "/api-bearer-auth/v1/login"), 5);
    assert_eq!(site.count("POST", "/api-bearer-auth/v1/tokens/refresh"), 1);
    assert!(!format!("{:?}", site.log()).contains(&pair.refresh));
}
