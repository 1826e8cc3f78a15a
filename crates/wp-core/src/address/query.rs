//! The query of a request, in PHP's notation.

use std::borrow::Cow;
use std::fmt::{self, Display};

use serde::ser::{self, Impossible, Serialize};

use crate::RequestError;
use crate::address::percent::{decode_query, encode};

/// The query parameters of a request, in the order in which they were added.
///
/// A value is any [`Serialize`] type. The notation is that of PHP: a list becomes `name[]=1&name[]=2`, a map or a
/// struct becomes `name[key]=…`, with any nesting. `None` is omitted.
///
/// ```
/// # fn main() -> Result<(), wp_core::RequestError> {
/// let mut query = wp_core::Query::new();
/// query.push("per_page", 20)?;
/// query.push("include", [1, 2])?;
/// query.push("search", "it's")?;
/// assert_eq!(query.to_string(), "per_page=20&include%5B%5D=1&include%5B%5D=2&search=it%27s");
/// # Ok(()) }
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Creates an empty query.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses a query string. Pairs with an empty name are dropped, as PHP does.
    pub fn parse(query: &str) -> Self {
        let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(n, v)| (decode_query(n), decode_query(v))).filter(|(n, _)| !n.is_empty()).collect())
    }

    /// Adds a parameter.
    ///
    /// # Errors
    /// [`RequestError::Query`] for a value that a query cannot express: an empty list or map
    /// (WordPress ignores an empty `include` and responds with all items; observed), bytes, a number
    /// that is not finite, `None` inside a list, or a scalar without a name.
    pub fn push(&mut self, name: &str, value: impl Serialize) -> Result<(), RequestError> {
        let name = Name { base: Cow::Borrowed(name), item: None };
        value.serialize(Encoder { name, pairs: &mut self.0 }).map_err(RequestError::from)
    }

    /// Adds every field of a struct or every entry of a map.
    ///
    /// ```
    /// use wp_core::Query;
    ///
    /// #[derive(serde::Serialize)]
    /// struct Events {
    ///     after: &'static str,
    ///     venue: Option<u64>,
    /// }
    ///
    /// // A type for the parameters of a plugin. A field that is `None` is not sent.
    /// let mut query = Query::new();
    /// query.extend(Events { after: "2030-01-01", venue: None })?;
    /// assert_eq!(query.to_string(), "after=2030-01-01");
    /// # Ok::<(), wp_core::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`push`](Self::push).
    pub fn extend(&mut self, fields: impl Serialize) -> Result<(), RequestError> {
        let name = Name { base: Cow::Borrowed(""), item: None };
        match fields.serialize(Encoder { name, pairs: &mut self.0 }) {
            // A struct without set fields adds nothing.
            Err(Fault { name, reason: Reason::Empty }) if name.is_empty() => Ok(()),
            other => other.map_err(RequestError::from),
        }
    }

    /// Sets a parameter, and replaces an earlier one with exactly this name.
    ///
    /// ```
    /// use wp_core::Query;
    ///
    /// // The same list, page by page.
    /// let mut query = Query::parse("status=draft&page=1");
    /// for page in 2..=3 {
    ///     query.set("page", page)?;
    ///     println!("{query}");
    /// }
    /// assert_eq!(query.to_string(), "status=draft&page=3");
    /// # Ok::<(), wp_core::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`push`](Self::push).
    pub fn set(&mut self, name: &str, value: impl Serialize) -> Result<(), RequestError> {
        self.0.retain(|(known, _)| known != name && list_name(known) != Some(name));
        self.push(name, value)
    }

    /// The decoded value of the first parameter with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The decoded values of the parameter with this name, including those of a list: `name`, `name[]` and `name[0]`.
    pub fn values<'q>(&'q self, name: &str) -> impl Iterator<Item = &'q str> {
        let is_of = move |known: &str| {
            known
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || (rest.starts_with('[') && rest.ends_with(']')))
        };
        self.0.iter().filter(move |(known, _)| is_of(known)).map(|(_, value)| value.as_str())
    }

    /// The decoded names and values, in their order. A list has several names: `name[]`.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Removes every pair with this name, and returns the first value.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let first = self.get(name).map(str::to_owned);
        self.0.retain(|(key, _)| key != name);
        first
    }

    /// Whether the query has no parameters.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends the encoded pairs. Everything except RFC 3986's unreserved characters is encoded, so that no HTTP stack
    /// rewrites the URL.
    pub(crate) fn encode(&self, out: &mut String) {
        for (index, (name, value)) in self.0.iter().enumerate() {
            if index > 0 {
                out.push('&');
            }
            encode(name, &[], out);
            out.push('=');
            encode(value, &[], out);
        }
    }
}

