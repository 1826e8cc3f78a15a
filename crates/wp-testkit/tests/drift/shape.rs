//! The structure of JSON: keys and types, without most values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Keys whose values are the same on each site, and are compared.
const VALUES: &[&str] = &[
    "code",
    "status",
    "type",
    "taxonomy",
    "deleted",
    "protected",
    "sticky",
    "format",
    "comment_status",
    "ping_status",
    "mime_type",
    "media_type",
    "failed",
    "hierarchical",
];

/// What was seen at one place, in all items of a list.
#[derive(Debug, Default)]
pub(crate) struct Structure {
    /// The types, or the values of some keys.
    kinds: BTreeSet<String>,
    fields: BTreeMap<String, (usize, Structure)>,
    objects: usize,
    items: Option<Box<Structure>>,
}

impl Structure {
    pub(crate) fn of(value: &Value) -> Self {
        let mut all = Self::default();
        all.add("", value);
        all
    }

    fn add(&mut self, key: &str, value: &Value) {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_f64() => "number",
            Value::Number(_) => "integer",
            Value::String(_) => "string",
            Value::Array(items) => {
                for item in items {
                    self.items.get_or_insert_default().add("", item);
                }
                "array"
            }
            Value::Object(map) => {
                self.objects += 1;
                for (key, value) in map {
                    let field = self.fields.entry(key.clone()).or_default();
                    field.0 += 1;
                    field.1.add(key, value);
                }
                "object"
            }
        };
        let kind = if VALUES.contains(&key) && !matches!(value, Value::Array(_) | Value::Object(_)) {
            value.to_string()
        } else {
            kind.to_owned()
        };
        self.kinds.insert(kind);
    }

    /// How another differs, each with its place.
    pub(crate) fn differences(&self, here: &Self, place: &str, all: &mut Vec<String>) {
        if self.kinds != here.kinds {
            let text = |kinds: &BTreeSet<String>| kinds.iter().cloned().collect::<Vec<_>>().join(" or ");
            all.push(format!("{place} is {} there, {} here", text(&self.kinds), text(&here.kinds)));
        }
        for key in self.fields.keys().chain(here.fields.keys().filter(|key| !self.fields.contains_key(*key)))
        {
            let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            match (self.fields.get(key), here.fields.get(key)) {
                (Some(_), None) if here.objects > 0 => all.push(format!("{place} is missing here")),
                (None, Some(_)) if self.objects > 0 => all.push(format!("{place} is missing there")),
                (Some((often, one)), Some((how, other))) => {
                    if (*often == self.objects) != (*how == here.objects) {
                        let text = |all: bool| if all { "each has it" } else { "some have it" };
                        let (there, here) = (text(*often == self.objects), text(*how == here.objects));
                        all.push(format!("{place}: {there} there, {here} here"));
                    }
                    one.differences(other, &place, all);
                }
                _ => {}
            }
        }
        let place = format!("{place}[]");
        match (&self.items, &here.items) {
            (Some(one), Some(other)) => one.differences(other, &place, all),
            (Some(_), None) if here.kinds.contains("array") => all.push(format!("{place} is empty here")),
            (None, Some(_)) if self.kinds.contains("array") => all.push(format!("{place} is empty there")),
            _ => {}
        }
    }
}
