//! What differs between the plugins that renew tokens, against observed responses.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::Response;
use http::header::{COOKIE, SET_COOKIE};
use serde_json::json;
use wp_auth::{
    ApiBearerAuth, AuthErrorKind, Authorize, ExposeSecret, Identity, JwtAuth, Login, MiniOrangeJwt,
    SavedToken, UsefulTeamJwt,
};

use crate::site::{body, site, site_of, text};

const LOGIN: &str = "/wp-json/api-bearer-auth/v1/login";
const REFRESH: &str = "/wp-json/api-bearer-auth/v1/tokens/refresh";

/// As old releases of the plugin respond, which send more than they should.
fn granted(access: &str) -> String {
    json!({"wp_user": {"data": {"ID": "7", "user_login": "ana", "user_pass": "$P$hash", "user_nicename": "ana",
        "user_email": "ana@example.org", "user_activation_key": "1:key", "display_name": "Ana"}, "ID": 7,
        "roles": ["editor"]}, "access_token": access, "expires_in": 3600, "refresh_token": "refresh-1"})
    .to_string()
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, json!({"code": code, "message": "No.", "data": {"status": status}}).to_string())
}

type Log = Arc<Mutex<Vec<(String, String)>>>;

#[tokio::test]
async fn token_is_renewed_under_its_client_name() {
    let log: Log = Arc::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = site(move |request, count| {
        seen.lock().unwrap().push((request.uri().path().to_owned(), body(request)));
        match request.uri().path() {
            LOGIN => (200, granted("access-1")),
            _ => (
                200,
                json!({"access_token": format!("access-{}", count + 1), "expires_in": 3600}).to_string(),
            ),
        }
    });
    let identity = Identity::new(ApiBearerAuth::new("ana", "hunter2").client_name("sync"));
    let first = identity.token(&site).await.unwrap();
    let owner = first.profile().unwrap();
    assert_eq!(
        (owner.id.unwrap().get(), owner.login.as_deref(), &*owner.roles),
        (7, Some("ana"), &["editor".to_owned()][..])
    );
    // The hash and the key are dropped, not kept.
    let saved = first.save().unwrap();
    assert!(!format!("{first:?} {saved:?} {}", saved.to_json().expose_secret()).contains("$P$hash"));
    assert!(!saved.to_json().expose_secret().contains("1:key"));

    for number in 2..=3 {
        clock.advance(3600);
        let token = identity.token(&site).await.unwrap();
        assert_eq!(text(&token), format!("access-{number}"));
        assert_eq!(token.profile(), first.profile(), "the response says nothing of the user");
    }
    let log = log.lock().unwrap();
    assert_eq!(log[0].1, r#"{"username":"ana","password":"hunter2","client_name":"sync"}"#);
    for (path, body) in &log[1..] {
        assert_eq!((&**path, &**body), (REFRESH, r#"{"token":"refresh-1","client_name":"sync"}"#));
    }
    assert_eq!(log.len(), 3);
}

#[tokio::test]
async fn expired_refresh_token_causes_a_sign_in_or_sign_in_required() {
    let script = |request: &http::Request<wp_core::Body>, _| match request.uri().path() {
        LOGIN => (200, granted("access")),
        _ => refused(401, "api_api_bearer_auth_error_invalid_token"),
    };
    let saved = || SavedToken::refresh("old").client_name("sync");

    // An opaque token is not tried twice; a lone refresh token may be of the other mode.
    let (site, clock, requests) = site(script);
    let provider =
        Identity::builder(ApiBearerAuth::new("ana", "hunter2").client_name("sync")).resume(saved());
    let task = tokio::spawn({
        let site = site.clone();
        async move { provider.build().token(&site).await.map(|token| text(&token).to_owned()) }
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    assert!(!task.is_finished(), "it waits a second, and tries again");
    clock.advance(2);
    assert_eq!(task.await.unwrap().unwrap(), "access");
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 3);

    let (site, clock, _) = self::site(script);
    let identity = Identity::builder(ApiBearerAuth::without_password()).resume(saved()).build();
    let task = tokio::spawn({
        let (identity, site) = (identity.clone(), site.clone());
        async move { identity.token(&site).await.unwrap_err() }
    });
    for _ in 0..50 {
        tokio::task::yield_now().await;
    }
    clock.advance(2);
    let error = task.await.unwrap();
    assert_eq!(error.kind(), AuthErrorKind::SignInRequired);
    assert_eq!(error.api_error().unwrap().code().as_str(), "api_api_bearer_auth_error_invalid_token");
}

#[tokio::test]
async fn refresh_token_of_another_client_name_is_not_renewed() {
    let log: Log = Arc::default();
    let seen = Arc::clone(&log);
    let (site, _, _) = site(move |request, _| {
        seen.lock().unwrap().push((request.uri().path().to_owned(), body(request)));
        (200, granted("mine"))
    });
    let saved = SavedToken::refresh("theirs").client_name("fleet");
    let identity = Identity::builder(ApiBearerAuth::new("ana", "hunter2")).resume(saved).build();
    assert_eq!(text(&identity.token(&site).await.unwrap()), "mine");
    let log = log.lock().unwrap();
    assert_eq!((log.len(), &*log[0].0), (1, LOGIN));
    assert!(log[0].1.contains("client_name") && !log[0].1.contains("fleet"));
}

#[tokio::test]
async fn two_identities_of_one_program_have_different_client_names() {
    let log: Log = Arc::default();
    let seen = Arc::clone(&log);
    let (site, _, _) = site(move |request, _| {
        seen.lock().unwrap().push((String::new(), body(request)));
        (200, granted("access"))
    });
    let two = [(); 2].map(|()| Identity::new(ApiBearerAuth::new("ana", "hunter2")));
    for identity in &two {
        identity.token(&site).await.unwrap();
    }
    let names = named(&log);
    assert_ne!(names[0], names[1]);
    // The program, a number, and the machine, for people.
    for name in names {
        assert!(name.starts_with("it-") && !name.contains(".shared-") && !name.contains(".visit-"), "{name}");
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let machine: String = machine.trim().chars().take(12).collect();
        assert!(machine.is_empty() || name.contains(&format!("@{machine}-")), "{name}");
    }
    let of_length = |length| Identity::new(ApiBearerAuth::new("ana", "x").client_name("n".repeat(length)));
    assert!(of_length(45).token(&site).await.is_ok());
    let error = of_length(46).token(&site).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Invalid);
    assert!(error.to_string().contains("45"), "{error}");
}

/// The field `client_name` of each request.
fn named(log: &Log) -> Vec<String> {
    let name = |body: &str| serde_json::from_str::<serde_json::Value>(body).unwrap()["client_name"].clone();
    log.lock().unwrap().iter().map(|(_, body)| name(body).as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn each_sign_in_has_its_own_client_name_and_invalidates_no_other_token() {
    for store in [None, Some(wp_auth::MemoryStore::new())] {
        let log: Log = Arc::default();
        let seen = Arc::clone(&log);
        let (site, ..) = site(move |request, _| {
            seen.lock().unwrap().push((String::new(), body(request)));
            (200, granted("access"))
        });
        let builder = Identity::builder(ApiBearerAuth::new("ana", "hunter2"));
        let identity = match store {
            Some(store) => builder.store(store).build(),
            None => builder.build(),
        };
        identity.token(&site).await.unwrap();
        identity.sign_in(&site).await.unwrap();
        identity.sign_in(&site).await.unwrap();
        let names = named(&log);
        assert!(!names[0].contains("visit") && names[1..].iter().all(|name| name.contains(".visit-")));
        assert_ne!(names[1], names[2]);
        assert!(names.iter().all(|name| name.len() <= 45), "{names:?}");
    }
}

#[tokio::test]
async fn renewal_updates_the_user_only_if_the_response_names_one() {
    type Row = (serde_json::Value, [Option<&'static str>; 2]);
    let rows: [Row; 4] = [
        (json!({"ID": 7}), [Some("ana"), Some("ana@example.org")]),
        (json!({"ID": 7, "data": {"user_login": "eva"}}), [Some("eva"), None]),
        (json!({"ID": 7, "data": {"user_email": "eva@example.org"}}), [None, Some("eva@example.org")]),
        (
            json!({"ID": 7, "data": {"user_login": "eva", "user_email": "eva@example.org"}}),
            [Some("eva"), Some("eva@example.org")],
        ),
    ];
    for (user, [login, email]) in rows {
        let (site, clock, _) = site(move |request, _| match request.uri().path() {
            LOGIN => (200, granted("access")),
            _ => (200, json!({"wp_user": user, "access_token": "renewed", "expires_in": 3600}).to_string()),
        });
        let identity = Identity::new(ApiBearerAuth::new("ana", "hunter2").client_name("sync"));
        identity.token(&site).await.unwrap();
        clock.advance(3600);
        let token = identity.token(&site).await.unwrap();
        let owner = token.profile().unwrap();
        assert_eq!((text(&token), owner.login.as_deref(), owner.email.as_deref()), ("renewed", login, email));
    }
}

#[test]
fn scheme_kind_and_header_use_per_provider() {
    use wp_auth::{Basic, SchemeKind};
    let application = Identity::new(Basic::application_password("ana", "x"));
    let account = Identity::new(Basic::account_password("ana", "x"));
    for (identity, name, kind, reads_one_header) in [
        (&application, "application password", SchemeKind::ApplicationPassword, false),
        (&account, "account password", SchemeKind::AccountPassword, true),
        (&ApiBearerAuth::new("ana", "x").into(), "ApiBearerAuth", SchemeKind::TokenPlugin, true),
        (&JwtAuth::new("ana", "x").into(), "JwtAuth", SchemeKind::TokenPlugin, false),
    ] {
        let scheme = identity.scheme();
        assert_eq!((scheme.name(), scheme.kind()), (name, kind));
        assert_eq!(scheme.reads_one_header(), reads_one_header, "{name}");
    }
    let wrong = Some(AuthErrorKind::WrongCredentials);
    for (code, of_application, of_account) in [
        ("incorrect_password", wrong, None),
        ("application_passwords_disabled_for_user", Some(AuthErrorKind::NotOffered), None),
        ("INVALID_PASSWORD", wrong, wrong),
        ("rest_forbidden", None, None),
    ] {
        let error = wp_core::ApiError::new(http::StatusCode::UNAUTHORIZED, code, "");
        assert_eq!(application.classify(&error), of_application, "{code}");
        assert_eq!(account.classify(&error), of_account, "{code}");
    }
}

#[tokio::test]
async fn sign_in_errors_are_classified_per_plugin() {
    type Row = (fn() -> Identity, u16, &'static str, AuthErrorKind);
    let bearer: fn() -> Identity = || ApiBearerAuth::new("ana", "hunter2").into();
    let orange: fn() -> Identity = || MiniOrangeJwt::new("ana", "hunter2").into();
    let useful: fn() -> Identity = || UsefulTeamJwt::new("ana", "hunter2").into();
    let rows: [Row; 16] = [
        (bearer, 500, "incorrect_password", AuthErrorKind::WrongCredentials),
        (bearer, 500, "invalid_email", AuthErrorKind::WrongCredentials),
        (bearer, 500, "empty_username", AuthErrorKind::WrongCredentials),
        // Core's error about the host's own password.
        (bearer, 401, "invalid_username", AuthErrorKind::Misconfigured),
        (bearer, 401, "api_bearer_auth_not_logged_in", AuthErrorKind::Misconfigured),
        (bearer, 401, "api_api_bearer_auth_wrong_blog", AuthErrorKind::WrongSite),
        (bearer, 500, "api_api_bearer_auth_create_token", AuthErrorKind::Misconfigured),
        (bearer, 400, "rest_invalid_json", AuthErrorKind::Refused),
        (orange, 400, "INVALID_CREDENTIALS", AuthErrorKind::WrongCredentials),
        (orange, 401, "BAD_REQUEST", AuthErrorKind::Misconfigured),
        (orange, 429, "TOO_MANY_REQUESTS", AuthErrorKind::LockedOut),
        (orange, 404, "rest_no_route", AuthErrorKind::NotOffered),
        (useful, 401, "incorrect_password", AuthErrorKind::WrongCredentials),
        (useful, 401, "jwt_auth_custom_auth_failed", AuthErrorKind::WrongCredentials),
        (useful, 500, "jwt_auth_bad_config", AuthErrorKind::Misconfigured),
        (useful, 404, "rest_no_route", AuthErrorKind::NotOffered),
    ];
    for (identity, status, code, kind) in rows {
        let (site, ..) = site(move |_, _| refused(status, code));
        let error = identity().token(&site).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code} {status}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn response_of_another_plugin_is_named() {
    let response = json!({"success": true, "data": {"token": "a.b.c"}}).to_string();
    let (site, ..) = site(move |_, _| (200, response.clone()));
    let error = Identity::new(JwtAuth::new("ana", "x")).token(&site).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::NotOffered);
    assert!(error.to_string().contains("UsefulTeamJwt"), "{error}");
}

fn useful_token(iat: u64) -> String {
    use base64::Engine as _;
    let claims = json!({"iat": iat, "exp": iat + 600, "data": {"user": {"id": 7}}}).to_string();
    let token = format!("e30.{}.c2ln", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims));
    json!({"success": true, "statusCode": 200, "data": {"token": token, "id": 7, "displayName": "Ana"}})
        .to_string()
}

#[tokio::test]
async fn refresh_cookie_signs_in_and_is_exchanged_at_half_its_lifetime() {
    let log: Log = Arc::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = site_of(move |request, count| {
        let cookie = request.headers().get(COOKIE);
        assert!(cookie.is_none_or(http::HeaderValue::is_sensitive));
        let cookie = cookie.map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
        let path = request.uri().path().rsplit('/').next().unwrap().to_owned();
        seen.lock().unwrap().push((path.clone(), format!("{cookie}|{}", body(request))));
        let response = Response::builder().status(200);
        let set = |name: &str| format!("refresh_token=7.{name}; Max-Age=2592000; path=/; HttpOnly");
        match (&*path, cookie.is_empty()) {
            ("token", true) => {
                response.header(SET_COOKIE, set("first")).body(useful_token(count as u64)).unwrap()
            }
            ("token", false) => response.body(useful_token(count as u64)).unwrap(),
            _ => {
                response.header(SET_COOKIE, set("second")).body(json!({"success": true}).to_string()).unwrap()
            }
        }
    });
    let identity = Identity::new(UsefulTeamJwt::new("ana", "hunter2 &").client_name("laptop"));
    for seconds in [0, 600, 16 * 24 * 3600, 600] {
        clock.advance(seconds);
        identity.token(&site).await.unwrap();
    }
    let log = log.lock().unwrap();
    let expected = [
        ("token", "|username=ana&password=hunter2%20%26&device=laptop"),
        ("token", "refresh_token=7.first|device=laptop"),
        ("token", "refresh_token=7.first|device=laptop"),
        ("refresh", "refresh_token=7.first|device=laptop"),
        ("token", "refresh_token=7.second|device=laptop"),
    ];
    assert_eq!(log.iter().map(|(path, sent)| (&**path, &**sent)).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn failed_exchange_of_the_refresh_cookie_keeps_it() {
    let (site, clock, _) = site_of(move |request, count| {
        let response = Response::builder();
        match (request.uri().path().rsplit('/').next(), request.headers().contains_key(COOKIE)) {
            (Some("refresh"), _) => response.status(502).body("<html>".to_owned()).unwrap(),
            (_, false) => {
                let set = "refresh_token=7.first; Max-Age=2592000; path=/; HttpOnly";
                response.header(SET_COOKIE, set).body(useful_token(count as u64)).unwrap()
            }
            _ => response.body(useful_token(count as u64)).unwrap(),
        }
    });
    let identity = Identity::new(UsefulTeamJwt::new("ana", "hunter2"));
    identity.token(&site).await.unwrap();
    clock.advance(16 * 24 * 3600);
    let saved = identity.token(&site).await.unwrap().save().unwrap();
    assert!(saved.to_json().expose_secret().contains("7.first"));
}

#[tokio::test]
async fn login_from_is_called_only_as_the_last_resort() {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let provider = ApiBearerAuth::login_from(move || {
        *count.lock().unwrap() += 1;
        async { Some(Login::new("ana", "hunter2")) }
    });
    let (site, clock, _) = site(|request, _| match request.uri().path() {
        LOGIN => (200, granted("access")),
        _ => (200, json!({"access_token": "renewed", "expires_in": 3600}).to_string()),
    });
    let identity = Identity::new(provider.client_name("sync"));
    identity.token(&site).await.unwrap();
    clock.advance(3600);
    assert_eq!(text(&identity.token(&site).await.unwrap()), "renewed");
    assert_eq!(*asked.lock().unwrap(), 1);

    let anonymous = Identity::new(JwtAuth::login_from(|| async { None }));
    assert_eq!(anonymous.token(&site).await.unwrap_err().kind(), AuthErrorKind::SignInRequired);
}

#[tokio::test]
async fn saved_token_is_used_until_it_expires() {
    let (site, clock, requests) = site(|_, _| (200, granted("new")));
    let first =
        Identity::new(ApiBearerAuth::new("ana", "hunter2").client_name("sync")).token(&site).await.unwrap();
    let saved = SavedToken::from_json(first.save().unwrap().to_json().expose_secret()).unwrap();
    clock.advance(60);
    let later =
        Identity::builder(ApiBearerAuth::new("ana", "hunter2").client_name("sync")).resume(saved).build();
    let token = later.token(&site).await.unwrap();
    assert_eq!(
        (text(&token), token.expires_at(), token.profile()),
        (text(&first), first.expires_at(), first.profile())
    );
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 1);
    clock.advance(Duration::from_secs(3600).as_secs());
    later.token(&site).await.unwrap();
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 2);
}

/// The plugin keeps one opaque token a name, so the old one is dead as soon as the new one is made.
#[tokio::test]
async fn opaque_token_is_not_used_during_its_renewal_but_a_jwt_is() {
    for (access, shared) in [("opaque", false), ("e30.e30.c2ln", true)] {
        let (asked, go) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
        let transport = Slow { access, asked: Arc::clone(&asked), go: Arc::clone(&go) };
        let clock = crate::site::TestClock::new();
        let root = wp_core::ApiRoot::of_site("https://example.org").unwrap();
        let site = wp_core::Site::new(root, Arc::new(transport), Arc::clone(&clock) as _);
        let identity = Identity::new(ApiBearerAuth::new("ana", "hunter2").client_name("sync"));
        identity.token(&site).await.unwrap();
        clock.advance(3500); // in the early window
        let ask = || {
            let (identity, site) = (identity.clone(), site.clone());
            tokio::spawn(async move { identity.token(&site).await.map(|token| text(&token).to_owned()) })
        };
        let first = ask();
        asked.notified().await;
        let second = ask();
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        assert_eq!(second.is_finished(), shared, "{access}");
        go.notify_one();
        assert_eq!(first.await.unwrap().unwrap(), "renewed");
        assert_eq!(second.await.unwrap().unwrap(), if shared { access } else { "renewed" });
    }
}

/// A site whose renewal hangs until it is released.
struct Slow {
    access: &'static str,
    asked: Arc<tokio::sync::Notify>,
    go: Arc<tokio::sync::Notify>,
}

#[wp_core::async_trait]
impl wp_core::Transport for Slow {
    async fn send(
        &self,
        request: http::Request<wp_core::Body>,
    ) -> Result<Response<wp_core::Body>, wp_core::TransportError> {
        if request.uri().path() == LOGIN {
            return Ok(Response::new(granted(self.access).into()));
        }
        self.asked.notify_one();
        self.go.notified().await;
        Ok(Response::new(json!({"access_token": "renewed", "expires_in": 3600}).to_string().into()))
    }
}

#[tokio::test]
async fn a_saved_token_is_not_sent_to_another_site() {
    let (site, _, requests) = site(|_, _| (200, granted("access")));
    let provider = || ApiBearerAuth::new("ana", "hunter2").client_name("sync");
    let saved = Identity::new(provider()).token(&site).await.unwrap().save().unwrap();
    let saved = SavedToken::from_json(saved.to_json().expose_secret()).unwrap();
    let root = wp_core::ApiRoot::of_site("https://example.com").unwrap();
    let other = wp_core::Site::new(root, Arc::clone(site.transport()), Arc::clone(site.clock()));
    let error = Identity::builder(provider()).resume(saved).build().token(&other).await.unwrap_err();
    assert_eq!(error.kind(), AuthErrorKind::Invalid);
    assert!(error.to_string().contains("is for https://example.org/wp-json/,"), "{error}");
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 1);
}

/// A plugin that ignores a bad token lets it look good on public routes: on a server that drops the header, each
/// refusal would cost a sign-in.
#[tokio::test]
async fn replacement_of_an_ignored_token_is_not_replaced_at_once() {
    let (site, clock, requests) = site(|_, count| (200, useful_token(count as u64)));
    let identity = Identity::new(UsefulTeamJwt::new("ana", "hunter2"));
    let first = identity.token(&site).await.unwrap();
    clock.advance(61);
    assert!(identity.refused(&site, &first));
    let second = identity.token(&site).await.unwrap();
    for _ in 0..10 {
        let route = wp_core::Route::new("/wp/v2/posts").unwrap();
        let request =
            site.request(http::Method::GET, &route, &wp_core::Query::new(), wp_core::Body::empty()).unwrap();
        let signed = Authorize::new(site.clone(), Some(identity.clone()));
        assert!(wp_core::Transport::send(&signed, request).await.unwrap().status().is_success());
        assert!(!identity.refused(&site, &second));
    }
    assert_eq!(requests.load(std::sync::atomic::Ordering::SeqCst), 12);
    clock.advance(61);
    assert!(identity.refused(&site, &second));
}

#[test]
fn identity_builder_calls_are_order_independent() {
    let refusal = wp_core::ApiError::new(http::StatusCode::FORBIDDEN, "jwt_auth_bad_iss", "");
    let builder = || Identity::builder(JwtAuth::new("ana", "hunter2"));
    let (saved, store) = (|| SavedToken::access("t"), wp_auth::MemoryStore::new());
    for identity in [
        builder().in_header("X-Authorization").resume(saved()).store(store.clone()).build(),
        builder().store(store.clone()).resume(saved()).in_header("X-Authorization").build(),
    ] {
        assert_eq!(identity.classify(&refusal), Some(AuthErrorKind::WrongSite), "{identity:?}");
        assert_eq!(identity.scheme().name(), "JwtAuth", "{identity:?}");
        let token = identity.restore(&saved()).unwrap();
        assert_eq!(token.credential().headers().next().unwrap().0, "x-authorization", "{identity:?}");
    }
}
