//! JSON in noise is found, whole and unchanged, and nothing else is taken for it.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use wp_core::answer::{Refusal, read};

use super::envelope::is_of_body;
use crate::seeds;

/// Bytes that may begin JSON, or markup.
const BRACKETS: &[u8] = b"{}[]<";

/// Noise, JSON and noise, with a zero between them.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    if let Ok(json) = read(StatusCode::OK, &HeaderMap::new(), &Bytes::copy_from_slice(data)) {
        is_of_body(&json, data);
    }
    let parts: Vec<_> = data.splitn(3, |&byte| byte == 0).collect();
    let [before, text, behind] = parts[..] else { return };
    let text = text.trim_ascii();
    let is_answer = matches!(serde_json::from_slice(text), Ok(Value::Object(map)) if !map.is_empty());
    if !is_answer {
        return;
    }
    let noise =
        |part: &[u8]| part.iter().copied().filter(|byte| !BRACKETS.contains(byte)).collect::<Vec<_>>();
    let (before, behind) = (noise(before), noise(behind));
    let body = Bytes::from([&before, text, &behind].concat());
    match read(StatusCode::OK, &HeaderMap::new(), &body) {
        Ok(json) => assert_eq!(json.text(), text),
        Err(Refusal::Api(_)) => {}
        Err(other) => panic!("{other}: not found in {:?}", body.escape_ascii().to_string()),
    }
}

/// Every recorded body in the noise that PHP and plugins make.
pub fn seeds() -> Vec<Vec<u8>> {
    let errors = seeds::errors().into_iter().map(|recorded| recorded.body);
    let models = seeds::models().into_iter().map(|modelled| modelled.body);
    let noises = [
        ("\u{feff}", ""),
        ("<br />\n<b>Warning</b>: Undefined [0] in <b>/srv/x.php</b> on line <b>3</b><br />\n", ""),
        ("\n\n", "\n<!-- served by a cache -->"),
        ("[07-Jan-2026 12:00:00 UTC] PHP Warning: x {main}\n", ""),
        ("<!DOCTYPE html><html><script>{\"a\":1}</script></html>\n", "<script>var x={};</script>"),
    ];
    let around = |(body, (before, behind)): (String, &(&str, &str))| {
        format!("{before}\0{body}\0{behind}").into_bytes()
    };
    errors.chain(models).zip(noises.iter().cycle()).map(around).collect()
}
