//! Simple JWT Login 4.0.0 and 3.6.6, as they were seen to respond.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use wp_testkit::{Plugin, Refusal, SignInFailure, SimpleJwtLogin, StandIn};

use crate::client::{Call, Reply, call, keys, raw};

const AUTH: &str = "POST /simple-jwt-login/v1/auth";
const REFRESH: &str = "POST /simple-jwt-login/v1/auth/refresh";
const VALIDATE: &str = "POST /simple-jwt-login/v1/auth/validate";
const REVOKE: &str = "POST /simple-jwt-login/v1/auth/revoke";
const SECOND: &str = "POST /simple-jwt-login/v1/auth/2fa";
const ME: &str = "GET /wp/v2/users/me";
const POSTS: &str = "GET /wp/v2/posts?_fields=id";

async fn site(settings: SimpleJwtLogin) -> StandIn {
    StandIn::builder().plugin(Plugin::SimpleJwtLogin(settings)).start().await
}

async fn both() -> [(StandIn, bool); 2] {
    [(site(SimpleJwtLogin::v3()).await, true), (site(SimpleJwtLogin::v4()).await, false)]
}

fn sign_in(site: &StandIn, password: &str) -> Call {
    call(site, AUTH).json(&json!({ "username": "editor", "password": password }))
}

/// What a sign-in or a renewal gave.
async fn data(call: Call) -> Value {
    let reply = call.send().await;
    assert_eq!((reply.status, &reply.json()["success"]), (200, &json!(true)), "{}", reply.text);
    reply.json()["data"].clone()
}

async fn jwt(site: &StandIn) -> String {
    data(sign_in(site, "password")).await["jwt"].as_str().unwrap().to_owned()
}

/// Status and number of an error of release 4.
fn fault(reply: &Reply) -> (u16, u64) {
    fault_under(reply, "error_code")
}

fn fault_under(reply: &Reply, key: &str) -> (u16, u64) {
    let body = reply.json();
    assert_eq!(keys(&body), ["success", "data"], "{body}");
    assert_eq!(body["success"], false);
    (reply.status, body["data"][key].as_u64().unwrap())
}

/// Its number as that release calls it.
fn number(reply: &Reply, three: bool) -> (u16, u64) {
    fault_under(reply, if three { "errorCode" } else { "error_code" })
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn simple_jwt_sign_in_by_login_email_or_either() {
    for (site, three) in both().await {
        let given = data(sign_in(&site, "password")).await;
        let expected: &[&str] = if three { &["jwt"] } else { &["jwt", "refresh_token"] };
        assert_eq!(keys(&given), expected);
        let claims = claims(given["jwt"].as_str().unwrap());
        assert_eq!(keys(&claims), ["iat", "exp", "email", "id", "site", "username", "iss"]);
        assert_eq!((&claims["id"], &claims["email"]), (&json!("2"), &json!("editor@example.org")));
        assert_eq!(
            (claims["site"].as_str(), claims["iss"].as_str()),
            (Some(&*site.url()), Some(&*site.url()))
        );
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 60 * 60);

        let email = "editor@example.org";
        for (name, value, status) in [
            ("username", "editor", 200),
            ("email", email, 200),
            ("login", "editor", 200),
            ("login", email, 200),
            ("username", email, if three { 400 } else { 401 }),
            ("email", "editor", if three { 400 } else { 401 }),
        ] {
            let sent = call(&site, AUTH).json(&json!({ name: value, "password": "password" })).send().await;
            assert_eq!(sent.status, status, "{name}={value}: {}", sent.text);
        }
        let form = "application/x-www-form-urlencoded";
        let query = "username=editor&password=password";
        data(call(&site, AUTH).text(form, query)).await;
        data(call(&site, &format!("{AUTH}?{query}"))).await;
        data(raw(&site, "POST /?rest_route=/simple-jwt-login/v1/auth").text(form, query)).await;
        assert_eq!(
            call(&site, "GET /simple-jwt-login/v1/auth").send().await.error(),
            (404, "rest_no_route".into())
        );
    }
}

