//! A transport that notes what is sent.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use wp_client::{Body, Client, Transport, TransportError, async_trait};

use crate::calls;

/// A call, and what was sent for it.
pub(crate) struct Record {
    /// The call as it is written.
    call: String,
    pub(crate) method: String,
    /// The route, from the URL with pretty permalinks.
    pub(crate) route: String,
    /// The names of the query parameters, and of the fields of the body.
    pub(crate) names: BTreeSet<String>,
    pretty: String,
    plain: String,
    body: String,
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, method, pretty, plain, body, .. } = self;
        writeln!(f, "{call}\n  {method} {pretty}\n  {method} {plain}")?;
        if body.is_empty() { Ok(()) } else { writeln!(f, "  {body}") }
    }
}

/// What was sent: method, path with query, content type and body.
type Sent = (String, String, String, Bytes);

/// Notes each request, and responds with an error.
#[derive(Debug, Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Sent>>>);

#[async_trait]
impl Transport for Recorder {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (head, body) = request.into_parts();
        let target = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
        let content_type = head.headers.get("content-type").and_then(|value| value.to_str().ok());
        let body = body.collect(1 << 20).await?;
        let sent = (head.method.to_string(), target, content_type.unwrap_or_default().to_owned(), body);
        self.0.lock().unwrap().push(sent);
        let mut response =
            Response::new(Body::from(r#"{"code":"noted","message":"","data":{"status":418}}"#));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        Ok(response)
    }
}

/// Makes all calls.
pub(crate) async fn all() -> Vec<Record> {
    let recorder = Recorder::default();
    let builder = || Client::builder("https://example.org").transport(Arc::new(recorder.clone()));
    let [pretty, plain] = [builder().build().unwrap(), builder().plain_permalinks().build().unwrap()];
    let mut records = Vec::new();
    for ((call, by_pretty), (_, by_plain)) in calls::all(&pretty).into_iter().zip(calls::all(&plain)) {
        let call = call.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut sent = Vec::new();
        for future in [by_pretty, by_plain] {
            future.await;
            let mut all = std::mem::take(&mut *recorder.0.lock().unwrap());
            assert_eq!(all.len(), 1, "{call} sends one request, not {all:?}");
            sent.append(&mut all);
        }
        let [(method, pretty, content_type, body), (_, plain, ..)] = &sent[..] else { unreachable!() };
        let (path, query) = pretty.split_once('?').unwrap_or((pretty, ""));
        let body_names = names_of_body(content_type, body);
        records.push(Record {
            call,
            method: method.clone(),
            route: decoded(path.strip_prefix("/wp-json").unwrap_or(path)),
            names: query.split('&').filter_map(name).chain(body_names).collect(),
            pretty: pretty.clone(),
            plain: plain.clone(),
            body: if content_type.contains("json") {
                String::from_utf8_lossy(body).into_owned()
            } else {
                content_type.split(';').next().unwrap_or_default().to_owned()
            },
        });
    }
    records
}

/// The name of a parameter: `include` of `include%5B0%5D=7`.
fn name(pair: &str) -> Option<String> {
    let name = decoded(pair.split('=').next()?);
    let name = name.split('[').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

fn names_of_body(content_type: &str, body: &Bytes) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    if content_type.contains("json") {
        let Ok(Value::Object(fields)) = serde_json::from_str(&text) else { return Vec::new() };
        fields.into_iter().map(|(name, _)| name).collect()
    } else if content_type.starts_with("multipart/") {
        text.split("; name=\"").skip(1).filter_map(|part| name(part.split('"').next()?)).collect()
    } else {
        Vec::new()
    }
}

/// Decodes percent-encoding.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = (byte == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
