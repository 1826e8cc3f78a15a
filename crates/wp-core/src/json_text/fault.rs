//! Invalid JSON: why it cannot be read, and which parts of it can.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::reader::Reader;
use super::scan::{self, End};

/// The maximum nesting of lists and objects. PHP writes no deeper nesting.
pub const MAX_DEPTH: usize = 512;

/// Why JSON cannot be read into any type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JsonFault {
    /// The text is cut short.
    CutShort,
    /// The text is not UTF-8, but for example Latin-1.
    NotUtf8,
    /// More text follows it, such as another document.
    SeveralDocuments,
    /// The text is nested more deeply than 512 levels, which is PHP's maximum.
    TooDeep,
    /// The text is not valid JSON.
    Malformed,
}

/// Completes a sentence that begins with "the JSON ...".
impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CutShort => "is cut short",
            Self::NotUtf8 => "is not UTF-8",
            Self::SeveralDocuments => "is followed by something else, such as a second document",
            Self::TooDeep => "is nested more deeply than 512 levels",
            Self::Malformed => "is malformed",
        })
    }
}

/// JSON that was made readable.
pub(crate) struct Readable<'t> {
    /// The text, with replacements for what the parser cannot read: lone surrogates and huge numbers.
    text: Cow<'t, str>,
    /// The nesting of lists and objects.
    depth: usize,
}

/// Makes JSON readable after the parser rejected it, or returns why it cannot be read.
pub(crate) fn readable(text: &str) -> Result<Readable<'_>, JsonFault> {
    let scanned = scan::value(text.as_bytes());
    match scanned.end {
        _ if scanned.depth > MAX_DEPTH => return Err(JsonFault::TooDeep),
        End::Whole => {}
        End::Cut => return Err(JsonFault::CutShort),
        End::Broken => return Err(JsonFault::Malformed),
    }
    if !text[scanned.len..].trim_ascii().is_empty() {
        return Err(JsonFault::SeveralDocuments);
    }
    let text = match &*scanned.repairs {
        [] => Cow::Borrowed(text),
        repairs => Cow::Owned(scan::repaired(text, repairs)),
    };
    Ok(Readable { text, depth: scanned.depth })
}

impl Readable<'_> {
    /// A deserializer of the whole text, however deeply it is nested.
    pub(crate) fn reader(&self) -> Reader<'_> {
        Reader::with_depth(&self.text, self.depth)
    }
}

/// The maximum number of documents that are read in a body with several.
const MAX_DOCUMENTS: usize = 8;

/// The parts of invalid JSON that can be read: each of several documents; the members before a fault or a cut; the
/// members beside one that is nested too deeply. They are used for errors, whose code is worth keeping.
pub(crate) fn fragments(text: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(text);
    let mut rest = text.trim_ascii();
    let mut all = Vec::new();
    while !rest.is_empty() && all.len() < MAX_DOCUMENTS {
        let scanned = scan::value(rest.as_bytes());
        let (document, behind) = rest.split_at(scanned.len);
        if scanned.end != End::Whole {
            all.extend(members(rest.as_bytes()));
            break;
        }
        all.extend(whole(document).or_else(|| members(document.as_bytes())));
        rest = behind.trim_ascii();
    }
    all
}

fn whole<T: DeserializeOwned>(text: &str) -> Option<T> {
    T::deserialize(&mut readable(text).ok()?.reader()).ok()
}

fn members(text: &[u8]) -> Option<Value> {
    let text_of = |bytes| std::str::from_utf8(bytes).ok();
    let members = scan::members(text).filter_map(|(name, value)| {
        Some((whole(text_of(name)?)?, whole(text_of(value)?).unwrap_or_default()))
    });
    let mut members: Map<String, Value> = members.collect();
    if members.is_empty() {
        return None;
    }
    // The missing part of an error may be its message.
    members.entry("message").or_insert(Value::Null);
    Some(Value::Object(members))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn nested(levels: usize) -> String {
        format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn json_faults_are_named() {
        for (text, fault) in [
            ("[1,2", JsonFault::CutShort),
            ("[1,2,]", JsonFault::Malformed),
            ("{'a':1}", JsonFault::Malformed),
            ("{\"a\":1}{\"b\":2}", JsonFault::SeveralDocuments),
            ("[1] and more", JsonFault::SeveralDocuments),
            (&nested(MAX_DEPTH + 1), JsonFault::TooDeep),
        ] {
            assert_eq!(readable(text).err(), Some(fault), "{text:.40}");
        }
        assert!(readable(" {\"a\":1}\n").is_ok());
    }

    /// Runs on a stack of the default size of threads in tests and runtimes.
    #[test]
    fn nesting_up_to_the_limit_of_php_is_read() {
        for levels in [128, 200, MAX_DEPTH] {
            let mut value: Value = whole(&nested(levels)).unwrap();
            let mut depth = 0;
            while let Value::Array(items) = value {
                (value, depth) = (items.into_iter().next().unwrap(), depth + 1);
            }
            assert_eq!((value, depth), (json!(1), levels));
        }
    }

    #[test]
    fn complete_members_of_a_broken_error_are_kept() {
        let deep = format!("{{\"code\":\"a\",\"data\":{},\"message\":\"m\"}}", nested(MAX_DEPTH + 1));
        for (text, kept) in [
            (
                &b"{\"code\":\"a\",\"message\":\"Gr\xfc\xdfe\"}"[..],
                json!([{"code": "a", "message": "Gr\u{fffd}\u{fffd}e"}]),
            ),
            (
                b"{\"code\":\"a\",\"message\":\"m\"}{\"b\":1}",
                json!([{"code": "a", "message": "m"}, {"b": 1}]),
            ),
            (b"{\"code\":\"a\",\"data\":{\"status\":4", json!([{"code": "a", "message": null}])),
            (b"{\"code\":\"a\",\"message\":\"m\",}", json!([{"code": "a", "message": "m"}])),
            (b"{\"code\":\"a\",\"message\":\"\\ud83d\"}", json!([{"code": "a", "message": "\u{fffd}"}])),
            (deep.as_bytes(), json!([{"code": "a", "message": "m", "data": null}])),
            (b"[1,2", json!([])),
            (b"", json!([])),
        ] {
            assert_eq!(Value::Array(fragments(text)), kept, "{}", String::from_utf8_lossy(text));
        }
    }
}
