//! What real servers sent, from the fixtures of wp-core.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::input::RawResponse;

/// A response that holds an error.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    http_status: u16,
    content_type: Option<String>,
    /// Its body.
    pub body: String,
}

/// A body for a model.
#[derive(Debug, Deserialize)]
pub struct Modelled {
    /// The model.
    pub model: String,
    /// The body.
    pub body: String,
}

/// # Panics
/// Without the fixture.
fn lines<T: for<'de> Deserialize<'de>>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wp-core/tests/fixtures").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}"));
    text.lines().map(read).collect()
}

/// Every response with an error that was recorded.
pub fn errors() -> Vec<Recorded> {
    lines("errors.jsonl")
}

/// Every body of a model that was recorded.
pub fn models() -> Vec<Modelled> {
    lines("models.jsonl")
}

/// All of both as responses.
pub fn responses() -> Vec<Vec<u8>> {
    let write = |recorded: Recorded| {
        let content_type = recorded.content_type.as_deref().map(|value| ("content-type", value));
        RawResponse::write(recorded.http_status, content_type.as_slice(), &recorded.body)
    };
    let good = |modelled: Modelled| {
        RawResponse::write(200, &[("content-type", "application/json"), ("x-wp-total", "3")], &modelled.body)
    };
    errors().into_iter().map(write).chain(models().into_iter().map(good)).collect()
}
