//! Converts the HTML in messages of WordPress and of servers to plain text.

use std::borrow::Cow;

use crate::redact::show::printable;

/// The text of an HTML fragment on one line: tags removed, entities decoded once, white space collapsed.
pub(crate) fn to_text(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        push_text(&rest[..open], &mut out);
        let tag = &rest[open..];
        let name = tag[1..].strip_prefix('/').unwrap_or(&tag[1..]);
        // A lone `<` is text.
        if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '!') {
            push_text("<", &mut out);
            rest = &tag[1..];
            continue;
        }
        // The excerpt ends inside this tag.
        let Some(close) = tag.find('>') else { return out.trim_end().to_owned() };
        rest = &tag[close + 1..];
        let is = |wanted: &str| {
            starts_with(name, wanted)
                && !name[wanted.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
        };
        if ["br", "p", "div", "li", "h1", "h2", "h3", "tr", "title"].into_iter().any(is) {
            push_text(" ", &mut out);
        }
        for raw in ["script", "style"] {
            if is(raw) && !tag.starts_with("</") {
                let mut ends = rest.match_indices("</").map(|(at, _)| &rest[at..]);
                rest = ends.find(|end| starts_with(&end[2..], raw)).unwrap_or("");
            }
        }
    }
    push_text(rest, &mut out);
    out.truncate(out.trim_end().len());
    out
}

fn starts_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
}

/// Appends text with entities decoded and each run of white space as one space.
fn push_text(text: &str, out: &mut String) {
    push_words(&unescape(text), out);
}

/// Decodes the entities of a text, once.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        // The search is limited, so that a text of many `&` is not read again for each.
        let end = rest.as_bytes()[at + 1..].iter().take(11).position(|&byte| byte == b';');
        let decoded = end.and_then(|end| Some((entity(&rest[at + 1..=at + end])?, at + end + 2)));
        let (c, next) = decoded.unwrap_or(('&', at + 1));
        out.push(c);
        rest = &rest[next..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn push_words(text: &str, out: &mut String) {
    for c in text.chars().filter_map(printable) {
        if !c.is_whitespace() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(' ') {
            out.push(' ');
        }
    }
}

/// The character of an entity, given without `&` and `;`. Supports numbers, and the names that WordPress and servers
/// use in messages.
pub(crate) fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "hellip" => '…',
        "mdash" => '—',
        "ndash" => '–',
        "lsquo" => '‘',
        "rsquo" => '’',
        "ldquo" => '“',
        "rdquo" => '”',
        "laquo" => '«',
        "raquo" => '»',
        "lsaquo" => '‹',
        "rsaquo" => '›',
        "copy" => '©',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_to_text_gives_one_line() {
        for (html, text) in [
            ("<strong>Error:</strong> it&#8217;s <a href=\"x\">lost</a>.", "Error: it’s lost."),
            ("a<br />\n  b &amp;lt; c", "a b &lt; c"),
            ("must not contain &lt;/style&gt;", "must not contain </style>"),
            ("1 < 2 && 3 > 2 &unknown; &", "1 < 2 && 3 > 2 &unknown; &"),
            ("<title>Oops</title><style>p{}</style><p>Down", "Oops Down"),
            ("cut <a href=", "cut"),
            ("é&#x2026;ü", "é…ü"),
            ("a\u{1b}[31mb&#27;]0;c&#x202e;d\u{2028}e\u{85}f", "a[31mb]0;cd e f"),
        ] {
            assert_eq!(to_text(html), text);
        }
    }
}
