//! Text as WordPress stores it: enough of `sanitize_title` for tests.

use std::{fmt::Write, iter::once};

pub(crate) fn without_tags(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut in_tag = false;
    for (at, c) in html.char_indices() {
        match c {
            // For `strip_tags`, a `<` before a space is text.
            '<' if in_tag || !html[at + 1..].starts_with(char::is_whitespace) => in_tag = true,
            '>' if in_tag => in_tag = false,
            c if !in_tag => out.push(c),
            _ => {}
        }
    }
    out
}

/// The name of a term or a user (`sanitize_text_field`, then `_wp_specialchars`): on one line, without tags, and with `&`, `<` and `>` as entities.
pub(crate) fn one_line(name: &str) -> String {
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
    ("àáâãäåāăąǎầằảẩẳẫẵấắạậặªɑ", "a"),
    ("æ", "ae"),
    ("çćĉċč", "c"),
    ("ďđð", "d"),
    ("èéêëēĕėęěǝəềẻểẽễếẹệ€", "e"),
    ("ĝğġģ", "g"),
    ("ĥħ", "h"),
    ("ìíîïĩīĭįıǐỉị", "i"),
    ("ĳ", "ij"),
    ("ĵ", "j"),
    ("ķĸ", "k"),
    ("ĺļľŀł", "l"),
    ("ñńņňŉŋ", "n"),
    ("òóôõöøōŏőơǒồờỏổởỗỡốọộợº", "o"),
    ("œ", "oe"),
    ("ŕŗř", "r"),
    ("ßśŝşšſș", "s"),
    ("ţťŧț", "t"),
    ("þ", "th"),
    ("ùúûüũūŭůűųưǔǖǘǚǜừủửữứụự", "u"),
    ("ŵ", "w"),
    ("ýÿŷỳỷỹỵ", "y"),
    ("źżž", "z"),
    ("£", ""),
];

/// The characters that a slug drops: quotes, marks, and what has no width.
const DROPPED: &str = "\u{ad}¡¿«»‹›‘’“”‚‛„‟•©®°…™´\u{2ca}\u{301}\u{341}\u{300}\u{304}\u{30c}\u{200b}\u{200c}\u{200d}\u{200e}\
    \u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{feff}\u{fffc}";

/// The entities of spaces and dashes.
const DASHES: [&str; 7] = ["&nbsp;", "&#8209;", "&#160;", "&ndash;", "&#8211;", "&mdash;", "&#8212;"];

/// The bytes of a slug before anything is dropped from it.
const SLUG: usize = 200;

/// `sanitize_title`: `T <b>x</b> &` becomes `t-x`, other scripts become `%` escapes, and escapes stay.
pub(crate) fn slug(title: &str) -> String {
    // In lower case it would be two letters.
    let title = without_tags(title).replace('İ', "i").to_lowercase();
    let mut out = String::new();
    let (mut rest, mut length) = (title.as_str(), 0);
    while let Some(c) = rest.chars().next() {
        let accent = without_accent(c);
        length += accent.map_or(if c.is_ascii() { 1 } else { 3 * c.len_utf8() }, str::len);
        if length > SLUG {
            break;
        }
        // An entity ends with the next semicolon, however far that is.
        let entity = (c == '&').then(|| rest.match_indices(';').find(|(end, _)| *end > 1)).flatten();
        if let Some((end, _)) = entity {
            let (entity, after) = rest.split_at(end + 1);
            out.extend(DASHES.contains(&entity).then_some('-'));
            length += entity.len() - 1;
            rest = after;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let is_escape = || rest.len() > 1 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit);
        match c {
            'a'..='z' | '0'..='9' | '_' | '-' => out.push(c),
            '%' if is_escape() => out.push(c),
            '×' => out.push('x'),
            c if accent.is_some() || DROPPED.contains(c) => out.push_str(accent.unwrap_or_default()),
            c if c.is_ascii_whitespace() => out.push('-'),
            c if "./–—\u{a0}\u{2011}\u{2028}\u{2029}\u{202f}".contains(c) => out.push('-'),
            '\u{2000}'..='\u{200a}' => out.push('-'),
            c if c.is_ascii() => {}
            c => out.push_str(&escaped(c)),
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

fn escaped(c: char) -> String {
    let mut escapes = String::new();
    for byte in c.encode_utf8(&mut [0; 4]).bytes() {
        let _ = write!(escapes, "%{byte:02x}");
    }
    escapes
}

/// The first of `slug`, `slug-2`, `slug-3`, … that is free.
pub(crate) fn unique(slug: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2u32..).map(|number| format!("{slug}-{number}"));
    let mut all = once(slug.to_owned()).chain(numbered);
    all.find(|candidate| !taken(candidate)).unwrap_or_else(|| slug.to_owned())
}
