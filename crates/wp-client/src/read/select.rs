//! Requesting only the fields that a type has.

use std::cell::RefCell;
use std::fmt;

use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use wp_core::response::Json;
use wp_core::{Listed, Resource};

use super::rows::{KeyOf, Rows, items};
use super::stamp::stamps;
use super::{Converted, Sent};

/// How deep the fields of a recursive type are listed.
const MAX_DEPTH: usize = 4;

/// The fields that `T` is deserialized from, in the notation of the parameter `_fields`: `id`, `title.rendered`. `None`
/// if the type does not say: a map, a tagged enum, a type with `flatten`.
///
/// A derived `Deserialize` passes the names of its fields to the deserializer. This one notes them and fails, so no
/// value is needed.
pub(crate) fn fields_of<T: DeserializeOwned>() -> Option<Vec<String>> {
    let mut fields = Vec::new();
    collect::<T>(&mut Vec::new(), &mut fields)?;
    Some(fields)
}

/// Lists the fields below `path`. `None` if the value at `path` is not a struct.
fn collect<T: DeserializeOwned>(path: &mut Vec<&'static str>, out: &mut Vec<String>) -> Option<()> {
    let found = RefCell::new(None);
    // The result is always an error: the fields were recorded before it.
    let _ = T::deserialize(Probe { path, found: &found });
    for field in found.into_inner()? {
        path.push(field);
        // WordPress responds with nothing for a field inside a list, and embeds whole items.
        let is_whole = path.len() == MAX_DEPTH || matches!(*path.first()?, "_embedded" | "_links");
        if is_whole || collect::<T>(path, out).is_none() {
            out.push(path.join("."));
        }
        path.pop();
    }
    Some(())
}

/// Follows `path` through structs, and notes the names of the fields at its end.
struct Probe<'p> {
    path: &'p [&'static str],
    found: &'p RefCell<Option<&'static [&'static str]>>,
}

/// A probe has no value.
#[derive(Debug)]
struct NoValue;

impl fmt::Display for NoValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no value")
    }
}

impl std::error::Error for NoValue {}

impl de::Error for NoValue {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = NoValue;

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, NoValue> {
        Err(NoValue)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, NoValue> {
        match self.path.split_first() {
            None => {
                *self.found.borrow_mut() = Some(fields);
                Err(NoValue)
            }
            Some((field, path)) => {
                visitor.visit_map(OneField { field: Some(field), value: Probe { path, ..self } })
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NoValue> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, NoValue> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map enum identifier ignored_any
    }
}

/// An object with one field.
struct OneField<'p> {
    field: Option<&'static str>,
    value: Probe<'p>,
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = NoValue;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NoValue> {
        let field = self.field.take().ok_or(NoValue)?;
        seed.deserialize(de::value::StrDeserializer::new(field)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NoValue> {
        let Probe { path, found } = self.value;
        seed.deserialize(Probe { path, found })
    }
}

/// Reads a list of `T`, and the keys of its items.
pub(crate) fn selected_rows<R: Listed, T: DeserializeOwned>(
    json: &Json,
    sent: &Sent<'_>,
) -> Converted<Rows<T>> {
    let (selected, coercions) = items::<R, T>(json, sent)?;
    let keyed: Vec<KeyOf<R>> =
        items::<R, _>(json, &Sent { coercions: super::Coercions::Allowed, ..*sent })?.0;
    let rows = Rows::new(selected, &keyed, sent.query);
    Ok((Rows { stamps: stamps::<R>(json, sent)?, ..rows }, coercions))
}

/// The value of the parameter `_fields` for a `T`, with the key of the resource; and whether embedded items are asked
/// for. `None` if all fields are needed.
pub(crate) fn parameter<R: Resource, T: DeserializeOwned>() -> Option<(String, bool)> {
    let mut fields = fields_of::<T>()?;
    let is_key = |field: &String| field == R::KEY;
    if !fields.iter().any(is_key) {
        fields.push(R::KEY.to_owned());
    }
    let embeds = fields.iter().any(|field| field == "_embedded");
    if embeds && !fields.iter().any(|field| field == "_links") {
        // WordPress embeds what the links of the response name.
        fields.push("_links".to_owned());
    }
    Some((fields.join(","), embeds))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde_json::Value;
    use wp_core::SiteTime;
    use wp_core::models::{Post, PostId, Rendered};

    use super::*;

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Title {
        rendered: String,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Slim {
        id: PostId,
        title: Title,
        #[serde(rename = "date")]
        at: Option<SiteTime>,
        content: Option<Box<Title>>,
        items: Vec<Title>,
        meta: BTreeMap<String, Value>,
        excerpt: Rendered,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Tree {
        slug: String,
        up: Option<Box<Tree>>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Flat {
        id: PostId,
        #[serde(flatten)]
        rest: BTreeMap<String, Value>,
    }

    #[derive(Deserialize)]
    #[allow(dead_code)]
    struct Embedding {
        #[serde(rename = "_embedded")]
        embedded: BTreeMap<String, Value>,
    }

    fn parameter_of<T: DeserializeOwned>() -> Option<(String, bool)> {
        parameter::<Post, T>()
    }

    #[test]
    fn the_fields_are_those_of_the_type() {
        let fields = "id,title.rendered,date,content.rendered,items,meta,excerpt";
        assert_eq!(parameter_of::<Slim>(), Some((fields.to_owned(), false)));
        assert_eq!(parameter_of::<Title>(), Some(("rendered,id".to_owned(), false)));
        assert_eq!(parameter_of::<Embedding>(), Some(("_embedded,id,_links".to_owned(), true)));
        let depth = "slug,up.slug,up.up.slug,up.up.up.slug,up.up.up.up,id";
        assert_eq!(parameter_of::<Tree>(), Some((depth.to_owned(), false)));
    }

    #[test]
    fn a_type_that_does_not_name_its_fields_gets_all() {
        assert_eq!(parameter_of::<Flat>(), None);
        assert_eq!(parameter_of::<Value>(), None);
        assert_eq!(parameter_of::<BTreeMap<String, Value>>(), None);
    }
}
