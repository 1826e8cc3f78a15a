//! Reading a response: JSON, an error of the API, or a response that the API did not write.

mod decode;
mod json;
mod kind;
mod markup;
mod salvage;
mod unexpected;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

pub use crate::json_text::fault::{JsonFault, MAX_DEPTH};
pub use crate::php::DecodeError;
pub use json::{Json, Salvaged};
pub use kind::UnexpectedKind;
pub use unexpected::Unexpected;

use json::Found;
use unexpected::MAX_BODY_BYTES;

use crate::error::envelope::{self, Envelope};
use crate::{ApiError, ErrorOrigin, Secrets, Totals};

/// Reads the whole body of a response with this status and these headers.
///
/// JSON inside other output (after a byte order mark or PHP's warnings, before the comment of a cache plugin) is
/// salvaged if it is unambiguous, and [`Json::salvaged`] says so.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use bytes::Bytes;
/// use http::{HeaderMap, StatusCode};
/// use wp_core::response;
///
/// // A plugin prints a warning of PHP before the JSON.
/// let body = Bytes::from_static(b"Warning: Undefined variable $x in acme.php on line 3\n{\"id\":7}");
/// let json = response::read(StatusCode::OK, &HeaderMap::new(), &body)?;
/// assert!(json.salvaged().is_some_and(|salvaged| salvaged.prefix > 0));
/// assert_eq!(json.decode::<serde_json::Value>()?["id"], 7);
/// # Ok(()) }
/// ```
///
/// # Errors
/// [`Refusal::Api`] for an error that was sent as JSON: under a status of 400 and above, or under a success status if
/// the body states that it is an error, which happens if the original status was lost. [`ApiError::origin`] says who
/// wrote it. [`Refusal::Unexpected`] for a body that is not JSON, such as a login page; and for the JSON of a
/// firewall, a host password, a rate limiter or a gateway, with its code and its message.
pub fn read(status: StatusCode, headers: &HeaderMap, body: &Bytes) -> Result<Json, Refusal> {
    if body.is_empty() && status == StatusCode::NO_CONTENT {
        return Ok(Json::null());
    }
    let response = Response { status, headers, body };
    let claims_json = is_json(headers);
    match Json::find(body, claims_json) {
        Found::Json(json) if status.is_success() => response.accept(json),
        Found::Json(json) => Err(response.refusal(&json)),
        Found::Cut(start) => Err(response.page_before(start).unwrap_or_else(|| response.cut(&body[start..]))),
        Found::Nothing => Err(response.error_in_noise(claims_json).unwrap_or_else(|| {
            response.unexpected(UnexpectedKind::of(status, headers, claims_json, body), None)
        })),
    }
}

/// A response to classify.
struct Response<'r> {
    status: StatusCode,
    headers: &'r HeaderMap,
    body: &'r Bytes,
}

impl Response<'_> {
    /// Classifies JSON under a success status.
    fn accept(&self, json: Json) -> Result<Json, Refusal> {
        if !json.may_be_error() {
            return Ok(json);
        }
        // Decoding reports JSON that is cut short, and several documents. None of them is the response, but the first
        // one may be an error.
        let (values, fault) = json.fragments();
        let Some(value) = values.first().filter(|_| fault != Some(JsonFault::CutShort)) else {
            return Ok(json);
        };
        let Some(envelope) = envelope::read(value) else { return Ok(json) };
        let is_error = envelope::is_error_under_success(value, &envelope) || is_problem(self.headers);
        let error = self.error(&envelope);
        let is_others = error.origin() == ErrorOrigin::Other && !is_of_wordpress(self.headers);
        if is_others
            && envelope::is_bare(value)
            && envelope::has_words(value)
            && !envelope::claims_success(value)
        {
            let status = envelope.status.or_else(|| envelope::reason(&envelope)).unwrap_or(self.status);
            if let Some(kind) = UnexpectedKind::of_json(status, self.headers, &words(&error)) {
                return Err(self.unexpected(kind, Some(error)));
            }
        }
        if is_error { Err(Refusal::Api(error)) } else { Ok(json) }
    }

    /// Classifies JSON under an error status. Who wrote it is checked first.
    fn refusal(&self, json: &Json) -> Refusal {
        let prefix = json.salvaged().map_or(0, |salvaged| salvaged.prefix);
        if let Some(page) = self.page_before(prefix) {
            return page;
        }
        let (values, fault) = json.fragments();
        if fault == Some(JsonFault::CutShort) {
            return self.cut(json.text());
        }
        let Some(envelope) = values.iter().find_map(envelope::read_refusal) else {
            let kind = UnexpectedKind::of_json(self.status, self.headers, "");
            return self.unexpected(kind.unwrap_or(UnexpectedKind::Json), None);
        };
        let error = self.error(&envelope);
        if error.origin() == ErrorOrigin::Other
            && let Some(kind) = UnexpectedKind::of_json(self.status, self.headers, &words(&error))
        {
            return self.unexpected(kind, Some(error));
        }
        Refusal::Api(error)
    }

    /// The page before the JSON under an error status. Some web servers reject a request and still run PHP: their
    /// page comes first, and their status is the true one.
    fn page_before(&self, start: usize) -> Option<Refusal> {
        let is_page = !self.status.is_success() && kind::is_document(&self.body[..start]);
        let kind = is_page.then(|| UnexpectedKind::of(self.status, self.headers, false, self.body));
        kind.map(|kind| self.unexpected(kind, None))
    }

    /// An error of WordPress in a body that as a whole is not JSON: before a page, or after a text that the server
    /// declares as a page. The response is not a success in any case, and the code should not be lost.
    fn error_in_noise(&self, claims_json: bool) -> Option<Refusal> {
        let json = Json::find_before_page(self.body, claims_json || !self.status.is_success())?;
        if self.page_before(json.salvaged().map_or(0, |salvaged| salvaged.prefix)).is_some() {
            return None;
        }
        let (values, _) = json.fragments();
        let is_error = |value: &Value, envelope: &Envelope<'_>| {
            envelope.origin == ErrorOrigin::WordPress
                && (!self.status.is_success() || envelope::is_error_under_success(value, envelope))
        };
        let error =
            values.iter().find_map(|value| envelope::read(value).filter(|error| is_error(value, error)));
        error.map(|error| Refusal::Api(self.error(&error)))
    }

    /// Classifies JSON that is cut short. The code of an error may have arrived.
    fn cut(&self, text: &[u8]) -> Refusal {
        let values =
            if self.status.is_success() { Vec::new() } else { crate::json_text::fault::fragments(text) };
        let envelope = values.iter().find_map(envelope::read);
        // A number may be the status, in a shape whose code was to follow.
        let envelope = envelope.filter(|envelope| envelope.code.parse::<i64>().is_err());
        self.unexpected(UnexpectedKind::CutShort, envelope.map(|envelope| self.error(&envelope)))
    }

    fn unexpected(&self, kind: UnexpectedKind, error: Option<ApiError>) -> Refusal {
        let Self { status, headers, body } = self;
        Refusal::Unexpected(Box::new(Unexpected::new(kind, *status, headers, body).saying(error)))
    }

    fn error(&self, envelope: &Envelope<'_>) -> ApiError {
        // Copied, since a slice would keep the whole body in memory.
        let body = Bytes::copy_from_slice(&self.body[..self.body.len().min(MAX_BODY_BYTES)]);
        ApiError::of_envelope(self.status, envelope).with_body(body, is_of_wordpress(self.headers))
    }
}

