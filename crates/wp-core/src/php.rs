//! What PHP does to JSON. Nothing else in these crates guesses.
//!
//! An empty array stands where an object belongs, a number comes as a string and 0 for "none", a date
//! that was never set is in the year -1 (all observed on
//! 6.2 to 7.1).

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use crate::Id;
use crate::time::{GmtTime, SiteTime};

/// A string, handed to `read` without a copy where the JSON allows it.
pub(crate) fn text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl FnOnce(&str) -> T,
) -> Result<T, D::Error> {
    struct Text<F>(F);
    impl<T, F: FnOnce(&str) -> T> Visitor<'_> for Text<F> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            Ok((self.0)(text))
        }

        // `false` is what many a function of WordPress returns for "none".
        fn visit_bool<E: Error>(self, value: bool) -> Result<T, E> {
            if value { Err(E::invalid_type(Unexpected::Bool(value), &self)) } else { Ok((self.0)("")) }
        }

        fn visit_unit<E: Error>(self) -> Result<T, E> {
            Ok((self.0)(""))
        }
    }
    deserializer.deserialize_any(Text(read))
}

/// A string; empty for `null` and `false`.
pub(crate) fn string<'de, D: Deserializer<'de>>(d: D) -> Result<String, D::Error> {
    text(d, str::to_owned)
}

/// A string; `None` for `null`, `false` and `""`.
pub(crate) fn optional_string<'de, D: Deserializer<'de>>(d: D) -> Result<Option<String>, D::Error> {
    string(d).map(|text| Some(text).filter(|text| !text.is_empty()))
}

/// A number, or its text; `None` for what is neither.
pub(crate) fn number<'de, D: Deserializer<'de>>(d: D) -> Result<Option<f64>, D::Error> {
    Ok(match serde_json::Value::deserialize(d)? {
        serde_json::Value::Number(number) => number.as_f64(),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    })
}

/// A value; the default for `null`.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    d: D,
) -> Result<T, D::Error> {
    Option::deserialize(d).map(Option::unwrap_or_default)
}

/// A flag, as a boolean, a number or a string.
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Truth;
        impl Visitor<'_> for Truth {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a boolean")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Flag, E> {
                Ok(Flag(value))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Flag, E> {
                Ok(Flag(value != 0))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
                Ok(Flag(!matches!(text, "" | "0")))
            }

            fn visit_unit<E: Error>(self) -> Result<Flag, E> {
                Ok(Flag(false))
            }
        }
        d.deserialize_any(Truth)
    }
}

/// A flag; see [`Flag`].
pub(crate) fn flag<'de, D: Deserializer<'de>>(d: D) -> Result<bool, D::Error> {
    Flag::deserialize(d).map(|flag| flag.0)
}

/// A map of flags.
pub(crate) fn flags<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<String, bool>, D::Error> {
    Ok(map::<_, Flag>(d)?.into_iter().map(|(name, flag)| (name, flag.0)).collect())
}

/// A map of strings, without those that are empty or `false`.
pub(crate) fn strings<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<String, String>, D::Error> {
    struct Lenient(String);
    impl<'de> Deserialize<'de> for Lenient {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            string(d).map(Lenient)
        }
    }
    let map = map::<_, Lenient>(d)?.into_iter().map(|(name, text)| (name, text.0));
    Ok(map.filter(|(_, text)| !text.is_empty()).collect())
}

/// A list. PHP writes one with gaps as an object (`class_list` after `array_unique`; core's ticket 64247),
/// and none as `null` or `false`.
pub(crate) fn list<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> Result<Vec<T>, D::Error> {
    struct Items<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some(item) = items.next_element()? {
                list.push(item);
            }
            Ok(list)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Vec<T>, A::Error> {
            let mut list = Vec::new();
            while let Some((_, item)) = entries.next_entry::<serde::de::IgnoredAny, T>()? {
                list.push(item);
            }
            Ok(list)
        }

        fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Vec<T>, E> {
            if value { Err(E::invalid_type(Unexpected::Bool(value), &self)) } else { Ok(Vec::new()) }
        }
    }
    d.deserialize_any(Items(PhantomData))
}

/// A list of ids, without the zeros.
pub(crate) fn ids<'de, D: Deserializer<'de>, R: ?Sized>(d: D) -> Result<Vec<Id<R>>, D::Error> {
    struct Lenient<R: ?Sized>(Option<Id<R>>);
    impl<'de, R: ?Sized> Deserialize<'de> for Lenient<R> {
        fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            optional_id(d).map(Lenient)
        }
    }
    Ok(list::<_, Lenient<R>>(d)?.into_iter().filter_map(|id| id.0).collect())
}

/// How many; a number or its text, and 0 for what is none.
pub(crate) fn count<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    // The same forms as an id, and 0 means 0.
    optional_id::<_, ()>(d).map(|count| count.map_or(0, Id::get))
}

/// An id, or `None` for 0, `null`, `false` and `""`: a number, or a number in a string.
pub(crate) fn optional_id<'de, D: Deserializer<'de>, R: ?Sized>(d: D) -> Result<Option<Id<R>>, D::Error> {
    struct Number<R: ?Sized>(PhantomData<fn() -> R>);
    impl<R: ?Sized> Visitor<'_> for Number<R> {
        type Value = Option<Id<R>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an id")
        }

        fn visit_u64<E: Error>(self, id: u64) -> Result<Self::Value, E> {
            Ok(Id::new(id))
        }

        fn visit_i64<E: Error>(self, id: i64) -> Result<Self::Value, E> {
            // Less than nothing is nothing.
            Ok(u64::try_from(id).ok().and_then(Id::new))
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            match text {
                "" | "0" => Ok(None),
                _ => text.parse().map(Some).map_err(|_| E::invalid_value(Unexpected::Str(text), &self)),
            }
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
            if value { Err(E::invalid_type(Unexpected::Bool(value), &self)) } else { Ok(None) }
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    d.deserialize_any(Number(PhantomData))
}

