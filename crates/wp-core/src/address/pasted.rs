//! Addresses as users paste them.

use std::borrow::Cow;

use crate::address::api_root::{Address, Parts};
use crate::{ApiRoot, Query, RequestError, Route};

/// Invisible characters that are copied with text: zero-width spaces, direction marks, soft hyphens.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'
            ..='\u{180f}'
            | '\u{200b}'
            ..='\u{200f}'
            | '\u{202a}'
            ..='\u{202e}'
            | '\u{2060}'
            ..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'
            ..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{e0000}'
            ..='\u{e007f}'
    )
}

/// Path segments that belong to WordPress itself: what follows the address of the site in the dashboard and at the
/// login.
pub(crate) const OWN: [&str; 7] = [
    "wp-admin",
    "wp-content",
    "wp-includes",
    "wp-login.php",
    "wp-signup.php",
    "wp-activate.php",
    "xmlrpc.php",
];

/// Marks around an address in an e-mail, a document or source code.
const QUOTES: &[(char, char)] = &[
    ('<', '>'),
    ('"', '"'),
    ('\'', '\''),
    ('`', '`'),
    ('(', ')'),
    ('\u{2018}', '\u{2019}'),
    ('\u{201c}', '\u{201d}'),
    ('\u{201e}', '\u{201c}'),
    ('\u{ab}', '\u{bb}'),
];

/// Removes invisible characters and quotation marks at both ends of a text.
pub(crate) fn trimmed(text: &str) -> &str {
    let mut text = text;
    loop {
        text = text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
        let inside = |(open, close): &(char, char)| text.strip_prefix(*open)?.strip_suffix(*close);
        match QUOTES.iter().find_map(inside) {
            Some(quoted) => text = quoted,
            None => return text,
        }
    }
}

/// Removes invisible characters, at both ends and inside, the line breaks that an e-mail adds to an address, and the
/// backslashes of an address in JSON.
///
/// Two joiners are significant between letters of some scripts, so they stay in an address with other non-ASCII text.
pub(crate) fn readable(url: &str) -> Cow<'_, str> {
    let url = trimmed(url);
    let is_ascii = url.chars().all(|c| c.is_ascii() || is_invisible(c));
    let is_left_out = |c: char| {
        matches!(c, '\t' | '\r' | '\n')
            || (is_invisible(c) && (is_ascii || !matches!(c, '\u{200c}' | '\u{200d}')))
    };
    let url: Cow<'_, str> =
        if url.contains(is_left_out) { url.replace(is_left_out, "").into() } else { url.into() };
    if url.contains("\\/") { url.replace("\\/", "/").into() } else { url }
}

const NOT_OF_THIS_API: &str = "it is not an address of this site's API";