/// Reads a response as [`read`] does, and takes the method of the request into account.
///
/// # Errors
/// Those of [`read`]; and [`UnexpectedKind::List`] for a page of a list, with its totals, in response to a write.
pub fn read_for(
    method: &Method,
    status: StatusCode,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<Json, Refusal> {
    // A successful HEAD without a body is valid, whether the API wrote it or a cache removed the body. A page would
    // have the content type of a page.
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

/// The text of an error that WordPress did not write, to classify it by.
fn words(error: &ApiError) -> String {
    let title = error.data().get("title").and_then(Value::as_str).unwrap_or_default();
    format!("{title}\n{}", error.unmasked_message())
}

/// Whether the headers declare the body as JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let media_type = media_type(headers);
    let suffix = media_type.len().checked_sub("+json".len()).and_then(|start| media_type.get(start..));
    media_type.eq_ignore_ascii_case("application/json")
        || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json"))
}

/// Whether a response without a body may come from the API.
fn may_be_json(headers: &HeaderMap) -> bool {
    is_json(headers) || !headers.contains_key(CONTENT_TYPE) || Totals::of(headers).is_some()
}

/// Whether the headers declare the body as an error by RFC 9457.
fn is_problem(headers: &HeaderMap) -> bool {
    media_type(headers).eq_ignore_ascii_case("application/problem+json")
}

fn media_type(headers: &HeaderMap) -> &str {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let value = value.trim_ascii_start();
    // Some servers send the type twice, or forget the semicolon.
    let end = value.bytes().position(|byte| matches!(byte, b';' | b',') || byte.is_ascii_whitespace());
    &value[..end.unwrap_or(value.len())]
}

/// Whether WordPress's REST server wrote the headers: they name its API or the totals of a list.
fn is_of_wordpress(headers: &HeaderMap) -> bool {
    let has = |name: &str, part: &str| {
        headers.get_all(name).iter().any(|value| value.to_str().is_ok_and(|value| value.contains(part)))
    };
    has("link", "https://api.w.org/")
        || has("access-control-expose-headers", "X-WP-Total")
        || headers.keys().any(|name| name.as_str().starts_with("x-wp-"))
}

/// Why a response is not a success.
///
/// ```
/// use bytes::Bytes;
/// use http::{HeaderMap, StatusCode};
/// use wp_core::response::{Refusal, read};
///
/// let page = Bytes::from_static(b"<html><title>Just a moment...</title></html>");
/// match read(StatusCode::FORBIDDEN, &HeaderMap::new(), &page) {
///     Ok(json) => println!("{} bytes of JSON", json.text().len()),
///     // WordPress or a plugin refused; the code says why.
///     Err(Refusal::Api(error)) => println!("{}: {}", error.code(), error.message()),
///     // A system in front of WordPress refused: contact the hosting provider.
///     Err(Refusal::Unexpected(page)) if page.kind().is_refusal() => println!("blocked: {page}"),
///     Err(other) => println!("no response of the API: {other}"),
/// }
/// ```
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// An error that was sent as JSON. [`ApiError::origin`] says who wrote it.
    #[error(transparent)]
    Api(ApiError),
    /// A response that did not come from the API, or a response of the API that is not JSON.
    #[error(transparent)]
    Unexpected(Box<Unexpected>),
}

impl Refusal {
    /// Masks these secrets; see [`ApiError::hiding`].
    pub fn hiding(self, secrets: &Secrets) -> Self {
        match self {
            Self::Api(error) => Self::Api(error.hiding(secrets)),
            Self::Unexpected(other) => Self::Unexpected(Box::new(other.hiding(secrets))),
        }
    }
}
