//! Which of the routes that the client types the behaviour suite used with success, as the access log of a site shows.

use std::collections::{BTreeMap, BTreeSet};

/// Each method and route that the client types, with what was sent.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/wp-client/tests/coverage/golden.txt");

/// The keys in [`GOLDEN`] that are not numbers, and the form of all keys of their routes: `+` is any part.
const KEYS: &[(&str, &str)] = &[
    ("/theme//header", "/+//+"),
    ("/theme//home", "/+//+"),
    ("/akismet/akismet", "/+/+"),
    ("/core/archives", "/+/+"),
    ("/core/paragraph", "/+/+"),
    ("/core/plus", "/+/+"),
    ("/core/x", "/+/+"),
    ("/block-7", "/+"),
    ("/side-1", "/+"),
    ("/uuid", "/+"),
    ("/google-fonts", "/+"),
    ("/primary", "/+"),
    ("/twentytwentyfour", "/+"),
    ("/statuses/publish", "/statuses/+"),
    ("/taxonomies/category", "/taxonomies/+"),
    ("/types/post", "/types/+"),
    ("/widget-types/text", "/widget-types/+"),
    ("/categories/site", "/categories/+"),
    ("/themes/theme", "/themes/+"),
    ("/block-types/core", "/block-types/+"),
    ("/icons/core", "/icons/+"),
    ("/icon-collections/core", "/icon-collections/+"),
    ("/me/application-passwords", "/+/application-passwords"),
];

/// Prints how many of the typed methods and routes have a successful request in the log, and names the others.
pub fn report(log: &str) -> std::io::Result<String> {
    let typed = typed(&std::fs::read_to_string(GOLDEN)?);
    // Whether a request to the route succeeded.
    let mut used: BTreeMap<&(String, String), bool> = BTreeMap::new();
    for (method, path, is_success) in log.lines().filter_map(self::used) {
        if let Some(route) = route_of(method, &path, &typed) {
            *used.entry(route).or_default() |= is_success;
        }
    }
    let mut missing: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for typed in &typed {
        let what = match used.get(typed) {
            Some(true) => continue,
            Some(false) => "only refused",
            None => "not exercised",
        };
        let (method, route) = typed;
        missing.entry((what, route)).or_default().push(method);
    }
    let count: usize = missing.values().map(Vec::len).sum();
    let mut lines =
        vec![format!("method-routes exercised: {} of {} typed", typed.len() - count, typed.len())];
    lines.extend(
        missing.iter().map(|((what, route), methods)| format!("  {what}: {} {route}", methods.join(", "))),
    );
    Ok(lines.join("\n"))
}

/// The methods and routes, with `*` for a number and `+` for any part.
fn typed(golden: &str) -> BTreeSet<(String, String)> {
    let route = |line: &str| {
        let (method, target) = line.strip_prefix("  ")?.split_once(' ')?;
        let path = target.strip_prefix("/wp-json")?.split('?').next()?;
        let mut path = path.to_owned();
        for (key, any) in KEYS {
            if let Some(at) = path.find(key)
                && matches!(path.as_bytes().get(at + key.len()), None | Some(b'/'))
            {
                path.replace_range(at..at + key.len(), any);
            }
        }
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let parts: Vec<_> = path.split('/').map(|part| if is_number(part) { "*" } else { part }).collect();
        Some((method.to_owned(), parts.join("/")))
    };
    golden.lines().filter_map(route).collect()
}

/// The method and the route of a line of the log, and whether the request succeeded.
fn used(line: &str) -> Option<(&str, String, bool)> {
    let mut words = line.split_whitespace();
    let (method, target, status) = (words.next()?, words.next()?, words.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let route = query.split('&').find_map(|pair| pair.strip_prefix("rest_route="));
    let route = route.or_else(|| path.find("/wp-json").map(|at| &path[at + "/wp-json".len()..]))?;
    let route = route.replace("%2F", "/").replace("%2f", "/");
    let route = if route.is_empty() { "/".to_owned() } else { route };
    let is_success = status.starts_with(['2', '3']);
    // 404 may be of a version that lacks the route.
    (is_success || matches!(status, "400" | "401" | "403")).then_some((method, route, is_success))
}

/// The route of a path: of several, the one of which most is written out.
fn route_of<'t>(
    method: &str,
    path: &str,
    typed: &'t BTreeSet<(String, String)>,
) -> Option<&'t (String, String)> {
    let found = typed.iter().filter(|(typed, route)| typed == method && fits(route, path));
    found.min_by_key(|(_, route)| route.split('/').filter(|part| matches!(*part, "*" | "+")).count())
}

/// Whether a path is of the route.
fn fits(route: &str, path: &str) -> bool {
    // A plugin in one file has a key of one part.
    let route = if route == "/wp/v2/plugins/+/+" && path.split('/').count() == 5 {
        "/wp/v2/plugins/+"
    } else {
        route
    };
    let (parts, of_path): (Vec<_>, Vec<_>) = (route.split('/').collect(), path.split('/').collect());
    let is_part = |(part, of_path): (&&str, &&str)| match *part {
        "*" => !of_path.is_empty() && of_path.bytes().all(|byte| byte.is_ascii_digit()),
        "+" => !of_path.is_empty(),
        part => part == *of_path,
    };
    parts.len() == of_path.len() && parts.iter().zip(&of_path).all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_the_golden_table_is_taken_as_a_route() {
        let typed = typed(&std::fs::read_to_string(GOLDEN).unwrap());
        for route in [
            "/wp/v2/posts/*",
            "/wp/v2/templates/+//+/revisions/*",
            "/wp/v2/plugins/+/+",
            "/wp/v2/types/+",
            "/wp/v2/users/me",
        ] {
            assert!(typed.contains(&("GET".to_owned(), route.to_owned())), "{route}: {typed:?}");
        }
        let words = [
            "akismet",
            "theme",
            "uuid",
            "google",
            "publish",
            "primary",
            "twenty",
            "-7",
            "-1",
            "archives",
            "paragraph",
        ];
        let is_key = |part: &str| words.iter().any(|word| part.contains(word) && part != "themes");
        let left: Vec<_> = typed.iter().filter(|(_, route)| route.split('/').any(is_key)).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn a_request_counts_for_one_route_if_it_succeeded() {
        let log = "GET /wp-json/wp/v2/posts/12?context=edit 200\nGET /blog/?rest_route=%2Fwp%2Fv2%2Fusers%2Fme 200\n\
                   POST /wp-json/wp/v2/posts 403\nGET /wp-json/ 200\nGET /wp-json/wp/v2/templates/twentytwentyfour//home 200\n\
                   GET /wp-json/wp/v2/users/me/application-passwords/introspect 200\nGET /wp-json/wp/v2/plugins/hello 200\n";
        let report = report(log).unwrap();
        assert!(report.starts_with("method-routes exercised: 6 of "), "{report}");
        for named in ["GET /wp/v2/users/*", "POST /wp/v2/posts", "GET /wp/v2/posts"] {
            let is_named = |line: &str| {
                let (method, route) = named.split_once(' ').unwrap();
                line.ends_with(&format!(" {route}")) && line.contains(method)
            };
            assert!(report.lines().any(is_named), "{named}: {report}");
        }
    }
}
