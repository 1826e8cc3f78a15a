//! JSON in noise is found, whole and unchanged, and nothing else is taken for it.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;
use wp_core::response::{Refusal, UnexpectedKind, read};

use super::envelope::is_of_body;
use crate::seeds;

/// Noise, JSON and noise, with a zero between them.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let json = HeaderValue::from_static("application/json");
    for headers in [HeaderMap::new(), HeaderMap::from_iter([(CONTENT_TYPE, json)])] {
        if let Ok(json) = read(StatusCode::OK, &headers, &Bytes::copy_from_slice(data)) {
            is_of_body(&json, data);
        }
        let parts: Vec<_> = data.splitn(3, |&byte| byte == 0).collect();
        if let [before, text, behind] = parts[..] {
            in_noise(&headers, before, text.trim_ascii(), behind);
        }
    }
}

fn in_noise(headers: &HeaderMap, prefix: &[u8], text: &[u8], suffix: &[u8]) {
    if !matches!(serde_json::from_slice(text), Ok(Value::Object(_) | Value::Array(_))) {
        return;
    }
    let read = |body: Vec<u8>| read(StatusCode::OK, headers, &Bytes::from(body));
    let body = [&known_noise(prefix)[..], text, &known_noise(suffix)].concat();
    match read(body.clone()) {
        Ok(json) => assert_eq!(json.text(), text),
        Err(Refusal::Api(_)) => {}
        // What a firewall says as JSON.
        Err(Refusal::Unexpected(other)) if other.error().is_some() => {}
        Err(other) => panic!("{other}: not found in {:?}", body.escape_ascii().to_string()),
    }
    // Of one that is cut, no part is taken for the whole.
    let cut = [&known_noise(prefix)[..], &text[..text.len() - 1]].concat();
    match read(cut) {
        Ok(json) => assert!(json.decode::<Value>().is_err(), "{:?}", json.text()),
        Err(Refusal::Unexpected(other)) => {
            assert!(other.error().is_none() && other.kind() == UnexpectedKind::CutShort, "{other}");
        }
        Err(other) => panic!("{other}: of {:?}", text.escape_ascii().to_string()),
    }
}

/// Noise as PHP and caches make it, with any bytes in it that do not end it.
fn known_noise(part: &[u8]) -> Vec<u8> {
    let plain =
        |part: &[u8]| part.iter().copied().filter(|byte| !b"<>-\r\n".contains(byte)).collect::<Vec<_>>();
    match part.split_first() {
        None => Vec::new(),
        Some((b'0'..=b'9', rest)) => [b"<!-- ", &plain(rest)[..], b" -->"].concat(),
        Some((b'a'..=b'm', rest)) => {
            [b"\nWarning: ", &plain(rest)[..], b" in /srv/x.php on line 3\n"].concat()
        }
        Some((b'n'..=b'z', rest)) => [b"<div>", &plain(rest)[..], b"</div>"].concat(),
        Some((_, _)) => "\u{feff}".into(),
    }
}

/// Every recorded body in the noise that PHP and plugins make.
pub fn seeds() -> Vec<Vec<u8>> {
    let errors = seeds::errors().into_iter().map(|recorded| recorded.body);
    let models = seeds::models().into_iter().map(|modelled| modelled.body);
    let noises = [
        ("\u{feff}", ""),
        ("<br />\n<b>Warning</b>: Undefined [0] in <b>/srv/x.php</b> on line <b>3</b><br />\n", ""),
        ("\n\n", "1 served by a cache"),
        ("a Undefined [0] {main}", "n{\"a\":1}"),
        ("<!DOCTYPE html><html><script>{\"a\":1}</script></html>\n", "<script>var x={};</script>"),
    ];
    let around = |(body, (before, behind)): (String, &(&str, &str))| {
        format!("{before}\0{body}\0{behind}").into_bytes()
    };
    errors.chain(models).zip(noises.iter().cycle()).map(around).collect()
}
