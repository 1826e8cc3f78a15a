//! Where to look for the API, given the address that the user typed.

use http::Uri;
use http::uri::Scheme;

use crate::address::api_root::Parts;
use crate::address::pasted::{OWN, readable};
use crate::{ApiRoot, RequestError, differ_by_last_slash};

/// The addresses at which to look for the API of a site, on one origin.
#[derive(Debug, Clone)]
pub struct Candidates {
    /// The directory that the user named. All addresses are on its origin.
    site: ApiRoot,
    api: Option<ApiRoot>,
    pages: Vec<Uri>,
}

/// The maximum number of parent directories of a page to request.
const PARENTS: usize = 4;

impl Candidates {
    /// Derives the places from what the user typed: the address of a home page, of a post, of the dashboard, of the
    /// API, or of one of its routes; with or without a scheme. Queries are ignored.
    ///
    /// Returns one value for each scheme to try, in order: the scheme that was typed; without one, https, and then
    /// http if the host is this machine.
    ///
    /// # Errors
    /// Those of [`ApiRoot::of_site`].
    pub fn of(typed: &str) -> Result<Vec<Self>, RequestError> {
        let typed = readable(typed);
        let mut all = vec![Self::read(&Parts::read(&typed)?)?];
        if !Parts::read(&typed)?.names_scheme {
            let http = Self::read(&Parts::read(&format!("http://{typed}"))?)?;
            all.extend(Some(http).filter(|places| !places.site.is_exposed()));
        }
        Ok(all)
    }

    fn read(parts: &Parts<'_>) -> Result<Self, RequestError> {
        if parts.rest_route().is_some() {
            let api = parts.root(true)?;
            return Ok(Self { pages: pages(&api, api.base()), site: api.clone(), api: Some(api) });
        }
        let typed = parts.root(false)?;
        let segments: Vec<&str> = typed.base().split('/').filter(|segment| !segment.is_empty()).collect();
        let directory = |depth: usize| match segments[..depth].join("/") {
            path if path.is_empty() => "/".to_owned(),
            path => format!("/{path}/"),
        };
        if let Some(at) = segments.iter().position(|segment| *segment == "wp-json") {
            let (depth, name) = match segments[..at] {
                [.., "index.php"] => (at - 1, INDEX),
                _ => (at, PRETTY),
            };
            let site = typed.in_directory(&directory(depth));
            let api = Some(site.clone().prefix(name)?);
            return Ok(Self { pages: pages(&site, site.base()), site, api });
        }
        if let Some(at) = segments.iter().position(|segment| OWN.contains(segment)) {
            let site = typed.in_directory(&directory(at));
            return Ok(Self { pages: pages(&site, site.base()), site, api: None });
        }
        let path = typed.base();
        let path = if parts.path.ends_with('/') || path == "/" { path } else { path.trim_end_matches('/') };
        Ok(Self { pages: pages(&typed, path), site: typed, api: None })
    }

    /// The API, if the user typed its address.
    pub fn api(&self) -> Option<&ApiRoot> {
        self.api.as_ref()
    }

    /// The pages to request: the page that was typed, or the directory of the site; then its parents.
    pub fn pages(&self) -> &[Uri] {
        &self.pages
    }

    /// Scheme, host and port, for display: `https://example.org`.
    pub fn origin(&self) -> String {
        self.site.origin()
    }

    /// The directory of the site, as far as it is known from the typed address, for display.
    pub fn site(&self) -> String {
        format!("{}{}", self.origin(), self.site.base())
    }

