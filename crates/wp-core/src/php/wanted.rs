//! The type that is requested, and the values of PHP that are accepted in its place.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use super::access::{Entries, Gaps, Items};
use super::context::{At, CoercionKind};
use super::tree::Tree;
use crate::model::time::{is_never, is_plain};

/// The type that a `Deserialize` implementation requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Text,
    SiteTime,
    GmtTime,
    Integer,
    IdOrZero,
    Float,
    Flag,
    List,
    /// A list of fixed length, which cannot have gaps.
    Tuple,
    Map,
    Struct,
    /// Any value, unchanged.
    Anything,
}

/// Wraps the visitor of a type, and converts values to what the type requests. A value that cannot be converted is
/// passed on unchanged, so that the visitor reports the error.
pub(super) struct Wanted<'c, V> {
    pub(super) visitor: V,
    pub(super) want: Want,
    pub(super) at: &'c At<'c>,
}

/// The name by which `serde_json` passes a number if its feature `arbitrary_precision` is on.
const NUMBER: &str = "$serde_json::private::Number";

impl<'de, V: Visitor<'de>> Wanted<'_, V> {
    /// The empty value of the requested type, in place of PHP's "none". Returns `self` if there is no such value: for a
    /// number, for the whole document, and inside an `Option`, where "none" becomes `None`.
    fn empty<E: Error>(self) -> Result<Result<V::Value, E>, Self> {
        match self.want {
            Want::IdOrZero => Ok(self.visitor.visit_u64(0)),
            Want::Anything => Err(self),
            _ if self.at.optional || self.at.is_root() => Err(self),
            Want::Text => Ok(self.visitor.visit_str("")),
            Want::List => Ok(self.visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<bool>()))),
            Want::Map | Want::Struct => Ok(self.visitor.visit_map(nothing())),
            _ => Err(self),
        }
    }

    fn number<E: Error>(self, text: &str) -> Result<V::Value, E> {
        let text = text.trim_ascii();
        if let Ok(number) = text.parse() {
            return self.visitor.visit_u64(number);
        }
        if let Ok(number) = text.parse() {
            return self.visitor.visit_i64(number);
        }
        let begins = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        match text.parse::<f64>() {
            Ok(number) if begins && number.is_finite() => match whole(number) {
                Some(number) if self.want != Want::Float => self.visitor.visit_i64(number),
                _ => self.visitor.visit_f64(number),
            },
            _ => self.visitor.visit_str(text),
        }
    }

    fn note(self, kind: CoercionKind) -> Self {
        self.at.note(kind);
        self
    }

    /// Reads a list in place of another type. Not a part of `visit_seq`: each level of nesting takes a frame of that.
    fn list_in_place<A: SeqAccess<'de>>(self, mut items: A) -> Result<V::Value, A::Error> {
        match (self.want, items.next_element::<Tree>()?) {
            (Want::Map, None) => self.visitor.visit_map(nothing()),
            (Want::Struct, None) if !self.at.optional => self.visitor.visit_map(nothing()),
            (Want::Flag, None) if !self.at.optional => self.visitor.visit_bool(false),
            (_, None) => {
                self.empty().unwrap_or_else(|this| Err(A::Error::invalid_type(Unexpected::Seq, &this)))
            }
            (Want::Map, Some(first)) => {
                // In PHP, a list is a map.
                let mut entries = vec![("0".to_owned(), first)];
                while let Some(item) = items.next_element()? {
                    entries.push((entries.len().to_string(), item));
                }
                let this = self.note(CoercionKind::ListAsMap);
                this.visitor.visit_map(Entries::new(MapDeserializer::new(entries.into_iter()), this.at))
            }
            (Want::Flag, Some(_)) => {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                self.note(CoercionKind::AsFlag).visitor.visit_bool(true)
            }
            // A struct is never read by position, which could confuse its fields.
            _ => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
        }
    }

    /// Reads an object in place of another type. Not a part of `visit_map`, for the same reason.
    fn object_in_place<A: MapAccess<'de>>(self, mut entries: A) -> Result<V::Value, A::Error> {
        let mut key = entries.next_key::<String>()?;
        if key.as_deref() == Some(NUMBER) {
            let text: String = entries.next_value()?;
            return match text.parse() {
                Ok(number) => self.visit_u64(number),
                Err(_) => match text.parse() {
                    Ok(number) => self.visit_i64(number),
                    Err(_) => self.visit_f64(text.parse().map_err(A::Error::custom)?),
                },
            };
        }
        let empty = key.is_none();
        // A `WP_Error` as JSON.
        let mut error = !empty;
        while let Some(name) = key {
            error &= matches!(&*name, "errors" | "error_data" | "additional_data");
            entries.next_value::<IgnoredAny>()?;
            key = entries.next_key()?;
        }
        match self.want {
            Want::Flag => self.note(CoercionKind::AsFlag).visitor.visit_bool(!empty),
            Want::Text if error => self.note(CoercionKind::ErrorAsText).visitor.visit_str(""),
            _ if empty => {
                self.empty().unwrap_or_else(|this| Err(A::Error::invalid_type(Unexpected::Map, &this)))
            }
            _ => Err(A::Error::invalid_type(Unexpected::Map, &self)),
        }
    }
}

/// An object without entries.
fn nothing<'de, E: Error>() -> impl MapAccess<'de, Error = E> {
    MapDeserializer::new(std::iter::empty::<(bool, bool)>())
}

