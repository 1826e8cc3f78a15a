//! Access to the items of lists and the entries of objects, each with its path.

use std::borrow::Cow;
use std::marker::PhantomData;

use serde::de::value::{StringDeserializer, U64Deserializer};
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected};

use super::adapter::{IdOrZero, Php, Placed, is_id, next_id};
use super::context::{At, CoercionKind, Context, Path};

/// The entries of an object.
pub(super) struct Entries<'c, A> {
    inner: A,
    at: At<'c>,
    /// The key of the current entry, for the path.
    key: String,
}

impl<'c, A> Entries<'c, A> {
    pub(super) fn new(inner: A, at: &At<'c>) -> Self {
        Self { inner, at: at.inside(), key: String::new() }
    }
}

impl<'de, A: MapAccess<'de>> Entries<'_, A> {
    /// Reads the next key, and keeps it for the path.
    #[cold]
    fn careful_key<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.inner.next_key::<String>()? else { return Ok(None) };
        self.key.clone_from(&key);
        // A key is a text even if its type is a number, so a conversion is not reported.
        let silent = Context::default();
        let key: StringDeserializer<A::Error> = key.into_deserializer();
        seed.deserialize(Php { inner: key, at: &At::new(&silent, &Path::Part) }).map(Some)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        if self.at.context.careful { self.careful_key(seed) } else { self.inner.next_key_seed(seed) }
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let (path, at);
        // Only a careful reading builds paths.
        let at = if self.at.context.careful {
            path = Path::Key(self.at.path, &self.key);
            at = At { path: &path, ..self.at };
            &at
        } else {
            &self.at
        };
        self.inner.next_value_seed(Placed { seed, at })
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// The items of a list.
pub(super) struct Items<'c, A> {
    inner: A,
    at: At<'c>,
    index: usize,
}

impl<'c, A> Items<'c, A> {
    pub(super) fn new(inner: A, at: &At<'c>) -> Self {
        Self { inner, at: at.inside(), index: 0 }
    }
}

impl<'de, A: SeqAccess<'de>> Items<'_, A> {
    #[inline]
    pub(super) fn read<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let (path, at);
        let at = if self.at.context.careful {
            path = Path::Index(self.at.path, self.index);
            self.index += 1;
            at = At { path: &path, ..self.at };
            &at
        } else {
            &self.at
        };
        self.inner.next_element_seed(Placed { seed, at })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Items<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        // A zero among ids is rare, so it is detected only by the second, careful reading.
        if !self.at.context.careful || !is_id::<S::Value>() {
            return self.read(seed);
        }
        read_id(seed, || self.read(PhantomData))
    }

    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

/// Reads the next id of a list and leaves out zeros. `read` reads the next item.
fn read_id<'de, S: DeserializeSeed<'de>, E: Error>(
    seed: S,
    read: impl FnMut() -> Result<Option<IdOrZero>, E>,
) -> Result<Option<S::Value>, E> {
    let Some(id) = next_id(read)? else { return Ok(None) };
    let id: U64Deserializer<E> = id.into_deserializer();
    seed.deserialize(id).map(Some)
}

/// A list that PHP wrote as an object, because its keys have gaps: core's `class_list` after `array_unique`, or roles
/// of which one was removed.
pub(super) struct Gaps<'c, A> {
    inner: A,
    at: At<'c>,
    /// Whether it is the whole document.
    whole: bool,
    begun: bool,
}

impl<'c, A> Gaps<'c, A> {
    pub(super) fn new(inner: A, at: &At<'c>) -> Self {
        Self { inner, at: at.inside(), whole: at.is_root(), begun: false }
    }
}

impl<'de, A: MapAccess<'de>> Gaps<'_, A> {
    #[inline]
    fn read<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        let Some(key) = self.inner.next_key::<Cow<'_, str>>()? else {
            // A whole document `{}` is not accepted as an empty list.
            let refused = self.whole && !self.begun;
            let error = || A::Error::invalid_type(Unexpected::Map, &"a list");
            return if refused { Err(error()) } else { Ok(None) };
        };
        // An object with names is not a list: `{"code":…,"message":…}`.
        if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(A::Error::invalid_type(Unexpected::Map, &"a list"));
        }
        if !self.begun {
            self.begun = true;
            self.at.note(CoercionKind::ObjectAsList);
        }
        let path = Path::Key(self.at.path, &key);
        self.inner.next_value_seed(Placed { seed, at: &At { path: &path, ..self.at } }).map(Some)
    }
}

impl<'de, A: MapAccess<'de>> SeqAccess<'de> for Gaps<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, A::Error> {
        if !self.at.context.careful || !is_id::<S::Value>() {
            return self.read(seed);
        }
        read_id(seed, || self.read(PhantomData))
    }
}
