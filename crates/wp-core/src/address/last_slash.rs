//! Web servers that redirect every address to one with, or without, a trailing slash.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use http::Uri;
use http::uri::PathAndQuery;

/// Which form of address the server wants, as learned from its redirects. Clones share the state.
#[derive(Clone, Default)]
pub(crate) struct LastSlash(Arc<AtomicU8>);

const ADDED: u8 = 1;
const TAKEN_OFF: u8 = 2;

impl LastSlash {
    /// Learns from a redirect of a request to `asked`, if the addresses differ only by a trailing slash. The redirect of
    /// a request with a secret in the query is recorded without the query.
    pub(crate) fn learn(&self, asked: &Uri, to: &Uri) {
        let (from, target) = (split(asked), split(to));
        let behind = if target.2.is_empty() { "" } else { from.2 };
        if asked.host() == to.host()
            && let Some(difference) = difference((from.0, from.1, behind), target)
        {
            self.0.store(difference, Ordering::Relaxed);
        }
    }

    /// The address in the form that the server wants.
    pub(crate) fn apply(&self, uri: Uri) -> Uri {
        let wanted = self.0.load(Ordering::Relaxed);
        if wanted != ADDED && wanted != TAKEN_OFF {
            return uri;
        }
        let (before, end, behind) = split(&uri);
        let stem = end.strip_suffix('/').unwrap_or(end);
        if stem.is_empty() {
            return uri; // no address is left without the slash
        }
        let slash = if wanted == ADDED { "/" } else { "" };
        let text = format!("{before}{stem}{slash}{behind}");
        let mut parts = uri.clone().into_parts();
        match PathAndQuery::from_maybe_shared(text) {
            Ok(target) => parts.path_and_query = Some(target),
            Err(_) => return uri,
        }
        Uri::from_parts(parts).unwrap_or(uri)
    }
}

/// Whether two addresses differ only by a slash after the path, or after the route in `?rest_route=`. Their origins are
/// not compared.
pub fn differ_by_last_slash(one: &Uri, other: &Uri) -> bool {
    difference(split(one), split(other)).is_some()
}

fn difference(one: Parts<'_>, two: Parts<'_>) -> Option<u8> {
    if (one.0, one.2) != (two.0, two.2) {
        return None;
    }
    if two.1.strip_suffix('/') == Some(one.1) {
        Some(ADDED)
    } else if one.1.strip_suffix('/') == Some(two.1) {
        Some(TAKEN_OFF)
    } else {
        None
    }
}

/// The part that identifies the resource (the path, or the route in the query), with the text before and after it.
type Parts<'u> = (&'u str, &'u str, &'u str);

fn split(uri: &Uri) -> Parts<'_> {
    const BY_QUERY: &str = "?rest_route=";
    let target = uri.path_and_query().map_or("/", PathAndQuery::as_str);
    let start = target.find(BY_QUERY).map_or(0, |at| at + BY_QUERY.len());
    let end = match start {
        0 => target.find('?'),
        start => target[start..].find('&').map(|at| start + at),
    };
    let (before, behind) = target.split_at(end.unwrap_or(target.len()));
    (&before[..start], &before[start..], behind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn learned_trailing_slash_is_applied() {
        for (asked, to, next, expected) in [
            (
                "http://e.org/wp-json/wp/v2/posts?page=2",
                "/wp-json/wp/v2/posts/?page=2",
                "/a?b=/c",
                "/a/?b=/c",
            ),
            ("http://e.org/wp-json/wp/v2/posts/", "/wp-json/wp/v2/posts", "/wp-json/?x", "/wp-json?x"),
            ("http://e.org/wp-json/wp/v2/posts/", "/wp-json/wp/v2/posts", "/", "/"),
            (
                "http://e.org/?rest_route=/a&b=1",
                "/?rest_route=/a/&b=1",
                "/?rest_route=/c&d",
                "/?rest_route=/c/&d",
            ),
            ("http://e.org/?rest_route=/a/", "/?rest_route=/a", "/?rest_route=/", "/?rest_route=/"),
            // The query of the redirect was not recorded.
            ("http://e.org/a?x", "/a/", "/c?d", "/c/?d"),
            ("http://e.org/a/?x", "/a", "/c/?d", "/c?d"),
            // Nothing is learned.
            ("http://e.org/a", "/b/", "/c", "/c"),
            ("http://e.org/a?x", "/a/?y", "/c", "/c"),
            ("http://e.org/a", "/a//", "/c", "/c"),
            ("http://e.org/a", "/a", "/c", "/c"),
            ("http://e.org/a", "/a/?y", "/c", "/c"),
            ("http://e.org/index.php?rest_route=/a&b", "/index.php/", "/c", "/c"),
            ("http://e.org/?rest_route=/a", "/a/?rest_route=/a", "/c", "/c"),
            ("http://other.org/a", "/a/", "/c", "/c"),
        ] {
            let slash = LastSlash::default();
            slash.learn(&asked.parse().unwrap(), &format!("http://e.org{to}").parse().unwrap());
            let next = slash.apply(format!("https://e.org{next}").parse().unwrap());
            assert_eq!(next.to_string(), format!("https://e.org{expected}"), "{asked}");
        }
    }
}
