//! The root of a site's API: the one place that builds URIs.

use std::fmt;
use std::net::IpAddr;

use bytes::Bytes;
use http::Uri;
use http::uri::{Authority, PathAndQuery, Scheme};

use crate::address::host::normal_host;
use crate::address::pasted::{OWN, readable};
use crate::address::percent::normal_segment;
use crate::{Query, RequestError, Route};

/// The maximum length of path and query. The `http` crate parses addresses of up to 65,534 bytes.
const MAX_TARGET: usize = 65_000;

/// The root of a site's API, from which the address of each route is built.
///
/// | permalinks of the site | root |
/// |---|---|
/// | pretty | `https://example.org/wp-json/` |
/// | with `index.php` | `https://example.org/index.php/wp-json/` |
/// | plain | `https://example.org/index.php?rest_route=/`, which works with all the others too |
///
/// The address of a site in a sub-directory has the directory before the root, and a plugin can rename `wp-json`.
///
/// ```
/// # fn main() -> Result<(), wp_core::RequestError> {
/// use wp_core::{ApiRoot, Query, Route};
/// let route = Route::new("/wp/v2/posts")?;
/// let query = Query::parse("page=2");
///
/// let root = ApiRoot::of_site("example.org/blog")?;
/// assert_eq!(root.uri(&route, &query)?, "https://example.org/blog/wp-json/wp/v2/posts?page=2");
/// let root = root.plain_permalinks();
/// assert_eq!(root.uri(&route, &query)?, "https://example.org/blog/index.php?rest_route=/wp/v2/posts&page=2");
/// # Ok(()) }
/// ```
#[derive(Clone, Eq)]
pub struct ApiRoot {
    scheme: Scheme,
    authority: Authority,
    /// The directory of the site: `/` or `/blog/`.
    base: String,
    address: Address,
}

/// How a route is joined to the base.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    /// After a path, without slashes around it: `wp-json`, `index.php/wp-json`.
    Path(String),
    /// In the query `?rest_route=`, after a file such as `index.php` or no file.
    Query(String),
}

/// Two roots are equal if they build the same addresses, even if only one of them knows where the directory ends.
impl PartialEq for ApiRoot {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (self.address.name(), other.address.name());
        self.scheme == other.scheme
            && self.authority == other.authority
            && std::mem::discriminant(&self.address) == std::mem::discriminant(&other.address)
            && self.base.bytes().chain(own.bytes()).eq(other.base.bytes().chain(others.bytes()))
    }
}

impl Address {
    fn name(&self) -> &str {
        match self {
            Self::Path(name) | Self::Query(name) => name,
        }
    }
}

/// WordPress's default for the path of the API. A plugin can change it (`rest_url_prefix`).
const PREFIX: &str = "wp-json";

impl ApiRoot {
    /// The API of the site at `url`. Defaults: pretty permalinks, the prefix `wp-json`, and `https` if the URL has no
    /// scheme. The address of an API, as a site names it in its `Link` header (`…/wp-json/`, `…?rest_route=/`), is
    /// recognized, and so is an address of the dashboard. Invisible characters and quotation marks around the address
    /// are removed.
    ///
    /// ```
    /// use wp_core::ApiRoot;
    ///
    /// // Whatever the user copied from the browser.
    /// for pasted in ["example.org/blog", "https://example.org/blog/wp-admin/edit.php", "example.org/blog/wp-json/"] {
    ///     assert_eq!(ApiRoot::of_site(pasted)?.to_string(), "https://example.org/blog/wp-json/");
    /// }
    /// # Ok::<(), wp_core::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError::Url`] for a scheme other than `http` and `https`, a user name or password, a missing
    /// host, a host in another script without the feature `idn`, a `.` or `..` in the path.
    pub fn of_site(url: &str) -> Result<Self, RequestError> {
        let url = readable(url);
        let parts = Parts::read(&url)?;
        if parts.rest_route().is_some() {
            return parts.root(true);
        }
        let mut root = parts.root(false)?;
        let segments = root.base.split_inclusive('/');
        let own = segments.clone().position(|segment| OWN.contains(&segment.trim_end_matches('/')));
        if let Some(own) = own {
            root.base = segments.take(own).collect();
            return Ok(root);
        }
        if !parts.query.is_empty() {
            return Err(parts.wrong("it holds a query; give the address of the site's home page"));
        }
        let base = root.base.trim_end_matches('/').to_owned();
        if base.contains("/wp-json/") {
            return Err(parts.wrong("it names a route; give the address of the site's home page"));
        }
        if let Some(site) = base.strip_suffix("/wp-json") {
            let (site, path) = match site.strip_suffix("/index.php") {
                Some(site) => (site, format!("index.php/{PREFIX}")),
                None => (site, PREFIX.to_owned()),
            };
            root.base = format!("{site}/");
            root.address = Address::Path(path);
        }
        Ok(root)
    }

