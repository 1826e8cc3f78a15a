//! The site's URLs: every URL in a response is built here.

use super::Post;
use crate::http::url::encode;

/// The permalink structure, which determines the URLs of the API. `?rest_route=` works with each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Permalinks {
    /// `/wp-json/…`; `/index.php/wp-json/…` works as well.
    #[default]
    Pretty,
    /// "Almost pretty": only `/index.php/wp-json/…`, because the web server cannot rewrite URLs.
    Index,
    /// Only `/index.php?rest_route=/…`. `/wp-json/…` returns the home page, or redirects to it.
    Plain,
}

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
    pub(crate) fn plain_post(&self, post: &Post) -> String {
        let key = match post.kind.name {
            "post" => "p",
            "page" => "page_id",
            "attachment" => "attachment_id",
            name => return format!("{}/?post_type={name}&p={}", self.url, post.id),
        };
        format!("{}/?{key}={}", self.url, post.id)
    }

    /// The URL of an archive: `/tag/rust/`, or `/?tag=rust` with plain permalinks.
    pub(crate) fn archive(&self, kind: &str, plain_key: &str, slug: &str, id: u64) -> String {
        let url = &self.url;
        match self.permalinks {
            Permalinks::Pretty => format!("{url}/{kind}/{slug}/"),
            Permalinks::Index => format!("{url}/index.php/{kind}/{slug}/"),
            Permalinks::Plain if matches!(plain_key, "tag" | "post_format") => {
                format!("{url}/?{plain_key}={slug}")
            }
            Permalinks::Plain => format!("{url}/?{plain_key}={id}"),
        }
    }
}
