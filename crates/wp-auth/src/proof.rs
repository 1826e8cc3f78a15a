//! Requests whose responses prove who asks.
//!
//! A cache in front of the site may answer a `GET` for somebody else, also where it is told not to. So a proof is always
//! a `POST`, which caches do not answer: one that names the method GET in `X-HTTP-Method-Override`, which WordPress obeys.
//! It is unique all the same, and forbids to be stored.

use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue, Method, Request};
use serde_json::Value;
use wp_core::answer::Json;
use wp_core::models::UserId;
use wp_core::{Body, Query, RequestError, Route, Site};

const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// A request for `route` that no cache answers.
///
/// # Errors
/// What is wrong with the route.
pub fn request(site: &Site, method: &Method, route: &str) -> Result<Request<Body>, RequestError> {
    let mut query = Query::new();
    query.push("_", format!("{:016x}", fastrand::u64(..)))?;
    let mut request = site.request(Method::POST, &Route::new(route)?, &query, Body::empty())?;
    let headers = request.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    if *method != Method::POST {
        headers.insert(METHOD_OVERRIDE, HeaderValue::from_static("GET"));
    }
    Ok(request)
}

/// The user of a response to `/wp/v2/users/me`; `None` for anything that is none, such as `null`, `{}` or `[]`.
pub fn user(json: &Json) -> Option<UserId> {
    let value: Value = json.decode().ok()?;
    // WordPress's own has all of these in every context.
    let is_user = ["name", "slug", "link"].iter().all(|field| value.get(field).is_some_and(Value::is_string));
    let id = serde_json::from_value(value.get("id")?.clone()).ok();
    id.filter(|_| is_user)
}
