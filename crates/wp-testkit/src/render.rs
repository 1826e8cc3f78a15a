//! Text as WordPress renders it: enough of `wptexturize`, `wpautop` and `sanitize_title` for tests.

use std::fmt::Write;

/// `wptexturize` for the text between tags: curly quotes, dashes, and single ampersands as entities.
pub(crate) fn texturize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_tag = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let rest = &text[at..];
        let opens = before.is_whitespace() || matches!(before, '(' | '[' | '>' | '-');
        match c {
            '<' if rest.chars().nth(1).is_some_and(|next| next == '/' || next.is_alphabetic()) => {
                in_tag = true;
                out.push(c);
            }
            '>' if in_tag => {
                in_tag = false;
                out.push(c);
            }
            _ if in_tag => out.push(c),
            '&' if is_entity(rest) => out.push('&'),
            '&' => out.push_str("&#038;"),
            '"' if opens => out.push_str("&#8220;"),
            '"' => out.push_str("&#8221;"),
            '\'' if opens => out.push_str("&#8216;"),
            '\'' => out.push_str("&#8217;"),
            c => out.push(c),
        }
        before = c;
    }
    out.replace("...", "&#8230;").replace(" -- ", " &#8212; ").replace(" - ", " &#8211; ")
}

/// `&amp;`, `&#8217;`, `&#x27;`.
fn is_entity(text: &str) -> bool {
    let Some((name, _)) = text[1..].split_once(';') else { return false };
    let digits = name.strip_prefix('#').unwrap_or(name);
    (1..=10).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether the text was written in the block editor.
pub(crate) fn has_blocks(content: &str) -> bool {
    content.contains("<!-- wp:")
}

/// The content of a post as HTML.
pub(crate) fn content(raw: &str) -> String {
    if has_blocks(raw) {
        let html = without_comments(
            &raw.replace("<!-- wp:paragraph --><p>", "<!-- wp:paragraph --><p class=\"wp-block-paragraph\">"),
        );
        return texturize(html.trim_end_matches('\n'));
    }
    paragraphs(&texturize(raw))
}

/// `wpautop`: blank lines separate paragraphs, other line ends become `<br>`.
pub(crate) fn paragraphs(text: &str) -> String {
    const BLOCKS: [&str; 9] = ["<p", "<div", "<h", "<ul", "<ol", "<table", "<pre", "<blockquote", "<figure"];
    let text = text.replace("\r\n", "\n");
    text.split("\n\n")
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            if BLOCKS.iter().any(|block| part.starts_with(block)) {
                format!("{part}\n")
            } else {
                format!("<p>{}</p>\n", part.replace('\n', "<br />\n"))
            }
        })
        .collect()
}

/// The excerpt: the manual one, or the first words of the content.
pub(crate) fn excerpt(own: &str, content: &str, words: usize) -> String {
    if !own.is_empty() {
        return paragraphs(&texturize(own));
    }
    let text = without_tags(&without_comments(&texturize(content)));
    let all: Vec<&str> = text.split_whitespace().collect();
    let mut kept = all.iter().take(words).copied().collect::<Vec<_>>().join(" ");
    if all.len() > words {
        kept.push_str(" [&hellip;]");
    }
    paragraphs(&kept)
}

fn without_comments(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, comment)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = comment.split_once("-->").map_or("", |(_, after)| after);
    }
    out + rest
}

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
pub(crate) fn without_marks(text: &str) -> String {
    let plain = |c: char| {
        let lower: String = c.to_lowercase().collect();
        let plain = unmarked(lower.chars().next().unwrap_or(c));
        match plain {
            Some(plain) if c.is_uppercase() => plain.to_uppercase(),
            Some(plain) => plain.to_owned(),
            None => c.to_string(),
        }
    };
    text.chars().map(plain).collect()
}

fn unmarked(c: char) -> Option<&'static str> {
    PLAIN.iter().find(|(marked, _)| marked.contains(c)).map(|(_, plain)| *plain)
}

/// A letter without its accent, or its percent-encoding.
fn plain(c: char) -> String {
    if let Some(plain) = unmarked(c) {
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
