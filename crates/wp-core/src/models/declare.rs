//! The macro that declares models. How a field is read follows from its type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::model::token;
use crate::models::Raw;
use crate::php;
use crate::{Id, Name};

/// Declares a model. Each field has a name, a type and a doc comment, and may have an option:
///
/// - `[key] id: …`: the field identifies the item, and is required;
/// - `kind as "type": …`: the field has another name in JSON;
/// - `registered_date: … [function]`: `function` returns the form in which the field is written, if it differs from
///   other fields of its type;
/// - `status: … = …`: the default of an absent field, in place of an empty value.
///
/// A model is read from PHP's JSON and writes what was read: an absent field stays absent unless it was set since.
/// `from text by function` allows a plain text in place of the object. `read exactly` makes an item with a value of this
/// type that cannot be read an error, in place of giving its field a default.
macro_rules! model {
    (
        $(#[$meta:meta])*
        pub struct $name:ident $(<$($param:ident $(: $bound:path = $default:ty)?),+>)? $(from text by $make:ident)?
            $(read $exactly:ident)?
        {
            $([key] $(#[$key_doc:meta])* $key:ident: $key_type:ty,)?
            $(
                $(#[$doc:meta])*
                $field:ident $(as $json:literal)?: $type:ty $([$form:path])? $(= $absent:expr)?,
            )*
        }
    ) => {
        $(#[$meta])*
        #[non_exhaustive]
        pub struct $name $(<$($param $(: $bound = $default)?),+>)? {
            $($(#[$key_doc])* pub $key: $key_type,)?
            $($(#[$doc])* pub $field: $type,)*
            present: $crate::models::declare::Present<fn($($($param),+)?)>,
        }

        impl<$($($param $(: $bound)?),+)?> $name $(<$($param),+>)? {
            /// Whether the field with this JSON name was present and could be read.
            #[allow(dead_code)] // used by few models
            pub(crate) fn was_read(&self, name: &str) -> bool {
                let field = <Self as $crate::models::declare::Model>::FIELDS.iter().position(|field| *field == name);
                field.is_some_and(|field| self.present.contains(field))
            }
        }

        const _: () = {
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[derive(Clone, Copy)]
            enum Field { $($key,)? $($field,)* Other }

            const NAMES: &[&str] = &[
                $(stringify!($key),)?
                $($crate::models::declare::name!($field $($json)?),)*
            ];
            const _: () = assert!(NAMES.len() <= $crate::models::declare::MAX_FIELDS);

            impl<'de> serde::Deserialize<'de> for Field {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    struct Name;
                    impl serde::de::Visitor<'_> for Name {
                        type Value = Field;

                        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                            f.write_str("a name")
                        }

                        fn visit_str<E>(self, name: &str) -> Result<Field, E> {
                            Ok(match name {
                                $(stringify!($key) => Field::$key,)?
                                $($crate::models::declare::name!($field $($json)?) => Field::$field,)*
                                _ => Field::Other,
                            })
                        }
                    }
                    deserializer.deserialize_identifier(Name)
                }
            }

            impl<$($($param $(: $bound)?),+)?> $crate::models::declare::Model for $name $(<$($param),+>)? {
                const NAME: &'static str = stringify!($name);
                $(const TOKEN: &'static str = $crate::models::declare::token_of!($exactly);)?
                const FIELDS: &'static [&'static str] = NAMES;

                fn read<'de, A: serde::de::MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
                    #[allow(unused_mut)] // a model may have only its key
                    let mut present = $crate::models::declare::Present::default();
                    $(let mut $key: Option<$key_type> = None;)?
                    $(let mut $field: $type = $crate::models::declare::absent!($type $(, $absent)?);)*
                    while let Some(field) = map.next_key()? {
                        match field {
                            $(Field::$key => $key = Some($crate::models::declare::key(&mut map)?),)?
                            // A value that could not be read is not written back.
                            $(Field::$field => match $crate::models::declare::field(&mut map)? {
                                Some(value) => {
                                    present.insert(Field::$field as usize);
                                    $field = value;
                                }
                                None => {
                                    present.lose(Field::$field as usize);
                                    $field = $crate::models::declare::absent!($type);
                                }
                            },)*
                            Field::Other => {
                                map.next_value::<serde::de::IgnoredAny>()?;
                            }
                        }
                    }
                    Ok(Self {
                        $($key: $key.ok_or_else(|| serde::de::Error::missing_field(stringify!($key)))?,)?
                        $($field,)*
                        present,
                    })
                }

                $(
                    fn from_text(text: String) -> Option<Self> {
                        Some($name::$make(text))
                    }
                )?
            }

            impl<'de $(, $($param $(: $bound)?),+)?> serde::Deserialize<'de> for $name $(<$($param),+>)? {
                fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                    $crate::models::declare::deserialize(deserializer)
                }
            }

            /// Writes what was read: an absent field stays absent unless it was set since.
            impl<$($($param $(: $bound)?),+)?> serde::Serialize for $name $(<$($param),+>)? {
                fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                    #[allow(unused_imports)] // a model may have only special forms
                    use $crate::models::declare::{Form, Plain as _};
                    use serde::ser::SerializeMap as _;
                    let mut map = serializer.serialize_map(None)?;
                    $(map.serialize_entry(stringify!($key), &self.$key)?;)?
                    $(
                        let is_set = if self.present.is_lost(Field::$field as usize) {
                            self.$field != $crate::models::declare::absent!($type)
                        } else {
                            self.$field != $crate::models::declare::absent!($type $(, $absent)?)
                        };
                        if is_set || self.present.contains(Field::$field as usize) {
                            let name = $crate::models::declare::name!($field $($json)?);
                            map.serialize_entry(name, &$crate::models::declare::form!(&self.$field $(, $form)?))?;
                        }
                    )*
                    map.end()
                }
            }
        };
    };
}

/// The JSON name of a field.
macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $json:literal) => {
        $json
    };
}

/// The default of an absent field.
macro_rules! absent {
    ($type:ty) => {
        <$type as $crate::model::blank::Blank>::blank()
    };
    ($type:ty, $absent:expr) => {
        $absent
    };
}

/// The form in which a field is written.
macro_rules! form {
    ($field:expr) => {
        Form($field).form()
    };
    ($field:expr, $form:path) => {
        $form($field)
    };
}

/// The token of a model that must be read exactly.
macro_rules! token_of {
    (exactly) => {
        $crate::model::token::EXACT_MODEL
    };
}

pub(crate) use {absent, form, name, token_of};

/// The functions that the macro generates.
pub(crate) trait Model: Sized {
    const NAME: &'static str;
    const FIELDS: &'static [&'static str];
    const TOKEN: &'static str = token::MODEL;

    fn read<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error>;

    /// The model for a plain text in place of the object, if that is allowed.
    fn from_text(_text: String) -> Option<Self> {
        None
    }
}