#[tokio::test]
async fn simple_jwt_refusal_has_the_error_number_of_its_release() {
    for (site, three) in both().await {
        let app = site.application_password("editor");
        let wrong = if three { (400, 48) } else { (401, 48) };
        for (body, expected) in [
            (json!({ "username": "editor", "password": "no" }), wrong),
            (json!({ "username": "ghost", "password": "password" }), wrong),
            // `wp_authenticate` has no say.
            (json!({ "username": "editor", "password": app }), wrong),
            (json!({ "password": "password" }), if three { (400, 46) } else { (422, 46) }),
            (json!({ "username": "editor" }), if three { (400, 47) } else { (422, 47) }),
            (json!({ "username": "editor", "password": "" }), if three { wrong } else { (422, 47) }),
            (json!({ "username": "editor", "password": ["password"] }), if three { wrong } else { (500, 0) }),
        ] {
            let reply = call(&site, AUTH).json(&body).send().await;
            assert_eq!(number(&reply, three), expected, "{body}");
            assert_eq!(reply.header("X-Robots-Tag"), Some("noindex"));
        }
        let reply = sign_in(&site, "no").send().await;
        assert_eq!(reply.json()["data"]["message"], "Wrong user credentials.");
        let broken = call(&site, AUTH).text("application/json", "{").send().await;
        assert_eq!(broken.error(), (400, "rest_invalid_json".into()));
        let empty = usize::from(three);
        assert_eq!(site.counts().failed_sign_ins, 4 + 2 * empty);
        assert_eq!(site.counts().sign_ins, 0);
    }
}

#[tokio::test]
async fn simple_jwt_token_on_every_route_and_a_bad_one_closes_all() {
    for (site, three) in both().await {
        let token = jwt(&site).await;
        for authorization in [format!("Bearer {token}"), format!("bearer   {token}"), token.clone()] {
            let me = call(&site, ME).header("Authorization", &authorization).send().await;
            assert_eq!((me.status, &me.json()["id"]), (200, &json!(2)), "{authorization}");
        }
        assert_eq!(call(&site, &format!("{ME}?jwt={token}")).send().await.status, 200);
        assert_eq!(
            call(&site, ME).basic("editor", "x").send().await.error(),
            (401, "rest_not_logged_in".into())
        );

        let (signed, _) = token.rsplit_once('.').unwrap();
        let mut late = claims(&token);
        late["exp"] = json!(site.now() - 60);
        let mut nameless = claims(&token);
        nameless.as_object_mut().unwrap().remove("email");
        let mut gone = claims(&token);
        gone["email"] = json!("ghost@example.org");
        let none = if three { 400 } else { 500 };
        for (token, expected) in [
            ("a.b".to_owned(), (400, 2)),
            ("a.b.c".to_owned(), (400, 22)),
            (format!("{signed}.AAAA"), (400, 11)),
            (site.sign(&late), (if three { 401 } else { 400 }, 14)),
            (site.sign(&nameless), (none, 30)),
            (site.sign(&gone), (none, 54)),
        ] {
            for line in [ME, POSTS, "GET /", "OPTIONS /wp/v2/posts", "GET /nope", "POST /wp/v2/posts"] {
                let reply = call(&site, line).bearer(&token).send().await;
                assert_eq!(number(&reply, three), expected, "{line}");
                let kind = reply.json()["data"]["type"].clone();
                assert_eq!(kind, if three { json!("simple-jwt-login-middleware") } else { Value::Null });
            }
        }
        assert_eq!(site.counts().refused_tokens, 36);
        // A minute of grace, and no look at the plugin's own routes.
        late["exp"] = json!(site.now() - 30);
        assert_eq!(call(&site, ME).bearer(&site.sign(&late)).send().await.status, 200);
        assert_eq!(sign_in(&site, "password").bearer("a.b.c").send().await.status, 200);
        assert_eq!(
            call(&site, "GET /nope").bearer(&token).send().await.error(),
            (404, "rest_no_route".into())
        );

        site.expire_tokens();
        let code = if three { (401, 14) } else { (400, 14) };
        assert_eq!(number(&call(&site, ME).bearer(&token).send().await, three), code);
        site.replace_jwt_secret();
        assert_eq!(number(&call(&site, ME).bearer(&token).send().await, three), (400, 11));
        site.set_jwt_secret(None);
        assert_eq!(number(&call(&site, ME).bearer(&token).send().await, three), (400, 1));
        assert_eq!(sign_in(&site, "password").send().await.status, 200);
    }
}

#[tokio::test]
async fn simple_jwt_token_is_ignored_without_the_middleware() {
    for settings in [SimpleJwtLogin::v3(), SimpleJwtLogin::v4()] {
        let site = site(settings.without_middleware()).await;
        let token = jwt(&site).await;
        assert_eq!(call(&site, ME).bearer(&token).send().await.error(), (401, "rest_not_logged_in".into()));
        assert_eq!(call(&site, POSTS).bearer("a.b.c").send().await.status, 200);
        assert_eq!(call(&site, VALIDATE).bearer(&token).send().await.status, 200);
    }
}

