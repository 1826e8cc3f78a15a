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
    /// The JSON name of the field with the key.
    const FIELD: &'static str;

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

    /// Whether WordPress itself compares the key of a new item with those of all others, and refuses it with
    /// [`TAKEN`](Self::TAKEN). Then a client need not look through a long list before it creates the item.
    fn is_checked(new: &KeyFields) -> bool {
        let _ = new;
        false
    }

    /// Whether this can be the item for which WordPress refused the new one with [`TAKEN`](Self::TAKEN).
    fn is_taken_by(new: &KeyFields, found: &KeyFields) -> bool {
        Self::is_same(new, found)
    }

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
    RequestError::NaturalKey { field: field.to_owned(), reason: reason.into() }
}

/// The value of a key, which must not be empty.
fn value<'v>(field: &str, value: Option<&'v str>) -> Result<&'v str, RequestError> {
    value.filter(|value| !value.trim().is_empty()).ok_or_else(|| wrong(field, "the new item has none"))
}

impl NaturalKey for filters::Posts {
    const FIELD: &'static str = "slug";

    /// WordPress adds a number to a slug that is taken.
    const TAKEN: Option<ErrorCode> = None;

    fn lookup(new: &KeyFields) -> Result<Query, RequestError> {
        let slug = value(Self::FIELD, new.slug.as_deref())?;
        if !is_stored_slug(slug) {
            return Err(wrong(
                "slug",
                "WordPress would change it: lower-case letters a to z, digits, `_`, and single `-` between them; other \
                 characters percent-encoded, as `slug` of an item shows them, but no dash, quote or sign",
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
    const FIELD: &'static str = "name";

    const TAKEN: Option<ErrorCode> = Some(ErrorCode::TERM_EXISTS);

    fn lookup(new: &KeyFields) -> Result<Query, RequestError> {
        let name = value(Self::FIELD, new.name.as_deref())?;
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

    /// With a slug of its own, a second term of the same name is no conflict for WordPress.
    fn is_checked(new: &KeyFields) -> bool {
        !has_own_slug(new)
    }

    /// WordPress compares the name, and then the slug, with the terms below the same parent.
    fn is_taken_by(new: &KeyFields, found: &KeyFields) -> bool {
        let has_same_slug = has_own_slug(new) && new.slug == found.slug;
        Self::is_same(new, found) || has_same_slug && new.is_below_same(found)
    }

    /// The second of two terms that are created at once nearly always has another slug than that of its name: eight creates
    /// at once on WordPress 6.5 made two tags, once with the same slug (observed). A look-up after each create would find
    /// that, too, but a long list of names would cost a request for each.
    fn is_surely_only(new: &KeyFields, created: &KeyFields) -> bool {
        let slug = new.name.as_deref().and_then(slug_of_name).filter(|_| !has_own_slug(new));
        slug.is_some() && slug == created.slug
    }
}

impl NaturalKey for filters::Users {
    const FIELD: &'static str = "email";

    const TAKEN: Option<ErrorCode> = Some(ErrorCode::EXISTING_USER_EMAIL);

    fn lookup(new: &KeyFields) -> Result<Query, RequestError> {
        let mut query = Query::new();
        let address = value(Self::FIELD, new.email.as_deref())?.trim();
        // WordPress stores `&` as `&amp;`, and a plugin that writes users may not. The rest has the `@`.
        query.set("search", address.rsplit('&').next().unwrap_or(address))?;
        Ok(query)
    }

    fn is_checked(_: &KeyFields) -> bool {
        true
    }

    fn is_same(new: &KeyFields, found: &KeyFields) -> bool {
        let emails = new.email.as_deref().zip(found.email.as_deref());
        emails.is_some_and(|(new, found)| unescape(new.trim()).eq_ignore_ascii_case(&unescape(found.trim())))
    }
}

/// Whether the slug of a new term is not made of its name.
fn has_own_slug(new: &KeyFields) -> bool {
    new.slug.as_ref().is_some_and(|slug| !slug.is_empty())
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
        && !decoded(slug).chars().any(is_changed)
}

/// A slug with its percent-encoded octets decoded. What is not UTF-8 becomes U+FFFD.
fn decoded(slug: &str) -> String {
    let mut bytes = Vec::with_capacity(slug.len());
    let mut parts = slug.split('%');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        let octet = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.extend(octet);
        bytes.extend(part.bytes().skip(2));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Whether WordPress drops this character from a slug, or writes another one, although it is percent-encoded
/// (`sanitize_title_with_dashes`): spaces, dashes, quotes, signs, accents, and what has no width. Which of U+2000 to U+206F
/// it changes depends on its version.
fn is_changed(c: char) -> bool {
    matches!(
        c,
        '\u{a0}'
            | '\u{a1}'
            | '\u{a9}'
            | '\u{ab}'
            | '\u{ad}'
            | '\u{ae}'
            | '\u{b0}'
            | '\u{b4}'
            | '\u{bb}'
            | '\u{bf}'
            | '\u{d7}'
            | '\u{2ca}'
            | '\u{300}'
            | '\u{301}'
            | '\u{304}'
            | '\u{30c}'
            | '\u{341}'
            | '\u{2000}'..='\u{206f}' | '\u{2122}' | '\u{feff}' | '\u{fffc}'
    )
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
        for slug in [
            "a",
            "hello-world",
            "2026-01-31",
            "a_b",
            "%e3%81%82-1",
            "%c3%bc-2",
            "%e2%82%ac",
            "%e2%84%96",
            "%e2%ff",
            &"a".repeat(200),
        ] {
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
            "%c3%bc-%e2%80%93-2",
            "it%e2%80%99s",
            "a%e2%80%8bb",
            "a%e2%80%a6",
            "a%e2%81%a0",
            "%c2%abx%c2%bb",
            "a%c3%97b",
            "e%cc%81",
            "tm%e2%84%a2",
            "a%ef%bb%bf",
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
        // WordPress stores `&` as an entity.
        for found in [r#"{"email":"a&amp;b@example.org"}"#, r#"{"email":"A&b@example.org"}"#] {
            assert!(same(r#"{"email":"a&b@example.org"}"#, found), "{found}");
        }
        assert!(!same(r#"{"email":"a&b@example.org"}"#, r#"{"email":"x&amp;b@example.org"}"#));
        let search = |email| filters::Users::lookup(&of(email)).unwrap().get("search").map(str::to_owned);
        assert_eq!(search(r#"{"email":"a&b@example.org"}"#).as_deref(), Some("b@example.org"));
        assert_eq!(search(r#"{"email":" ana@example.org "}"#).as_deref(), Some("ana@example.org"));
    }

    #[test]
    fn term_that_was_refused_is_compared() {
        let taken = |new, found| filters::Terms::is_taken_by(&of(new), &of(found));
        assert!(taken(r#"{"name":"Sea"}"#, r#"{"name":"sea","slug":"sea-2"}"#));
        assert!(taken(r#"{"name":"Sea","slug":"water"}"#, r#"{"name":"Water","slug":"water"}"#));
        for (new, found) in [
            (r#"{"name":"Sea"}"#, r#"{"name":"Lake","slug":"lake"}"#),
            (r#"{"name":"Sea","parent":3}"#, r#"{"name":"Sea","parent":4}"#),
            (r#"{"name":"Sea","slug":"water","parent":3}"#, r#"{"name":"Water","slug":"water"}"#),
            (r#"{"name":"Sea","slug":""}"#, r#"{"name":"Lake","slug":""}"#),
        ] {
            assert!(!taken(new, found), "{new} {found}");
        }
    }
}
