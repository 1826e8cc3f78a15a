//! A value that can be read more than once.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{
    Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::context::Nothing;
use crate::model::time::is_never;

/// A JSON value whose keys keep their order, which is also the order of a list with gaps.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    Null,
    Flag(bool),
    Natural(u64),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    /// Which way of writing "none" it is.
    pub(super) fn nothing(&self) -> Option<Nothing> {
        match self {
            Self::Null => Some(Nothing::Null),
            Self::Flag(false) => Some(Nothing::False),
            Self::Text(text) if text.is_empty() => Some(Nothing::Text),
            Self::Text(text) if text == "0" => Some(Nothing::Zero),
            Self::Text(text) if is_never(text) => Some(Nothing::Date),
            Self::Natural(0) => Some(Nothing::Zero),
            Self::Float(number) if *number == 0.0 => Some(Nothing::Zero),
            Self::List(items) if items.is_empty() => Some(Nothing::List),
            Self::Object(entries) if entries.is_empty() => Some(Nothing::Object),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_none<E>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
                Tree::deserialize(deserializer)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Tree, E> {
                Ok(Tree::Flag(flag))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
                Ok(Tree::Natural(number))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
                Ok(u64::try_from(number).map_or(Tree::Integer(number), Tree::Natural))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
                Ok(Tree::Float(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
                Ok(Tree::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Tree, E> {
                Ok(Tree::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
                let mut object = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    object.push(entry);
                }
                Ok(Tree::Object(object))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Deserializes from a [`Tree`].
pub(crate) struct TreeDeserializer<E> {
    tree: Tree,
    error: PhantomData<fn() -> E>,
}

impl<E: Error> IntoDeserializer<'_, E> for Tree {
    type Deserializer = TreeDeserializer<E>;

    fn into_deserializer(self) -> TreeDeserializer<E> {
        TreeDeserializer { tree: self, error: PhantomData }
    }
}

impl<'de, E: Error> Deserializer<'de> for TreeDeserializer<E> {
    type Error = E;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Flag(flag) => visitor.visit_bool(flag),
            Tree::Natural(number) => visitor.visit_u64(number),
            Tree::Integer(number) => visitor.visit_i64(number),
            Tree::Float(number) => visitor.visit_f64(number),
            Tree::Text(text) => visitor.visit_string(text),
            Tree::List(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter())),
            Tree::Object(entries) => visitor.visit_map(MapDeserializer::new(entries.into_iter())),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, E> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, E> {
        match self.tree {
            Tree::Text(text) => <String as IntoDeserializer<'de, E>>::into_deserializer(text)
                .deserialize_enum(name, variants, visitor),
            Tree::Object(entries) if entries.len() == 1 => visitor.visit_enum(
                serde::de::value::MapAccessDeserializer::new(MapDeserializer::new(entries.into_iter())),
            ),
            _ => self.deserialize_any(visitor),
        }
    }

    /// Only a text is a name: a derived type would take a number as the position of a variant.
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, E> {
        match self.tree {
            Tree::Text(text) => visitor.visit_string(text),
            _ => Err(E::invalid_type(Unexpected::Other("no text"), &visitor)),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct ignored_any
    }
}