#[tokio::test]
async fn simple_jwt_validate_returns_the_user() {
    for (site, three) in both().await {
        let token = jwt(&site).await;
        for line in [VALIDATE, "GET /simple-jwt-login/v1/auth/validate"] {
            let given = data(call(&site, line).bearer(&token)).await;
            assert_eq!(keys(&given), ["user", "roles", "jwt"]);
            assert_eq!((&given["user"]["ID"], &given["roles"]), (&json!("2"), &json!(["editor"])));
            assert_eq!(given["user"].get("user_pass"), None);
            let jwt = if three { &given["jwt"][0] } else { &given["jwt"] };
            assert_eq!(keys(jwt), ["token", "header", "payload", "expire_in"]);
            assert_eq!((&jwt["token"], &jwt["payload"]), (&json!(token), &claims(&token)));
        }
        data(call(&site, VALIDATE).json(&json!({ "JWT": token }))).await;
        let missing = call(&site, VALIDATE).send().await;
        assert_eq!(number(&missing, three), (if three { 400 } else { 422 }, 53));
        assert_eq!(number(&call(&site, VALIDATE).bearer("a.b.c").send().await, three), (400, 22));
        site.remove_user("editor");
        let gone = call(&site, VALIDATE).bearer(&token).send().await;
        assert_eq!(number(&gone, three), (if three { 400 } else { 404 }, 24));
    }
}

#[tokio::test]
async fn simple_jwt_revoked_token_is_refused_on_every_route() {
    for (site, three) in both().await {
        let given = data(sign_in(&site, "password")).await;
        let token = given["jwt"].as_str().unwrap();
        let reply = call(&site, REVOKE).bearer(token).send().await;
        let expected =
            json!({ "success": true, "message": "Token was revoked.", "data": { "jwt": [token] } });
        assert_eq!((reply.status, reply.json()), (200, expected));
        assert_eq!(number(&call(&site, ME).bearer(token).send().await, three), (401, 55));
        assert_eq!(number(&call(&site, VALIDATE).bearer(token).send().await, three), (401, 55));
        let again = call(&site, REVOKE).bearer(token).send().await;
        assert_eq!(number(&again, three), if three { (400, 0) } else { (401, 55) });
        assert_eq!(again.json()["data"]["message"], "Token was already revoked.");
        let refresh = json!({ "refresh_token": given["refresh_token"] });
        let refreshed = call(&site, REFRESH).json(&refresh).bearer(token).send().await;
        assert_eq!(number(&refreshed, three), (401, 55));
        if !three {
            assert_eq!(fault(&call(&site, REFRESH).json(&refresh).send().await), (401, 51));
        }
    }
}

#[tokio::test]
async fn simple_jwt_4_rotates_the_refresh_token() {
    let site = site(SimpleJwtLogin::v4()).await;
    site.set_now(1_795_369_858);
    let refresh = |token: &Value| call(&site, REFRESH).json(&json!({ "refresh_token": token }));
    let first = data(sign_in(&site, "password")).await;
    let other = data(sign_in(&site, "password")).await;
    site.advance(Duration::from_secs(3_000));
    let second = data(refresh(&first["refresh_token"]).bearer("a.b.c")).await;
    assert_eq!(keys(&second), ["jwt", "refresh_token"]);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    let lost = refresh(&first["refresh_token"]).send().await;
    assert_eq!(
        (fault(&lost), &lost.json()["data"]["message"]),
        ((401, 51), &json!("Invalid refresh token."))
    );
    // The older JWT lives on, and so does another session.
    for token in [&first["jwt"], &second["jwt"]] {
        assert_eq!(call(&site, ME).bearer(token.as_str().unwrap()).send().await.status, 200);
    }
    let other = data(refresh(&other["refresh_token"])).await;
    assert_eq!(fault(&call(&site, REFRESH).send().await), (422, 51));
    let (renewals, failed) = (site.counts().renewals, site.counts().failed_renewals);
    assert_eq!((renewals, failed), (2, 2));

    site.advance(Duration::from_secs(14 * 24 * 60 * 60));
    assert_eq!(fault(&refresh(&second["refresh_token"]).send().await), (401, 51));
    assert_eq!(fault(&refresh(&other["refresh_token"]).send().await), (401, 51));
    let third = data(sign_in(&site, "password")).await;
    assert!(site.revoke("editor"));
    assert_eq!(fault(&refresh(&third["refresh_token"]).send().await), (401, 51));
    assert_eq!(call(&site, ME).bearer(third["jwt"].as_str().unwrap()).send().await.status, 200);
    let fourth = data(sign_in(&site, "password")).await;
    site.remove_user("editor");
    assert_eq!(fault(&refresh(&fourth["refresh_token"]).send().await), (401, 55));

    let without = self::site(SimpleJwtLogin::v4().without_refresh()).await;
    assert_eq!(keys(&data(sign_in(&without, "password")).await), ["jwt"]);
    assert_eq!(fault(&call(&without, REFRESH).send().await), (403, 81));
}