impl ApiRoot {
    /// The route and the query of an address of this API, as found in `_links` or in a browser: a full URL, or a path
    /// from
    /// `/wp-json` or `?rest_route=` on, with either kind of permalinks. `None` for other text, such as a route.
    ///
    /// # Errors
    /// [`RequestError::Route`] for a full URL of another site, or of something other than the API.
    pub fn route_of(&self, address: &str) -> Result<Option<(Route, Query)>, RequestError> {
        let address = &*readable(address);
        let is_whole = ["http://", "https://", "//"]
            .iter()
            .any(|begin| address.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin)));
        let own = self.authority().as_str();
        let begins_with_host = address.get(..own.len()).is_some_and(|host| host.eq_ignore_ascii_case(own))
            && address[own.len()..].starts_with(['/', '?']);
        if !is_whole && !begins_with_host {
            let (path, query) = address.split_once('?').unwrap_or((address, ""));
            return self.route_below(path, query.split('#').next().unwrap_or_default(), false);
        }
        let whole = match address {
            _ if begins_with_host => format!("{}://{address}", self.scheme()),
            _ if address.starts_with("//") => format!("{}:{address}", self.scheme()),
            _ => address.to_owned(),
        };
        let parts = Parts::read(&whole)?;
        let found = match parts.root(false) {
            Ok(root) if self.is_same_site(&root) => self.route_below(parts.path, parts.query, true),
            Ok(_) => return Err(parts.wrong_route("it is an address of another site")),
            Err(error) => return Err(error),
        };
        match found {
            Ok(None) => Err(parts.wrong_route(NOT_OF_THIS_API)),
            found => found,
        }
    }

    /// Whether both have the same host and port, or the default ports of http and https: behind a proxy, a site may
    /// name its addresses with the other scheme.
    fn is_same_site(&self, other: &Self) -> bool {
        let (own, others) = (self.authority(), other.authority());
        own.host() == others.host() && own.port_u16() == others.port_u16()
    }

    fn route_below(
        &self,
        path: &str,
        query: &str,
        is_whole: bool,
    ) -> Result<Option<(Route, Query)>, RequestError> {
        let begins = |with: &str| path.trim_start_matches('/').starts_with(with);
        let directory = self.directory();
        let may_be = is_whole
            || query.contains("rest_route=")
            || begins("wp-json")
            || begins("index.php")
            || (directory.len() > 1 && begins(&directory[1..]));
        if !may_be || path.contains(['#']) {
            return Ok(None);
        }
        let path = Route::new(path)?;
        let path = path.as_str();
        let mut query = Query::parse(query);
        let files = ["", "index.php"].map(|file| format!("{directory}{file}"));
        let is_front = files.iter().any(|front| front.trim_end_matches('/') == path.trim_end_matches('/'))
            || (!is_whole && matches!(path, "/" | "/index.php"));
        if is_front && let Some(route) = query.take("rest_route") {
            return Ok(Some((Route::new(&route)?, query)));
        }
        let names = ["wp-json", "index.php/wp-json"];
        let mut roots: Vec<String> = names.iter().map(|name| format!("{directory}{name}")).collect();
        if is_whole {
            // With a renamed prefix, only a full URL can be distinguished from a route.
            roots.extend(self.path());
        } else {
            roots.extend(names.iter().map(|name| format!("/{name}")));
        }
        let below = roots.iter().find_map(|root| {
            let rest = path.strip_prefix(&**root)?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        });
        Ok(match below {
            Some(rest) => Some((Route::new(rest)?, query)),
            None => None,
        })
    }

    /// The directory of the site, as far as it is known from the address of its API: `/blog/`.
    fn directory(&self) -> String {
        let path = self.path().unwrap_or_else(|| self.base().to_owned());
        let directory = path.strip_suffix("/index.php/wp-json").or_else(|| path.strip_suffix("/wp-json"));
        directory.map_or_else(|| self.base().to_owned(), |directory| format!("{directory}/"))
    }

    /// The path of the API, without a trailing slash: `/blog/wp-json`.
    fn path(&self) -> Option<String> {
        match self.address() {
            Address::Path(name) => Some(format!("{}{name}", self.base())),
            Address::Query(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_url_drops_invisible_characters() {
        for (pasted, expected) in [
            ("\u{200b}https://example.org\u{200b}", "https://example.org"),
            ("\u{feff}example.org", "example.org"),
            ("exam\u{ad}ple.org", "example.org"),
            ("https://exam\u{200d}ple.org/b\u{2060}log", "https://example.org/blog"),
            ("\u{202a}https://example.org\u{202c}", "https://example.org"),
            ("\u{a0}example.org\u{3000}", "example.org"),
            ("https://example.org/a-\r\nlong-\tpath", "https://example.org/a-long-path"),
            ("\0example.org\u{7f}", "example.org"),
            ("mü\u{200b}ller.example", "müller.example"),
            ("نامه\u{200c}ای.example", "نامه\u{200c}ای.example"),
            ("example.org", "example.org"),
            ("<https://example.org>", "https://example.org"),
            (" \u{201e}https://example.org/blog\u{201c} ", "https://example.org/blog"),
            ("\"https:\\/\\/example.org\\/blog\"", "https://example.org/blog"),
            ("(\u{200b}\"example.org\")", "example.org"),
        ] {
            assert_eq!(readable(pasted), expected, "{pasted:?}");
        }
    }

    fn found(root: &ApiRoot, address: &str) -> Option<String> {
        let (route, query) = root.route_of(address).unwrap_or_else(|error| panic!("{address}: {error}"))?;
        Some(if query.is_empty() { route.to_string() } else { format!("{route}?{query}") })
    }

    #[test]
    fn pasted_api_url_yields_its_route() {
        let pretty = ApiRoot::of_site("https://example.org").unwrap();
        let blog = ApiRoot::of_site("https://example.org/blog").unwrap();
        let exact = ApiRoot::at("https://example.org/blog/wp-json/").unwrap();
        let plain = pretty.clone().plain_permalinks();
        let named = pretty.clone().prefix("api").unwrap();
        for (root, address, expected) in [
            (&pretty, "/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&pretty, "wp-json/wp/v2/posts?page=2", Some("/wp/v2/posts?page=2")),
            (&pretty, "/index.php/wp-json/wp/v2/posts/7", Some("/wp/v2/posts/7")),
            (&pretty, "/?rest_route=/wp/v2/posts&page=2", Some("/wp/v2/posts?page=2")),
            (&pretty, "?rest_route=%2Fwp%2Fv2%2Fposts%2F7", Some("/wp/v2/posts/7")),
            (&pretty, "/index.php?page=2&rest_route=/wp/v2/posts", Some("/wp/v2/posts?page=2")),
            (&pretty, "/wp-json/wp/v2/posts?page=2#top", Some("/wp/v2/posts?page=2")),
            (&pretty, "<https://example.org/wp-json/wp/v2/posts>", Some("/wp/v2/posts")),
            (&pretty, "https:\\/\\/example.org\\/wp-json\\/wp\\/v2\\/posts", Some("/wp/v2/posts")),
            (&pretty, "Example.org/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&pretty, "/wp-json", Some("/")),
            (&pretty, "/wp-json/", Some("/")),
            (&pretty, "https://example.org/wp-json/wp/v2/posts/7", Some("/wp/v2/posts/7")),
            (&pretty, "HTTPS://Example.org:443/wp-json/wp/v2/posts/7#top", Some("/wp/v2/posts/7")),
            (&pretty, "http://example.org/wp-json/wp/v2/posts?post=1", Some("/wp/v2/posts?post=1")),
            (&pretty, "//example.org/wp-json/wp/v2", Some("/wp/v2")),
            (
                &pretty,
                "https://example.org/?rest_route=/wp/v2/posts/7&context=edit",
                Some("/wp/v2/posts/7?context=edit"),
            ),
            (&pretty, " \u{200b}https://example.org/wp-json/wp/v2/posts\u{feff}", Some("/wp/v2/posts")),
            (&plain, "https://example.org/index.php?rest_route=/wp/v2/posts/7", Some("/wp/v2/posts/7")),
            (&plain, "https://example.org/wp-json/wp/v2/posts/7", Some("/wp/v2/posts/7")),
            (&plain, "/wp-json/wp/v2/posts/7", Some("/wp/v2/posts/7")),
            (&blog, "https://example.org/blog/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&blog, "https://example.org/blog/?rest_route=/wp/v2/posts", Some("/wp/v2/posts")),
            (&blog, "/blog/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&blog, "/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&exact, "https://example.org/blog/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&exact, "https://example.org/blog/index.php?rest_route=/wp/v2/posts", Some("/wp/v2/posts")),
            (&exact, "/blog/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            (&named, "https://example.org/api/wp/v2/posts", Some("/wp/v2/posts")),
            (&named, "/wp-json/wp/v2/posts", Some("/wp/v2/posts")),
            // Routes.
            (&pretty, "/wp/v2/posts", None),
            (&pretty, "/example.org/v1", None),
            (&pretty, "/wp-json-tools/v1/x", None),
            (&pretty, "/index.phpx/v1", None),
            (&named, "/api/v1/x", None),
            (&pretty, "/wp/v2/posts?rest_route=/x", None),
            (&blog, "/blog/v1/x", None),
            (&pretty, "", None),
            (&pretty, "?page=2", None),
        ] {
            assert_eq!(found(root, address).as_deref(), expected, "{root} {address}");
        }
    }

    #[test]
    fn pasted_url_of_something_else_is_an_error() {
        let blog = ApiRoot::of_site("https://example.org/blog").unwrap();
        for (address, says) in [
            ("https://evil.example/blog/wp-json/wp/v2/posts", "another site"),
            ("https://example.org.evil.example/blog/wp-json/", "another site"),
            ("https://example.org:8443/blog/wp-json/", "another site"),
            ("//evil.example/wp-json/", "another site"),
            ("https://example.org/wp-json/wp/v2/posts", NOT_OF_THIS_API),
            ("https://example.org/blog/wp-jsonx/", NOT_OF_THIS_API),
            ("https://example.org/blog/?p=7", NOT_OF_THIS_API),
            ("https://ana:hunter2@example.org/blog/wp-json/", "user name or a password"),
        ] {
            let error = blog.route_of(address).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("hunter2"), "{address}: {error}");
        }
        assert!(blog.route_of("https://example.org/blog/wp-json/a/../b").is_err());
    }
}