/// `include` for `include[]`.
fn list_name(name: &str) -> Option<&str> {
    name.strip_suffix("[]")
}

/// Formats the encoded query string.
impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.encode(&mut out);
        f.write_str(&out)
    }
}

/// Prints only the names: a value may be the password of a protected post.
impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Query ")?;
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// The name of a value: `base`, or an item of the list `base`.
#[derive(Clone)]
struct Name<'n> {
    base: Cow<'n, str>,
    item: Option<usize>,
}

impl Name<'_> {
    /// The name for a scalar: PHP numbers the items of `name[]` itself.
    fn scalar(&self) -> String {
        if self.item.is_some() { format!("{}[]", self.base) } else { self.base.clone().into_owned() }
    }

    /// The name for a list or a map, whose parts must share one number.
    fn compound(&self) -> String {
        match self.item {
            Some(index) => format!("{}[{index}]", self.base),
            None => self.base.clone().into_owned(),
        }
    }

    fn key(base: &str, key: &str) -> String {
        if base.is_empty() { key.to_owned() } else { format!("{base}[{key}]") }
    }
}

struct Encoder<'n, 'p> {
    name: Name<'n>,
    pairs: &'p mut Vec<(String, String)>,
}

/// Why a value cannot be encoded, and its name.
#[derive(Debug)]
struct Fault {
    name: String,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Empty,
    Other(Cow<'static, str>),
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.reason {
            Reason::Empty => "it is empty, and WordPress would ignore it; leave it out to ask for everything",
            Reason::Other(reason) => reason,
        })
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self { name: String::new(), reason: Reason::Other(message.to_string().into()) }
    }
}

impl From<Fault> for RequestError {
    fn from(fault: Fault) -> Self {
        let reason = fault.to_string().into();
        Self::Query { name: fault.name, reason }
    }
}

impl Encoder<'_, '_> {
    fn scalar(self, value: impl Into<String>) -> Result<(), Fault> {
        let name = self.name.scalar();
        if name.is_empty() {
            return Err(self.fault("a value needs a name"));
        }
        self.pairs.push((name, value.into()));
        Ok(())
    }

    fn fault(&self, reason: &'static str) -> Fault {
        Fault { name: self.name.compound(), reason: Reason::Other(reason.into()) }
    }
}

macro_rules! scalars {
    ($($method:ident: $type:ty),*) => {$(
        fn $method(self, value: $type) -> Result<(), Fault> {
            self.scalar(value.to_string())
        }
    )*};
}

impl<'p> ser::Serializer for Encoder<'_, 'p> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = List<'p>;
    type SerializeTuple = List<'p>;
    type SerializeTupleStruct = List<'p>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = Map<'p>;
    type SerializeStruct = Map<'p>;
    type SerializeStructVariant = Impossible<(), Fault>;

    scalars! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_char: char, serialize_str: &str
    }

    fn serialize_f32(self, value: f32) -> Result<(), Fault> {
        if value.is_finite() {
            self.scalar(value.to_string())
        } else {
            Err(self.fault("it is not a finite number"))
        }
    }

    fn serialize_f64(self, value: f64) -> Result<(), Fault> {
        if value.is_finite() {
            self.scalar(value.to_string())
        } else {
            Err(self.fault("it is not a finite number"))
        }
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), Fault> {
        Err(self.fault("bytes cannot be encoded in a query"))
    }

    fn serialize_none(self) -> Result<(), Fault> {
        if self.name.item.is_some() { Err(self.fault("a list must not contain `None`")) } else { Ok(()) }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_none()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.scalar(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        let base = Name::key(&self.name.compound(), variant);
        value.serialize(Encoder { name: Name { base: base.into(), item: None }, pairs: self.pairs })
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'p>, Fault> {
        if self.name.base.is_empty() {
            return Err(self.fault("a list needs a name"));
        }
        Ok(List { base: self.name.compound(), next: 0, pairs: self.pairs })
    }

    fn serialize_tuple(self, len: usize) -> Result<List<'p>, Fault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<List<'p>, Fault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Err(self.fault("an enum variant with several fields cannot be encoded in a query"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Map<'p>, Fault> {
        Ok(Map { base: self.name.compound(), key: None, empty: true, pairs: self.pairs })
    }

    fn serialize_struct(self, _: &'static str, len: usize) -> Result<Map<'p>, Fault> {
        self.serialize_map(Some(len))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Err(self.fault("an enum variant with several fields cannot be encoded in a query"))
    }
}

/// A list that is being encoded.
struct List<'p> {
    base: String,
    next: usize,
    pairs: &'p mut Vec<(String, String)>,
}

impl List<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        let name = Name { base: Cow::Borrowed(&self.base), item: Some(self.next) };
        self.next += 1;
        value.serialize(Encoder { name, pairs: self.pairs })
    }

    fn finish(self) -> Result<(), Fault> {
        if self.next == 0 { Err(Fault { name: self.base, reason: Reason::Empty }) } else { Ok(()) }
    }
}