    /// Possible addresses of the API if no page names it: below the typed address, and below the home page of the host.
    pub fn guesses(&self) -> impl Iterator<Item = ApiRoot> {
        let below = |page: &Uri| {
            let directory = format!("{}/", page.path().trim_end_matches('/'));
            let site = self.site.in_directory(&directory);
            // A server may have no `index.php`.
            let plain = ApiRoot::at(&format!("{}{directory}?rest_route=/", self.origin()));
            let pretty = [PRETTY, INDEX].map(|name| site.clone().prefix(name).ok());
            pretty.into_iter().chain([Some(site.plain_permalinks()), plain.ok()]).flatten()
        };
        let home = self.pages.last().filter(|_| self.pages.len() > 1);
        self.pages.first().into_iter().chain(home).flat_map(below)
    }

    /// Whether `uri` still belongs to the requested site: it has the same host, with or without `www.`, and it is not
    /// http if https was requested.
    pub fn allows(&self, uri: &Uri) -> bool {
        let Some(host) = uri.host() else { return false };
        let own = self.site.authority();
        let without_www = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
        let https = uri.scheme() == Some(&Scheme::HTTPS);
        let port = |port: Option<u16>, https: bool| port.unwrap_or(if https { 443 } else { 80 });
        let own_port = port(own.port_u16(), *self.site.scheme() == Scheme::HTTPS);
        let its_port = port(uri.port_u16(), https);
        without_www(own.host()) == without_www(&host.to_ascii_lowercase())
            && (https || uri.scheme() == self.page_scheme())
            && (own_port == its_port || (https && own_port == 80 && its_port == 443))
    }

    fn page_scheme(&self) -> Option<&Scheme> {
        self.pages.first().and_then(Uri::scheme)
    }

    /// The API at `target`, an address that the page at `page` names. The scheme of the site is that of the page,
    /// since a site behind a proxy may not know that it is on https.
    ///
    /// # Errors
    /// Why the address is not usable, as a message for the user.
    pub fn named(&self, page: &Uri, target: &str) -> Result<ApiRoot, String> {
        let origin = page.scheme_str().zip(page.authority());
        let absolute = match (origin, target) {
            (Some((scheme, _)), target) if target.starts_with("//") => format!("{scheme}:{target}"),
            (Some((scheme, authority)), target) if target.starts_with('/') => {
                format!("{scheme}://{authority}{target}")
            }
            (_, target) if target.contains("://") => target.to_owned(),
            _ => return Err("names an API at an invalid address".to_owned()),
        };
        let root = ApiRoot::at(&absolute).map_err(|error| format!("names an API, but {error}"))?;
        let secure = page.scheme() == Some(&Scheme::HTTPS) && *root.scheme() == Scheme::HTTP;
        let root = if secure { root.at_origin(Scheme::HTTPS, root.authority().clone()) } else { root };
        if root.page("/").is_some_and(|uri| self.allows(&uri)) {
            return Ok(root);
        }
        Err(format!("names an API at {}, which is not the requested site", root.origin()))
    }

    /// The page at `target`, an address that the page at `page` names.
    pub fn linked(&self, page: &Uri, target: &str) -> Option<Uri> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let root = self.named(page, path).ok()?;
        let path = root.to_string();
        let path = path.strip_prefix(&root.origin())?.trim_end_matches('/');
        let query = crate::Query::parse(query);
        root.page(&if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") })
    }

