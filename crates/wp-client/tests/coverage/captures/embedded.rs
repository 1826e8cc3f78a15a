//! What WordPress embeds in an item: each embedded item is read strictly by the model of its link.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use wp_client::models::{Category, Comment, Media, Post, SearchResult, Tag, User};
use wp_client::wp_core::response;

/// Reads all embedded items of a response: one item, or a list.
pub(super) fn check(sent: &Value) -> Result<(), String> {
    let items = sent.as_array().map_or(std::slice::from_ref(sent), |items| items);
    let embedded = items.iter().filter_map(|item| item.get("_embedded")?.as_object());
    embedded.flatten().try_for_each(|(rel, value)| read(rel, value))
}

fn read(rel: &str, value: &Value) -> Result<(), String> {
    match value {
        // The terms of each taxonomy are a list of their own.
        Value::Array(values) => values.iter().try_for_each(|value| read(rel, value)),
        // An item that the user may not see.
        Value::Object(error) if error.contains_key("code") && error.contains_key("message") => Ok(()),
        item => of(rel, item).map_err(|error| format!("the embedded `{rel}`: {error}")),
    }
}

fn of(rel: &str, item: &Value) -> Result<(), String> {
    match rel {
        "author" => strictly::<User>(item),
        "wp:featuredmedia" => strictly::<Media>(item),
        "replies" | "in-reply-to" => strictly::<Comment>(item),
        "wp:term" if item["taxonomy"] == "category" => strictly::<Category>(item),
        "wp:term" => strictly::<Tag>(item),
        "up" => strictly::<Post>(item),
        // The item that a search found.
        "self" => strictly::<Post>(item).or_else(|_| strictly::<SearchResult>(item)),
        _ => Err("it has no model".to_owned()),
    }
}

fn strictly<T: DeserializeOwned>(item: &Value) -> Result<(), String> {
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let json = response::read(StatusCode::OK, &headers, &Bytes::from(item.to_string()));
    let item = json.map_err(|error| format!("{error:?}"))?.decode_strict::<T>();
    item.map(drop).map_err(|error| error.to_string())
}
