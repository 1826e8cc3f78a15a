//! What the HTML of a page and the RSD document say, read in one pass, forward only.

use super::{REL, names};
use crate::html::unescape;

/// What a page links to: as it stands there, so to be checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageLinks {
    /// The API: `<link rel="https://api.w.org/" href="…">`.
    pub api: Option<String>,
    /// The RSD document, which names the API too: `<link rel="EditURI" href="…">`.
    pub rsd: Option<String>,
}

/// The links of a page of HTML. Of what is in a comment or a script, none.
pub fn page_links(html: &str) -> PageLinks {
    let mut found = PageLinks::default();
    let mut rest = html;
    while let Some(tag) = Tag::next(&mut rest, b"link") {
        let (Some(rel), Some(href)) = (tag.get("rel"), tag.get("href")) else { continue };
        if names(&rel, REL) {
            found.api.get_or_insert(href);
        } else if names(&rel, "EditURI") {
            found.rsd.get_or_insert(href);
        }
    }
    found
}

/// The address of the API that an RSD document names:
/// `<api name="WP-API" blogID="1" preferred="false" apiLink="https://example.org/wp-json/" />`.
pub fn rsd(xml: &str) -> Option<String> {
    let mut rest = xml;
    while let Some(tag) = Tag::next(&mut rest, b"api") {
        if tag.get("name").as_deref() == Some("WP-API") {
            return tag.get("apilink");
        }
    }
    None
}

/// A start tag with its attributes, names in lower case and values as they stand.
struct Tag<'p>(Vec<(String, &'p str)>);

/// No tag that matters has more.
const MOST: usize = 64;

/// Elements that hold text, whatever it looks like.
const RAW: [&[u8]; 4] = [b"script", b"style", b"textarea", b"title"];

impl<'p> Tag<'p> {
    /// Takes the page up to the end of the next tag of that name off `rest`.
    fn next(rest: &mut &'p str, wanted: &[u8]) -> Option<Self> {
        loop {
            let open = rest.find('<')?;
            let tag = &rest[open + 1..];
            if let Some(comment) = tag.strip_prefix("!--") {
                *rest = &comment[comment.find("-->")? + 3..];
                continue;
            }
            if !tag.starts_with(|c: char| c.is_ascii_alphabetic()) {
                // An end tag, a declaration, or a lone `<`.
                *rest = tag;
                continue;
            }
            let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
            let name = &tag.as_bytes()[..end];
            *rest = &tag[end..];
            let attributes = attributes(rest)?;
            if name.eq_ignore_ascii_case(wanted) {
                return Some(Self(attributes));
            }
            if let Some(raw) = RAW.iter().find(|raw| name.eq_ignore_ascii_case(raw)) {
                let mut ends = rest.match_indices("</");
                let is_end = |at: usize| {
                    rest.as_bytes()
                        .get(at + 2..at + 2 + raw.len())
                        .is_some_and(|name| name.eq_ignore_ascii_case(raw))
                };
                *rest = &rest[ends.find(|(at, _)| is_end(*at))?.0..];
            }
        }
    }

    /// The value of an attribute, its entities decoded.
    fn get(&self, name: &str) -> Option<String> {
        // Of two with one name the first counts, as in a browser.
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(unescape(value.trim()).into_owned())
    }
}