    /// Validates a page that the site names for the user's browser. It must belong to this site: the requested host,
    /// with or without `www.`, on https or on this machine. The result is normalized, so that browsers, terminals and
    /// shells all read it alike; its query is removed.
    ///
    /// # Errors
    /// Why the page is rejected, as a message for the user.
    pub fn own_page(&self, url: &str) -> Result<Uri, &'static str> {
        if !url.chars().all(|c| c.is_ascii_graphic() || c.is_alphanumeric()) {
            return Err("it contains spaces or invisible characters");
        }
        let reason = |error| match error {
            RequestError::Url { reason, .. } => reason,
            _ => "it is not a valid address",
        };
        let parts = Parts::read(url).map_err(reason)?;
        if !parts.names_scheme {
            return Err("it names no scheme");
        }
        let root = parts.root(false).map_err(reason)?;
        if root.is_exposed() {
            return Err("over plain http, anyone on the network can read the password");
        }
        let path = if parts.path.ends_with('/') { root.base() } else { root.base().trim_end_matches('/') };
        let page = root.page(if path.is_empty() { "/" } else { path }).ok_or("it is not a valid address")?;
        if self.allows(&page) { Ok(page) } else { Err("it is on another host, port or scheme than the site") }
    }

    /// The same API after the site redirected the request. `None` if the target is not the address of the API at the
    /// new place.
    pub fn moved(&self, root: &ApiRoot, from: &Uri, to: &Uri) -> Option<ApiRoot> {
        let same = from.path_and_query() == to.path_and_query() || differ_by_last_slash(from, to);
        let (scheme, authority) = to.scheme().zip(to.authority()).filter(|_| same && self.allows(to))?;
        Some(root.at_origin(scheme.clone(), authority.clone()))
    }
}

const PRETTY: &str = "wp-json";
const INDEX: &str = "index.php/wp-json";

/// The page at `path` and its parents; the last one is the home page of the host.
fn pages(site: &ApiRoot, path: &str) -> Vec<Uri> {
    let mut paths = vec![path];
    let mut above = path.trim_end_matches('/');
    while let Some(slash) = above.rfind('/').filter(|_| paths.len() <= PARENTS) {
        paths.push(&path[..=slash]);
        above = &path[..slash];
    }
    if !paths.contains(&"/") {
        paths.push("/");
    }
    paths.dedup();
    paths.into_iter().filter_map(|path| site.page(path)).collect()
}

/// The directory of an address, in lower case: WordPress ignores case when it compares the paths of the sites of a
/// network (observed). Example: `/blog/`. `None` for an invalid address.
pub fn directory(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let root = Parts::read(url).ok()?.root(false).ok()?;
    let base = root.base().to_ascii_lowercase();
    Some(base.strip_suffix("index.php/").map_or(base.clone(), str::to_owned))
}

