//! A deserializer for the JSON that PHP writes: the target type decides which values are accepted.

use std::any::type_name;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::U64Deserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IntoDeserializer, SeqAccess, Visitor};

use super::context::{At, CoercionKind, Nothing};
use super::tree::Tree;
use super::wanted::{Want, Wanted};
use crate::Id;
use crate::model::token;

/// Wraps another deserializer at one place of a document.
pub(crate) struct Php<'c, D> {
    pub(super) inner: D,
    pub(super) at: &'c At<'c>,
}

/// Wraps a seed, so that it is read by [`Php`] at this place.
pub(super) struct Placed<'c, S> {
    pub(super) seed: S,
    pub(super) at: &'c At<'c>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Placed<'_, S> {
    type Value = S::Value;

    #[allow(clippy::inline_always)] // each value passes three such steps
    #[inline(always)]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        let read = self.seed.deserialize(Php { inner, at: self.at });
        if read.is_err() {
            self.at.failed();
        }
        read
    }
}

macro_rules! wants {
    ($($want:ident: $($method:ident)*;)*) => {
        $($(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
                self.inner.deserialize_any(Wanted { visitor, want: Want::$want, at: self.at })
            }
        )*)*
    };
}

macro_rules! passes {
    ($($method:ident)*) => {
        $(
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
                self.inner.$method(visitor)
            }
        )*
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Php<'_, D> {
    type Error = D::Error;

    wants! {
        Text: deserialize_char deserialize_str deserialize_string;
        Integer: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
            deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64;
        Float: deserialize_f32 deserialize_f64;
        Flag: deserialize_bool;
        List: deserialize_seq;
        Map: deserialize_map;
        Anything: deserialize_any;
    }

    passes! {
        deserialize_ignored_any deserialize_identifier deserialize_bytes deserialize_byte_buf
        deserialize_unit deserialize_i128 deserialize_u128
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Wanted { visitor, want: Want::Struct, at: self.at })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Wanted { visitor, want: Want::Tuple, at: self.at })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_any(Wanted { visitor, want: Want::Tuple, at: self.at })
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let Self { inner, at } = self;
        match name {
            token::FIELD if at.context.careful => attempts(inner, at, visitor),
            // The model is already read by this deserializer.
            token::MODEL | token::FIELD => visitor.visit_some(Self { inner, at }),
            token::ID => inner.deserialize_any(Wanted { visitor, want: Want::Integer, at }),
            token::ID_OR_ZERO => inner.deserialize_any(Wanted { visitor, want: Want::IdOrZero, at }),
            token::SITE_TIME => inner.deserialize_any(Wanted { visitor, want: Want::SiteTime, at }),
            token::GMT_TIME => inner.deserialize_any(Wanted { visitor, want: Want::GmtTime, at }),
            token::RAW => fatal(at, inner.deserialize_string(visitor)),
            token::EXACT_MODEL => fatal(at, visitor.visit_some(Self { inner, at })),
            // serde_json uses these names for its own types.
            _ if name.starts_with("$serde_json::") => inner.deserialize_newtype_struct(name, visitor),
            _ => visitor.visit_newtype_struct(Self { inner, at }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let Self { inner, at } = self;
        if is_optional_id::<V::Value>() {
            return match IdOrZero::deserialize(Self { inner, at })?.0 {
                0 => visitor.visit_none(),
                id => {
                    let id: U64Deserializer<D::Error> = id.into_deserializer();
                    visitor.visit_some(id)
                }
            };
        }
        let at = &At { optional: true, ..*at };
        if at.context.careful {
            careful_option(inner, at, visitor)
        } else {
            inner.deserialize_option(Maybe { visitor, at })
        }
    }
}

/// A value that cannot be read makes its whole item an error.
fn fatal<T, E>(at: &At<'_>, read: Result<T, E>) -> Result<T, E> {
    if read.is_err() {
        at.context.fatal.set(true);
    }
    read
}

