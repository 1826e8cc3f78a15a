//! The `Link` header (RFC 8288).

use http::HeaderMap;
use http::header::LINK;

use super::{REL, names};

/// The address of the API that the `Link` headers name: as it stands there, so to be checked.
///
/// A page of WordPress has up to three of these headers, with several links each where a plugin joined
/// them, and some with an unquoted relation (observed).
pub fn link_header(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().find_map(|value| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let mut rest = &*value;
        while let Some(link) = Link::read(&mut rest) {
            // With an anchor it is the link of something else than this page.
            if !link.anchored && names(&link.rel, REL) {
                return Some(link.target.to_owned());
            }
        }
        None
    })
}

struct Link<'h> {
    target: &'h str,
    rel: String,
    anchored: bool,
}

impl<'h> Link<'h> {
    /// Takes the next link off `rest`. What cannot be one is skipped.
    fn read(rest: &mut &'h str) -> Option<Self> {
        // Only `<` begins one; what stands before is a comma, or broken.
        let start = rest.find('<')?;
        let (target, after) = rest[start + 1..].split_once('>')?;
        *rest = after;
        let mut link = Self { target: target.trim(), rel: String::new(), anchored: false };
        let mut has_rel = false;
        while let Some(after) = rest.trim_start().strip_prefix(';') {
            let (name, after) = cut(after, &['=', ';', ',']);
            *rest = after;
            let Some(after) = after.strip_prefix('=') else { continue };
            let value = value(after.trim_start(), rest);
            match &*name.trim().to_ascii_lowercase() {
                // The first counts, as the RFC says.
                "rel" if !has_rel => (link.rel, has_rel) = (value, true),
                "anchor" => link.anchored = true,
                _ => {}
            }
        }
        Some(link)
    }
}

/// A value, quoted or not, and what follows.
fn value<'h>(text: &'h str, rest: &mut &'h str) -> String {
    let Some(quoted) = text.strip_prefix('"') else {
        let (value, after) = cut(text, &[';', ',']);
        *rest = after;
        return value.trim_end().to_owned();
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                *rest = &quoted[at + 1..];
                return value;
            }
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    *rest = "";
    value
}

fn cut<'h>(text: &'h str, at: &[char]) -> (&'h str, &'h str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    fn found(values: &[&str]) -> Option<String> {
        link_header(&values.iter().map(|value| (LINK, value.parse().unwrap())).collect())
    }

    #[test]
    fn the_api_is_found_among_other_links() {
        const ROOT: Option<&str> = Some("https://e.org/wp-json/");
        for (values, expected) in [
            (&["<https://e.org/wp-json/>; rel=\"https://api.w.org/\""][..], ROOT),
            (&["<https://e.org/wp-json/>;rel=https://api.w.org/"], ROOT),
            (&["< https://e.org/wp-json/ > ; REL = \"HTTPS://API.W.ORG/\""], ROOT),
            (&["<https://e.org/wp-json/>; title=\"a, <b>; rel=x\"; rel=\"up https://api.w.org/\""], ROOT),
            (
                &[
                    "<https://e.org/wp-json/wp/v2/posts/1>; rel=\"alternate\"; title=\"JSON\"; type=\"application/json\"",
                    "<https://e.org/?p=1>; rel=shortlink",
                    "<https://e.org/wp-json/>; rel=\"https://api.w.org/\"",
                ],
                ROOT,
            ),
            (
                &["<https://e.org/a,b;c>; rel=next, <https://e.org/wp-json/>; rel=\"https://api.w.org/\""],
                ROOT,
            ),
            (&["<a>; rel=\"n\\\"ext\",<https://e.org/wp-json/>; x; rel=\"https://api.w.org/\""], ROOT),
            (
                &["<https://e.org/x,/?rest_route=/>; rel=\"https://api.w.org/\""],
                Some("https://e.org/x,/?rest_route=/"),
            ),
            (&["nonsense, <https://e.org/wp-json/>; rel=https://api.w.org/"], ROOT),
            (&["<https://e.org/wp-json/>; rel=\"https://api.w.org/"], ROOT),
            (&["<>; rel=\"https://api.w.org/\""], Some("")),
            (&["<https://e.org/>; rel=\"next\"; rel=\"https://api.w.org/\""], None),
            (&["<https://e.org/>; rel=\"https://api.w.org/x\""], None),
            (&["<https://e.org/>; rel=\"https://api.w.org/\"; anchor=\"#x\""], None),
            (&["<https://e.org/>; title=\"rel=https://api.w.org/\""], None),
            (&["<https://e.org/; rel=\"https://api.w.org/\""], None),
            (&["https://e.org/; rel=\"https://api.w.org/\""], None),
            (
                &["", ",", ";", "<", "<>", "<>;", "<>;=", "<>;rel", "<>;rel=", "<>;rel=\"", "<>;rel=\"\\"],
                None,
            ),
            (&[], None),
        ] {
            assert_eq!(found(values).as_deref(), expected, "{values:?}");
        }
    }

    #[test]
    fn a_hostile_header_is_read_once() {
        for piece in ["<", "<>;", "<>;rel=\"", "<a>,", "\\\"", ";;;;", "<x>;rel=\"\\"] {
            let start = Instant::now();
            found(&[&piece.repeat(500_000)]);
            assert!(start.elapsed() < Duration::from_secs(2), "{piece}: {:?}", start.elapsed());
        }
    }
}
