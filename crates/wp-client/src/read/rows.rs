//! The items of a list.

use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, IgnoredAny, MapAccess, Visitor};
use wp_core::response::Json;
use wp_core::{Listed, Query, Resource};

use super::stamp::{Stamp, stamps};
use super::{Converted, Sent, value};
use crate::QueryIgnored;

/// The items of one response, in the order of the list.
pub(crate) struct Rows<T> {
    pub(crate) items: Vec<T>,
    /// The key of each item as a number.
    pub(crate) keys: Vec<u64>,
    /// The stamp of each item, if the request asked for them; else empty.
    pub(crate) stamps: Vec<Stamp>,
    /// The parameter that the server ignored, as the items show.
    pub(crate) ignored: Option<QueryIgnored>,
}

impl<T> Rows<T> {
    /// The items, of which `keyed` holds the keys.
    pub(crate) fn new<K: Resource>(items: Vec<T>, keyed: &[K], query: &Query) -> Self {
        let keys = keyed.iter().map(|item| number(item.key())).collect();
        let ignored = QueryIgnored::of_page(query, keyed.iter(), keyed.len());
        Self { items, keys, stamps: Vec::new(), ignored }
    }

    /// The keys that are numbers.
    pub(crate) fn ids(&self) -> impl DoubleEndedIterator<Item = u64> {
        self.keys.iter().copied().filter(|key| is_number(*key))
    }

    /// Whether each number is above the one before.
    pub(crate) fn are_ascending(&self) -> bool {
        self.ids().is_sorted_by(|before, after| before < after)
    }

    /// How many items come before or at the last one whose number is at most `id`.
    pub(crate) fn known_up_to(&self, id: u64) -> usize {
        self.keys.iter().rposition(|key| *key <= id).map_or(0, |last| last + 1)
    }

    /// Removes this many items at the start.
    pub(crate) fn remove_first(&mut self, count: usize) {
        self.items.drain(..count.min(self.items.len()));
        self.keys.drain(..count.min(self.keys.len()));
        self.stamps.drain(..count.min(self.stamps.len()));
    }

    /// Keeps only the items whose keys pass.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(u64) -> bool) {
        let mut of_items = self.keys.iter().map(|key| is_kept(*key));
        self.items.retain(|_| of_items.next().unwrap_or(true));
        let mut of_stamps = self.keys.iter().map(|key| is_kept(*key));
        self.stamps.retain(|_| of_stamps.next().unwrap_or(true));
        self.keys.retain(|key| is_kept(*key));
    }

    /// A hash of all keys in their order.
    pub(crate) fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.keys.iter().for_each(|key| hasher.write_u64(*key));
        hasher.finish()
    }
}

/// A key that is not a number is a hash with this bit.
const HASHED: u64 = 1 << 63;

/// Whether this is the number of a key, and not a hash.
pub(crate) fn is_number(key: u64) -> bool {
    key < HASHED
}

/// A key as a number: the key itself if it is a number, and a hash of any other.
pub(super) fn number(key: impl fmt::Display) -> u64 {
    struct Text {
        hasher: DefaultHasher,
        digits: Option<u64>,
    }
    impl fmt::Write for Text {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.hasher.write(text.as_bytes());
            let more = |number: u64, byte: u8| {
                let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
                number.checked_mul(10)?.checked_add(digit)
            };
            self.digits = self.digits.and_then(|number| text.bytes().try_fold(number, more));
            Ok(())
        }
    }
    let mut text = Text { hasher: DefaultHasher::new(), digits: Some(0) };
    // Hashing cannot fail.
    let _ = fmt::Write::write_fmt(&mut text, format_args!("{key}"));
    text.digits.filter(|number| is_number(*number)).unwrap_or_else(|| text.hasher.finish() | HASHED)
}

/// Reads a list of items with keys.
pub(crate) fn rows<R: Listed, T: Resource>(json: &Json, sent: &Sent<'_>) -> Converted<Rows<T>> {
    let (items, coercions) = items::<R, T>(json, sent)?;
    let Rows { keys, ignored, .. } = Rows::<()>::new(Vec::new(), &items, sent.query);
    Ok((Rows { items, keys, stamps: stamps::<R>(json, sent)?, ignored }, coercions))
}

/// Reads only the keys of a list, and the stamps.
pub(crate) fn keys<R: Listed>(json: &Json, sent: &Sent<'_>) -> Converted<Rows<()>> {
    let (Rows { items, keys, stamps, ignored }, coercions) = rows::<R, KeyOf<R>>(json, sent)?;
    Ok((Rows { items: vec![(); items.len()], keys, stamps, ignored }, coercions))
}

/// Reads the items of a list: an array, or an object whose names are the keys.
pub(crate) fn items<R: Listed, T: DeserializeOwned>(json: &Json, sent: &Sent<'_>) -> Converted<Vec<T>> {
    if R::BY_NAME {
        let (ByName(items), coercions) = value(json, sent)?;
        Ok((items, coercions))
    } else {
        value(json, sent)
    }
}

/// The values of an object.
struct ByName<T>(Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for ByName<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values<T>(PhantomData<fn() -> T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for Values<T> {
            type Value = ByName<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of items")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ByName<T>, A::Error> {
                let mut items = Vec::new();
                while map.next_key::<IgnoredAny>()?.is_some() {
                    items.push(map.next_value()?);
                }
                Ok(ByName(items))
            }
        }

        deserializer.deserialize_map(Values(PhantomData))
    }
}

/// Only the key of an `R`.
pub(crate) struct KeyOf<R: Resource>(R::Key);

impl<R: Resource> Resource for KeyOf<R> {
    type Key = R::Key;
    type Edit = Self;
    const KEY: &'static str = R::KEY;

    fn key(&self) -> R::Key {
        self.0.clone()
    }
}

impl<'de, R: Resource> Deserialize<'de> for KeyOf<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<R>(PhantomData<fn() -> R>);

        impl<'de, R: Resource> Visitor<'de> for Object<R> {
            type Value = KeyOf<R>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<KeyOf<R>, A::Error> {
                let mut key = None;
                while let Some(IsKey::<R>(is_key, _)) = map.next_key()? {
                    if is_key {
                        key = Some(map.next_value()?);
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                key.map(KeyOf).ok_or_else(|| serde::de::Error::missing_field(R::KEY))
            }
        }

        deserializer.deserialize_map(Object(PhantomData))
    }
}

/// Whether a name is that of the key of an `R`.
struct IsKey<R>(bool, PhantomData<fn() -> R>);

impl<'de, R: Resource> Deserialize<'de> for IsKey<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name<R>(PhantomData<fn() -> R>);

        impl<R: Resource> Visitor<'_> for Name<R> {
            type Value = IsKey<R>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<IsKey<R>, E> {
                Ok(IsKey(name == R::KEY, PhantomData))
            }
        }

        deserializer.deserialize_identifier(Name(PhantomData))
    }
}
