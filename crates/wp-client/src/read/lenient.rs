//! Lists in which an item that cannot be read is an error of its own.

use std::fmt;

use serde_json::Value;
use wp_core::php::Coercion;
use wp_core::response::Json;
use wp_core::{Listed, Resource};

use super::rows::{Rows, items, number};
use super::stamp::stamps;
use super::{Converted, Sent, value};
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

pub(crate) fn lenient_rows<R: Listed, T: Resource<Key = R::Key>>(
    json: &Json,
    sent: &Sent<'_>,
) -> Converted<Rows<Result<T, ItemError>>> {
    let (values, mut coercions) = items::<R, Value>(json, sent)?;
    let mut keys = Vec::with_capacity(values.len());
    let mut read = Vec::with_capacity(values.len());
    for (at, item) in values.into_iter().enumerate() {
        match value::<T>(&Json::of(&item), sent) {
            Ok((found, of_item)) => {
                coercions.extend(of_item.into_iter().map(|coercion| below::<R>(coercion, at, &item)));
                keys.push(number(found.key()));
                read.push(Ok(found));
            }
            Err(error) => {
                keys.push(match item.get(R::KEY) {
                    Some(Value::String(key)) => number(key),
                    Some(key) => number(key),
                    None => number(&item),
                });
                // The names in the path are those of the site, and may be anything.
                read.push(Err(ItemError { reason: error.without_path().to_string(), value: item }));
            }
        }
    }
    let ignored = QueryIgnored::of_page(sent.query, read.iter().flatten(), read.len());
    Ok((Rows { items: read, keys, stamps: stamps::<R>(json, sent)?, ignored }, coercions))
}

/// The coercion in an item, with the path in the whole list.
fn below<R: Listed>(mut coercion: Coercion, at: usize, item: &Value) -> Coercion {
    let name = if R::BY_NAME { item.get(R::KEY).and_then(Value::as_str) } else { None };
    let item = name.map_or_else(|| format!("[{at}]"), str::to_owned);
    let dot = if coercion.path.is_empty() { "" } else { "." };
    coercion.path = format!("{item}{dot}{}", coercion.path);
    coercion
}
