//! The responses in the response to a batch.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use wp_core::Resource;
use wp_core::extensions;
use wp_core::models::{BatchPart, BatchResponse};
use wp_core::response::Json;

use super::{Converted, Sent};

/// The most requests that WordPress takes in one batch. A plugin can change it (`rest_get_max_batch_size`).
pub(crate) const MAX_REQUESTS: usize = 25;

/// The responses of a batch.
pub(crate) enum Responses<T> {
    /// Each request succeeded, with this item.
    Items(Vec<T>),
    /// The response to each request, `None` if it was not executed since another request is invalid; and the credential
    /// that the batch carried.
    Parts(Vec<Option<BatchPart>>, Option<extensions::Sent>),
}

/// Reads the response in one pass if each request succeeded, and else [as its parts](parts). An error cannot be taken for
/// an item, which has a key.
pub(crate) fn items<T: Resource + DeserializeOwned>(json: &Json, sent: &Sent<'_>) -> Converted<Responses<T>> {
    match json.decode::<Typed<T>>() {
        Ok(Typed { responses: Items(items) }) => Ok((Responses::Items(items), Vec::new())),
        Err(_) => parts(json, sent),
    }
}

/// Reads the response as its parts.
pub(crate) fn parts<T>(json: &Json, sent: &Sent<'_>) -> Converted<Responses<T>> {
    let response: BatchResponse = json.decode()?;
    Ok((Responses::Parts(response.responses, sent.credential.cloned()), Vec::new()))
}

/// The response to a batch whose requests all succeeded.
#[derive(Deserialize)]
struct Typed<T> {
    responses: Items<T>,
}

/// The items of the responses. Each is read into its place in the list: an item is large, and each move copies it.
struct Items<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Items<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List<T>(PhantomData<fn() -> T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for List<T> {
            type Value = Items<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of responses")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut responses: A) -> Result<Items<T>, A::Error> {
                // As many as WordPress takes: a list that grows moves its items.
                let mut items = Vec::with_capacity(MAX_REQUESTS);
                while responses.next_element_seed(Success(&mut items))?.is_some() {}
                Ok(Items(items))
            }
        }

        deserializer.deserialize_seq(List(PhantomData))
    }
}

/// Reads the response to one request that succeeded, and appends its item.
struct Success<'i, T>(&'i mut Vec<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Success<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_struct("BatchPart", &["status", "body"], self)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Member {
    Status,
    Body,
    #[serde(other)]
    Other,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Success<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self(items) = self;
        let (before, mut status) = (items.len(), None);
        while let Some(member) = members.next_key()? {
            match member {
                Member::Status => status = Some(members.next_value::<u16>()?),
                Member::Body => items.push(members.next_value()?),
                Member::Other => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        if items.len() == before + 1 && status.is_some_and(|status| (200..300).contains(&status)) {
            return Ok(());
        }
        Err(A::Error::custom("expected the status of a success, and one item"))
    }
}
