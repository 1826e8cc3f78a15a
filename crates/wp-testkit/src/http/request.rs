//! A request as PHP passes it to WordPress: parameters by source, the query among them.

use std::sync::Arc;

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Map, Value};
use wiremock::{Request, http::HeaderMap};

use super::{error::Error, url::decode};

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parameters of a request, in WordPress' order of precedence.
#[derive(Debug, Clone, Default)]
pub(crate) struct Given {
    pub(crate) json: Map<String, Value>,
    pub(crate) form: Map<String, Value>,
    pub(crate) query: Map<String, Value>,
    pub(crate) path: Map<String, Value>,
    pub(crate) upload: Arc<Upload>,
}

/// The source of an upload: the body as it came, or a file of a form.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: Option<String>,
    pub(crate) disposition: Option<String>,
    pub(crate) md5: Option<String>,
    pub(crate) files: Vec<UploadedFile>,
}

#[derive(Debug)]
pub(crate) struct UploadedFile {
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Given {
    /// A later source only adds parameters that earlier ones did not set. `null` counts as not set, unless no
    /// source has another value.
    pub(crate) fn merged(&self) -> Map<String, Value> {
        let mut merged = Map::new();
        for origin in [&self.json, &self.form, &self.query, &self.path] {
            for (name, value) in origin {
                if merged.get(name).is_none_or(Value::is_null) {
                    merged.insert(name.clone(), value.clone());
                }
            }
        }
        merged
    }
}

/// The target of a request: path and query.
pub(crate) fn target(request: &Request) -> String {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", request.url.path())
}

pub(crate) fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// The name and password of a `Basic` header.
pub(crate) fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, credential) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64.decode(credential.trim()).ok()?;
    let decoded = String::from_utf8_lossy(&decoded);
    let (name, password) = decoded.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Decodes `a=1&b%5B%5D=2` into ordered pairs.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name), decode(value))
        })
        .collect()
}

/// Nests ordered pairs like PHP: `a[]=1` is a list, `a[b]=1` a map, the last of two equal names wins.
pub(crate) fn nest(pairs: &[(String, String)]) -> Map<String, Value> {
    let mut params = Map::new();
    for (name, value) in pairs {
        let (root, keys) = name.split_once('[').map_or((name.as_str(), None), |(root, rest)| {
            (root, rest.strip_suffix(']').map(|keys| keys.split("][").collect::<Vec<_>>()))
        });
        match keys {
            Some(keys) => put(params.entry(root).or_insert(Value::Null), &keys, value),
            None => {
                params.insert(name.clone(), Value::String(value.clone()));
            }
        }
    }
    params.into_iter().map(|(name, value)| (name, as_list(value))).collect()
}

fn put(slot: &mut Value, keys: &[&str], value: &str) {
    let Some((key, rest)) = keys.split_first() else {
        *slot = Value::String(value.to_owned());
        return;
    };
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    let Some(map) = slot.as_object_mut() else { return };
    let key = if key.is_empty() { map.len().to_string() } else { (*key).to_owned() };
    put(map.entry(key).or_insert(Value::Null), rest, value);
}

/// A PHP array whose keys count from zero is a list.
fn as_list(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let counted = map.keys().enumerate().all(|(at, key)| *key == at.to_string());
            let inner = map.into_iter().map(|(key, value)| (key, as_list(value)));
            if counted {
                Value::Array(inner.map(|(_, value)| value).collect())
            } else {
                Value::Object(inner.collect())
            }
        }
        value => value,
    }
}

/// The fields and the files of a form in parts.
fn parts(body: &[u8], boundary: &str) -> (Vec<(String, String)>, Vec<UploadedFile>) {
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    let delimiter = format!("--{boundary}");
    let mut rest = body;
    while let Some(at) = find(rest, delimiter.as_bytes()) {
        rest = &rest[at + delimiter.len()..];
        let end = find(rest, format!("\r\n{delimiter}").as_bytes()).unwrap_or(rest.len());
        let part = &rest[..end];
        let Some(blank) = find(part, b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&part[..blank]).into_owned();
        let bytes = part[blank + 4..].to_vec();
        let disposition =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition"));
        let value = |key: &str| {
            let (_, rest) = disposition?.split_once(&format!("{key}=\""))?;
            Some(unquoted(rest))
        };
        match (value(" name"), value("filename")) {
            (Some(field), Some(name)) => files.push(UploadedFile { field, name, bytes }),
            (Some(field), None) => fields.push((field, String::from_utf8_lossy(&bytes).into_owned())),
            _ => {}
        }
    }
    (fields, files)
}

/// A quoted text up to its end.
pub(crate) fn unquoted(text: &str) -> String {
    let mut out = String::new();
    let mut escaped = false;
    for c in text.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => break,
            c => {
                out.push(c);
                escaped = false;
            }
        }
    }
    out
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The body, if WordPress reads parameters from its media type.
pub(crate) fn body_params(content_type: &str, body: &[u8], given: &mut Given) -> Result<(), Error> {
    let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let json = media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
    if media == "multipart/form-data" {
        let boundary = content_type
            .split_once("boundary=")
            .map_or("", |(_, boundary)| boundary.trim().trim_matches('"'));
        let (fields, files) = parts(body, boundary);
        given.form = nest(&fields);
        given.upload = Arc::new(Upload { files, ..Upload::default() });
    } else if media == "application/x-www-form-urlencoded" {
        given.form = nest(&pairs(&String::from_utf8_lossy(body)));
    } else if json && !body.is_empty() {
        match serde_json::from_slice(body) {
            Ok(Value::Object(map)) => given.json = map,
            Ok(Value::Array(items)) => {
                given.json = items.into_iter().enumerate().map(|(at, item)| (at.to_string(), item)).collect();
            }
            Ok(_) => {}
            Err(_) => {
                return Err(Error::new(400, "rest_invalid_json", "Invalid JSON body passed.")
                    .with("json_error_code", 4)
                    .with("json_error_message", "Syntax error"));
            }
        }
    }
    Ok(())
}
