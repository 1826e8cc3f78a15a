//! Text as WordPress stores it: enough of `sanitize_title` for tests.

use std::fmt::Write;

pub(crate) fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// The name of a term (`pre_term_name`): on one line, without tags, and with `&`, `<` and `>` as entities.
pub(crate) fn term_name(name: &str) -> String {
    let words: Vec<_> = name.split_whitespace().collect();
    let mut out = String::new();
    let mut name = words.join(" ");
    // A `<` without a `>` is not a tag (`wp_pre_kses_less_than`).
    if name.contains('>') {
        name = without_tags(&name);
    }
    for (at, c) in name.char_indices() {
        let is_entity = || {
            let end = name[at + 1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
            end.is_some_and(|end| end > 0 && name[at + 1 + end..].starts_with(';'))
        };
        match c {
            '&' if !is_entity() => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// The letters from which `remove_accents` removes the accent.
const PLAIN: &[(&str, &str)] = &[
    ("àáâãäå", "a"),
    ("ç", "c"),
    ("èéêë", "e"),
    ("ìíîï", "i"),
    ("ñ", "n"),
    ("òóôõöø", "o"),
    ("ùúûü", "u"),
    ("ýÿ", "y"),
    ("æ", "ae"),
    ("œ", "oe"),
    ("ß", "ss"),
];

/// `sanitize_title`: `T <b>x</b> &` becomes `t-x`, other scripts become `%` escapes.
pub(crate) fn slug(title: &str) -> String {
    let mut out = String::new();
    for c in without_tags(title).to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' | '_' | '-' => out.push(c),
            c if c.is_whitespace() || matches!(c, '.' | '/' | '–' | '—') => out.push('-'),
            c if c.is_ascii() => {}
            c => out.push_str(&plain(c)),
        }
    }
    let parts: Vec<&str> = out.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// Text without accents. Letters without an accent stay.
pub(crate) fn without_accents(text: &str) -> String {
    let plain = |c: char| {
        let lower: String = c.to_lowercase().collect();
        let plain = without_accent(lower.chars().next().unwrap_or(c));
        match plain {
            Some(plain) if c.is_uppercase() => plain.to_uppercase(),
            Some(plain) => plain.to_owned(),
            None => c.to_string(),
        }
    };
    text.chars().map(plain).collect()
}

fn without_accent(c: char) -> Option<&'static str> {
    PLAIN.iter().find(|(marked, _)| marked.contains(c)).map(|(_, plain)| *plain)
}

/// A letter without its accent, or its percent-encoding.
fn plain(c: char) -> String {
    if let Some(plain) = without_accent(c) {
        return plain.to_owned();
    }
    let mut escapes = String::new();
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(escapes, "%{byte:02x}");
    }
    escapes
}

/// The first of `slug`, `slug-2`, `slug-3`, … that is free.
pub(crate) fn unique(slug: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2u32..).map(|number| format!("{slug}-{number}"));
    let mut all = std::iter::once(slug.to_owned()).chain(numbered);
    all.find(|candidate| !taken(candidate)).unwrap_or_else(|| slug.to_owned())
}