/// A map or a struct that is being encoded.
struct Map<'p> {
    base: String,
    key: Option<String>,
    empty: bool,
    pairs: &'p mut Vec<(String, String)>,
}

impl Map<'_> {
    fn entry<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), Fault> {
        self.empty = false;
        let name = Name { base: Name::key(&self.base, key).into(), item: None };
        value.serialize(Encoder { name, pairs: self.pairs })
    }

    fn finish(self) -> Result<(), Fault> {
        if self.empty { Err(Fault { name: self.base, reason: Reason::Empty }) } else { Ok(()) }
    }
}

macro_rules! list {
    ($($trait:ident::$method:ident),*) => {$(
        impl ser::$trait for List<'_> {
            type Ok = ();
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.item(value)
            }

            fn end(self) -> Result<(), Fault> {
                self.finish()
            }
        }
    )*};
}
list! { SerializeSeq::serialize_element, SerializeTuple::serialize_element, SerializeTupleStruct::serialize_field }

impl ser::SerializeMap for Map<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        // A key is valid if it is encoded as a single scalar.
        let mut pairs = Vec::new();
        let name = Name { base: Cow::Borrowed("key"), item: None };
        key.serialize(Encoder { name, pairs: &mut pairs })?;
        match <[_; 1]>::try_from(pairs) {
            Ok([(name, key)]) if name == "key" => self.key = Some(key),
            _ => return Err(ser::Error::custom("a key must be text or a number")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        match self.key.take() {
            Some(key) => self.entry(&key, value),
            None => Err(ser::Error::custom("a value without a key")),
        }
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}

impl ser::SerializeStruct for Map<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Fault> {
        self.entry(key, value)
    }

    fn end(self) -> Result<(), Fault> {
        self.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn encoded(value: Value) -> String {
        let mut query = Query::new();
        query.push("a", value).unwrap();
        query.to_string().replace("%5B", "[").replace("%5D", "]")
    }

    #[test]
    fn query_encodes_php_notation() {
        for (value, expected) in [
            (json!(true), "a=true"),
            (json!(1.5), "a=1.5"),
            (json!("+ &=ü'|"), "a=%2B%20%26%3D%C3%BC%27%7C"),
            (json!([1, "x"]), "a[]=1&a[]=x"),
            (json!({"operator": "AND", "terms": [1, 2]}), "a[operator]=AND&a[terms][]=1&a[terms][]=2"),
            (json!([{"x": 1, "y": 2}, {"x": 3}]), "a[0][x]=1&a[0][y]=2&a[1][x]=3"),
            (json!([[1, 2], [3]]), "a[0][]=1&a[0][]=2&a[1][]=3"),
            (json!(null), ""),
        ] {
            assert_eq!(encoded(value), expected);
        }
    }

    #[test]
    fn query_that_cannot_be_encoded_is_an_error_that_names_the_parameter() {
        for (value, name) in [(json!([]), "a"), (json!({"b": {}}), "a[b]"), (json!([1, null]), "a[1]")] {
            let error = Query::new().push("a", value).unwrap_err().to_string();
            assert!(error.contains(&format!("{name:?}")), "{error}");
        }
        assert!(Query::new().push("a", f64::NAN).is_err());
        assert!(Query::new().extend([1]).is_err());
        assert!(Query::new().extend(json!({})).is_ok());
    }

    #[test]
    fn query_string_round_trips() {
        let text = "a%5B%5D=1&a%5B%5D=2&s=x%20y";
        assert_eq!(Query::parse(text).to_string(), text);
        assert_eq!(Query::parse("s=x+y&&flag").to_string(), "s=x%20y&flag=");
        assert!(Query::parse("").is_empty());
    }

    #[test]
    fn query_set_replaces_a_parameter() {
        let mut query = Query::parse("page=1&include[]=1&include[]=2&s=x");
        query.set("page", 2).unwrap();
        query.set("include", [7]).unwrap();
        assert_eq!(query.to_string(), "s=x&page=2&include%5B%5D=7");
        assert_eq!(query.get("page"), Some("2"));
    }

    #[test]
    fn debug_shows_names_only() {
        assert_eq!(format!("{:?}", Query::parse("password=hunter2")), "Query [\"password\"]");
    }
}
