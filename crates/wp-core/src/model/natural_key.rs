//! Natural keys: the values by which a client finds an item whose id it does not know.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::resource::filters;
use crate::redact::html::unescape;
use crate::{ErrorCode, Query, RequestError};

/// A family of resources whose items have a natural key: what a client knows of an item before it knows its id.
///
/// | family | natural key |
/// |---|---|
/// | [posts](filters::Posts) | the slug, below the parent |
/// | [terms](filters::Terms) | the name, below the parent |
/// | [users](filters::Users) | the e-mail address |
#[diagnostic::on_unimplemented(
    message = "the items of this resource have no natural key",
    label = "cannot be looked up before they are created",
    note = "posts of all types are found by slug, terms by name and users by e-mail address; use `create` and `update`"
)]
pub trait NaturalKey: 'static {
    /// The code of the error of a create whose key belongs to another item. `None` if WordPress changes the key instead.
    const TAKEN: Option<ErrorCode>;

    /// The parameters of a list that has the item with the key of `new`, and possibly others.
    ///
    /// # Errors
    /// [`RequestError::NaturalKey`] if `new` has no key, or one that WordPress would change.
    fn lookup(new: &KeyFields) -> Result<Query, RequestError>;

    /// Adds the parameters without which a list leaves out items of the user's.
    ///
    /// # Errors
    /// As [`Query::set`].
    fn include_all(query: &mut Query) -> Result<(), RequestError> {
        let _ = query;
        Ok(())
    }

    /// Whether two items have the same key.
    fn is_same(new: &KeyFields, found: &KeyFields) -> bool;

    /// Whether the fields of a new item show that it is the only one with its key, as far as WordPress knew when it wrote
    /// it. Otherwise a client looks again after it created the item: WordPress checks a key before it writes, without a
    /// lock.
    fn is_surely_only(new: &KeyFields, created: &KeyFields) -> bool {
        let _ = (new, created);
        false
    }

    /// The parameter of [`lookup`](Self::lookup) that the site ignored, as this item of the list shows.
    fn contradicts(new: &KeyFields, found: &KeyFields) -> Option<&'static str> {
        let _ = (new, found);
        None
    }
}

/// The fields of an item that can be a part of its natural key.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct KeyFields {
    /// The name in URLs.
    pub slug: Option<String>,
    /// The name of a term, with or without HTML entities.
    pub name: Option<String>,
    /// The e-mail address of a user.
    pub email: Option<String>,
    /// The item above this one; 0 or `None` for an item at the top.
    pub parent: Option<u64>,
    /// The registered meta fields.
    pub meta: Option<Map<String, Value>>,
}

impl KeyFields {
    fn is_below_same(&self, other: &Self) -> bool {
        self.parent.unwrap_or(0) == other.parent.unwrap_or(0)
    }
}

fn wrong(field: &str, reason: &'static str) -> RequestError {
    RequestError::NaturalKey { field: field.to_owned(), reason }
}

/// The value of a key, which must not be empty.
fn value<'v>(field: &str, value: Option<&'v str>) -> Result<&'v str, RequestError> {
    value.filter(|value| !value.trim().is_empty()).ok_or_else(|| wrong(field, "the new item has none"))
}

impl NaturalKey for filters::Posts {
    /// WordPress adds a number to a slug that is taken.
    const TAKEN: Option<ErrorCode> = None;

    fn lookup(new: &KeyFields) -> Result<Query, RequestError> {
        let slug = value("slug", new.slug.as_deref())?;
        if !is_stored_slug(slug) {
            return Err(wrong(
                "slug",
                "WordPress would change it: lower-case letters a to z, digits, `_`, and single `-` between them; other \
                 characters percent-encoded, as `slug` of an item shows them",
            ));
        }
        let mut query = Query::new();
        query.set("slug", slug)?;
        Self::include_all(&mut query)?;
        Ok(query)
    }

    fn include_all(query: &mut Query) -> Result<(), RequestError> {
        query.set("status", "any")
    }

    fn is_same(new: &KeyFields, found: &KeyFields) -> bool {
        new.slug == found.slug && new.is_below_same(found)
    }

    fn contradicts(new: &KeyFields, found: &KeyFields) -> Option<&'static str> {
        (new.slug != found.slug).then_some("slug")
    }
}

impl NaturalKey for filters::Terms {
    const TAKEN: Option<ErrorCode> = Some(ErrorCode::TERM_EXISTS);

