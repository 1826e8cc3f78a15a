//! JSON is decoded as `serde_json` decodes it, and more of it is.

use serde_json::Value;
use wp_core::php;

use crate::seeds;

/// The nesting that `serde_json` reads.
const DEPTH: usize = 127;

/// A JSON text, which may have faults.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let own = php::from_str::<Value>(&text);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => assert!(own.as_ref().is_ok_and(|own| same(own, &value)), "{own:?}, not {value:?}"),
        // Lone surrogates, numbers that are too large, and deep nesting are read as well.
        Err(error) => {
            let is_deep = text.bytes().filter(|byte| matches!(byte, b'[' | b'{')).count() > DEPTH;
            let is_surrogate = text.contains("\\ud") || text.contains("\\uD");
            assert!(own.is_err() || is_deep || is_huge(&text) || is_surrogate, "{own:?}, not {error}");
        }
    }
}

/// Whether a number may be too large for a float: one with an exponent, or with hundreds of digits.
fn is_huge(text: &str) -> bool {
    let exponent = |bytes: &[u8]| bytes[0].is_ascii_digit() && matches!(bytes[1], b'e' | b'E');
    let digits = |part: &str| part.len() > 300;
    text.as_bytes().windows(2).any(exponent) || text.split(|c: char| !c.is_ascii_digit()).any(digits)
}

/// Whether the values are the same. An integer of more than 64 bits is read as its digits, and by `serde_json` as a float.
fn same(own: &Value, other: &Value) -> bool {
    match (own, other) {
        // `serde_json` may be wrong by the last bit.
        (Value::String(digits), Value::Number(number)) => {
            let (Ok(own), Some(other)) = (digits.parse::<f64>(), number.as_f64()) else { return false };
            (own / other - 1.0).abs() < 1e-15
        }
        (Value::Array(own), Value::Array(other)) => {
            own.len() == other.len() && own.iter().zip(other).all(|(own, other)| same(own, other))
        }
        (Value::Object(own), Value::Object(other)) => {
            own.len() == other.len()
                && own.iter().all(|(name, own)| other.get(name).is_some_and(|other| same(own, other)))
        }
        _ => own == other,
    }
}

/// Every recorded body, and what is rare in them.
pub fn seeds() -> Vec<Vec<u8>> {
    let rare =
        br#"[{"a\u0062":[-0,1.5e-3,123456789012345678901,{}]}, "\ud83d\ude00\b\f\r\t", true ,null]"#.to_vec();
    let models = seeds::models().into_iter().map(|modelled| modelled.body.into_bytes());
    models
        .chain(seeds::errors().into_iter().map(|recorded| recorded.body.into_bytes()))
        .chain([rare])
        .collect()
}
