//! `_embed`: what the links of a response lead to, in the same response.

use serde_json::{Map, Value, json};

use super::router::{Call, dispatch};
use crate::{
    http::{
        RestResponse,
        request::{Given, nest, pairs},
        response::Body,
        url::decode,
    },
    rest::{Caller, params::items, params::scalar},
    state::State,
};

/// The relations that `_embed` names; `None` for all.
pub(super) fn wanted(embed: &Value) -> Option<Vec<String>> {
    if matches!(embed.as_str(), Some("" | "true" | "1")) {
        return None;
    }
    let rels: Vec<String> = items(embed).iter().filter_map(scalar).collect();
    (!rels.is_empty()).then_some(rels)
}

/// Adds `_embedded` to an item, or to each item of a list.
pub(super) fn add(state: &mut State, caller: &Caller, response: &mut RestResponse, rels: Option<&[String]>) {
    match &mut response.body {
        Body::Json(Value::Array(items)) => items.iter_mut().for_each(|item| embed(state, caller, item, rels)),
        Body::Json(item) => embed(state, caller, item, rels),
        _ => {}
    }
}

fn embed(state: &mut State, caller: &Caller, item: &mut Value, rels: Option<&[String]>) {
    let Some(links) = item.get("_links").and_then(Value::as_object).cloned() else { return };
    let mut embedded = Map::new();
    for (rel, links) in links {
        if rels.is_some_and(|rels| !rels.contains(&rel)) {
            continue;
        }
        // A link that cannot be embedded leaves an empty PHP array, so that the order is that of the links.
        let one = |link: &Value| match &link["href"] {
            Value::String(href) if link["embeddable"] == true => target(state, caller, href),
            _ => None,
        };
        let found: Vec<Option<Value>> = links.as_array().into_iter().flatten().map(one).collect();
        if found.iter().flatten().any(is_filled) {
            let found = found.into_iter().map(|body| body.unwrap_or_else(|| json!([]))).collect();
            embedded.insert(rel, found);
        }
    }
    if !embedded.is_empty() {
        item["_embedded"] = Value::Object(embedded);
    }
}

/// An empty list is nothing for PHP.
fn is_filled(body: &Value) -> bool {
    body.as_array().is_none_or(|items| !items.is_empty())
}

/// The response to a link, as far as this site has it. It may be an error.
fn target(state: &mut State, caller: &Caller, href: &str) -> Option<Value> {
    let root = state.site.rest("/");
    let rest = href.strip_prefix(root.trim_end_matches('/'))?;
    let (path, query) = rest.split_once(['?', '&']).unwrap_or((rest, ""));
    let mut given = Given { query: nest(&pairs(query)), ..Given::default() };
    given.query.entry("context").or_insert_with(|| json!("embed"));
    given.query.entry("per_page").or_insert_with(|| json!(100));
    let call = Call { method: "GET".to_owned(), route: decode(path), given, body_error: None };
    match dispatch(state, caller, call) {
        // An unsupported link is left out, as a site without replies or media would.
        response if response.status == 501 => None,
        RestResponse { body: Body::Json(body), .. } => Some(body),
        _ => None,
    }
}