/// The integer that a float holds exactly.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[allow(clippy::cast_possible_truncation)] // it is an integer, and small enough
    (number.fract() == 0.0 && number.abs() < EXACT).then_some(number as i64)
}

/// Parses a flag as `rest_sanitize_boolean` and PHP's filter for booleans do. PHP converts any other text to true.
fn is_true(text: &str) -> bool {
    !["", "0", "false", "no", "off"].iter().any(|no| text.eq_ignore_ascii_case(no))
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Wanted<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        match self.want {
            Want::Flag if !self.at.optional => self.visitor.visit_bool(false),
            _ => self.empty().unwrap_or_else(|this| this.visitor.visit_unit()),
        }
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<V::Value, E> {
        match self.want {
            Want::Flag => self.visitor.visit_bool(flag),
            // PHP converts `true` to "1".
            Want::Text if flag => self.note(CoercionKind::ScalarAsText).visitor.visit_str("1"),
            Want::Struct if flag => self.note(CoercionKind::ScalarAsObject).visitor.visit_bool(flag),
            _ if flag => self.visitor.visit_bool(flag),
            _ => self.empty().unwrap_or_else(|this| this.visitor.visit_bool(flag)),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<V::Value, E> {
        match self.want {
            Want::Text => self.note(CoercionKind::ScalarAsText).visitor.visit_string(number.to_string()),
            Want::Flag => self.note(CoercionKind::AsFlag).visitor.visit_bool(number != 0),
            Want::Struct => self.note(CoercionKind::ScalarAsObject).visitor.visit_u64(number),
            _ => self.visitor.visit_u64(number),
        }
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<V::Value, E> {
        match self.want {
            Want::Text => self.note(CoercionKind::ScalarAsText).visitor.visit_string(number.to_string()),
            Want::Flag => self.note(CoercionKind::AsFlag).visitor.visit_bool(number != 0),
            Want::Struct => self.note(CoercionKind::ScalarAsObject).visitor.visit_i64(number),
            _ => self.visitor.visit_i64(number),
        }
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<V::Value, E> {
        match self.want {
            Want::Anything | Want::Text | Want::Struct if self.at.loses_digits(number) => {
                Err(E::custom("an integer of more than 64 bits"))
            }
            Want::Integer | Want::IdOrZero => match whole(number) {
                Some(number) => {
                    let visitor = self.note(CoercionKind::AsNumber).visitor;
                    match u64::try_from(number) {
                        Ok(number) => visitor.visit_u64(number),
                        Err(_) => visitor.visit_i64(number),
                    }
                }
                None => self.visitor.visit_f64(number),
            },
            Want::Text => self.note(CoercionKind::ScalarAsText).visitor.visit_string(number.to_string()),
            Want::Flag => self.note(CoercionKind::AsFlag).visitor.visit_bool(number != 0.0),
            Want::Struct => self.note(CoercionKind::ScalarAsObject).visitor.visit_f64(number),
            _ => self.visitor.visit_f64(number),
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<V::Value, E> {
        match self.want {
            Want::SiteTime | Want::GmtTime => {
                // Core writes the registration date of a user with the offset of GMT.
                let own = || match self.want {
                    Want::GmtTime => text.strip_suffix("+00:00").or_else(|| text.strip_suffix('Z')),
                    _ => None,
                };
                let is_own = is_plain(text) || is_never(text) || own().is_some_and(is_plain);
                let this = if is_own { self } else { self.note(CoercionKind::DateForm) };
                this.visitor.visit_str(text)
            }
            Want::Flag if text.is_empty() && !self.at.optional => self.visitor.visit_bool(false),
            Want::Flag if !text.is_empty() => {
                self.note(CoercionKind::AsFlag).visitor.visit_bool(is_true(text))
            }
            Want::IdOrZero if matches!(text, "" | "0") => self.visitor.visit_u64(0),
            Want::Integer | Want::IdOrZero | Want::Float if !text.is_empty() => {
                self.note(CoercionKind::AsNumber).number(text)
            }
            Want::Struct if !text.is_empty() => {
                self.note(CoercionKind::ScalarAsObject).visitor.visit_str(text)
            }
            Want::Map | Want::Struct | Want::List if text.is_empty() => {
                self.empty().unwrap_or_else(|this| this.visitor.visit_str(text))
            }
            _ => self.visitor.visit_str(text),
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<V::Value, E> {
        match self.want {
            Want::Text | Want::Anything => self.visitor.visit_borrowed_str(text),
            _ => self.visit_str(text),
        }
    }

    fn visit_string<E: Error>(self, text: String) -> Result<V::Value, E> {
        match self.want {
            Want::Text | Want::Anything => self.visitor.visit_string(text),
            _ => self.visit_str(&text),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        match self.want {
            Want::List | Want::Tuple | Want::Anything => self.visitor.visit_seq(Items::new(items, self.at)),
            _ => self.list_in_place(items),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        match self.want {
            Want::Map | Want::Struct | Want::Anything => {
                self.visitor.visit_map(Entries::new(entries, self.at))
            }
            Want::List => self.visitor.visit_seq(Gaps::new(entries, self.at)),
            _ => self.object_in_place(entries),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        inner.deserialize_any(self)
    }

    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, data: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_enum(data)
    }
}
