//! Reads the links in an HTML page and in an RSD document, in one forward pass.

use super::scan::Scan;
use super::{REL, names};
use crate::redact::html::unescape;

/// The links of a page. They are not validated: the caller must check them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PageLinks {
    /// The API: `<link rel="https://api.w.org/" href="…">`.
    pub api: Option<String>,
    /// The RSD document, which also names the API: `<link rel="EditURI" href="…">`.
    pub rsd: Option<String>,
}

/// Reads the links of an HTML page. Links in comments and scripts are ignored.
pub fn page_links(html: &str) -> PageLinks {
    links_of(&mut Scan::new(html))
}

fn links_of(html: &mut Scan<'_>) -> PageLinks {
    let mut found = PageLinks::default();
    while let Some(tag) = Tag::next(html, "link") {
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
    api_of(&mut Scan::new(xml))
}

fn api_of(xml: &mut Scan<'_>) -> Option<String> {
    while let Some(tag) = Tag::next(xml, "api") {
        if tag.get("name").as_deref() == Some("WP-API") {
            return tag.get("apilink");
        }
    }
    None
}

/// A start tag with its attributes: names in lower case, values unchanged.
struct Tag<'p>(Vec<(String, &'p str)>);

/// The maximum number of attributes. No relevant tag has more.
const MAX_LINKS: usize = 64;

/// Elements whose content is always text.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

impl<'p> Tag<'p> {
    /// Reads the page up to the end of the next tag with this name.
    fn next(page: &mut Scan<'p>, wanted: &str) -> Option<Self> {
        loop {
            page.take_until("<")?;
            page.take("<");
            if page.take("!--") {
                page.take_until("-->")?;
                page.take("-->");
                continue;
            }
            if !page.rest().starts_with(|c: char| c.is_ascii_alphabetic()) {
                // This is an end tag, a declaration, or a lone `<`.
                continue;
            }
            let name = page.take_until_char(|c| c.is_ascii_whitespace() || matches!(c, '/' | '>'))?;
            let attributes = attributes(page)?;
            if name.eq_ignore_ascii_case(wanted) {
                return Some(Self(attributes));
            }
            if let Some(raw) = RAW.iter().find(|raw| name.eq_ignore_ascii_case(raw)) {
                skip_raw(page, raw)?;
            }
        }
    }

    /// The value of an attribute, with entities decoded.
    fn get(&self, name: &str) -> Option<String> {
        // Of two attributes with the same name the first counts, as in a browser.
        let (_, value) = self.0.iter().find(|(known, _)| known == name)?;
        Some(unescape(value.trim()).into_owned())
    }
}

/// Skips the text of an element, up to its end tag.
fn skip_raw(page: &mut Scan<'_>, name: &str) -> Option<()> {
    loop {
        page.take_until("</")?;
        page.take("</");
        let end = page.rest().as_bytes().get(..name.len());
        if end.is_some_and(|end| end.eq_ignore_ascii_case(name.as_bytes())) {
            return Some(());
        }
    }
}

/// Reads the attributes and the closing `>`. `None` if the page ends before it.
fn attributes<'p>(page: &mut Scan<'p>) -> Option<Vec<(String, &'p str)>> {
    let mut found = Vec::new();
    loop {
        page.take_while(|c| c.is_ascii_whitespace() || c == '/');
        if page.take(">") {
            return Some(found);
        }
        // A `=` at the beginning of a name is part of the name.
        let before = page.rest();
        page.take("=");
        let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '=');
        page.take_until_char(ends)?;
        let name = &before[..before.len() - page.rest().len()];
        let mut value = "";
        page.take_while(|c| c.is_ascii_whitespace());
        if page.take("=") {
            page.take_while(|c| c.is_ascii_whitespace());
            value = match page.rest().chars().next()? {
                quote @ ('"' | '\'') => {
                    page.take_char();
                    let value = page.take_until_char(|c| c == quote)?;
                    page.take_char();
                    value
                }
                _ => page.take_until_char(|c| c.is_ascii_whitespace() || c == '>')?,
            };
        }
        if found.len() < MAX_LINKS {
            found.push((name.to_ascii_lowercase(), value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_links_are_found() {
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
    fn html_and_rsd_parsing_is_linear_for_hostile_pages() {
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
            let page = piece.repeat(100_000 / piece.len());
            let (mut links, mut document) = (Scan::new(&page), Scan::new(&page));
            links_of(&mut links);
            api_of(&mut document);
            let scanned = links.scanned.max(document.scanned);
            assert!(scanned <= 8 * page.len(), "{piece}: {scanned} of {}", page.len());
        }
        // The link must be found among other content.
        let root = "<link rel=https://api.w.org/ href=x>";
        let page = format!("<style>{}</style>{root}", "p{}".repeat(200_000));
        assert_eq!(page_links(&page).api.as_deref(), Some("x"));
        let page = format!("<link href=\"{}\" rel=https://api.w.org/>", "&".repeat(100_000));
        assert_eq!(page_links(&page).api.map(|api| api.len()), Some(100_000));
        let page = format!("<link {} rel=https://api.w.org/ href=x>", "a=b ".repeat(100_000));
        assert_eq!(page_links(&page).api, None);
    }
}
