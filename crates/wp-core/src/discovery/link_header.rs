//! The `Link` header (RFC 8288).

use http::HeaderMap;
use http::header::LINK;

use super::scan::Scan;
use super::{REL, names};

/// The address of the API that the `Link` headers name. It is not validated: the caller must check it.
///
/// A page of WordPress has up to three of these headers, with several links each where a plugin joined
/// them, and some with an unquoted relation (observed).
pub fn link_header(headers: &HeaderMap) -> Option<String> {
    headers.get_all(LINK).iter().find_map(|value| {
        let value = String::from_utf8_lossy(value.as_bytes());
        api_of(&mut Scan::new(&value)).map(str::to_owned)
    })
}

fn api_of<'h>(value: &mut Scan<'h>) -> Option<&'h str> {
    while let Some(link) = Link::read(value) {
        // A link with an anchor belongs to another resource than this page.
        if !link.anchored && names(&link.rel, REL) {
            return Some(link.target);
        }
    }
    None
}

struct Link<'h> {
    target: &'h str,
    rel: String,
    anchored: bool,
}

impl<'h> Link<'h> {
    /// Reads the next link. Text that is not a link is skipped.
    fn read(value: &mut Scan<'h>) -> Option<Self> {
        // Only `<` begins a link; text before it is a comma, or invalid.
        value.take_until("<")?;
        value.take("<");
        let target = value.take_until(">")?.trim();
        value.take(">");
        let mut link = Self { target, rel: String::new(), anchored: false };
        let mut has_rel = false;
        loop {
            value.take_while(char::is_whitespace);
            if !value.take(";") {
                return Some(link);
            }
            let name = value.take_while(|c| !matches!(c, '=' | ';' | ','));
            if !value.take("=") {
                continue;
            }
            let text = parameter(value);
            match &*name.trim().to_ascii_lowercase() {
                // Only the first `rel` counts, by RFC 8288.
                "rel" if !has_rel => (link.rel, has_rel) = (text, true),
                "anchor" => link.anchored = true,
                _ => {}
            }
        }
    }
}

/// Reads the value of a parameter, quoted or not.
fn parameter(value: &mut Scan<'_>) -> String {
    value.take_while(char::is_whitespace);
    if !value.take("\"") {
        return value.take_while(|c| !matches!(c, ';' | ',')).trim_end().to_owned();
    }
    let mut text = String::new();
    while let Some(c) = value.take_char() {
        match c {
            '"' => break,
            '\\' => text.extend(value.take_char()),
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[&str]) -> Option<String> {
        link_header(&values.iter().map(|value| (LINK, value.parse().unwrap())).collect())
    }

    #[test]
    fn api_link_is_found_among_other_links() {
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
    fn link_header_parsing_is_linear_for_hostile_values() {
        for piece in ["<", "<>;", "<>;rel=\"", "<a>,", "\\\"", ";;;;", "<x>;rel=\"\\", "<a>; ;b ;", "<a>;b="]
        {
            let value = piece.repeat(10_000);
            let mut scan = Scan::new(&value);
            api_of(&mut scan);
            assert!(scan.scanned <= 4 * value.len(), "{piece}: {} of {}", scan.scanned, value.len());
        }
    }
}
