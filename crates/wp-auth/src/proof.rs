//! Requests whose responses prove which user a credential belongs to.
//!
//! A cache in front of the site may respond to a `GET` with another user's response, even if the headers forbid
//! it. Therefore a proof is always a `POST`, which caches do not serve. For a `GET` route, the query names the
//! method in `_method`, which WordPress honours (observed on 6.2 to 7.1). The equivalent header is blocked by
//! firewalls and dropped by proxies. As a further protection each URL is unique, and `Cache-Control` forbids
//! storing.
//!
//! If a server drops the query, WordPress treats the request as a write. Without a body that changes no field,
//! and the response has the user as well.

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Method, Request};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use wp_core::extensions::SameOrigin;
use wp_core::models::UserId;
use wp_core::response::Json;
use wp_core::{Body, Query, RequestError, Route, Site};

use crate::claims::Claims;
use crate::{AuthError, AuthErrorKind, Token};

/// The route that returns the current user.
pub const ME: &str = "/wp/v2/users/me";

/// A request to `route` that no cache can respond to. `method` is the method that WordPress sees. The request
/// does not leave the site's origin.
///
/// # Errors
/// [`RequestError`] for an invalid route or query.
pub fn request(
    site: &Site,
    method: &Method,
    route: &str,
    mut query: Query,
) -> Result<Request<Body>, RequestError> {
    if *method != Method::POST {
        query.push("_method", method.as_str())?;
    }
    query.push("_", format!("{:016x}", fastrand::u64(..)))?;
    let mut request = site.request(Method::POST, &Route::new(route)?, &query, Body::empty())?;
    request.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    request.extensions_mut().insert(SameOrigin);
    Ok(request)
}

/// The user that a response to [`ME`] proves. `token` is the token that the request carried; if it names a user,
/// the response must be that user.
///
/// ```
/// # async fn example(identity: &wp_auth::Identity, site: &wp_core::Site) -> Result<(), wp_auth::AuthError> {
/// use http::Method;
/// use wp_auth::proof;
/// use wp_core::{Query, response::read};
///
/// // WordPress ignores a wrong application password, so a success of a public route proves nothing.
/// let token = identity.token(site).await?;
/// let mut request = proof::request(site, &Method::GET, proof::ME, Query::new())?;
/// token.credential().apply(request.headers_mut());
/// let (head, body) = site.send(request).await?.into_parts();
/// let json = read(head.status, &head.headers, &body.collect(1 << 20).await?)?;
/// println!("signed in as user {}", proof::user(&json, Some(&token))?);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`AuthErrorKind::Unproven`] if the response is not a WordPress user, such as `null`, `{}` or `[]`, or is
/// another user.
pub fn user(json: &Json, token: Option<&Token>) -> Result<UserId, AuthError> {
    let unproven = |detail: String| AuthError::new(AuthErrorKind::Unproven, detail);
    let me: Option<Me> = json.decode().ok();
    // WordPress sends all of these fields in every context.
    let Some(id) = me.filter(|me| !me.slug.is_empty()).map(|me| me.id) else {
        return Err(unproven(format!("the response to {ME} is not a user of WordPress")));
    };
    match token.and_then(owner).filter(|owner| *owner != id) {
        Some(owner) => Err(unproven(format!("the token is for user {owner}, and the response is user {id}"))),
        None => Ok(id),
    }
}

/// The fields that identify a WordPress user. The display fields must be present, but a plugin may have changed
/// their type.
#[derive(Deserialize)]
struct Me {
    id: UserId,
    slug: String,
    #[serde(rename = "name")]
    _name: Value,
    #[serde(rename = "link")]
    _link: Value,
}

/// The user of a token, from its claims or from the sign-in response.
fn owner(token: &Token) -> Option<UserId> {
    let claims = token.secret().and_then(|text| Claims::read(text.expose_secret()));
    claims.and_then(|claims| claims.user()).or_else(|| token.profile()?.id)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;
    use http::header::CONTENT_TYPE;
    use wp_core::response::read;

    use super::*;
    use crate::{Credential, Profile};

    fn of(body: &'static str, token: Option<&Token>) -> Result<u64, AuthErrorKind> {
        let headers = [(CONTENT_TYPE, HeaderValue::from_static("application/json"))].into_iter().collect();
        let json = read(StatusCode::OK, &headers, &Bytes::from_static(body.as_bytes())).unwrap();
        user(&json, token).map(UserId::get).map_err(|error| error.kind())
    }

    const ANA: &str = r#"{"id":3,"name":"Ana","slug":"ana","link":"https://example.org/author/ana/"}"#;

    #[test]
    fn proof_requires_a_wordpress_user_in_the_response() {
        for body in [
            ANA,
            // Display fields prove nothing, so their type does not matter.
            r#"{"id":"3","name":null,"slug":"ana","link":false}"#,
            r#"{"id":3,"name":2024,"slug":"ana","link":{"errors":{}},"avatar_urls":false,"roles":{}}"#,
        ] {
            assert_eq!(of(body, None), Ok(3), "{body}");
        }
        for body in [
            "null",
            "{}",
            "[]",
            "true",
            "3",
            "\"ok\"",
            r#"{"status":"ok"}"#,
            r#"{"id":3}"#,
            r#"{"id":3,"name":"Ana"}"#,
            r#"{"name":"Ana","slug":"ana","link":""}"#,
            r#"{"id":0,"name":"Ana","slug":"ana","link":""}"#,
            r#"{"id":-3,"name":"Ana","slug":"ana","link":""}"#,
            r#"{"id":3,"name":"Ana","slug":null,"link":""}"#,
            r#"{"id":3,"name":"Ana","slug":false,"link":""}"#,
            r#"{"id":null,"name":"Ana","slug":"ana","link":""}"#,
            r#"[{"id":3,"name":"Ana","slug":"ana","link":""}]"#,
            r#"{"data":{"id":3,"name":"Ana","slug":"ana","link":""}}"#,
        ] {
            assert_eq!(of(body, None), Err(AuthErrorKind::Unproven), "{body}");
        }
    }

    #[test]
    fn proof_requires_the_user_of_the_token() {
        use base64::Engine as _;
        let token = |claims: &str| {
            let text = format!("e30.{}.c2ln", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims));
            Token::permanent(Credential::bearer(&text.as_str().into()).unwrap()).with_secret(text.into())
        };
        let says = |id: u64| Profile { id: UserId::new(id), ..Profile::default() };
        let opaque = || Token::permanent(Credential::bearer(&"opaque".into()).unwrap());
        for (token, expected) in [
            (token(r#"{"data":{"user":{"id":"3"}}}"#), Ok(3)),
            (token(r#"{"data":{"user":{"id":"4"}}}"#), Err(AuthErrorKind::Unproven)),
            (token(r#"{"exp":1}"#), Ok(3)),
            // The claims take precedence over the sign-in response.
            (token(r#"{"id":"3"}"#).with_profile(says(4)), Ok(3)),
            (opaque().with_profile(says(3)), Ok(3)),
            (opaque().with_profile(says(4)), Err(AuthErrorKind::Unproven)),
            (opaque(), Ok(3)),
        ] {
            assert_eq!(of(ANA, Some(&token)), expected, "{token:?}");
        }
    }
}
