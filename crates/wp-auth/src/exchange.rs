//! A request to a token endpoint.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use wp_core::answer::{Json, Refusal, read};
use wp_core::extensions::Secret;
use wp_core::{Body, Query, RequestError, Route, Site};

use crate::AuthError;

/// No answer of a token endpoint comes near this.
const LIMIT: u64 = 1 << 20;

/// Posts `form` as JSON, which is wiped from memory once it is sent.
pub(crate) async fn post(
    site: &Site,
    route: &str,
    form: &impl Serialize,
    secret: &SecretString,
) -> Result<Json, AuthError> {
    // With room to spare, so that no half of it stays behind where it grew.
    let mut json = Zeroizing::new(Vec::with_capacity(1024));
    serde_json::to_writer(&mut *json, form).map_err(RequestError::Json)?;
    let body = Body::from(Bytes::from_owner(json));
    let mut request = site.request(Method::POST, &Route::new(route)?, &Query::new(), body)?;
    request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    send(site, request, secret).await
}

/// Sends a request that holds a secret, over the transport below the authorization. A server that shows
/// its stack trace shows arguments too, so nothing of the secret is kept of what it says.
pub(crate) async fn send(
    site: &Site,
    mut request: Request<Body>,
    secret: &SecretString,
) -> Result<Json, AuthError> {
    site.may_carry_credential()?;
    request.extensions_mut().insert(Secret);
    let (head, body) = site.transport().send(request).await?.into_parts();
    let body = body.collect(LIMIT).await?;
    read(head.status, &head.headers, &body).map_err(|refusal| match refusal {
        Refusal::Api(error) => Refusal::Api(error.without(secret.expose_secret())).into(),
        Refusal::Unexpected(answer) => Refusal::Unexpected(Box::new(answer.without_excerpt())).into(),
        other => other.into(),
    })
}