    fn lookup(new: &KeyFields) -> Result<Query, RequestError> {
        let name = value("name", new.name.as_deref())?;
        let mut query = Query::new();
        // The search compares with the name as it is stored: with these entities.
        let name = plain_name(name).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        query.set("search", name)?;
        // Authors may assign terms, and not read them in the context `edit`.
        query.set("context", "view")?;
        Ok(query)
    }

    fn is_same(new: &KeyFields, found: &KeyFields) -> bool {
        let [new_name, found_name] = [new, found].map(|fields| fields.name.as_deref().map(plain_name));
        // As WordPress compares them (`strtolower`).
        let is_same_name =
            new_name.zip(found_name).is_some_and(|(new, found)| new.eq_ignore_ascii_case(&found));
        is_same_name && new.is_below_same(found)
    }

    /// The second of two terms that are created at once nearly always has another slug than that of its name: eight creates
    /// at once on WordPress 6.5 made two tags, once with the same slug (observed). A look-up after each create would find
    /// that, too, but a long list of names would cost a request for each.
    fn is_surely_only(new: &KeyFields, created: &KeyFields) -> bool {
        // WordPress accepts a second term of the same name if it has a slug of its own.
        let has_own = new.slug.as_ref().is_some_and(|slug| !slug.is_empty());
        let slug = new.name.as_deref().and_then(slug_of_name).filter(|_| !has_own);
        slug.is_some() && slug == created.slug
    }
}

impl NaturalKey for filters::Users {
    const TAKEN: Option<ErrorCode> = Some(ErrorCode::EXISTING_USER_EMAIL);

    fn lookup(new: &KeyFields) -> Result<Query, RequestError> {
        let mut query = Query::new();
        query.set("search", value("email", new.email.as_deref())?.trim())?;
        Ok(query)
    }

    fn is_same(new: &KeyFields, found: &KeyFields) -> bool {
        let emails = new.email.as_deref().zip(found.email.as_deref());
        emails.is_some_and(|(new, found)| new.trim().eq_ignore_ascii_case(found.trim()))
    }
}

/// Whether WordPress stores this slug as it is (`sanitize_title`).
fn is_stored_slug(slug: &str) -> bool {
    const MAX_BYTES: usize = 200;
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'%');
    let mut parts = slug.split('%');
    let is_lower_hex = |b: u8| b.is_ascii_digit() || matches!(b, b'a'..=b'f');
    let starts_with_hex =
        |part: &str| part.as_bytes().get(..2).is_some_and(|hex| hex.iter().all(|b| is_lower_hex(*b)));
    parts.next();
    slug.len() <= MAX_BYTES
        && slug.bytes().all(is_allowed)
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !slug.contains("--")
        && parts.all(starts_with_hex)
}

/// The slug that WordPress makes of a name of plain words; `None` for any other name.
fn slug_of_name(name: &str) -> Option<String> {
    let words: Vec<_> = name.split_whitespace().map(str::to_ascii_lowercase).collect();
    let is_plain = |word: &String| word.bytes().all(|b| b.is_ascii_alphanumeric());
    (!words.is_empty() && words.iter().all(is_plain)).then(|| words.join("-"))
}