/// Takes the attributes up to `>` off `rest`. `None` where the page ends before.
fn attributes<'p>(rest: &mut &'p str) -> Option<Vec<(String, &'p str)>> {
    let mut found = Vec::new();
    loop {
        *rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
        if let Some(after) = rest.strip_prefix('>') {
            *rest = after;
            return Some(found);
        }
        // A `=` at the start of a name is part of it.
        let ends = |(at, c): (usize, char)| {
            (c.is_ascii_whitespace() || matches!(c, '/' | '>') || (c == '=' && at > 0)).then_some(at)
        };
        let (name, after) = rest.split_at(rest.char_indices().find_map(ends)?);
        *rest = after;
        let mut value = "";
        if let Some(after) = after.trim_ascii_start().strip_prefix('=') {
            let after = after.trim_ascii_start();
            let (start, end) = match after.as_bytes().first()? {
                quote @ (b'"' | b'\'') => (1, after[1..].find(char::from(*quote))? + 1),
                _ => (0, after.find(|c: char| c.is_ascii_whitespace() || c == '>')?),
            };
            value = &after[start..end];
            *rest = &after[end + start..];
        }
        if found.len() < MOST {
            found.push((name.to_ascii_lowercase(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn the_links_of_a_page_are_found() {
        const ROOT: Option<&str> = Some("https://e.org/wp-json/");
        const RSD: Option<&str> = Some("https://e.org/xmlrpc.php?rsd");
        for (page, api, rsd) in [
            ("<link rel=\"https://api.w.org/\" href=\"https://e.org/wp-json/\" />", ROOT, None),
            ("<LINK\n HREF = 'https://e.org/wp-json/'\trel='https://api.w.org/'>", ROOT, None),
            ("<link href=https://e.org/wp-json/ rel=https://api.w.org/>", ROOT, None),
            (
                "<link rel=\"x https://API.w.org/\" title=\"a > b\" href=\"https://e.org/wp-json/\">",
                ROOT,
                None,
            ),
            (
                "<link rel='https://api.w.org/' href='https&#58;//e.org/?a=1&amp;rest_route=/'>",
                Some("https://e.org/?a=1&rest_route=/"),
                None,
            ),
            (
                "<link rel=\"EditURI\" type=\"application/rsd+xml\" href=\"https://e.org/xmlrpc.php?rsd\" />\
                 <link rel=\"https://api.w.org/\" href=\"https://e.org/wp-json/\" />",
                ROOT,
                RSD,
            ),
            (
                "<p 1<2 & <link disabled rel=\"https://api.w.org/\" href=\"https://e.org/wp-json/\">",
                None,
                None,
            ),
            ("1<2 <link disabled rel=\"https://api.w.org/\" href=\"https://e.org/wp-json/\">", ROOT, None),
            (
                "<script>\"<link rel='https://api.w.org/' href='x'>\"</script><link rel=https://api.w.org/ href=https://e.org/wp-json/>",
                ROOT,
                None,
            ),
            (
                "<!-- <!-- <link rel='https://api.w.org/' href='x'> --><link rel=https://api.w.org/ href=https://e.org/wp-json/>",
                ROOT,
                None,
            ),
            ("<link rel=https://api.w.org/ rel=next href=https://e.org/wp-json/ href=x>", ROOT, None),
            ("<link rel=https://api.w.org/ href=>", Some(""), None),
            ("<link rel='https://api.w.org/'>", None, None),
            ("<a rel='https://api.w.org/' href='https://e.org/wp-json/'>", None, None),
            ("<links rel='https://api.w.org/' href='https://e.org/wp-json/'>", None, None),
            ("<style><link rel='https://api.w.org/' href='x'>", None, None),
            ("<!-- <link rel='https://api.w.org/' href='x'>", None, None),
            ("<link rel=\"https://api.w.org/ href='x'>", None, None),
            ("<link rel='https://api.w.org/' href='x'", None, None),
            ("", None, None),
            ("<", None, None),
            ("<link", None, None),
            ("<link rel", None, None),
            ("<link rel=", None, None),
            ("<link =x href==y>ü<ü", None, None),
        ] {
            let found = page_links(page);
            assert_eq!((found.api.as_deref(), found.rsd.as_deref()), (api, rsd), "{page}");
        }
    }

    #[test]
    fn rsd_names_the_api() {
        let document =
            |apis: &str| format!("<?xml version=\"1.0\"?><rsd><service><apis>{apis}</apis></service></rsd>");
        for (apis, expected) in [
            (
                "<api name=\"WordPress\" blogID=\"1\" preferred=\"true\" apiLink=\"https://e.org/xmlrpc.php\" />\
                 <api name=\"WP-API\" blogID=\"1\" preferred=\"false\" apiLink=\"https://e.org/?a&#038;rest_route=/\" />",
                Some("https://e.org/?a&rest_route=/"),
            ),
            ("<api name=\"WordPress\" apiLink=\"https://e.org/xmlrpc.php\" />", None),
            ("<api name=\"WP-API\" />", None),
            ("<!-- <api name=\"WP-API\" apiLink=\"x\" /> -->", None),
        ] {
            assert_eq!(rsd(&document(apis)).as_deref(), expected, "{apis}");
        }
    }

    #[test]
    fn a_hostile_page_is_read_once() {
        for piece in [
            "<",
            "<!--",
            "<!-- <",
            "<link ",
            "<link rel=\"",
            "<link a=",
            "<script>",
            "<script></",
            "</script",
            "<a b=c ",
            "&amp",
            "<link rel=x href=y>",
            "<link =",
            "/ / ",
            "<x/",
            "\u{fc}<\u{fc}",
        ] {
            let page = piece.repeat(1_000_000 / piece.len());
            let start = Instant::now();
            page_links(&page);
            rsd(&page);
            assert!(start.elapsed() < Duration::from_secs(5), "{piece}: {:?}", start.elapsed());
        }
        // The API of a page that is mostly something else.
        let root = "<link rel=https://api.w.org/ href=x>";
        let page = format!("<style>{}</style>{root}", "p{}".repeat(2_000_000));
        assert_eq!(page_links(&page).api.as_deref(), Some("x"));
        let page = format!("<link href=\"{}\" rel=https://api.w.org/>", "&".repeat(1_000_000));
        assert_eq!(page_links(&page).api.map(|api| api.len()), Some(1_000_000));
        let page = format!("<link {} rel=https://api.w.org/ href=x>", "a=b ".repeat(1_000_000));
        assert_eq!(page_links(&page).api, None);
    }
}