/// The address in normalized form, for comparison and display, in ASCII and without its query:
/// `https://example.org/blog`. `None` for an invalid address.
pub fn address(url: &str) -> Option<String> {
    let root = Parts::read(url).ok()?.root(false).ok()?;
    Some(format!("{}{}", root.origin(), root.base().trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages_of(places: &Candidates) -> Vec<String> {
        places.pages().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn typed_address_yields_candidates() {
        let none = None;
        for (typed, api, pages) in [
            ("example.org", none, &["https://example.org/"][..]),
            (" HTTPS://Example.org:443/#top ", none, &["https://example.org/"]),
            ("\u{200b}exam\u{ad}ple.org\u{feff}", none, &["https://example.org/"]),
            ("https://e.org/blog", none, &["https://e.org/blog", "https://e.org/"]),
            ("https://e.org/blog/?p=1&preview=secret", none, &["https://e.org/blog/", "https://e.org/"]),
            (
                "e.org/blog/wp-admin/post.php?post=1&action=edit",
                none,
                &["https://e.org/blog/", "https://e.org/"],
            ),
            ("e.org/wp-login.php?redirect_to=x", none, &["https://e.org/"]),
            ("e.org/wp-content/uploads/a.png", none, &["https://e.org/"]),
            (
                "http://e.org/b/2024/01/31/hello/",
                none,
                &[
                    "http://e.org/b/2024/01/31/hello/",
                    "http://e.org/b/2024/01/31/",
                    "http://e.org/b/2024/01/",
                    "http://e.org/b/2024/",
                    "http://e.org/b/",
                    "http://e.org/",
                ],
            ),
            (
                "e.org/a/b/c/d/e/f/g",
                none,
                &[
                    "https://e.org/a/b/c/d/e/f/g",
                    "https://e.org/a/b/c/d/e/f/",
                    "https://e.org/a/b/c/d/e/",
                    "https://e.org/a/b/c/d/",
                    "https://e.org/a/b/c/",
                    "https://e.org/",
                ],
            ),
            ("https://e.org/wp-json/wp/v2/posts?x=1", Some("https://e.org/wp-json/"), &["https://e.org/"]),
            ("e.org/b/wp-json", Some("https://e.org/b/wp-json/"), &["https://e.org/b/", "https://e.org/"]),
            ("e.org/index.php/wp-json/wp/v2", Some("https://e.org/index.php/wp-json/"), &["https://e.org/"]),
            (
                "e.org/index.php?rest_route=/wp/v2/posts",
                Some("https://e.org/index.php?rest_route=/"),
                &["https://e.org/"],
            ),
            (
                "e.org/b/?rest_route=%2F",
                Some("https://e.org/b/?rest_route=/"),
                &["https://e.org/b/", "https://e.org/"],
            ),
            ("http://[::1]:8080/x/", none, &["http://[::1]:8080/x/", "http://[::1]:8080/"]),
            ("[2001:db8::1]", none, &["https://[2001:db8::1]/"]),
        ] {
            let places = Candidates::of(typed).unwrap();
            assert_eq!(places.len(), 1, "{typed}");
            assert_eq!(places[0].api().map(ToString::to_string).as_deref(), api, "{typed}");
            assert_eq!(pages_of(&places[0]), pages, "{typed}");
        }
    }

    #[test]
    fn http_is_tried_by_default_on_loopback_only() {
        for (typed, origins) in [
            ("localhost:8088", &["https://localhost:8088", "http://localhost:8088"][..]),
            ("127.0.0.1", &["https://127.0.0.1", "http://127.0.0.1"]),
            ("[::1]:81/wp-json/", &["https://[::1]:81", "http://[::1]:81"]),
            ("http://localhost", &["http://localhost"]),
            ("https://localhost", &["https://localhost"]),
            ("10.0.0.1", &["https://10.0.0.1"]),
            ("shop.localhost", &["https://shop.localhost"]),
        ] {
            let places = Candidates::of(typed).unwrap();
            assert_eq!(places.iter().map(Candidates::origin).collect::<Vec<_>>(), origins, "{typed}");
        }
    }

    #[test]
    fn invalid_typed_address_is_an_error() {
        for (typed, part) in [
            ("", "names no host"),
            ("ftp://e.org", "only http and https"),
            ("ex\u{fffd}mple.org", if cfg!(feature = "idn") { "internationalized" } else { "punycode" }),
            ("https://ana:hunter2@e.org/", "token provider"),
            ("https://e.org/a/../b", ".. segment"),
            ("my site", "not a valid name"),
            ("[::1", "not a valid name"),
        ] {
            let error = Candidates::of(typed).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("hunter2"), "{typed}: {error}");
        }
    }

    #[test]
    fn guesses_cover_the_typed_path_and_the_home_page() {
        let guesses: Vec<_> =
            Candidates::of("e.org/b/c/d").unwrap()[0].guesses().map(|root| root.to_string()).collect();
        assert_eq!(
            guesses,
            [
                "https://e.org/b/c/d/wp-json/",
                "https://e.org/b/c/d/index.php/wp-json/",
                "https://e.org/b/c/d/index.php?rest_route=/",
                "https://e.org/b/c/d/?rest_route=/",
                "https://e.org/wp-json/",
                "https://e.org/index.php/wp-json/",
                "https://e.org/index.php?rest_route=/",
                "https://e.org/?rest_route=/",
            ]
        );
        assert_eq!(Candidates::of("e.org").unwrap()[0].guesses().count(), 4);
    }

    #[test]
    fn own_page_accepts_urls_of_the_site_and_normalizes_them() {
        for (typed, page, expected) in [
            ("e.org", "https://e.org/wp-admin/a.php", Ok("https://e.org/wp-admin/a.php")),
            ("e.org", "HTTPS://E.org:443/wp//a.php?lang=de#top", Ok("https://e.org/wp/a.php")),
            ("e.org", "https://www.e.org/a.php", Ok("https://www.e.org/a.php")),
            ("e.org", "https://e.org", Ok("https://e.org/")),
            ("e.org", "https://e.org/$(id)/'\"`.php", Ok("https://e.org/%24%28id%29/%27%22%60.php")),
            ("e.org", "https://e.org/bl\u{f6}g/a.php", Ok("https://e.org/bl%C3%B6g/a.php")),
            ("http://e.org", "https://e.org/a.php", Ok("https://e.org/a.php")),
            ("http://127.0.0.1:81", "http://127.0.0.1:81/a.php", Ok("http://127.0.0.1:81/a.php")),
            ("http://e.org", "http://e.org/a.php", Err("plain http")),
            ("e.org", "http://e.org/a.php", Err("plain http")),
            ("https://localhost", "http://localhost/a.php", Err("another host")),
            ("e.org", "https://bank.example/a.php", Err("another host")),
            ("e.org", "https://e.org.bank.example/a.php", Err("another host")),
            ("e.org", "https://e.org:8443/a.php", Err("another host")),
            ("e.org", "https://shop.e.org/a.php", Err("another host")),
            ("e.org", "https://e.org@bank.example/a.php", Err("user name")),
            ("e.org", "https://bank.example\\@e.org/a.php", Err("user name")),
            ("e.org", "https://bank.example\\.e.org/a.php", Err("not a valid name")),
            ("e.org", "https://ana:pw@e.org/a.php", Err("user name")),
            ("e.org", "https://e.org/a.php\r\nSet-Cookie: x", Err("spaces")),
            ("e.org", "https://e.org/a b.php", Err("spaces")),
            ("e.org", " https://e.org/a.php", Err("spaces")),
            ("e.org", "https://e.org/\u{202e}php.a", Err("spaces")),
            ("e.org", "https://e.org/\u{200b}.php", Err("spaces")),
            ("e.org", "https://e.org/../a.php", Err(".. segment")),
            ("e.org", "https://e.org/%2e%2E/a.php", Err(".. segment")),
            ("e.org", "e.org/a.php", Err("no scheme")),
            ("e.org", "//e.org/a.php", Err("no scheme")),
            ("e.org", "javascript:alert(1)", Err("")),
            ("e.org", "javascript://e.org/%0aalert(1)", Err("http and https")),
            ("e.org", "", Err("")),
        ] {
            let page_of = Candidates::of(typed).unwrap()[0].own_page(page);
            match (page_of, expected) {
                (Ok(uri), Ok(expected)) => assert_eq!(uri.to_string(), expected, "{page}"),
                (Err(reason), Err(expected)) => assert!(reason.contains(expected), "{page}: {reason}"),
                (other, _) => panic!("{typed} {page:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn shown_address_has_no_credentials_or_control_characters() {
        for (url, expected) in [
            ("https://E.org/", Some("https://e.org")),
            ("http://e.org:80/blog/?token=x#y", Some("http://e.org/blog")),
            ("https://e.org/\u{1b}]0;owned\u{7}", Some("https://e.org/%1B%5D0%3Bowned%07")),
            ("https://e.org/\u{202e}", Some("https://e.org/%E2%80%AE")),
            ("https://ana:hunter2@e.org", None),
            ("\u{1b}[2J", None),
            ("", None),
        ] {
            assert_eq!(address(url).as_deref(), expected, "{url:?}");
        }
    }

    #[test]
    fn same_host_ignores_www() {
        for (typed, uri, allowed) in [
            ("https://e.org", "https://e.org/x", true),
            ("https://e.org", "https://WWW.e.org/", true),
            ("https://www.e.org", "https://e.org/", true),
            ("https://e.org", "http://e.org/", false),
            ("http://e.org", "http://www.e.org/", true),
            ("http://e.org", "https://e.org/", true),
            ("http://e.org:8080", "https://e.org/", false),
            ("http://e.org:8080", "http://e.org:8081/", false),
            ("https://e.org", "https://e.org:8443/", false),
            ("https://e.org", "https://e.org.evil.example/", false),
            ("https://e.org", "https://shop.e.org/", false),
            ("https://e.org", "https://www.www.e.org/", false),
        ] {
            assert_eq!(
                Candidates::of(typed).unwrap()[0].allows(&uri.parse().unwrap()),
                allowed,
                "{typed} {uri}"
            );
        }
    }

    #[test]
    fn link_target_resolves_relative_to_the_page() {
        for (page, target, root) in [
            ("https://e.org/b/", "https://e.org/b/wp-json/", Some("https://e.org/b/wp-json/")),
            ("https://e.org/", "https://e.org/wp-json/?lang=de", Some("https://e.org/wp-json/")),
            (
                "https://e.org/",
                "https://e.org/index.php?rest_route=/",
                Some("https://e.org/index.php?rest_route=/"),
            ),
            ("https://e.org/", "//e.org/api/", Some("https://e.org/api/")),
            ("https://e.org/", "/wp-json/", Some("https://e.org/wp-json/")),
            // A proxy terminates TLS, so the site names http.
            ("https://e.org/", "http://e.org/wp-json/", Some("https://e.org/wp-json/")),
            ("https://e.org/", "https://www.e.org/wp-json/", Some("https://www.e.org/wp-json/")),
            ("https://e.org/", "https://cms.e.org/wp-json/", None),
            ("https://e.org/", "https://evil.example/wp-json/", None),
            ("https://e.org/", "https://u:p@e.org/wp-json/", None),
            ("https://e.org/", "https://e.org/", None),
            ("https://e.org/", "wp-json/", None),
            ("https://e.org/", "javascript:alert(1)", None),
            ("https://e.org/", "", None),
        ] {
            let named = Candidates::of("https://e.org").unwrap()[0].named(&page.parse().unwrap(), target);
            assert_eq!(named.ok().map(|root| root.to_string()).as_deref(), root, "{target}");
        }
    }

    #[test]
    fn rsd_url_is_resolved() {
        let places = &Candidates::of("https://e.org/b/").unwrap()[0];
        for (target, uri) in [
            ("https://e.org/b/xmlrpc.php?rsd", Some("https://e.org/b/xmlrpc.php?rsd=")),
            ("/b/xmlrpc.php?rsd", Some("https://e.org/b/xmlrpc.php?rsd=")),
            ("https://evil.example/xmlrpc.php?rsd", None),
        ] {
            let linked = places.linked(&places.pages()[0], target);
            assert_eq!(linked.map(|uri| uri.to_string()).as_deref(), uri, "{target}");
        }
    }

    #[test]
    fn moved_root_follows_a_redirect_of_the_index() {
        let places = &Candidates::of("http://e.org/").unwrap()[0];
        let root = ApiRoot::of_site("http://e.org/").unwrap();
        let from = "http://e.org/wp-json/?_fields=name".parse().unwrap();
        for (to, expected) in [
            ("https://www.e.org/wp-json/?_fields=name", Some("https://www.e.org/wp-json/")),
            ("https://evil.example/wp-json/?_fields=name", None),
            ("http://e.org/", None),
        ] {
            let moved = places.moved(&root, &from, &to.parse().unwrap());
            assert_eq!(moved.map(|root| root.to_string()).as_deref(), expected, "{to}");
        }
    }

    #[test]
    fn directory_is_normalized() {
        for (url, expected) in [
            ("https://e.org", Some("/")),
            ("http://e.org/Blog", Some("/blog/")),
            ("https://e.org/blog/index.php?x", Some("/blog/")),
            ("https://", None),
        ] {
            assert_eq!(directory(url).as_deref(), expected, "{url}");
        }
    }
}
