//! The site's URLs: every URL in a response is built here.

use std::fmt::Write;

use crate::builder::Permalinks;

/// The settings that are fixed when the site starts.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    /// `http://127.0.0.1:PORT`, followed by `/blog` if the site is in a directory.
    pub(crate) url: String,
    /// The URL that WordPress takes for its own; the same on a correctly configured site.
    pub(crate) issuer: String,
    /// Empty, or `/blog`.
    pub(crate) base: String,
    pub(crate) prefix: String,
    pub(crate) permalinks: Permalinks,
    pub(crate) gmt_offset_minutes: i32,
}

pub(crate) const NAME: &str = "Stand-in";

impl Site {
    /// A URL of the API. Routes start with a slash.
    pub(crate) fn rest(&self, route: &str) -> String {
        let url = &self.url;
        match self.permalinks {
            Permalinks::Pretty => format!("{url}/{}{route}", self.prefix),
            Permalinks::Index => format!("{url}/index.php/{}{route}", self.prefix),
            Permalinks::Plain => format!("{url}/index.php?rest_route={route}"),
        }
    }

    /// A URL of the API with a query, like `add_query_arg`: with plain permalinks the route itself is a query
    /// parameter and is encoded here.
    pub(crate) fn rest_with(&self, route: &str, query: &str) -> String {
        match self.permalinks {
            Permalinks::Plain => {
                let route = encode(route);
                format!("{}/index.php?rest_route={route}&{query}", self.url)
            }
            _ => format!("{}?{query}", self.rest(route)),
        }
    }

    /// The URL of a post without a public date or slug.
    pub(crate) fn plain_post(&self, id: u64) -> String {
        format!("{}/?p={id}", self.url)
    }

    /// The URL of an archive: `/tag/rust/`, or `/?tag=rust` with plain permalinks.
    pub(crate) fn archive(&self, kind: &str, plain_key: &str, slug: &str, id: u64) -> String {
        let url = &self.url;
        match self.permalinks {
            Permalinks::Pretty => format!("{url}/{kind}/{slug}/"),
            Permalinks::Index => format!("{url}/index.php/{kind}/{slug}/"),
            Permalinks::Plain if plain_key == "tag" => format!("{url}/?tag={slug}"),
            Permalinks::Plain => format!("{url}/?{plain_key}={id}"),
        }
    }
}

/// PHP's `urlencode`: a space becomes a plus sign.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte as char),
            b' ' => out.push('+'),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// PHP's `urldecode`: an invalid escape is kept.
pub(crate) fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escape = (byte == b'%')
            .then(|| text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok()))
            .flatten();
        match (byte, escape) {
            (_, Some(decoded)) => {
                out.push(decoded);
                at += 2;
            }
            (b'+', None) => out.push(b' '),
            (byte, None) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}