pub(crate) const MAX_FIELDS: usize = 64;

/// Records which fields were present, and which of them could not be read. It is ignored when two items are compared.
pub(crate) struct Present<T> {
    read: u64,
    lost: u64,
    of: PhantomData<T>,
}

impl<T> Present<T> {
    pub(crate) fn insert(&mut self, field: usize) {
        self.read |= 1 << field;
        self.lost &= !(1 << field);
    }

    pub(crate) fn lose(&mut self, field: usize) {
        self.lost |= 1 << field;
        self.read &= !(1 << field);
    }

    pub(crate) fn is_lost(self, field: usize) -> bool {
        self.lost & (1 << field) != 0
    }

    pub(crate) fn contains(self, field: usize) -> bool {
        self.read & (1 << field) != 0
    }
}

impl<T> Default for Present<T> {
    fn default() -> Self {
        Self { read: 0, lost: 0, of: PhantomData }
    }
}

impl<T> Clone for Present<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Present<T> {}

impl<T> PartialEq for Present<T> {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl<T> Eq for Present<T> {}

impl<T> fmt::Debug for Present<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fields", self.read.count_ones())
    }
}

/// Reads a model with any deserializer.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, M: Model>(deserializer: D) -> Result<M, D::Error> {
    struct Entry<M>(PhantomData<M>);
    impl<'de, M: Model> Visitor<'de> for Entry<M> {
        type Value = M;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(M::NAME)
        }

        // This crate's deserializer.
        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
            deserializer.deserialize_struct(M::NAME, M::FIELDS, Object(PhantomData))
        }

        // Any other deserializer: its value is read into a tree first, which this crate's deserializer reads.
        fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<M, D::Error> {
            php::read_part(deserializer, |php| {
                php.deserialize_struct(M::NAME, M::FIELDS, Object(PhantomData))
            })
        }
    }
    deserializer.deserialize_newtype_struct(M::TOKEN, Entry(PhantomData))
}