/// A name without entities and with single spaces.
fn plain_name(name: &str) -> String {
    let name: Cow<'_, str> = unescape(name);
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> KeyFields {
        serde_json::from_str(json).unwrap()
    }

    fn is_refused(lookup: Result<Query, RequestError>, named: &str) -> bool {
        matches!(lookup, Err(RequestError::NaturalKey { field, .. }) if field == named)
    }

    #[test]
    fn slug_that_wordpress_would_change_is_refused() {
        for slug in ["a", "hello-world", "2026-01-31", "a_b", "%e3%81%82-1", &"a".repeat(200)] {
            let new = KeyFields { slug: Some(slug.to_owned()), ..KeyFields::default() };
            let query = filters::Posts::lookup(&new).unwrap();
            assert_eq!((query.get("slug"), query.get("status")), (Some(slug), Some("any")));
        }
        let long = "a".repeat(201);
        for slug in [
            "",
            " ",
            "Hello",
            "a b",
            "a,b",
            "-a",
            "a-",
            "a--b",
            "über",
            "あ",
            "%E3%81%82",
            "%",
            "%e",
            "a.b",
            &long,
        ] {
            let new = KeyFields { slug: Some(slug.to_owned()), ..KeyFields::default() };
            assert!(is_refused(filters::Posts::lookup(&new), "slug"), "{slug:?}");
        }
        assert!(is_refused(filters::Posts::lookup(&KeyFields::default()), "slug"));
    }

    #[test]
    fn key_that_is_missing_is_refused() {
        assert!(is_refused(filters::Terms::lookup(&of(r#"{"name":" ","slug":"a"}"#)), "name"));
        assert!(is_refused(filters::Users::lookup(&of(r#"{"name":"Ana"}"#)), "email"));
    }

    #[test]
    fn posts_are_the_same_by_slug_and_parent() {
        let new = of(r#"{"slug":"team","parent":7}"#);
        let same = |found| filters::Posts::is_same(&new, &of(found));
        assert!(same(r#"{"slug":"team","parent":7,"name":"x"}"#));
        assert!(!same(r#"{"slug":"team","parent":8}"#) && !same(r#"{"slug":"team-2","parent":7}"#));
        assert!(filters::Posts::is_same(&of(r#"{"slug":"a"}"#), &of(r#"{"slug":"a","parent":0}"#)));
        assert_eq!(filters::Posts::contradicts(&new, &of(r#"{"slug":"other"}"#)), Some("slug"));
        assert_eq!(filters::Posts::contradicts(&new, &of(r#"{"slug":"team","parent":1}"#)), None);
    }

    #[test]
    fn names_are_compared_without_entities_and_case() {
        let same = |new: &str, found: &str| {
            let of = |name: &str| KeyFields { name: Some(name.to_owned()), ..KeyFields::default() };
            filters::Terms::is_same(&of(new), &of(found))
        };
        for (new, found) in [
            ("Q&A", "Q&amp;A"),
            ("Q&amp;A", "Q&#038;A"),
            ("news", "News"),
            (" Rust  and\tC ", "Rust and C"),
            ("it's \"x\"", "it&#039;s &quot;x&quot;"),
            ("1 < 2", "1 &lt; 2"),
        ] {
            assert!(same(new, found), "{new} {found}");
        }
        for (new, found) in [("News", "New"), ("Café", "Cafe"), ("Q&A", "Q&amp;amp;A"), ("A", "")] {
            assert!(!same(new, found), "{new} {found}");
        }
        let (top, below) = (of(r#"{"name":"a"}"#), of(r#"{"name":"a","parent":3}"#));
        assert!(!filters::Terms::is_same(&top, &below) && filters::Terms::is_same(&below, &below));
    }

    #[test]
    fn term_with_the_slug_of_its_name_is_the_only_one() {
        let only = |new, created| filters::Terms::is_surely_only(&of(new), &of(created));
        assert!(only(r#"{"name":" Big  Sea"}"#, r#"{"slug":"big-sea"}"#));
        for (new, created) in [
            (r#"{"name":"Sea"}"#, r#"{"slug":"sea-2"}"#),
            (r#"{"name":"News","slug":"news-2026"}"#, r#"{"slug":"news-2026"}"#),
            (r#"{"name":"Sea"}"#, r#"{"slug":"sea-harbours"}"#),
            (r#"{"name":"文"}"#, r#"{"slug":"%e6%96%87"}"#),
            (r#"{"name":"Q&A"}"#, r#"{"slug":"qa"}"#),
            (r#"{"name":"Sea"}"#, "{}"),
            (r#"{"name":"  "}"#, "{}"),
        ] {
            assert!(!only(new, created), "{new} {created}");
        }
        assert!(!filters::Posts::is_surely_only(&of(r#"{"slug":"a"}"#), &of(r#"{"slug":"a"}"#)));
    }

    #[test]
    fn name_is_searched_as_it_is_stored() {
        let query = filters::Terms::lookup(&of(r#"{"name":"Q&A  <3"}"#)).unwrap();
        assert_eq!(query.get("search"), Some("Q&amp;A &lt;3"));
        let query = filters::Terms::lookup(&of(r#"{"name":"Q&amp;A"}"#)).unwrap();
        assert_eq!(query.get("search"), Some("Q&amp;A"));
    }

    #[test]
    fn users_are_the_same_by_address() {
        let same = |new, found| filters::Users::is_same(&of(new), &of(found));
        assert!(same(r#"{"email":" Ana@Example.org"}"#, r#"{"email":"ana@example.org"}"#));
        assert!(!same(r#"{"email":"ana@example.org"}"#, r#"{"email":"joana@example.org"}"#));
        assert!(!same(r#"{"email":"ana@example.org"}"#, "{}"));
    }
}
