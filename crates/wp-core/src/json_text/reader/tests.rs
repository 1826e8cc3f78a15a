//! The reader beside `serde_json`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use super::*;

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    let mut reader = Reader::new(text);
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// Compares the reader with `serde_json`, for a type.
fn agrees<T: DeserializeOwned + PartialEq + std::fmt::Debug>(text: &str) {
    let (own, other) = (read::<T>(text).ok(), serde_json::from_str::<T>(text).ok());
    assert_eq!(own, other, "{text}");
}

#[derive(Debug, PartialEq, serde::Deserialize)]
enum Shape {
    Unit,
    One(u8),
    Pair(i64, String),
    Named { a: Option<bool> },
}

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(tag = "type")]
enum Tagged {
    Circle {
        r: i64,
    },
    Square {
        side: i64,
    },
    #[serde(other)]
    Unknown,
}

fn agree(text: &str) {
    agrees::<Value>(text);
    agrees::<IgnoredAny>(text);
    agrees::<Vec<Value>>(text);
    agrees::<(u64, String)>(text);
    agrees::<BTreeMap<String, Value>>(text);
    agrees::<BTreeMap<i64, Value>>(text);
    // `serde_json` panics if such a name begins with a letter beyond ASCII.
    if text.is_ascii() {
        agrees::<BTreeMap<bool, Value>>(text);
    }
    agrees::<BTreeMap<char, Option<f64>>>(text);
    agrees::<Option<i128>>(text);
    agrees::<Shape>(text);
    agrees::<Tagged>(text);
    agrees::<BTreeMap<Option<u8>, Shape>>(text);
}

#[test]
fn what_serde_json_reads_is_read_to_the_same_value() {
    for text in [
        "null",
        " true ",
        "false",
        "\t\r\n0",
        "-1",
        "18446744073709551615",
        "-9223372036854775808",
        "-0",
        "1.5e-3",
        "123456789012345678",
        "1234567890123456789",
        "18446744073709551616",
        "1e400",
        "\"\"",
        "\"plain\"",
        "[]",
        "{}",
        r#""\"\\\/\b\f\n\r\t\u00fc\ud83d\ude00""#,
        r#""eight by\/te\u0073 ü\n""#,
        r#"{"a":{"b":[1,[2,{"\n":null}]]}}"#,
        r#"{"Pair":[-5,"x"]}"#,
        r#"{"Named":{"a":null}}"#,
        r#"{"One":7}"#,
        r#""Unit""#,
        r#""Un\u0069t""#,
        r#"{"1":"Unit","2":{"One":2}}"#,
        r#"{"-12":[],"30":{}}"#,
        r#"{"true":1,"false":2}"#,
        r#"{"x":1.25,"\u0079":3}"#,
        r#"{"type":"Square","side":3}"#,
        r#"{"type":1,"side":3}"#,
        r#"{"\u0074ype":"Circle","r":3}"#,
        r#"{"type":"Oval","r":[3]}"#,
        r#"[3,"x"]"#,
        r#"[3,"\u00e9","left over"]"#,
    ] {
        assert!(serde_json::from_str::<IgnoredAny>(text).is_ok(), "{text}");
        agree(text);
    }
}

#[test]
fn what_serde_json_refuses_is_refused() {
    for text in [
        "",
        " ",
        "nul",
        "nulL",
        "tru",
        "+1",
        "01",
        "-",
        "-01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "--1",
        "1-",
        "12a",
        "\"",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\u+123\"",
        "\"\\ud83d\"",
        "\"\\ud83d\\n\"",
        "\"\\ud83d\\ud83d\"",
        "\"\\ude00\"",
        "\"a\nb\"",
        "\"seven b\u{1f}\"",
        "\"\\ü\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1,}",
        "{a:1}",
        "{\"a\" 1}",
        "{1:2}",
        "{\"a\":1]",
        "{\"a\":1 \"b\":2}",
        "{}{}",
        "[]]",
        "1 2",
        "\u{feff}1",
    ] {
        agree(text);
        assert!(read::<Value>(text).is_err(), "{text}");
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for levels in [DEPTH, DEPTH + 1] {
        agrees::<Value>(&nested(levels));
        // A value that is passed over has no limit.
        agrees::<IgnoredAny>(&nested(levels));
        agrees::<IgnoredAny>(&nested(100_000));
    }
    let deep = nested(DEPTH + 1);
    assert!(Value::deserialize(&mut Reader::with_depth(&deep, DEPTH + 1)).is_ok());
    // The depth counts lists that are open, not all of them.
    agrees::<Value>(&format!("[{}1]", "[],".repeat(DEPTH)));
}

/// Every byte at every place, beside bytes that differ from an end by a bit or by a borrow.
#[test]
fn the_first_end_of_a_block_is_found() {
    fn check<const LEN: usize>(first_end: fn([u8; LEN]) -> Option<usize>) {
        for beside in [0, b' ', b'!', b'#', b'[', b']', 0x7f, 0x80, 0xa2, 0xdc, 0xff] {
            for at in 0..LEN {
                for byte in 0..=u8::MAX {
                    let mut block = [beside; LEN];
                    block[at] = byte;
                    assert_eq!(
                        first_end(block),
                        block.iter().position(|byte| b"\"\\".contains(byte)),
                        "{block:?}"
                    );
                    block[LEN - 1] = b'"';
                    assert_eq!(
                        first_end(block),
                        block.iter().position(|byte| b"\"\\".contains(byte)),
                        "{block:?}"
                    );
                }
            }
        }
    }
    check(first_end_of_word);
    #[cfg(feature = "simd")]
    check(first_end_of_vector);
}

fn json() -> impl Strategy<Value = String> {
    let string = "\"([a-z \\PC]|\\\\[\"\\\\/bfnrt]|\\\\u00[0-9a-fA-F]{2}|\\\\ud83d\\\\ude00){0,12}\"";
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,2})?",
        string,
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(", "))),
            prop::collection::vec((string, inner), 0..5).prop_map(|entries| {
                let entries = entries.into_iter().map(|(name, value)| format!("{name}:{value}"));
                format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn reader_agrees_with_serde_json(text in json()) {
        agree(&text);
    }

    /// Also about a text with a fault, of which most parts are valid.
    #[test]
    fn reader_agrees_with_serde_json_about_faults(
        text in json(),
        at: prop::sample::Index,
        fault in "[\\[\\]{}:,\"\\\\ua0-9.eE+\n-]?",
        drops in 0..2usize,
    ) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        chars.splice(at..chars.len().min(at + drops), fault.chars());
        agree(&chars.into_iter().collect::<String>());
    }
}
