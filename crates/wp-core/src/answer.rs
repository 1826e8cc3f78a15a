//! Reading an answer: JSON, an error of the API, or something that no API wrote.

mod json;
mod kind;
mod unexpected;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

pub use json::{DecodeError, Json, Rescued};
pub use kind::UnexpectedKind;
pub use unexpected::Unexpected;

use crate::{ApiError, Secrets, Totals};

/// Reads the whole body of an answer with this status and these headers.
///
/// JSON that a server wrapped in noise (a byte order mark, PHP warnings before it, a cache plugin's
/// comment behind it) is found where it is unambiguous, and [`Json::rescued`] says so.
///
/// # Errors
/// [`Refusal::Api`] when the API refused: a status of 400 and above, or an error body under a
/// success, which happens where the outer status was lost. [`Refusal::Unexpected`] for what is not
/// JSON, such as a login page, and for an error that the API did not write.
pub fn read(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Result<Json, Refusal> {
    let typed_json = is_json(headers);
    let unexpected =
        |kind, body: &[u8]| Refusal::Unexpected(Box::new(Unexpected::new(kind, status, headers, body)));
    if body.is_empty() && status == StatusCode::NO_CONTENT {
        return Ok(Json::null());
    }
    let Some(json) = Json::find(body, typed_json) else {
        return Err(unexpected(UnexpectedKind::of(status, headers, typed_json, body), body));
    };
    let success = status.is_success();
    if success && !json.may_be_error() {
        return Ok(json);
    }
    let value: Option<Value> = json.decode().ok();
    let error = value.as_ref().and_then(|value| ApiError::from_value(status, value));
    match (error, value) {
        // A web server refused it and let PHP run all the same: its page comes first, and its status is the truth.
        (Some(error), _) if !success && json.rescued().is_some() && error.status() != status => {
            Err(unexpected(UnexpectedKind::of(status, headers, typed_json, body), body))
        }
        (Some(error), _) if !success => Err(Refusal::Api(error)),
        (Some(error), Some(value)) if says_so(&error, &value, typed_json && json.rescued().is_none()) => {
            Err(Refusal::Api(error))
        }
        (_, None) if !success => Err(unexpected(UnexpectedKind::CutShort, body)),
        _ if success => Ok(json),
        _ => Err(unexpected(UnexpectedKind::Json, body)),
    }
}

/// Reads as [`read`] does, knowing what was asked for.
///
/// # Errors
/// As [`read`]; and [`UnexpectedKind::List`] for a page of a list, with its totals, where something was written.
pub fn read_for(
    method: &Method,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Json, Refusal> {
    // The API says so of itself, or a cache took its words off. A page would say that it is one.
    if *method == Method::HEAD && status.is_success() && body.is_empty() && may_be_json(headers) {
        return Ok(Json::null());
    }
    let json = read(status, headers, body)?;
    if !method.is_safe() && json.is_list() && Totals::of(headers).is_some() {
        let list = Unexpected::new(UnexpectedKind::List, status, headers, body);
        return Err(Refusal::Unexpected(Box::new(list)));
    }
    Ok(json)
}

/// Whether a body under a success is an error by its own word. A plugin may well answer
/// `{"code":"done","message":"…"}`.
fn says_so(error: &ApiError, value: &Value, clean: bool) -> bool {
    error.status().as_u16() >= 400
        || value.get("success").is_some_and(|success| success == false)
        || value.get("status").is_some_and(|status| status == "error")
        // Core's error without a status, where warnings took the outer one.
        || (!clean && value.get("data").is_some_and(Value::is_null))
}

/// Whether the server says that the body is JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mime = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    mime == "application/json" || mime.ends_with("+json")
}

/// Whether a response without a body may be of the API.
fn may_be_json(headers: &HeaderMap) -> bool {
    is_json(headers) || !headers.contains_key(CONTENT_TYPE) || Totals::of(headers).is_some()
}

/// Why an answer is no success.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The API refused.
    #[error(transparent)]
    Api(ApiError),
    /// Something else than the API answered, or the API something else than JSON.
    #[error(transparent)]
    Unexpected(Box<Unexpected>),
}

impl Refusal {
    /// The same, which shows none of these secrets; see [`ApiError::hiding`].
    pub fn hiding(self, secrets: &Secrets) -> Self {
        match self {
            Self::Api(error) => Self::Api(error.hiding(secrets)),
            Self::Unexpected(other) => Self::Unexpected(Box::new(other.hiding(secrets))),
        }
    }
}
