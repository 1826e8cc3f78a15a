//! `wp_kses`: which HTML WordPress keeps in texts of users who may not write all of it. What it would rewrite, the
//! stand-in refuses.

use super::render::with_entities;
use crate::http::Error;

/// The elements of posts: `wp_filter_post_kses`.
#[rustfmt::skip]
pub(super) const POST: &[&str] = &[
    "address", "a", "abbr", "acronym", "area", "article", "aside", "audio", "b", "bdo", "big", "blockquote", "br",
    "button", "caption", "cite", "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "fieldset", "figcaption", "figure", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr",
    "i", "img", "ins", "kbd", "label", "legend", "li", "main", "map", "mark", "menu", "nav", "object", "ol", "p", "pre",
    "q", "rb", "rp", "rt", "rtc", "ruby", "s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary",
    "sup", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "title", "tr", "track", "tt", "u", "ul", "var",
    "video",
];

/// The elements of titles, comments and descriptions: `wp_filter_kses`.
pub(super) const FEW: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "blockquote",
    "cite",
    "code",
    "del",
    "em",
    "i",
    "q",
    "s",
    "strike",
    "strong",
];

/// The attributes of all elements of posts.
const OF_ALL: [&str; 8] = ["class", "id", "title", "lang", "dir", "role", "tabindex", "aria-label"];

/// The text without other elements than these.
pub(super) fn filtered(text: &str, elements: &[&str]) -> Result<String, Error> {
    let text = with_entities(text);
    let (mut out, mut rest) = (String::new(), text.as_str());
    while let Some(at) = rest.find(['<', '>']) {
        let (before, found) = rest.split_at(at);
        out.push_str(before);
        if let Some(after) = found.strip_prefix('>') {
            out.push_str("&gt;");
            rest = after;
        } else if let Some(comment) = found.strip_prefix("<!--") {
            let (inner, after) =
                comment.split_once("-->").ok_or_else(|| rewritten("a comment without an end"))?;
            if inner.contains(['<', '>']) || inner.contains("--") || inner.ends_with('-') {
                return Err(rewritten("a comment with tags or dashes"));
            }
            out.extend(["<!--", inner, "-->"].into_iter().filter(|_| !inner.is_empty()));
            rest = after;
        } else {
            let end = found[1..].find(['<', '>']).map_or(found.len(), |end| end + 1);
            let (inner, after) = (&found[1..end], &found[end..]);
            if let Some(after) = after.strip_prefix('>') {
                out.push_str(&tag(inner, elements)?);
                rest = after;
            } else {
                // No tag: `esc_html`.
                out.extend(["&lt;", &inner.replace('"', "&quot;").replace('\'', "&#039;")]);
                rest = after;
            }
        }
    }
    Ok(out + rest)
}

fn rewritten(what: &str) -> Error {
    Error::not_served(&format!("`wp_kses` for {what}"))
}

/// A tag as it is kept; empty if its element is not.
fn tag(inner: &str, elements: &[&str]) -> Result<String, Error> {
    let (slash, inner) = match inner.trim_start().strip_prefix('/') {
        Some(name) => ("/", name.trim_start()),
        None => ("", inner.trim_start()),
    };
    let end = inner.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(inner.len());
    let (name, attributes) = inner.split_at(end);
    if name.is_empty() && (slash == "/" || inner.starts_with(['!', '?'])) {
        return Err(rewritten("a tag without a name"));
    }
    if !elements.contains(&&*name.to_ascii_lowercase()) {
        return Ok(String::new());
    }
    if slash == "/" {
        return Ok(format!("</{name}>"));
    }
    let trimmed = attributes.trim_end();
    let (mut rest, end) = trimmed.strip_suffix('/').map_or((trimmed, ""), |rest| (rest, " /"));
    let mut kept = String::new();
    while !rest.trim_start().is_empty() {
        let (attribute, after) = attribute(rest.trim_start())?;
        if keeps(elements, name, attribute)? {
            kept.extend([" ", attribute.0, "=\"", attribute.1, "\""]);
        }
        rest = after;
    }
    Ok(format!("<{name}{kept}{end}>"))
}

/// The first attribute, with its value, and the text after it.
fn attribute(text: &str) -> Result<((&str, &str), &str), Error> {
    let unquoted = || rewritten("an attribute without double quotes");
    let (name, rest) = text.split_once("=\"").ok_or_else(unquoted)?;
    let (value, rest) = rest.split_once('"').ok_or_else(unquoted)?;
    let is_name = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if is_name && (rest.is_empty() || rest.starts_with(char::is_whitespace)) {
        Ok(((name, value), rest))
    } else {
        Err(unquoted())
    }
}

fn keeps(elements: &[&str], element: &str, (name, value): (&str, &str)) -> Result<bool, Error> {
    let is_kept = match (element, name) {
        ("a", "href" | "title")
        | ("abbr" | "acronym", "title")
        | ("blockquote" | "q", "cite")
        | ("del", "datetime") => true,
        _ if elements.len() == FEW.len() => false,
        ("a", "rel" | "target" | "name") | ("img", "src" | "alt" | "width" | "height" | "loading") => true,
        _ if OF_ALL.contains(&name) || name.starts_with("data-") => true,
        // Scripts.
        _ if name.starts_with("on") => false,
        _ => return Err(rewritten(&format!("the attribute {name} of {element}"))),
    };
    let scheme =
        value.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| !scheme.contains(['/', '?', '#']));
    let is_url = matches!(name, "href" | "src" | "cite");
    if is_kept && is_url && scheme.is_some_and(|scheme| !matches!(scheme, "http" | "https" | "mailto")) {
        return Err(rewritten(&format!("the scheme of {name}")));
    }
    Ok(is_kept)
}