#[tokio::test]
async fn simple_jwt_3_renews_a_jwt_until_two_weeks_after_expiry() {
    let site = site(SimpleJwtLogin::v3()).await;
    site.set_now(1_795_369_858);
    let first = jwt(&site).await;
    site.advance(Duration::from_secs(60 * 60 + 60));
    assert_eq!(number(&call(&site, ME).bearer(&first).send().await, true), (401, 14));
    let renewed = data(call(&site, REFRESH).bearer(&first)).await;
    assert_eq!(keys(&renewed), ["jwt"]);
    let second = renewed["jwt"].as_str().unwrap();
    let (before, after) = (claims(&first), claims(second));
    assert_eq!(after["iat"], before["iat"]);
    assert_eq!(after["exp"].as_i64().unwrap() - before["exp"].as_i64().unwrap(), 60 * 60 + 60);
    assert_eq!(call(&site, ME).bearer(second).send().await.status, 200);
    // What is renewed stays what it was, so it can be renewed again.
    data(call(&site, REFRESH).json(&json!({ "JWT": first }))).await;
    for (token, expected) in [("a.b.c", (400, 22)), (&format!("{first}x"), (400, 11))] {
        assert_eq!(number(&call(&site, REFRESH).bearer(token).send().await, true), expected);
    }
    assert_eq!(number(&call(&site, REFRESH).send().await, true), (400, 51));
    site.advance(Duration::from_secs(14 * 24 * 60 * 60 - 60));
    data(call(&site, REFRESH).bearer(&first)).await;
    site.advance(Duration::from_secs(1));
    assert_eq!(number(&call(&site, REFRESH).bearer(&first).send().await, true), (400, 50));
    assert_eq!((site.counts().renewals, site.counts().failed_renewals), (3, 4));

    let endless = self::site(SimpleJwtLogin::v3().without_expiry()).await;
    let token = jwt(&endless).await;
    assert_eq!(claims(&token).get("exp"), None);
    endless.advance(Duration::from_secs(1 << 30));
    assert_eq!(call(&endless, ME).bearer(&token).send().await.status, 200);
    data(call(&endless, REFRESH).bearer(&token)).await;
}