    /// The API at exactly `url`, with any path: `https://example.org/api/`, or
    /// `https://example.org/index.php?rest_route=/`.
    ///
    /// # Errors
    /// Those of [`of_site`](Self::of_site), and for a URL whose path is empty.
    pub fn at(url: &str) -> Result<Self, RequestError> {
        let url = readable(url);
        let parts = Parts::read(&url)?;
        if parts.rest_route().is_some() {
            return parts.root(true);
        }
        let mut root = parts.root(false)?;
        let path = root.base.trim_matches('/').to_owned();
        if path.is_empty() {
            return Err(parts
                .wrong("it names no path; the address of an API looks like https://example.org/wp-json/"));
        }
        "/".clone_into(&mut root.base);
        root.address = Address::Path(path);
        Ok(root)
    }

    /// Sets another prefix than `wp-json` (the filter `rest_url_prefix`).
    ///
    /// # Errors
    /// [`RequestError::Route`] for a `.` or `..` segment or an empty prefix.
    pub fn prefix(mut self, prefix: &str) -> Result<Self, RequestError> {
        let route = Route::new(prefix.trim_matches('/'))?;
        let name = route.as_str().trim_matches('/');
        if name.is_empty() {
            return Err(RequestError::Route { route: prefix.to_owned(), reason: "the prefix is empty" });
        }
        self.address = Address::Path(name.to_owned());
        Ok(self)
    }

    /// The API with plain permalinks: `index.php?rest_route=`. The file name is included because nginx responds with
    /// 405 to a DELETE without it (observed). To omit it, pass such a URL to [`at`](Self::at).
    pub fn plain_permalinks(mut self) -> Self {
        self.address = Address::Query("index.php".to_owned());
        self
    }

