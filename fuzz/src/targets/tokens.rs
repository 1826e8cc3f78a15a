//! Whatever a token endpoint sends, a sign-in ends in a token or in an error, and neither shows a secret.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::{HeaderMap, Request, Response, StatusCode};
use wp_auth::{
    ApiBearerAuth, ExposeSecret, Identity, JwtAuth, Login, MiniOrangeJwt, SavedToken, Token, TokenProvider,
    TokenRequest, UsefulTeamJwt,
};
use wp_core::{ApiRoot, Body, Clock, Site, Transport, TransportError, async_trait};

use crate::input::{RawResponse, SECRET};

/// The same response to everything.
struct Always {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

#[async_trait]
impl Transport for Always {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        response.headers_mut().clone_from(&self.headers);
        Ok(response)
    }
}

/// It stands still, and no task waits.
#[derive(Debug)]
struct GiveUpReason;

#[async_trait]
impl Clock for GiveUpReason {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
    }

    async fn sleep(&self, _: Duration) {}
}

/// A response of a token endpoint, whose body is also taken for a token, and for one that was saved.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let RawResponse { status, headers, body } = RawResponse::read(data);
    let text = String::from_utf8_lossy(&body).into_owned();
    let transport: Arc<dyn Transport> = Arc::new(Always { status, headers, body });
    let root = ApiRoot::of_site("https://example.org").expect("it is an address");
    let site = Site::new(root, transport, Arc::new(GiveUpReason));

    // The password is what the server repeats. A name of our own is looked up on the disk.
    let login = || Login::new("ana", SECRET);
    obtains(&JwtAuth::from_login(login()), &site);
    obtains(&ApiBearerAuth::from_login(login()).client_name("fuzz"), &site);
    obtains(&MiniOrangeJwt::from_login(login()), &site);
    obtains(&UsefulTeamJwt::from_login(login()).client_name("fuzz"), &site);

    is_kept(&SavedToken::access(text.as_str()));
    for part in text.lines().take(4) {
        let jwt = format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(part));
        let saved = SavedToken::access(jwt);
        is_kept(&saved);
        if let Ok(token) = Identity::new(JwtAuth::without_password()).restore(&saved) {
            holds(&token);
        }
    }
    match SavedToken::from_json(&text) {
        Ok(saved) => {
            is_kept(&saved);
            if let Ok(token) = Identity::new(UsefulTeamJwt::without_password()).restore(&saved) {
                holds(&token);
            }
        }
        Err(error) => assert!(!format!("{error} {error:?}").contains(SECRET), "{error:?}"),
    }
}

/// Signs in, and renews what it got.
fn obtains(provider: &impl TokenProvider, site: &Site) {
    let mut previous: Option<Token> = None;
    for _ in 0..2 {
        let occasion = previous.as_ref().map_or_else(TokenRequest::first, TokenRequest::after);
        // Nothing in it waits.
        match provider.obtain(site, occasion).now_or_never().expect("it is over") {
            Ok(token) => {
                holds(&token);
                previous = Some(token);
            }
            Err(error) => {
                let shown = format!("{error} {error:?} {error:#}");
                assert!(!shown.contains(SECRET), "{:?}: {shown}", provider.scheme());
            }
        }
    }
}

/// It can be used, and shows nothing.
fn holds(token: &Token) {
    let now = GiveUpReason.now();
    assert!(!token.is_fresh(now) || token.is_valid(now));
    assert!(token.credential().headers().all(|(_, value)| value.is_sensitive()));
    let shown = format!("{token:?}");
    // What a name is, the server says.
    let profile = format!("{:?}", token.profile());
    if let Some(secret) = token.secret().map(ExposeSecret::expose_secret).filter(|secret| secret.len() >= 12)
    {
        assert!(!shown.contains(secret) || profile.contains(secret), "{shown}");
    }
    let _ = token.claims();
    if let Some(saved) = token.save() {
        let since_1970 =
            |end: SystemTime| end.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_millis());
        // A time that does not fit in milliseconds is not an expiry.
        let written = token.expires_at().and_then(since_1970).filter(|end| *end <= u128::from(u64::MAX));
        assert_eq!(saved.expires_at().and_then(since_1970), written);
        is_kept(&saved);
    }
}

/// Written and read it is the same.
fn is_kept(saved: &SavedToken) {
    let text = saved.to_json();
    let again = SavedToken::from_json(text.expose_secret()).expect("it was written");
    assert_eq!(again.to_json().expose_secret(), text.expose_secret());
    assert_eq!((again.expires_at(), again.usable_until()), (saved.expires_at(), saved.usable_until()));
}

/// What the plugins send, each in the form of its own, what they refuse with, and what was saved.
pub fn seeds() -> Vec<Vec<u8>> {
    const JSON: (&str, &str) = ("content-type", "application/json; charset=UTF-8");
    let cookie = (
        "set-cookie",
        "refresh_token=1.7c04fe; expires=Tue, 22 Dec 2026 17:51:04 GMT; Max-Age=2592000; path=/",
    );
    let jwt = |claims: &str| format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims));
    let token = jwt(
        r#"{"iss":"https://example.org","iat":1799999000,"nbf":1799999000,"exp":1800604800,"data":{"user":{"id":"1"}}}"#,
    );
    let response = |headers: &[(&str, &str)], body: &str| RawResponse::write(200, headers, body);
    let mut all = vec![
        response(
            &[JSON],
            &format!(
                r#"{{"token":"{token}","user_email":"a@example.org","user_nicename":"ana","user_display_name":"Ana"}}"#
            ),
        ),
        response(
            &[JSON],
            r#"{"wp_user":{"data":{"ID":"1","user_login":"ana","user_pass":"@@","display_name":"Ana"},"ID":1},"access_token":"7f3a0c","expires_in":86400,"refresh_token":"99ab"}"#,
        ),
        response(&[JSON], r#"{"access_token":"7f3a0c","expires_in":86400}"#),
        response(
            &[JSON],
            &format!(
                r#"{{"token_type":"Bearer","iat":1799999000,"expires_in":1957766400,"jwt_token":"{token}"}}"#
            ),
        ),
        response(
            &[JSON, cookie],
            &format!(
                r#"{{"success":true,"statusCode":200,"code":"jwt_auth_valid_credential","message":"Credential is valid","data":{{"token":"{token}","id":1,"email":"a@example.org","nicename":"ana","displayName":"Ana"}}}}"#
            ),
        ),
        response(
            &[JSON],
            r#"{"code":"[jwt_auth] incorrect_password","message":"The password @@ is wrong","data":{"status":403}}"#,
        ),
        response(
            &[JSON],
            r#"{"code":"internal_server_error","message":"x","data":{"status":500,"error":{"message":"login('ana', '@@')"}},"additional_errors":[{"code":"@@","message":"@@"}]}"#,
        ),
        response(&[("content-type", "text/html")], "<!DOCTYPE html><p>@@</p>"),
    ];
    for saved in [
        r#"{"site":"https://example.org","access":"t","since":1799999000000,"expires":1800604800000,"refresh":"r","refresh_since":1,"refresh_expires":2,"client_name":"sync","profile":{"display_name":"Ana"}}"#,
        r#"{"refresh":"r"}"#,
        r#"{"access":["@@"]}"#,
        r#"{"exp":1e300,"iat":-5,"sub":"1"}"#,
    ] {
        all.push(response(&[], saved));
    }
    all
}