#[tokio::test]
async fn simple_jwt_second_factor_requires_a_code() {
    let site = site(SimpleJwtLogin::v4()).await;
    assert_eq!(fault(&call(&site, SECOND).send().await), (403, 105));
    assert!(site.set_second_factor("editor", Some("123456")));
    let given = data(sign_in(&site, "password")).await;
    assert_eq!(keys(&given), ["jwt", "two_factor_required", "provider"]);
    assert_eq!(
        (&given["two_factor_required"], &given["provider"]),
        (&json!(true), &json!("Two_Factor_Totp"))
    );
    let interim = given["jwt"].as_str().unwrap();
    assert_eq!(
        keys(&claims(interim)),
        ["iat", "exp", "tfa_pending", "tfa_user_id", "tfa_nonce", "tfa_provider"]
    );
    assert_eq!(site.counts().sign_ins, 0);
    // It is good for nothing else.
    for line in [ME, POSTS, VALIDATE] {
        assert_eq!(fault(&call(&site, line).bearer(interim).send().await), (500, 110), "{line}");
    }
    let complete = |token: &str, code: &str| call(&site, SECOND).bearer(token).json(&json!({ "code": code }));
    assert_eq!(fault(&call(&site, SECOND).json(&json!({ "code": "123456" })).send().await), (422, 23));
    assert_eq!(fault(&complete(interim, "").send().await), (422, 109));
    assert_eq!(fault(&complete(interim, "654321").send().await), (500, 109));
    assert_eq!(fault(&complete(&site.token("author"), "123456").send().await), (422, 106));
    assert_eq!(fault(&complete("a.b.c", "123456").send().await), (400, 22));
    let done = data(complete(interim, "123456")).await;
    assert_eq!(keys(&done), ["jwt", "refresh_token"]);
    assert_eq!(call(&site, ME).bearer(done["jwt"].as_str().unwrap()).send().await.json()["id"], 2);
    assert_eq!((site.counts().sign_ins, site.counts().failed_sign_ins), (1, 1));
    // A code is good once; a renewal asks for none.
    assert_eq!(fault(&complete(interim, "123456").send().await), (500, 109));
    data(call(&site, REFRESH).json(&json!({ "refresh_token": done["refresh_token"] }))).await;
    // A later sign-in takes the earlier one's place, and neither waits for long.
    site.set_second_factor("editor", Some("222222"));
    let later = data(sign_in(&site, "password")).await["jwt"].as_str().unwrap().to_owned();
    assert_eq!(fault(&complete(interim, "222222").send().await), (500, 107));
    assert_eq!(fault(&complete(&later, "222222").send().await), (500, 107), "a wrong nonce ends the sign-in");
    let last = data(sign_in(&site, "password")).await["jwt"].as_str().unwrap().to_owned();
    site.advance(Duration::from_secs(5 * 60));
    assert_eq!(fault(&complete(&last, "222222").send().await), (400, 14));
    site.set_second_factor("editor", None);
    assert_eq!(keys(&data(sign_in(&site, "password")).await), ["jwt", "refresh_token"]);

    let three = self::site(SimpleJwtLogin::v3()).await;
    three.set_second_factor("editor", Some("123456"));
    assert_eq!(keys(&data(sign_in(&three, "password")).await), ["jwt"]);
    assert_eq!(call(&three, SECOND).send().await.error(), (404, "rest_no_route".into()));
}

#[tokio::test]
async fn simple_jwt_sign_in_failures_are_configurable() {
    for (site, three) in both().await {
        for (failure, expected) in [
            (SignInFailure::WrongPassword, (if three { 400 } else { 401 }, 48)),
            (SignInFailure::BadConfig, (if three { 400 } else { 403 }, 45)),
        ] {
            site.fail_sign_in(Some(failure));
            assert_eq!(number(&sign_in(&site, "password").send().await, three), expected);
        }
        site.fail_sign_in(None);
        site.refuse_sign_in(Refusal::new("too_many_retries", "").status(429).header("Retry-After", "3"));
        let limited = sign_in(&site, "password").send().await;
        assert_eq!((limited.status, limited.header("Retry-After")), (429, Some("3")));
    }
}

#[tokio::test]
async fn simple_jwt_passwords_with_quotes_need_slashes_except_in_4() {
    let typed = r#"it's a \"secret\""#.replace('\\', "");
    let kept = r#"it\'s a \"secret\""#;
    for (plugin, endpoint, adds) in [
        (Plugin::SimpleJwtLogin(SimpleJwtLogin::v4()), AUTH, true),
        (Plugin::SimpleJwtLogin(SimpleJwtLogin::v3()), AUTH, false),
        (Plugin::JwtAuth, "POST /jwt-auth/v1/token", false),
        (Plugin::UsefulTeam, "POST /jwt-auth/v1/token", false),
    ] {
        let site = StandIn::builder().plugin(plugin.clone()).start().await;
        site.set_password("editor", &typed);
        for (sent, right) in [(typed.as_str(), adds), (kept, !adds)] {
            let reply =
                call(&site, endpoint).json(&json!({ "username": "editor", "password": sent })).send().await;
            assert_eq!(reply.status == 200, right, "{plugin:?} {sent}: {}", reply.text);
        }
    }
}

#[tokio::test]
async fn simple_jwt_3_sanitizes_passwords_so_some_never_match() {
    let [(three, _), (four, _)] = both().await;
    for (password, survives) in [
        ("plain pass", true),
        ("with  two", false),
        (" edge", false),
        ("100%25", false),
        ("100%", true),
        ("<b>bold</b>", false),
    ] {
        for (site, right) in [(&three, survives), (&four, true)] {
            site.set_password("editor", password);
            assert_eq!(sign_in(site, password).send().await.status == 200, right, "{password}");
        }
    }
}
