//! Failed renewals, and the renewals of Simple JWT Login.

use std::fmt;
use std::sync::{Arc, Mutex};

use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, Response};
use serde_json::json;
use wp_auth::{
    ApiBearerAuth, AuthErrorKind, Authorize, ExposeSecret, Identity, Lease, Login, MemoryStore,
    SimpleJwtLogin, StoreEntry, StoreError, StoreLock, TokenStore, UsefulTeamJwt,
};
use wp_core::{
    ApiRoot, Body, Query, Route, Site, Transport, TransportError, TransportErrorKind, async_trait,
};

use crate::site::{TestClock, body, site, site_of, text};

type Log = Arc<Mutex<Vec<String>>>;
type Reply = Result<(u16, String), TransportErrorKind>;

/// What the renewals of one row respond.
type Renewal = fn() -> Reply;

const HTML: &str = "<html>Hello</html>";

#[allow(clippy::unnecessary_wraps)] // as a script gives it
fn error(status: u16, code: &str) -> Reply {
    Ok((status, json!({"code": code, "message": "No.", "data": {"status": status}}).to_string()))
}

/// Responds by a closure, which may fail.
struct Replies<F>(F);

#[async_trait]
impl<F: Fn(&Request<Body>) -> Reply + Send + Sync + 'static> Transport for Replies<F> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (status, body) = (self.0)(&request).map_err(TransportError::new)?;
        Ok(Response::builder().status(status).body(body.into()).unwrap())
    }
}

/// API Bearer Auth: sign-ins give `signed-in`, and renewals come to what `renewal` says. The last parts of the paths are
/// logged.
fn bearer_site(renewal: impl Fn() -> Reply + Send + Sync + 'static) -> (Site, Arc<TestClock>, Log) {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let transport = Replies(move |request: &Request<Body>| {
        let path = request.uri().path().rsplit('/').next().unwrap().to_owned();
        seen.lock().unwrap().push(path.clone());
        if path == "refresh" {
            return renewal();
        }
        Ok((
            200,
            json!({"access_token": "signed-in", "expires_in": 3600, "refresh_token": "refresh"}).to_string(),
        ))
    });
    let clock = TestClock::new();
    let root = ApiRoot::of_site("https://example.org").unwrap();
    (Site::new(root, Arc::new(transport), Arc::clone(&clock) as _), clock, log)
}

#[tokio::test]
async fn failed_renewal_falls_back_to_the_password_unless_transient() {
    let rows: [(Renewal, Option<AuthErrorKind>); 11] = [
        (|| error(404, "rest_no_route"), None),
        (|| error(500, "internal_server_error"), None),
        (|| error(403, "rest_forbidden"), None),
        (|| error(401, "api_api_bearer_auth_error_invalid_token"), None),
        (|| Ok((200, HTML.to_owned())), None),
        (|| Ok((404, HTML.to_owned())), None),
        (|| Ok((502, HTML.to_owned())), None),
        (|| Ok((200, "{}".to_owned())), None),
        (|| error(429, "too_many_requests"), Some(AuthErrorKind::RateLimited)),
        (|| Ok((429, HTML.to_owned())), Some(AuthErrorKind::RateLimited)),
        (|| Err(TransportErrorKind::Connect), Some(AuthErrorKind::Unreachable)),
    ];
    for (row, (renewal, kind)) in rows.into_iter().enumerate() {
        let (site, clock, log) = bearer_site(renewal);
        let identity = Identity::new(ApiBearerAuth::new("ana", "hunter2").client_name("sync"));
        identity.token(&site).await.unwrap();
        clock.advance(3600);
        let outcome = identity.token(&site).await;
        assert_eq!(outcome.as_ref().err().map(wp_auth::AuthError::kind), kind, "row {row}: {outcome:?}");
        let expected: &[&str] =
            if kind.is_none() { &["login", "refresh", "login"] } else { &["login", "refresh"] };
        assert_eq!(*log.lock().unwrap(), expected, "row {row}");
    }
}