/// A map, which PHP writes as `[]` when it is empty. `null` is no entry as well.
pub(crate) fn map<'de, D: Deserializer<'de>, V: Deserialize<'de>>(
    d: D,
) -> Result<BTreeMap<String, V>, D::Error> {
    struct Entries<V>(PhantomData<V>);
    impl<'de, V: Deserialize<'de>> Visitor<'de> for Entries<V> {
        type Value = BTreeMap<String, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object, or an empty array")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((name, value)) = entries.next_entry()? {
                map.insert(name, value);
            }
            Ok(map)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            match items.next_element::<serde::de::IgnoredAny>()? {
                None => Ok(BTreeMap::new()),
                Some(_) => Err(A::Error::invalid_type(Unexpected::Seq, &self)),
            }
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(BTreeMap::new())
        }
    }
    d.deserialize_any(Entries(PhantomData))
}

/// A date in site time; `None` for `null`, `""` and a date that was never set.
pub(crate) fn site_time<'de, D: Deserializer<'de>>(d: D) -> Result<Option<SiteTime>, D::Error> {
    date(d)
}

/// A date in GMT; `None` for `null`, `""` and a date that was never set.
pub(crate) fn gmt_time<'de, D: Deserializer<'de>>(d: D) -> Result<Option<GmtTime>, D::Error> {
    date(d)
}

fn date<'de, D: Deserializer<'de>, T: FromStr<Err: fmt::Display>>(d: D) -> Result<Option<T>, D::Error> {
    match Option::<Date<T>>::deserialize(d)? {
        Some(Date(date)) => Ok(date),
        None => Ok(None),
    }
}

struct Date<T>(Option<T>);

impl<'de, T: FromStr<Err: fmt::Display>> Deserialize<'de> for Date<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        text(d, |text| (!is_never(text)).then(|| text.parse()).transpose())?
            .map(Date)
            .map_err(D::Error::custom)
    }
}

/// Whether WordPress means "never": MySQL's zero date becomes the year -1.
fn is_never(text: &str) -> bool {
    text.is_empty() || text.starts_with("-0001") || text.starts_with("0000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::User;
    use serde_json::{Value, json};

    #[test]
    fn zero_and_its_kin_are_no_id() {
        for (value, id) in [
            (json!(3), Some(3)),
            (json!("3"), Some(3)),
            (json!(0), None),
            (json!("0"), None),
            (json!(false), None),
            (json!(null), None),
        ] {
            assert_eq!(optional_id::<_, User>(value).unwrap().map(Id::get), id);
        }
        assert!(optional_id::<_, User>(json!(true)).is_err());
    }

    #[test]
    fn a_list_may_have_gaps_or_be_nothing() {
        for (value, items) in [
            (json!(["a", "b"]), 2),
            (json!({"0": "a", "2": "b"}), 2),
            (json!([]), 0),
            (json!(null), 0),
            (json!(false), 0),
        ] {
            assert_eq!(list::<_, String>(value).unwrap().len(), items);
        }
        assert_eq!(ids::<_, User>(json!([0, 3, "4"])).unwrap().len(), 2);
        assert!(list::<_, String>(json!(true)).is_err());
    }

    #[test]
    fn flags_and_strings_come_in_every_form() {
        for (value, flag) in [
            (json!(true), true),
            (json!(1), true),
            (json!("1"), true),
            // Of strings, PHP takes these two alone for false.
            (json!("false"), true),
            (json!("00"), true),
            (json!("0"), false),
            (json!(""), false),
            (json!(0), false),
            (json!(false), false),
            (json!(null), false),
        ] {
            assert_eq!(super::flag(&value).unwrap(), flag, "{value}");
        }
        let caps = flags(json!({"edit_posts": "1", "edit_pages": "0", "x": 0})).unwrap();
        assert_eq!(caps.into_values().collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(strings(json!({"24": false, "48": "u"})).unwrap().len(), 1);
        assert_eq!(string(json!(false)).unwrap(), "");
        assert_eq!(count(json!("7")).unwrap(), 7);
    }

    #[test]
    fn an_empty_array_is_an_empty_map() {
        for (value, len) in [(json!([]), 0), (json!({}), 0), (json!(null), 0), (json!({"a": null}), 1)] {
            assert_eq!(map::<_, Value>(value).unwrap().len(), len);
        }
        assert!(map::<_, Value>(json!([1])).is_err());
    }

    #[test]
    fn a_date_that_was_never_set_is_none() {
        for value in [
            json!("-0001-11-30T00:00:00"),
            json!("0000-00-00T00:00:00"),
            json!(""),
            json!(null),
            json!(false),
        ] {
            assert_eq!(site_time(value).unwrap(), None);
        }
        assert_eq!(
            gmt_time(json!("2024-01-01T06:00:00")).unwrap().unwrap().to_string(),
            "2024-01-01T06:00:00"
        );
        assert!(gmt_time(json!("yesterday")).is_err());
    }
}
