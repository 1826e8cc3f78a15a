//! The responses in the response to a batch.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use wp_core::Resource;
use wp_core::models::{BatchPart, BatchResponse};
use wp_core::response::Json;

use super::{Converted, Sent};

/// The responses of a batch.
pub(crate) enum Responses<T> {
    /// Each request succeeded, with this item.
    Items(Vec<T>),
    /// The response to each request. `None` if it was not executed since another request is invalid.
    Parts(Vec<Option<BatchPart>>),
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
    let response: BatchResponse = json.decode()?;
    Ok((Responses::Parts(response.responses), Vec::new()))
}