#[tokio::test]
async fn refresh_token_without_a_password_is_retried_after_the_back_off() {
    let rows: [(Renewal, AuthErrorKind, u64); 5] = [
        (|| Err(TransportErrorKind::Connect), AuthErrorKind::Unreachable, 1),
        (|| Ok((502, HTML.to_owned())), AuthErrorKind::BadResponse, 15),
        (|| error(500, "internal_server_error"), AuthErrorKind::Refused, 15),
        (|| error(401, "api_api_bearer_auth_error_invalid_token"), AuthErrorKind::SignInRequired, 15),
        (|| error(429, "too_many_requests"), AuthErrorKind::RateLimited, 60),
    ];
    for (renewal, kind, wait) in rows {
        let works = Arc::new(Mutex::new(false));
        let working = Arc::clone(&works);
        let (site, clock, log) = bearer_site(move || {
            let renewed = json!({"access_token": "renewed", "expires_in": 3600}).to_string();
            if *working.lock().unwrap() { Ok((200, renewed)) } else { renewal() }
        });
        let signed_in = Identity::new(ApiBearerAuth::new("ana", "hunter2")).token(&site).await.unwrap();
        let saved = signed_in.save().unwrap();
        let identity = Identity::builder(ApiBearerAuth::without_password()).resume(saved).build();
        assert_eq!(text(&identity.token(&site).await.unwrap()), "signed-in");
        clock.advance(3600);
        for after in [0, wait - 1] {
            clock.advance(after);
            assert_eq!(identity.token(&site).await.unwrap_err().kind(), kind);
        }
        *works.lock().unwrap() = true;
        clock.advance(1);
        assert_eq!(text(&identity.token(&site).await.unwrap()), "renewed", "{kind:?}");
        assert_eq!(*log.lock().unwrap(), ["login", "refresh", "refresh"], "{kind:?}");
    }
}

#[tokio::test]
async fn refresh_cookie_is_appended_to_the_cookie_of_the_site_headers() {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = site_of(move |request, count| {
        let cookies: Vec<_> =
            request.headers().get_all(COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
        seen.lock().unwrap().push(cookies.join("|"));
        Response::builder()
            .header(SET_COOKIE, "refresh_token=7.first; Max-Age=2592000; path=/; HttpOnly")
            .body(
                json!({"success": true, "data": {"token": jwt(count, &json!({"exp": 600, "iat": 0}))}})
                    .to_string(),
            )
            .unwrap()
    });
    let site_headers: HeaderMap = [(COOKIE, HeaderValue::from_static("gate=open"))].into_iter().collect();
    let site = site.headers(site_headers);
    let identity = Identity::new(UsefulTeamJwt::new("ana", "hunter2"));
    for _ in 0..2 {
        identity.token(&site).await.unwrap();
        clock.advance(600);
    }
    assert_eq!(*log.lock().unwrap(), ["gate=open", "gate=open; refresh_token=7.first"]);
}

/// A JWT with these claims; another one for each `number`.
fn jwt(number: usize, claims: &serde_json::Value) -> String {
    use base64::Engine as _;
    let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims.to_string());
    format!("e30.{claims}.c2ln{number}")
}

/// One that was issued after so many hours, and lives for one more.
fn hour(number: usize) -> String {
    jwt(number, &json!({"iat": 3600 * number, "exp": 3600 * number + 3601}))
}

/// The same as release 3 renews it, which leaves the time of its issue as it was.
fn prolonged(number: usize) -> String {
    jwt(number, &json!({"iat": 0, "exp": 3600 * number + 3601}))
}

fn refused(status: u16, code: u32) -> (u16, String) {
    let data = json!({"message": "No.", "error_code": code});
    (status, json!({"success": false, "data": data}).to_string())
}

/// A store that logs what is kept.
#[derive(Clone)]
struct Logged(MemoryStore, Log);

struct LoggedLock(Box<dyn StoreLock>, Log);

impl fmt::Debug for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Logged")
    }
}

#[async_trait]
impl TokenStore for Logged {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        self.0.load(key).await
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let lock = self.0.lock(key, lease).await?;
        Ok(lock.map(|lock| Box::new(LoggedLock(lock, Arc::clone(&self.1))) as _))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.delete(key).await
    }

    fn is_sealed(&self) -> bool {
        true
    }
}

#[async_trait]
impl StoreLock for LoggedLock {
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError> {
        self.0.extend(lease).await
    }

