//! The stamps of items, by which a later program sees whether they changed.

use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use wp_core::response::{DecodeError, Json};
use wp_core::{GmtTime, Listed};

use super::rows::items;
use super::{Coercions, Sent};

/// The state of an item: its time of change and a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// When it was last changed, in Unix seconds. `None` if the resource does not have that, or the item does not say.
    pub(crate) modified: Option<u64>,
    /// A digest of its JSON.
    pub(crate) digest: u64,
}

/// The stamps of the items of a list, if the request asked for them.
pub(crate) fn stamps<R: Listed>(json: &Json, sent: &Sent<'_>) -> Result<Vec<Stamp>, DecodeError> {
    if !sent.stamps {
        return Ok(Vec::new());
    }
    let sent = Sent { coercions: Coercions::Allowed, ..*sent };
    let (stamped, _) = items::<R, StampOf<R>>(json, &sent)?;
    Ok(stamped.into_iter().map(|StampOf(stamp, _)| stamp).collect())
}

/// The stamp of an `R`.
struct StampOf<R>(Stamp, PhantomData<fn() -> R>);

impl<'de, R: Listed> Deserialize<'de> for StampOf<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let dated = R::MODIFIED_AFTER.map(wp_core::ModifiedAfter::field);
        let Node { digest, time } = deserializer.deserialize_any(NodeVisitor { dated, is_item: true })?;
        Ok(Self(Stamp { modified: time, digest: digest >> 11 }, PhantomData))
    }
}

/// The digest of a value.
struct Node {
    digest: u64,
    /// The time that it is, or, for an item, that it has.
    time: Option<u64>,
}

/// Reads any value.
#[derive(Clone, Copy)]
struct NodeVisitor {
    /// The name of the field with the time of the last change.
    dated: Option<&'static str>,
    /// Whether it is the item itself.
    is_item: bool,
}

/// The empty list and the empty object are the same to PHP.
const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a.
fn hash(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

fn leaf(kind: u8, bytes: &[u8]) -> Node {
    Node { digest: hash(hash(EMPTY, &[kind]), bytes), time: None }
}

impl<'de> DeserializeSeed<'de> for NodeVisitor {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Node, E> {
        Ok(leaf(b'b', &[u8::from(flag)]))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Node, E> {
        Ok(leaf(b'i', &number.to_le_bytes()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Node, E> {
        Ok(leaf(b'i', &number.to_le_bytes()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
        Ok(leaf(b'f', &number.to_le_bytes()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
        let time = self.dated.and_then(|_| text.parse().ok()).and_then(seconds);
        Ok(Node { time, ..leaf(b's', text.as_bytes()) })
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(leaf(b'n', &[]))
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut digest = EMPTY;
        while let Some(item) = list.next_element_seed(Self { dated: None, is_item: false })? {
            digest = hash(digest, &item.digest.to_le_bytes());
        }
        Ok(Node { digest, time: None })
    }

    /// The order of the names does not count.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut node = Node { digest: EMPTY, time: None };
        while let Some(name) = map.next_key::<String>()? {
            // The links of an item are not part of its state.
            if self.is_item && matches!(&*name, "_links" | "_embedded") {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let is_time = self.is_item && self.dated == Some(&*name);
            let dated = self.dated.filter(|_| is_time);
            let value = map.next_value_seed(Self { dated, is_item: false })?;
            node.time = node.time.or(value.time.filter(|_| is_time));
            let pair = hash(hash(EMPTY, name.as_bytes()), &value.digest.to_le_bytes());
            node.digest = node.digest.wrapping_add(pair);
        }
        Ok(node)
    }
}

/// Unix seconds.
fn seconds(time: GmtTime) -> Option<u64> {
    SystemTime::from(time).duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use wp_core::models::{Post, User};
    use wp_core::{Query, response::Json};

    use super::*;

    fn of<R: Listed>(item: &Value) -> Stamp {
        let query = Query::new();
        let sent =
            Sent { coercions: Coercions::Allowed, query: &query, json: None, stamps: true, credential: None };
        let list = json!([item]);
        stamps::<R>(&Json::of(&list), &sent).unwrap()[0]
    }

    #[test]
    fn digest_is_of_the_content_in_any_order() {
        let text = r#"{"id":7,"meta":{"a":1,"b":[1,2]},"name":"x","_links":{"self":[{"href":"y"}]}}"#;
        let item: Value = serde_json::from_str(text).unwrap();
        let digest = of::<User>(&item).digest;
        let other = |text: &str| of::<User>(&serde_json::from_str(text).unwrap()).digest;
        assert_eq!(digest, other(r#"{"name":"x","meta":{"b":[1,2],"a":1},"id":7}"#));
        for changed in [
            r#"{"id":7,"meta":{"a":1,"b":[2,1]},"name":"x"}"#,
            r#"{"id":7,"meta":{"a":1,"b":[1,2]},"name":"xy"}"#,
            r#"{"id":7,"meta":{"a":"1","b":[1,2]},"name":"x"}"#,
            r#"{"id":7,"meta":{"a":null,"b":[1,2]},"name":"x"}"#,
            r#"{"id":7,"meta":{"b":1,"a":[1,2]},"name":"x"}"#,
            r#"{"id":7,"meta":[],"name":"x"}"#,
        ] {
            assert_ne!(digest, other(changed), "{changed}");
        }
        assert_eq!(other(r#"{"id":7,"meta":[]}"#), other(r#"{"id":7,"meta":{}}"#));
        // Stored checkpoints must stay valid.
        assert_eq!(digest, 6_970_755_804_875_895);
    }

    #[test]
    fn time_is_that_of_the_item() {
        let item = json!({"id": 7, "modified_gmt": "2026-01-02T00:00:00", "meta": {"modified_gmt": "2030-01-01T00:00:00"}});
        assert_eq!(of::<Post>(&item).modified, Some(1_767_312_000));
        assert_eq!(of::<User>(&item).modified, None);
        for none in [json!(null), json!(""), json!("0000-00-00T00:00:00"), json!(7)] {
            assert_eq!(of::<Post>(&json!({"id": 7, "modified_gmt": none})).modified, None);
        }
    }
}
