//! Typed ids.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::num::NonZeroU64;
use std::str::FromStr;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Key;
use crate::model::token;

/// The id of an `R`, which is never 0: where WordPress writes 0 for "none", these types use an `Option`.
///
/// The types of ids are distinct, so the id of a post is not accepted as the id of a user:
///
/// ```compile_fail
/// use wp_core::models::{PostId, UserId};
/// fn author(_: UserId) {}
/// author(PostId::new(7).unwrap());
/// ```
///
/// Deserializes from a number, and from a number in a string, which plugins send.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use wp_core::models::{Post, PostId};
/// use wp_core::{Rooted, Route};
///
/// // From the command line into a route.
/// let id: PostId = "12".parse()?;
/// assert_eq!(Route::new(Post::ROUTE)?.join(id)?.as_str(), "/wp/v2/posts/12");
/// // Plugins send ids as strings.
/// assert_eq!(serde_json::from_str::<Vec<PostId>>(r#"[12, "12"]"#)?, [id, id]);
/// # Ok(()) }
/// ```
pub struct Id<R: ?Sized>(NonZeroU64, PhantomData<fn() -> R>);

impl<R: ?Sized> Id<R> {
    /// Creates an id. `None` for 0.
    pub const fn new(id: u64) -> Option<Self> {
        match NonZeroU64::new(id) {
            Some(id) => Some(Self(id, PhantomData)),
            None => None,
        }
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0.get()
    }

    /// The same number as the id of another resource.
    pub(crate) const fn cast<S: ?Sized>(self) -> Id<S> {
        Id(self.0, PhantomData)
    }
}

impl<R: ?Sized + 'static> Key for Id<R> {}

// Derived implementations would require the same traits of `R`, which is only a marker.
impl<R: ?Sized> Clone for Id<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: ?Sized> Copy for Id<R> {}

impl<R: ?Sized> PartialEq for Id<R> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<R: ?Sized> Eq for Id<R> {}

impl<R: ?Sized> PartialOrd for Id<R> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<R: ?Sized> Ord for Id<R> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl<R: ?Sized> Hash for Id<R> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<R: ?Sized> fmt::Debug for Id<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

impl<R: ?Sized> fmt::Display for Id<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<R: ?Sized> FromStr for Id<R> {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(|id| Self(id, PhantomData))
    }
}

impl<R: ?Sized> Serialize for Id<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, R: ?Sized> Deserialize<'de> for Id<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number<R: ?Sized>(PhantomData<fn() -> R>);
        impl<'de, R: ?Sized> Visitor<'de> for Number<R> {
            type Value = Id<R>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id, which is never 0")
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Id<R>, D::Error> {
                deserializer.deserialize_any(self)
            }

            fn visit_u64<E: Error>(self, id: u64) -> Result<Id<R>, E> {
                Id::new(id).ok_or_else(|| E::invalid_value(Unexpected::Unsigned(id), &self))
            }

            fn visit_i64<E: Error>(self, id: i64) -> Result<Id<R>, E> {
                let positive = u64::try_from(id).ok().and_then(Id::new);
                positive.ok_or_else(|| E::invalid_value(Unexpected::Signed(id), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Id<R>, E> {
                text.parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_newtype_struct(token::ID, Number(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use crate::models::PostId;

    #[test]
    fn id_is_read_from_number_or_text_and_is_not_zero() {
        for json in ["7", "\"7\""] {
            assert_eq!(serde_json::from_str::<PostId>(json).unwrap().get(), 7);
        }
        for json in ["0", "-1", "\"x\"", "null", "7.5"] {
            assert!(serde_json::from_str::<PostId>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::to_string(&PostId::new(7)).unwrap(), "7");
    }
}
