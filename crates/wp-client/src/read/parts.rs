//! The responses in the response to a batch.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use wp_core::models::BatchResponse;
use wp_core::response::Json;
use wp_core::{Resource, php};

use super::{Converted, Sent};

/// What a batch returned.
pub(crate) enum Responses<T> {
    /// Each request succeeded, with this item.
    Items(Vec<T>),
    /// The response to each request. `None` if it was not executed since another request is invalid.
    Parts(Vec<Option<Part>>),
}

/// The response to one request of a batch.
pub(crate) struct Part {
    pub(crate) status: StatusCode,
    headers: Bytes,
    /// The JSON of the item, or of the error.
    pub(crate) body: Bytes,
}

impl Part {
    fn new(status: u16, headers: Bytes, body: Bytes) -> Self {
        Self {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            headers,
            body,
        }
    }

    /// The headers. They say nothing about an item.
    pub(crate) fn headers(&self) -> HeaderMap {
        let text = str::from_utf8(&self.headers).unwrap_or_default();
        let read = if self.status.is_success() { None } else { php::from_str(text).ok() };
        let read: BTreeMap<String, String> = read.unwrap_or_default();
        let header =
            |(name, value)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?));
        read.into_iter().filter_map(header).collect()
    }

    /// Whether the route takes no part in batches, as that of users.
    pub(crate) fn is_not_allowed(&self) -> bool {
        let error = || serde_json::from_slice::<Value>(&self.body);
        !self.status.is_success() && error().is_ok_and(|error| error["code"] == "rest_batch_not_allowed")
    }
}

/// The response to a batch, as WordPress writes it. The text of a body is only passed over.
#[derive(Deserialize)]
struct Document<'t> {
    #[serde(borrow)]
    responses: Vec<Option<PartOfDocument<'t>>>,
}

#[derive(Deserialize)]
struct PartOfDocument<'t> {
    status: u16,
    #[serde(borrow)]
    headers: Option<&'t RawValue>,
    #[serde(borrow)]
    body: &'t RawValue,
}

fn document(text: &[u8]) -> Option<Document<'_>> {
    serde_json::from_str(str::from_utf8(text).ok()?).ok()
}

/// The response to a batch whose requests all succeeded.
#[derive(Deserialize)]
struct Typed<T> {
    responses: Vec<TypedPart<T>>,
}

#[derive(Deserialize)]
struct TypedPart<T> {
    status: u16,
    body: T,
}

/// Reads the response in one pass if each request succeeded, and else [as its parts](parts). An error cannot be taken for
/// an item, which has a key.
pub(crate) fn items<T: Resource + DeserializeOwned>(json: &Json, sent: &Sent<'_>) -> Converted<Responses<T>> {
    match json.decode::<Typed<T>>() {
        Ok(Typed { responses }) if responses.iter().all(|part| (200..300).contains(&part.status)) => {
            Ok((Responses::Items(responses.into_iter().map(|part| part.body).collect()), Vec::new()))
        }
        _ => parts(json, sent),
    }
}

/// Reads the response as its parts.
pub(crate) fn parts<T>(json: &Json, _: &Sent<'_>) -> Converted<Responses<T>> {
    let text = json.text();
    let slice = |raw: &RawValue| text.slice_ref(raw.get().as_bytes());
    let parts = if let Some(Document { responses }) = document(text) {
        let part = |part: PartOfDocument<'_>| {
            Part::new(part.status, part.headers.map(slice).unwrap_or_default(), slice(part.body))
        };
        responses.into_iter().map(|found| found.map(part)).collect()
    } else {
        let response: BatchResponse = json.decode()?;
        let written = |value: &Value| Bytes::from(value.to_string());
        let parts = response.responses.into_iter();
        let of = |headers: BTreeMap<String, String>| written(&headers.into_iter().collect());
        parts
            .map(|part| part.map(|part| Part::new(part.status, of(part.headers), written(&part.body))))
            .collect()
    };
    Ok((Responses::Parts(parts), Vec::new()))
}
