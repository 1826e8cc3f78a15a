//! Whether models read what the schema of a site says.

use serde_json::{Map, Value, json};

use crate::index::Index;
use crate::{models, reasons};

/// How deep samples go: a schema can contain itself.
const MAX_DEPTH: usize = 4;

/// Prints the counts, and returns the differences without a reason.
pub(crate) fn differences(index: &Index) -> Vec<String> {
    let (mut all, mut read, mut excused) = (0, 0, 0);
    let mut differences = Vec::new();
    for (title, properties) in index.schemas() {
        let readers = models::of(title);
        if readers.is_empty() {
            match reasons::of_schema(title) {
                Some(_) => excused += properties.len(),
                None => differences.push(format!("no model: {title}")),
            }
            all += properties.len();
            continue;
        }
        for (name, property) in &properties {
            // No response has it.
            if property["context"].as_array().is_some_and(Vec::is_empty) {
                continue;
            }
            all += 1;
            match fault(&readers, name, property) {
                None => read += 1,
                Some(_) if reasons::of_property(title, name).is_some() => excused += 1,
                Some(fault) => differences.push(format!("{title}.{name}: {fault}")),
            }
        }
    }
    println!(
        "{read}/{} properties are read as their schema says, and {excused} left out with a reason",
        all - excused
    );
    differences
}

/// Why no model reads the property: each sample must be read by one of them.
fn fault(readers: &[models::Reader], name: &str, property: &Value) -> Option<String> {
    samples(property, 0).into_iter().find_map(|sample| {
        let mut reason = String::new();
        for reader in readers {
            match reader(name, &sample) {
                // `null` may be written as an empty value.
                Ok(written) if sample.is_null() || is_kept(&sample, written.as_ref()) => return None,
                Ok(None) => "it is not read".clone_into(&mut reason),
                Ok(Some(written)) => reason = format!("{sample} is read as {written}"),
                Err(error) => reason = format!("{sample} is not read: {error}"),
            }
        }
        Some(reason)
    })
}

fn is_kept(sample: &Value, written: Option<&Value>) -> bool {
    match (sample, written) {
        (_, None) => false,
        (Value::Object(sample), Some(Value::Object(written))) => {
            sample.iter().all(|(name, value)| is_kept(value, written.get(name)))
        }
        (Value::Array(sample), Some(Value::Array(written))) => {
            sample.len() == written.len()
                && sample.iter().zip(written).all(|(sample, written)| is_kept(sample, Some(written)))
        }
        (Value::Number(sample), Some(Value::Number(written))) => sample.as_f64() == written.as_f64(),
        (Value::String(sample), Some(Value::String(written))) => {
            // A date in GMT may be written with its zone.
            sample == written.strip_suffix("+00:00").unwrap_or(written)
        }
        (sample, Some(written)) => sample == written,
    }
}

/// Values of each type that a schema allows.
fn samples(schema: &Value, depth: usize) -> Vec<Value> {
    for choice in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return choices.iter().flat_map(|choice| samples(choice, depth)).collect();
        }
    }
    if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
        return vec![first.clone()];
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    // A text in place of an object is what a write takes.
    let is_object = kinds.contains(&"object") && schema["properties"].is_object();
    let kinds = kinds.into_iter().filter(|kind| !(is_object && *kind == "string"));
    kinds.map(|kind| sample(kind, schema, depth)).collect()
}

fn sample(kind: &str, schema: &Value, depth: usize) -> Value {
    match kind {
        "integer" => json!(7),
        "number" => json!(7.5),
        "boolean" | "bool" => json!(true),
        "array" if depth < MAX_DEPTH => samples(&schema["items"], depth + 1).into_iter().take(1).collect(),
        "array" => json!([]),
        "object" => object(schema, depth),
        "null" => Value::Null,
        _ => match schema["format"].as_str() {
            Some("date-time") => json!("2026-01-02T03:04:05"),
            Some("uuid") => json!("6a1b2c3d-1234-4abc-8def-0123456789ab"),
            _ => json!("text"),
        },
    }
}

fn object(schema: &Value, depth: usize) -> Value {
    let mut object = Map::new();
    if depth < MAX_DEPTH {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            object
                .extend(samples(property, depth + 1).into_iter().next().map(|sample| (name.clone(), sample)));
        }
        let more = &schema["additionalProperties"];
        if object.is_empty() && more.is_object() {
            object.extend(
                samples(more, depth + 1).into_iter().next().map(|sample| ("name".to_owned(), sample)),
            );
        }
    }
    object.into()
}