    /// Builds the address of a route.
    ///
    /// # Errors
    /// [`RequestError::TooLong`] beyond 65,000 bytes. (Servers accept much less: nginx and Apache 8 kB.)
    pub fn uri(&self, route: &Route, query: &Query) -> Result<Uri, RequestError> {
        let mut text = String::with_capacity(self.base.len() + route.as_str().len() + 64);
        text.push_str(&self.base);
        match &self.address {
            Address::Path(path) => {
                text.push_str(path);
                text.push_str(route.as_str());
                if !query.is_empty() {
                    text.push('?');
                }
            }
            Address::Query(file) => {
                text.push_str(file);
                text.push_str("?rest_route=");
                // The route is already encoded. Its slashes stay, since some proxies look for `/wp/v2` in the URL.
                text.push_str(route.as_str());
                if !query.is_empty() {
                    text.push('&');
                }
            }
        }
        query.encode(&mut text);
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(self.scheme.clone());
        uri.authority = Some(self.authority.clone());
        // The text holds only valid characters, so the only possible error is its length.
        let length = text.len();
        let too_long = || RequestError::TooLong { route: route.to_string(), length };
        if length > MAX_TARGET {
            return Err(too_long());
        }
        // `Bytes`, since any other text is copied.
        let path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(text)).map_err(|_| too_long())?;
        uri.path_and_query = Some(path_and_query);
        Uri::from_parts(uri).map_err(|_| too_long())
    }

    /// Whether `uri` has the scheme, host and port of this API.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use wp_core::ApiRoot;
    ///
    /// // A link of a response is followed with the credential only if it leads to the same server.
    /// let root = ApiRoot::of_site("example.org")?;
    /// assert!(root.is_same_origin(&"https://example.org:443/wp-json/acme/v1/next".parse()?));
    /// assert!(!root.is_same_origin(&"https://cdn.example.org/wp-json/".parse()?));
    /// # Ok(()) }
    /// ```
    pub fn is_same_origin(&self, uri: &Uri) -> bool {
        if uri.scheme() == Some(&self.scheme) && uri.authority() == Some(&self.authority) {
            return true;
        }
        uri.scheme() == Some(&self.scheme)
            && uri.host().is_some_and(|host| host.eq_ignore_ascii_case(self.authority.host()))
            && port(uri) == self.authority.port_u16().or(default_port(&self.scheme))
    }

    /// The same API in another directory, which is encoded as in a URL: `/blog/`.
    pub(crate) fn in_directory(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The same API at another origin.
    pub(crate) fn at_origin(&self, scheme: Scheme, authority: Authority) -> Self {
        Self { scheme, authority, ..self.clone() }
    }

    /// The address of a page, whose path is encoded as in a URL.
    pub(crate) fn page(&self, path: &str) -> Option<Uri> {
        let mut uri = http::uri::Parts::default();
        uri.scheme = Some(self.scheme.clone());
        uri.authority = Some(self.authority.clone());
        uri.path_and_query = path.parse().ok();
        Uri::from_parts(uri).ok()
    }

    /// The directory of the site, encoded as in a URL: `/blog/`.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Scheme, host and port, for display: `https://example.org`.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// Whether requests to this API can be read on the network path: plain http to another machine.
    pub fn is_exposed(&self) -> bool {
        self.scheme != Scheme::HTTPS && !is_this_machine(self.authority.host())
    }
}

/// Whether the host of a URI is this machine: `localhost`, `127.0.0.1`, `[::1]`.
pub fn is_this_machine(host: &str) -> bool {
    // `*.localhost` is not included: a resolver may look it up on the network.
    let address = || host.trim_matches(['[', ']']).parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address().is_ok_and(|address| address.is_loopback())
}

/// Formats the address of the root.
impl fmt::Display for ApiRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme, authority, base, address } = self;
        match address {
            Address::Path(path) => write!(f, "{scheme}://{authority}{base}{path}/"),
            Address::Query(file) => write!(f, "{scheme}://{authority}{base}{file}?rest_route=/"),
        }
    }
}

impl fmt::Debug for ApiRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiRoot({self})")
    }
}

/// The port of a URI, or the default port of its scheme.
fn port(uri: &Uri) -> Option<u16> {
    uri.port_u16().or_else(|| uri.scheme().and_then(default_port))
}

