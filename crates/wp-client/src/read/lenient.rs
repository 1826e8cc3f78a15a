//! Lists in which an item that cannot be read is an error of its own.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde_json::Value;
use wp_core::response::Json;
use wp_core::{Listed, Resource, php};

use super::rows::{Rows, items, number};
use super::{Converted, Sent};
use crate::QueryIgnored;

/// An item of a [lenient](crate::List::lenient) list that could not be read.
///
/// `Display` names the reason, without the item's content.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ItemError {
    reason: String,
    value: Value,
}

impl ItemError {
    /// The item as the site sent it.
    pub fn value(&self) -> &Value {
        &self.value
    }
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an item cannot be read: {}", self.reason)
    }
}

impl std::error::Error for ItemError {}

/// An item, or the value that is in its place.
struct Attempted<T>(Result<T, ItemError>);

impl<'de, T: Resource> Deserialize<'de> for Attempted<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let item = php::lenient(&value);
        Ok(Self(item.map_err(|error: serde_json::Error| ItemError { reason: error.to_string(), value })))
    }
}

pub(crate) fn lenient_rows<R: Listed, T: Resource<Key = R::Key>>(
    json: &Json,
    sent: &Sent<'_>,
) -> Converted<Rows<Result<T, ItemError>>> {
    let (attempted, coercions) = items::<R, Attempted<T>>(json, sent)?;
    let items: Vec<_> = attempted.into_iter().map(|Attempted(item)| item).collect();
    let key = |item: &Result<T, ItemError>| match item {
        Ok(item) => number(item.key()),
        Err(error) => match error.value.get(R::KEY) {
            Some(Value::String(key)) => number(key),
            Some(key) => number(key),
            None => number(&error.value),
        },
    };
    let keys = items.iter().map(key).collect();
    let ignored = QueryIgnored::of_page(sent.query, items.iter().flatten(), items.len());
    Ok((Rows { items, keys, ignored }, coercions))
}