/// Reads the object of a model, or the text in its place.
struct Object<M>(PhantomData<M>);

impl<M: Model> Object<M> {
    fn text<E: Error>(self, text: String) -> Result<M, E> {
        M::from_text(text).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Other("a scalar"), &self))
    }
}

impl<'de, M: Model> Visitor<'de> for Object<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object ({})", M::NAME)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<M, A::Error> {
        M::read(map)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<M, E> {
        self.text(text.to_owned())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<M, E> {
        self.text(number.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<M, E> {
        self.text(number.to_string())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<M, E> {
        self.text(number.to_string())
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<M, E> {
        self.text(if flag { "1" } else { "" }.to_owned())
    }
}

/// The type of a field that must be present.
pub(crate) trait Required {
    fn is_empty(&self) -> bool;
}

impl<R: ?Sized> Required for Id<R> {
    fn is_empty(&self) -> bool {
        false
    }
}

impl<R: ?Sized> Required for Name<R> {
    fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

/// An author may write nothing.
impl Required for Raw {
    fn is_empty(&self) -> bool {
        false
    }
}

impl Required for String {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

/// A site may have no namespaces, so an empty list is valid.
impl Required for Vec<String> {
    fn is_empty(&self) -> bool {
        false
    }
}

/// Reads the field that identifies an item.
pub(crate) fn key<'de, A: MapAccess<'de>, T: Deserialize<'de> + Required>(
    map: &mut A,
) -> Result<T, A::Error> {
    struct Named<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de> + Required> DeserializeSeed<'de> for Named<T> {
        type Value = T;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
            let key = T::deserialize(deserializer)?;
            if key.is_empty() {
                Err(D::Error::custom("the value that identifies the item is empty"))
            } else {
                Ok(key)
            }
        }
    }

    map.next_value_seed(Named(PhantomData))
}

/// Reads a field. If the value cannot be read, this is noted and the field counts as absent; the item is still read.
pub(crate) fn field<'de, A: MapAccess<'de>, T: Deserialize<'de>>(map: &mut A) -> Result<Option<T>, A::Error> {
    struct Guarded<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Guarded<T> {
        type Value = Option<T>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
            deserializer.deserialize_newtype_struct(token::FIELD, self)
        }
    }

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Guarded<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a field")
        }

        fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
            T::deserialize(deserializer).map(Some)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut attempts: A) -> Result<Option<T>, A::Error> {
            while let Some(attempt) = attempts.next_element_seed(Attempt(PhantomData))? {
                if attempt.is_some() {
                    return Ok(attempt);
                }
            }
            Ok(None)
        }
    }

    struct Attempt<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Attempt<T> {
        type Value = Option<T>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
            Ok(T::deserialize(deserializer).ok())
        }
    }

    map.next_value_seed(Guarded(PhantomData))
}

/// The form in which a field is written. Most types have a form of their own. `None` for a field that was present is
/// written as WordPress writes it.
pub(crate) struct Form<'a, T>(pub(crate) &'a T);

/// The form of every type for which [`Form`] has no specific one.
pub(crate) trait Plain {
    type Value: Serialize;

    fn form(&self) -> &Self::Value;
}

impl<T: Serialize> Plain for Form<'_, T> {
    type Value = T;

    fn form(&self) -> &T {
        self.0
    }
}

impl<R: ?Sized> Form<'_, Option<Id<R>>> {
    pub(crate) fn form(&self) -> u64 {
        self.0.map_or(0, Id::get)
    }
}

impl Form<'_, Option<f64>> {
    pub(crate) fn form(&self) -> Number {
        Number(*self.0)
    }
}

/// A number, written without a fraction if it is an integer.
pub(crate) struct Number(Option<f64>);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            #[allow(clippy::cast_possible_truncation)] // it is an integer, and small enough
            Some(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                serializer.serialize_i64(number as i64)
            }
            number => number.serialize(serializer),
        }
    }
}
