//! Typed names: the keys of items that have no number.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Key, RequestError, Route};

/// The name of an `R`, where WordPress uses a text in place of an [`Id`](crate::Id): `post` for a post type,
/// `akismet/akismet` for a plugin, `twentytwentyfive//home` for a template.
///
/// The types of names are distinct, as those of ids are. A slash in a name stays a slash in the route: Apache responds
/// to an encoded one with 404.
///
/// ```
/// use wp_core::{Key, Name, Route};
///
/// struct Plugin;
/// let plugin = Name::<Plugin>::from("akismet/akismet");
/// assert_eq!(plugin.below(&Route::new("/wp/v2/plugins")?)?.as_str(), "/wp/v2/plugins/akismet/akismet");
/// # Ok::<(), wp_core::RequestError>(())
/// ```
pub struct Name<R: ?Sized>(Arc<str>, PhantomData<fn() -> R>);

impl<R: ?Sized> Name<R> {
    /// The name as WordPress spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<R: ?Sized + 'static> Key for Name<R> {
    fn below(&self, collection: &Route) -> Result<Route, RequestError> {
        collection.join_path(&self.0)
    }
}

impl<R: ?Sized, T: Into<Arc<str>>> From<T> for Name<R> {
    fn from(name: T) -> Self {
        Self(name.into(), PhantomData)
    }
}

// Derived implementations would require the same traits of `R`, which is only a marker.
impl<R: ?Sized> Clone for Name<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0), PhantomData)
    }
}

impl<R: ?Sized> PartialEq for Name<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<R: ?Sized> Eq for Name<R> {}

impl<R: ?Sized> PartialEq<str> for Name<R> {
    fn eq(&self, text: &str) -> bool {
        &*self.0 == text
    }
}

impl<R: ?Sized> PartialEq<&str> for Name<R> {
    fn eq(&self, text: &&str) -> bool {
        &*self.0 == *text
    }
}

impl<R: ?Sized> PartialOrd for Name<R> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<R: ?Sized> Ord for Name<R> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<R: ?Sized> Hash for Name<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<R: ?Sized> Default for Name<R> {
    fn default() -> Self {
        Self::from("")
    }
}

impl<R: ?Sized> fmt::Debug for Name<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<R: ?Sized> fmt::Display for Name<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<R: ?Sized> Serialize for Name<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, R: ?Sized> Deserialize<'de> for Name<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
