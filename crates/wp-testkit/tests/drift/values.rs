//! Values that are the same on each site, but for its address and its ids.

use serde_json::Value;

use crate::http::Server;

/// The keys whose values are compared.
const KEYS: &[&str] = &[
    "slug",
    "generated_slug",
    "name",
    "first_name",
    "last_name",
    "nickname",
    "description",
    "url",
    "locale",
    "link",
    "raw",
    "rendered",
    "categories",
    "tags",
    "class_list",
    "subtype",
    "title",
    "message",
    "params",
];

/// How the values differ, each with its place.
pub(crate) fn differences(servers: [&Server; 2], responses: [&Value; 2]) -> Vec<String> {
    let mut all = Vec::new();
    compare(servers, [&Value::Null; 2], responses, "", &mut all);
    all
}

/// `items` are the objects with an id that the values belong to.
fn compare(
    servers: [&Server; 2],
    items: [&Value; 2],
    [there, here]: [&Value; 2],
    place: &str,
    all: &mut Vec<String>,
) {
    match (there, here) {
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for pair in one.iter().zip(other) {
                compare(servers, items, pair.into(), &format!("{place}[]"), all);
            }
        }
        (Value::Object(one), Value::Object(other)) => {
            let has_id = one.contains_key("id") && other.contains_key("id");
            let items = if has_id { [there, here] } else { items };
            for (key, value) in one {
                let Some(value_here) = other.get(key) else { continue };
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                if !KEYS.contains(&key.as_str()) || (key != "params" && value.is_object()) {
                    compare(servers, items, [value, value_here], &place, all);
                    continue;
                }
                let one = portable(servers[0], items[0], key, value);
                let other = portable(servers[1], items[1], key, value_here);
                if one != other {
                    all.push(format!("value of {place}: {one} there, {other} here"));
                }
            }
        }
        _ => {}
    }
}

/// A value with `SITE` for the address, and names or `#` for ids.
fn portable(server: &Server, item: &Value, key: &str, value: &Value) -> String {
    if let Value::Array(ids) = value
        && let Some(prefix) = ["cat", "tag"].iter().find(|kind| key.starts_with(*kind))
    {
        let name = |id: &Value| {
            let id = id.to_string();
            let mut known = server.names.iter().filter(|(name, own)| **own == id && name.starts_with(prefix));
            known.next().map_or("?", |(name, _)| name.as_str())
        };
        return ids.iter().map(name).collect::<Vec<_>>().join(" ");
    }
    let text = value.to_string().replace(&server.url, "SITE");
    let own = [&item["id"], &item["parent"]].map(Value::to_string);
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        // A message names any id.
        let is_id = key == "message" || own.iter().any(|id| id == number);
        let is_word = before.ends_with(|c: char| c.is_alphanumeric());
        out.extend([before, if is_id && !is_word { "#" } else { number }]);
        rest = after;
    }
    out + rest
}
