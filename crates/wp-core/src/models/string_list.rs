//! Lists of short texts.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};

/// A list of short texts, such as CSS classes, stored in one allocation for the text.
///
/// ```
/// use wp_core::models::StringList;
///
/// let classes = StringList::from_iter(["post-7", "hentry"]);
/// assert!(classes.contains("hentry"));
/// assert_eq!(classes.iter().collect::<Vec<_>>(), ["post-7", "hentry"]);
/// assert_eq!(classes, ["post-7", "hentry"]);
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
pub struct StringList {
    text: String,
    /// The end of each text in the joined text.
    ends: Vec<usize>,
}

/// The capacity for the first text. It holds the classes of most posts, so that the list rarely grows.
const FIRST_BYTES: usize = 128;
const FIRST_TEXTS: usize = 8;

impl StringList {
    /// Iterates over the texts in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> + DoubleEndedIterator {
        (0..self.ends.len()).map(|index| self.get(index).unwrap_or_default())
    }

    /// The text at `index`, from 0.
    pub fn get(&self, index: usize) -> Option<&str> {
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..*self.ends.get(index)?)
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether the list is empty.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Whether the list contains this text.
    pub fn contains(&self, text: &str) -> bool {
        self.iter().any(|other| other == text)
    }

    fn push(&mut self, text: &str) {
        if self.ends.is_empty() {
            self.text.reserve(FIRST_BYTES);
            self.ends.reserve(FIRST_TEXTS);
        }
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}

impl<S: AsRef<str>> FromIterator<S> for StringList {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        let mut list = Self::default();
        texts.into_iter().for_each(|text| list.push(text.as_ref()));
        list
    }
}

impl<S: AsRef<str>, const N: usize> PartialEq<[S; N]> for StringList {
    fn eq(&self, other: &[S; N]) -> bool {
        self.iter().eq(other.iter().map(AsRef::as_ref))
    }
}

impl fmt::Debug for StringList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for StringList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for StringList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Texts)
    }
}

struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = StringList;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<StringList, A::Error> {
        let mut list = StringList::default();
        while seq.next_element_seed(Appended(&mut list))?.is_some() {}
        Ok(list)
    }
}

/// Reads one text and appends it.
struct Appended<'l>(&'l mut StringList);

impl<'de> DeserializeSeed<'de> for Appended<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Appended<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.0.push(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn string_list_round_trips() {
        for text in ["[]", r#"[""]"#, r#"["a","","b c","\u00e4\n"]"#] {
            let list: StringList = serde_json::from_str(text).unwrap();
            let plain: Vec<String> = serde_json::from_str(text).unwrap();
            assert!(list.iter().eq(&plain) && list.len() == plain.len(), "{text}");
            assert_eq!(serde_json::to_value(&list).unwrap(), serde_json::to_value(&plain).unwrap());
            assert_eq!(list.is_empty(), plain.is_empty());
            assert_eq!(list.get(plain.len()), None);
            assert_eq!(format!("{list:?}"), format!("{plain:?}"));
            assert_eq!(list, plain.iter().collect::<StringList>());
        }
        let list = StringList::from_iter(["ab", "c"]);
        assert!(list != ["a", "bc"] && list != ["ab"] && list == ["ab", "c"]);
        assert!(list.contains("c") && !list.contains("b"));
    }
}
