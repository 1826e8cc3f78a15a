//! The response of a handler, before the server adds the headers of every response.

use std::fmt::Write;

use serde_json::{Map, Value};

use super::error::Error;

#[derive(Debug, Clone)]
pub(crate) enum Body {
    Json(Value),
    Html(String),
    /// A call of a function, for `_jsonp`.
    Script(String),
    /// An uploaded file, or a part of it. The handler says its type.
    File(Vec<u8>),
    Empty,
}

#[derive(Debug, Clone)]
pub(crate) struct RestResponse {
    pub(crate) status: u16,
    /// The handler's own headers. A `Link` here replaces the link to the API's root.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    /// A plugin sent the response and ended the request, so WordPress adds nothing to it.
    pub(crate) exits: bool,
}

impl RestResponse {
    pub(crate) fn new(status: u16, body: Body) -> Self {
        Self { status, headers: Vec::new(), body, exits: false }
    }

    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self::new(status, Body::Json(body))
    }

    pub(crate) fn ok(body: Value) -> Self {
        Self::json(200, body)
    }

    pub(crate) fn html(status: u16, body: String) -> Self {
        Self::new(status, Body::Html(body))
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a field to the body, which must be an object.
    pub(crate) fn put(&mut self, place: &str, key: &str, value: &str) {
        if let Body::Json(body) = &mut self.body
            && let Some(map) = body.pointer_mut(place).and_then(Value::as_object_mut)
        {
            map.insert(key.to_owned(), value.into());
        }
    }

    /// Replaces the status, also where the body repeats it.
    pub(crate) fn set_status(&mut self, status: u16) {
        let Body::Json(body) = &mut self.body else { return self.status = status };
        let was = self.status;
        self.status = status;
        for place in ["/data/status", "/statusCode"] {
            if let Some(said) = body.pointer_mut(place) {
                *said = status.into();
            }
        }
        // miniOrange's envelope has it as text.
        if let Some(said) = body.get_mut("code").filter(|code| **code == was.to_string().as_str()) {
            *said = status.to_string().into();
        }
    }

    /// `_envelope`: the whole response in the body of another one.
    pub(crate) fn envelop(&mut self) {
        let Body::Json(body) = &mut self.body else { return };
        let headers: Map<String, Value> =
            self.headers.drain(..).map(|(name, value)| (name.to_owned(), number(value))).collect();
        // An empty PHP array is a list.
        let headers = if headers.is_empty() { Value::Array(Vec::new()) } else { Value::Object(headers) };
        let envelope = [("body", body.take()), ("status", self.status.into()), ("headers", headers)];
        *body = Value::Object(envelope.map(|(name, value)| (name.to_owned(), value)).into_iter().collect());
        self.status = 200;
    }

    /// `_jsonp`: a call of this function with the body.
    pub(crate) fn with_callback(mut self, callback: &str) -> Self {
        if let Body::Json(body) = &self.body {
            self.body = Body::Script(format!("/**/{callback}({})", php_json(body)));
        }
        self
    }

    pub(crate) fn exits(mut self) -> Self {
        self.exits = true;
        self
    }

    /// A page of a list.
    pub(crate) fn page(items: Vec<Value>, total: usize, pages: usize) -> Self {
        Self::ok(Value::Array(items))
            .with("X-WP-Total", total.to_string())
            .with("X-WP-TotalPages", pages.to_string())
    }

    pub(crate) fn is_error(&self) -> bool {
        self.status >= 400
    }

    /// `_fields`: WordPress keeps all links of a single item, but only the selected ones in a list.
    pub(crate) fn keep_fields(&mut self, fields: &[String]) {
        if self.is_error() || fields.is_empty() {
            return;
        }
        let Body::Json(body) = &mut self.body else { return };
        match body {
            Value::Array(items) => {
                for item in items {
                    *item = pick(item, fields);
                }
            }
            Value::Object(item) => {
                let links = item.shift_remove("_links");
                let wanted = fields.iter().any(|field| field == "_links" || field.starts_with("_links."));
                let mut kept = pick(body, fields);
                if let (Some(links), true) = (links, wanted) {
                    let mut map = kept.as_object_mut().map(std::mem::take).unwrap_or_default();
                    map.insert("_links".into(), links);
                    kept = Value::Object(map);
                }
                *body = kept;
            }
            _ => {}
        }
    }
}

/// The value of a header in an envelope, where totals are numbers.
fn number(value: String) -> Value {
    value.parse::<u64>().map_or(Value::String(value), Value::from)
}

impl From<Error> for RestResponse {
    fn from(error: Error) -> Self {
        Self::json(error.status, error.into_body())
    }
}

/// The fields of `item` that `fields` selects; an empty PHP array if the object has none of them.
fn pick(item: &Value, fields: &[String]) -> Value {
    let mut kept = Map::new();
    for field in fields {
        let path: Vec<&str> = field.split('.').collect();
        // The name of a route in the index contains dots, so the longest existing key is used.
        copy(item, &path, &mut kept);
    }
    // WordPress keeps the order of the item's fields, whatever the order of `_fields`.
    let Some(source) = item.as_object() else { return item.clone() };
    let ordered: Map<String, Value> =
        source.keys().filter_map(|key| kept.remove(key).map(|value| (key.clone(), value))).collect();
    if ordered.is_empty() { Value::Array(Vec::new()) } else { Value::Object(ordered) }
}

fn copy(from: &Value, path: &[&str], into: &mut Map<String, Value>) {
    let Some(from) = from.as_object() else { return };
    for split in (1..=path.len()).rev() {
        let (head, rest) = (path[..split].join("."), &path[split..]);
        let Some(value) = from.get(&head) else { continue };
        if rest.is_empty() {
            into.insert(head, value.clone());
        } else {
            let slot = into.entry(head.clone()).or_insert_with(|| Value::Object(Map::new()));
            if let Some(inner) = slot.as_object_mut() {
                copy(value, rest, inner);
                if inner.is_empty() {
                    into.remove(&head);
                }
            }
        }
        return;
    }
}

/// JSON in PHP's format: slashes are escaped, and all non-ASCII characters are `\u` escapes.
pub(crate) fn php_json(value: &Value) -> String {
    let plain = value.to_string();
    let mut out = String::with_capacity(plain.len() + plain.len() / 8);
    for c in plain.chars() {
        match c {
            // JSON has slashes only inside strings.
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out
}
