//! Whether a model writes what it read.

use serde_json::Value;

use super::reasons::NOT_READ;

/// Compares a response to a request for `route` with what its model wrote of it.
pub(super) fn check(route: &str, sent: &Value, written: &Value) -> Result<(), String> {
    let mut faults = Vec::new();
    compare(sent, written, "", &mut faults);
    let is_excused = |fault: &String| {
        fault.strip_suffix(" is not read").is_some_and(|path| {
            NOT_READ.iter().any(|(of, name, _)| {
                let is_below = path.contains(&format!(".{name}."));
                route.starts_with(of) && (path.ends_with(&format!(".{name}")) || is_below)
            })
        })
    };
    faults.retain(|fault| !is_excused(fault));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

fn compare(sent: &Value, written: &Value, path: &str, faults: &mut Vec<String>) {
    match (sent, written) {
        (Value::Object(sent), Value::Object(written)) => {
            for (name, value) in sent {
                match written.get(name) {
                    Some(written) => compare(value, written, &format!("{path}.{name}"), faults),
                    None => faults.push(format!("{path}.{name} is not read")),
                }
            }
            let added = written.keys().filter(|name| !sent.contains_key(*name));
            faults.extend(added.map(|name| format!("{path}.{name} is written and was not sent")));
        }
        // A list by name.
        (Value::Object(sent), Value::Array(written)) if sent.len() == written.len() => {
            for ((name, sent), written) in sent.iter().zip(written) {
                compare(sent, written, &format!("{path}.{name}"), faults);
            }
        }
        (Value::Array(sent), Value::Array(written)) if sent.len() == written.len() => {
            for (at, (sent, written)) in sent.iter().zip(written).enumerate() {
                compare(sent, written, &format!("{path}[{at}]"), faults);
            }
        }
        (sent, written) if is_same(sent, written) => {}
        (sent, written) => faults.push(format!("{path}: {} is written as {}", short(sent), short(written))),
    }
}

fn is_same(sent: &Value, written: &Value) -> bool {
    match (sent, written) {
        (Value::Number(sent), Value::Number(written)) => sent.as_f64() == written.as_f64(),
        // A date in GMT may be written with its zone.
        (Value::String(sent), Value::String(written)) => {
            sent == written || Some(&**sent) == written.strip_suffix("+00:00")
        }
        // PHP's plain "none".
        (Value::Null | Value::Bool(false), written) => {
            written.is_null() || written == 0 || written == "" || written == sent
        }
        // PHP's empty object.
        (Value::Array(sent), Value::Object(written)) => sent.is_empty() && written.is_empty(),
        // An offset in hours.
        (Value::String(sent), Value::Number(written)) => sent.parse().ok() == written.as_f64(),
        (sent, written) => sent == written,
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}