fn default_port(scheme: &Scheme) -> Option<u16> {
    match scheme.as_str() {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

/// A URL for an error: without its query. A URL that may hold a password is not shown at all.
fn shown(url: &str) -> String {
    if url.contains('@') {
        return "(not shown: it may hold a password)".to_owned();
    }
    url.split(['?', '#']).next().unwrap_or_default().to_owned()
}

/// The parts of a URL that the user wrote, before they are validated.
pub(crate) struct Parts<'u> {
    url: &'u str,
    /// Whether the URL has a scheme. Otherwise `https` is assumed.
    pub(crate) names_scheme: bool,
    scheme: Scheme,
    authority: &'u str,
    pub(crate) path: &'u str,
    pub(crate) query: &'u str,
}

impl<'u> Parts<'u> {
    pub(crate) fn read(url: &'u str) -> Result<Self, RequestError> {
        let url = url.trim();
        let url = url.strip_prefix("//").unwrap_or(url);
        let wrong = |reason| Err(RequestError::Url { url: shown(url), reason });
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (Scheme::HTTPS, rest),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => (Scheme::HTTP, rest),
            Some(_) => return wrong("only http and https are supported"),
            None if url.starts_with("http:") || url.starts_with("https:") => {
                return wrong("the scheme is followed by ://");
            }
            None => (Scheme::HTTPS, url),
        };
        let (rest, _) = rest.split_once('#').unwrap_or((rest, ""));
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let names_scheme = url.contains("://");
        Ok(Self { url, names_scheme, scheme, authority, path, query })
    }

    /// The `rest_route` parameter of the query, if there is one.
    pub(crate) fn rest_route(&self) -> Option<String> {
        Query::parse(self.query).get("rest_route").map(str::to_owned)
    }

    /// An error for a route that was given as an absolute URL.
    pub(crate) fn wrong_route(&self, reason: &'static str) -> RequestError {
        RequestError::Route { route: shown(self.url), reason }
    }

    /// An error that shows neither a password nor a query.
    fn wrong(&self, reason: &'static str) -> RequestError {
        RequestError::Url { url: shown(self.url), reason }
    }

    pub(crate) fn root(&self, plain: bool) -> Result<ApiRoot, RequestError> {
        if self.authority.contains('@') {
            return Err(self.wrong("it holds a user name or a password; hand those to a token provider"));
        }
        let authority = self.authority()?;
        let mut base = String::from("/");
        let mut file = String::new();
        for segment in self.path.split('/').filter(|segment| !segment.is_empty()) {
            normal_segment(segment, &mut base)
                .ok_or_else(|| self.wrong("its path holds a . or .. segment"))?;
            base.push('/');
        }
        // `/blog/index.php?rest_route=/`: a last segment without a slash is a file.
        if plain && !self.path.ends_with('/') && base.len() > 1 {
            let directory = base[..base.len() - 1].rfind('/').map_or(0, |slash| slash + 1);
            file = base.split_off(directory);
            file.pop();
        }
        let address = if plain { Address::Query(file) } else { Address::Path(PREFIX.to_owned()) };
        Ok(ApiRoot { scheme: self.scheme.clone(), authority, base, address })
    }

    /// Host and port in normalized form, which no HTTP stack rewrites.
    fn authority(&self) -> Result<Authority, RequestError> {
        let (host, port) = match self.authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port),
            _ => (self.authority, ""),
        };
        let host = normal_host(host).map_err(|reason| self.wrong(reason))?;
        if host.starts_with('.') || host.contains("..") {
            return Err(self.wrong("its host is not a valid name"));
        }
        let authority = match port {
            "" => host,
            digits => {
                let port =
                    digits.parse::<u16>().map_err(|_| self.wrong("its port is not a number below 65536"))?;
                if default_port(&self.scheme) == Some(port) { host } else { format!("{host}:{port}") }
            }
        };
        authority.parse().map_err(|_| self.wrong("its host is not a valid name"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_site_appends_wp_json() {
        for (url, root) in [
            ("example.org", "https://example.org/wp-json/"),
            ("http://Example.ORG:80/", "http://example.org/wp-json/"),
            ("https://example.org:8443/my blog/", "https://example.org:8443/my%20blog/wp-json/"),
            ("https://example.org/wp-json", "https://example.org/wp-json/"),
            ("//example.org", "https://example.org/wp-json/"),
            ("example.org/wp-admin", "https://example.org/wp-json/"),
            (
                "https://example.org/blog/wp-admin/post.php?post=7&action=edit",
                "https://example.org/blog/wp-json/",
            ),
            ("https://example.org/wp-login.php", "https://example.org/wp-json/"),
            ("https://example.org/my-wp-admin", "https://example.org/my-wp-admin/wp-json/"),
            ("https://example.org/blog/index.php/wp-json/", "https://example.org/blog/index.php/wp-json/"),
            ("https://example.org/?rest_route=/", "https://example.org/?rest_route=/"),
            (
                "https://example.org/blog/index.php?rest_route=/",
                "https://example.org/blog/index.php?rest_route=/",
            ),
            ("http://[::1]:8080", "http://[::1]:8080/wp-json/"),
            ("localhost:8088", "https://localhost:8088/wp-json/"),
        ] {
            assert_eq!(ApiRoot::of_site(url).unwrap().to_string(), root, "{url}");
        }
    }

    #[test]
    fn api_root_equality_ignores_spelling() {
        let same = [
            (ApiRoot::of_site("e.org/b"), ApiRoot::at("https://e.org/b/wp-json/")),
            (ApiRoot::of_site("e.org/b").unwrap().prefix("x/api"), ApiRoot::at("e.org/b/x/api")),
            (
                Ok(ApiRoot::of_site("e.org").unwrap().plain_permalinks()),
                ApiRoot::at("e.org/index.php?rest_route=/"),
            ),
        ];
        for (one, other) in same {
            assert_eq!(one.unwrap(), other.unwrap());
        }
        let others =
            ["e.org", "http://e.org/b", "e.org:1/b", "e.org/b/index.php/wp-json", "e.org/b/?rest_route=/"];
        for other in others {
            assert_ne!(ApiRoot::of_site("e.org/b").unwrap(), ApiRoot::of_site(other).unwrap());
        }
        let (path, query) = ("https://e.org/index.php/", "https://e.org/index.php?rest_route=/");
        assert_ne!(ApiRoot::at(path).unwrap(), ApiRoot::at(query).unwrap());
    }

    #[test]
    fn join_works_for_every_kind_of_root() {
        let route = Route::new("/wp/v2/posts").unwrap();
        let query = Query::parse("search=a b");
        for (root, uri) in [
            (ApiRoot::of_site("e.org").unwrap(), "https://e.org/wp-json/wp/v2/posts?search=a%20b"),
            (ApiRoot::at("e.org/x/api").unwrap(), "https://e.org/x/api/wp/v2/posts?search=a%20b"),
            (
                ApiRoot::of_site("e.org/b").unwrap().prefix("api").unwrap(),
                "https://e.org/b/api/wp/v2/posts?search=a%20b",
            ),
            (
                ApiRoot::of_site("e.org/b").unwrap().plain_permalinks(),
                "https://e.org/b/index.php?rest_route=/wp/v2/posts&search=a%20b",
            ),
        ] {
            assert_eq!(root.uri(&route, &query).unwrap().to_string(), uri);
        }
        let root = ApiRoot::of_site("e.org").unwrap();
        assert_eq!(root.uri(&Route::new("/").unwrap(), &Query::new()).unwrap().to_string(), root.to_string());
        let long = Query::parse(&"a=b&".repeat(20_000));
        assert!(root.uri(&route, &long).unwrap_err().to_string().contains("/wp/v2/posts"));
    }

    #[test]
    fn invalid_url_error_does_not_show_the_password() {
        for url in [
            "ftp://example.org",
            "https://ana:hunter2@example.org/",
            "https://ana:hun/hunter2@example.org/",
            "https://ana:hun?hunter2@example.org/",
            "ftp://example.org/?password=hunter2",
            "https://example.org/?password=hunter2",
            "https//example.org",
            "mysql://ana:hunter2@example.org/",
            "https://",
            "https://ex\u{fffd}mple.org",
            "https://127.1",
            "https://example.org:99999",
            "https://example.org/a/../b",
            "https://exa mple.org",
            "https://example..org",
            "https://.example.org",
            "https://[::zz]/",
            "https:/example.org",
            "https://example.org/?p=1",
            "https://example.org/wp-json/wp/v2/posts",
        ] {
            let error = format!("{0} {0:?}", ApiRoot::of_site(url).unwrap_err());
            assert!(error.contains("is invalid") && !error.contains("hunter2"), "{error}");
        }
        assert!(ApiRoot::at("https://example.org").is_err());
    }

    #[test]
    fn plain_http_is_allowed_on_loopback_only() {
        for (url, exposed) in [
            ("http://example.org", true),
            ("https://example.org", false),
            ("http://127.0.0.1:8088", false),
            ("http://[::1]", false),
            ("http://shop.localhost", true),
            ("http://localhost.evil.example", true),
        ] {
            assert_eq!(ApiRoot::of_site(url).unwrap().is_exposed(), exposed, "{url}");
        }
    }

    #[test]
    fn origin_is_scheme_host_and_port() {
        let root = ApiRoot::of_site("https://example.org").unwrap();
        for (uri, same) in [
            ("https://example.org/x", true),
            ("https://EXAMPLE.org:443/", true),
            ("http://example.org/", false),
            ("https://example.org:8443/", false),
            ("https://evil.example/", false),
        ] {
            assert_eq!(root.is_same_origin(&uri.parse().unwrap()), same, "{uri}");
        }
    }
}