#[cold]
fn attempts<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    inner: D,
    at: &At<'_>,
    visitor: V,
) -> Result<V::Value, D::Error> {
    let tree = Tree::deserialize(inner)?;
    visitor.visit_seq(Attempts { tree, at, begun: None, error: PhantomData })
}

#[cold]
fn careful_option<'de, D: Deserializer<'de>, V: Visitor<'de>>(
    inner: D,
    at: &At<'_>,
    visitor: V,
) -> Result<V::Value, D::Error> {
    let name = type_name::<V::Value>();
    let tree = Tree::deserialize(inner)?;
    let Some(nothing) = tree.nothing() else {
        return visitor.visit_some(Php { inner: tree.into_deserializer(), at });
    };
    if nothing == Nothing::Null || at.context.refuses(name, nothing) {
        return visitor.visit_none();
    }
    let read = visitor.visit_some(Php { inner: tree.into_deserializer(), at });
    // A visitor can read only once, so the refusal is recorded for the next reading.
    if read.is_err() && !at.context.fatal.get() {
        at.context.refuse(name, nothing);
    }
    read
}

/// Passes a value to the visitor of an option.
struct Maybe<'c, V> {
    visitor: V,
    at: &'c At<'c>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Maybe<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.visitor.visit_none()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.visitor.visit_some(Php { inner, at: self.at })
    }
}

/// The attempts to read one field, one element each. They end when the field must get its default.
struct Attempts<'c, E> {
    tree: Tree,
    at: &'c At<'c>,
    /// The number of coercions and of recorded refusals before the previous attempt.
    begun: Option<(usize, usize)>,
    error: PhantomData<fn() -> E>,
}

impl<'de, E: Error> SeqAccess<'de> for Attempts<'_, E> {
    type Error = E;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, E> {
        let context = self.at.context;
        if let Some((coercions, learned)) = self.begun {
            if context.fatal.get() {
                return Err(E::custom("the raw text is missing or not a string"));
            }
            context.forget(coercions);
            if learned == context.learned() {
                if self.tree.nothing().is_none() {
                    self.at.note(CoercionKind::Unreadable);
                }
                return Ok(None);
            }
        }
        self.begun = Some((context.count(), context.learned()));
        let seed = Placed { seed, at: self.at };
        seed.deserialize(self.tree.clone().into_deserializer()).map(Some)
    }
}

/// Whether `T` is an id. For an `Option`, the name only saves a second reading, which would have the same result. For a
/// list, it is needed to omit zeros.
pub(super) fn is_id<T: ?Sized>() -> bool {
    let of_unit = type_name::<Id<()>>();
    type_name::<T>().starts_with(of_unit.strip_suffix("()>").unwrap_or(of_unit))
}

fn is_optional_id<T: ?Sized>() -> bool {
    let of_unit = type_name::<Option<Id<()>>>();
    type_name::<T>().starts_with(of_unit.strip_suffix("()>>").unwrap_or(of_unit))
}

/// A number that may be an id; 0 means none.
pub(super) struct IdOrZero(pub(super) u64);

impl<'de> Deserialize<'de> for IdOrZero {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl<'de> Visitor<'de> for Number {
            type Value = IdOrZero;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<IdOrZero, D::Error> {
                inner.deserialize_u64(self)
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<IdOrZero, E> {
                Ok(IdOrZero(id))
            }
        }
        deserializer.deserialize_newtype_struct(token::ID_OR_ZERO, Number)
    }
}

/// Reads the next id of a list, whose zeros are left out. `read` reads an item.
pub(super) fn next_id<E>(mut read: impl FnMut() -> Result<Option<IdOrZero>, E>) -> Result<Option<u64>, E> {
    while let Some(IdOrZero(id)) = read()? {
        if id != 0 {
            return Ok(Some(id));
        }
    }
    Ok(None)
}