    async fn release(self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError> {
        if let Some(saved) = entry.and_then(StoreEntry::token) {
            let token = saved.token().unwrap();
            let refresh = token.refresh().unwrap().secret().expose_secret();
            self.1.lock().unwrap().push(format!("kept {refresh}"));
        }
        self.0.release(entry).await
    }
}

async fn send(site: &Site, identity: &Identity) -> Result<u16, TransportError> {
    let route = Route::new("/wp/v2/posts").unwrap();
    let request = site.request(Method::GET, &route, &Query::new(), Body::empty()).unwrap();
    Authorize::new(site.clone(), Some(identity.clone()))
        .send(request)
        .await
        .map(|response| response.status().as_u16())
}

#[tokio::test]
async fn rotated_refresh_token_is_stored_before_the_next_request() {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = site(move |request, _| {
        let mut log = seen.lock().unwrap();
        let number =
            1 + log.iter().filter(|line| line.starts_with("auth") || line.starts_with("refresh")).count();
        let path = request.uri().path().rsplit('/').next().unwrap();
        if path == "posts" {
            let token = request.headers()[AUTHORIZATION].to_str().unwrap();
            log.push(format!("posts {}", token.rsplit("c2ln").next().unwrap()));
            return (200, "[]".to_owned());
        }
        log.push(format!("{path} {}", body(request)));
        let data = json!({"jwt": hour(number), "refresh_token": format!("r{number}")});
        (200, json!({"success": true, "data": data}).to_string())
    });
    let store = Logged(MemoryStore::new(), Arc::clone(&log));
    let identity = || Identity::builder(SimpleJwtLogin::new("ana", "hunter2")).store(store.clone()).build();
    let first = identity();
    for _ in 0..3 {
        assert_eq!(send(&site, &first).await.unwrap(), 200);
        clock.advance(3600);
    }
    // Another one, which begins with what is stored.
    assert_eq!(send(&site, &identity()).await.unwrap(), 200);
    let expected = [
        r#"auth {"login":"ana","password":"hunter2"}"#,
        "kept r1",
        "posts 1",
        r#"refresh {"refresh_token":"r1"}"#,
        "kept r2",
        "posts 2",
        r#"refresh {"refresh_token":"r2"}"#,
        "kept r3",
        "posts 3",
        r#"refresh {"refresh_token":"r3"}"#,
        "kept r4",
        "posts 4",
    ];
    assert_eq!(*log.lock().unwrap(), expected);
}

#[tokio::test]
async fn jwt_without_refresh_token_renews_itself_until_its_renewal_limit() {
    let log = Log::default();
    let seen = Arc::clone(&log);
    let (site, clock, _) = site(move |request, count| {
        let path = request.uri().path().rsplit('/').next().unwrap();
        seen.lock().unwrap().push(format!("{path} {}", body(request)));
        if path == "refresh" && count == 3 {
            return refused(422, 51);
        }
        (200, json!({"success": true, "data": {"jwt": prolonged(count)}}).to_string())
    });
    let identity = Identity::new(SimpleJwtLogin::new("ana", "hunter2"));
    for _ in 0..4 {
        identity.token(&site).await.unwrap();
        clock.advance(3600);
    }
    let renews = |number| format!(r#"refresh {{"JWT":"{}"}}"#, prolonged(number));
    let signs_in = r#"auth {"login":"ana","password":"hunter2"}"#.to_owned();
    assert_eq!(*log.lock().unwrap(), [signs_in.clone(), renews(0), renews(1), renews(2), signs_in]);
}

/// Simple JWT Login 4 at a user with a second factor: the code `123456` is right while the sign-in is not over.
fn two_factor_site(claims: &'static str, flag: bool) -> (Site, Arc<TestClock>, Log, Arc<Mutex<bool>>) {
    let (log, is_over) = (Log::default(), Arc::new(Mutex::new(false)));
    let (seen, over) = (Arc::clone(&log), Arc::clone(&is_over));
    let (site, clock, _) = site(move |request, _| {
        let path = request.uri().path().rsplit('/').next().unwrap();
        let token = request.headers().get(AUTHORIZATION).map_or("", |value| value.to_str().unwrap());
        seen.lock().unwrap().push(format!("{path} {}", token.rsplit('.').next().unwrap()));
        let granted = json!({"success": true, "data": {"jwt": hour(9), "refresh_token": "r9"}}).to_string();
        match path {
            "auth" => {
                let jwt = jwt(1, &serde_json::from_str(claims).unwrap());
                let data = if flag {
                    json!({"jwt": jwt, "two_factor_required": true, "provider": "Two_Factor_Totp"})
                } else {
                    json!({"jwt": jwt})
                };
                (200, json!({"success": true, "data": data}).to_string())
            }
            "2fa" if *over.lock().unwrap() => refused(500, 107),
            "2fa" if body(request) == r#"{"code":"123456"}"# => (200, granted),
            "2fa" => refused(500, 109),
            _ => (200, "[]".to_owned()),
        }
    });
    (site, clock, log, is_over)
}

/// Who has it, what it responds, and whether it signs in.
type Row = (fn() -> Identity, &'static str, bool);

#[tokio::test]
async fn second_factor_code_completes_the_sign_in_of_an_interim_token() {
    let given = || Identity::new(SimpleJwtLogin::new("ana", "hunter2"));
    let asking =
        || Identity::new(SimpleJwtLogin::login_from(|| async { Some(Login::new("ana", "hunter2")) }));
    let rows: [Row; 3] = [
        (given, r#"{"exp":300,"iat":0,"tfa_pending":1}"#, true),
        // Either of the two tells.
        (given, r#"{"exp":300,"iat":0,"tfa_pending":1}"#, false),
        (asking, r#"{"exp":300,"iat":0}"#, true),
    ];
    for (identity, claims, flag) in rows {
        let (site, clock, log, _) = two_factor_site(claims, flag);
        let identity = identity();
        let error = identity.token(&site).await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::SecondFactorRequired, "{error}");
        // A code is being typed: another sign-in would end this one.
        for wait in [0, 60, 238] {
            clock.advance(wait);
            let again = identity.token(&site).await.unwrap_err();
            assert_eq!(again.kind(), AuthErrorKind::SecondFactorRequired);
            assert!(again.second_factor().is_some());
            assert_eq!(
                identity.sign_in(&site).await.unwrap_err().kind(),
                AuthErrorKind::SecondFactorRequired
            );
            assert_eq!(send(&site, &identity).await.unwrap_err().kind(), TransportErrorKind::Credential);
        }
        let second_factor = error.second_factor().unwrap();
        assert_eq!(second_factor.method(), flag.then_some("Two_Factor_Totp"));
        assert!(!format!("{error:?} {second_factor:?}").contains("c2ln"), "{error:?}");
        let wrong = identity.complete_sign_in(&site, second_factor, &"654321".into()).await.unwrap_err();
        assert_eq!(wrong.kind(), AuthErrorKind::WrongCredentials, "{wrong}");
        assert!(!wrong.is_transient(), "a 500, and nothing to retry");
        let token = identity.complete_sign_in(&site, second_factor, &"123456".into()).await.unwrap();
        assert_eq!(text(&token), hour(9));
        assert_eq!(send(&site, &identity).await.unwrap(), 200);
        assert_eq!(*log.lock().unwrap(), ["auth ", "2fa c2ln1", "2fa c2ln1", "posts c2ln9"]);
    }
}

#[tokio::test]
async fn late_second_factor_code_requires_a_new_sign_in() {
    let given = || Identity::new(SimpleJwtLogin::new("ana", "hunter2"));
    let asking =
        || Identity::new(SimpleJwtLogin::login_from(|| async { Some(Login::new("ana", "hunter2")) }));
    // The site says so, also before its time; or the time is over.
    for (identity, wait) in [(given(), 300), (given(), 1), (asking(), 1), (asking(), 300)] {
        let (site, clock, log, is_over) = two_factor_site(r#"{"tfa_pending":1}"#, true);
        let error = identity.token(&site).await.unwrap_err();
        *is_over.lock().unwrap() = true;
        clock.advance(wait);
        let late = identity.complete_sign_in(&site, error.second_factor().unwrap(), &"123456".into()).await;
        let late = late.unwrap_err();
        assert_eq!(late.kind(), AuthErrorKind::SecondFactorRequired, "{late}");
        assert!(late.second_factor().is_none(), "it is over");
        *is_over.lock().unwrap() = false;
        let again = identity.sign_in(&site).await.unwrap_err();
        identity.complete_sign_in(&site, again.second_factor().unwrap(), &"123456".into()).await.unwrap();
        assert_eq!(*log.lock().unwrap(), ["auth ", "2fa c2ln1", "auth ", "2fa c2ln1"]);
    }
}

#[tokio::test]
async fn pending_second_factor_is_kept_until_it_expires() {
    // Less a second, to which the server rounds; five minutes where it does not say; within bounds.
    let rows = [
        (r#"{"exp":60,"iat":0,"tfa_pending":1}"#, 59),
        (r#"{"tfa_pending":1}"#, 300),
        (r#"{"exp":10,"iat":0,"tfa_pending":1}"#, 15),
        (r#"{"exp":7200,"iat":0,"tfa_pending":1}"#, 900),
    ];
    for (claims, life) in rows {
        let (site, clock, log, _) = two_factor_site(claims, true);
        let store = MemoryStore::new();
        let identity =
            || Identity::builder(SimpleJwtLogin::new("ana", "hunter2")).store(store.clone()).build();
        let first = identity();
        // Whatever failed before.
        for (wait, sign_ins) in [(0, 1), (life - 1, 1), (1, 2), (life - 1, 2), (1, 3)] {
            clock.advance(wait);
            let error = first.token(&site).await.unwrap_err();
            assert!(error.second_factor().is_some());
            assert_eq!(log.lock().unwrap().len(), sign_ins, "{claims}");
        }
        // Another run cannot complete what this one began, so it begins anew.
        let error = identity().sign_in(&site).await.unwrap_err();
        assert_eq!(error.kind(), AuthErrorKind::SecondFactorRequired);
        assert!(error.second_factor().is_some());
        assert_eq!(log.lock().unwrap().len(), 4);
    }
}
