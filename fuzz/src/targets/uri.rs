//! Whatever a user writes becomes an address that is one, or an error; and what goes in comes out again.

use http::Uri;
use wp_core::{ApiRoot, Query, Route};

/// The address of a site, a route, a segment and a query, a line each; then names and values of a query, a line each.
///
/// # Panics
/// Over what should not be.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let [site, route, segment, asked] = [(); 4].map(|()| lines.next().unwrap_or_default());

    let mut query = Query::parse(asked);
    comes_back(&query);
    let mut lines = lines.take(40);
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        let pushed = query.push(name, value).is_ok();
        assert!(!pushed || query.get(name).is_some(), "{name:?} is not in {query}");
    }
    comes_back(&query);

    let mut routes: Vec<_> = Route::new(route).into_iter().collect();
    routes.extend(Route::new("/wp/v2/posts").and_then(|route| route.join(segment)));
    for route in &routes {
        assert!(is_plain(route.as_str()), "{route}");
        assert_eq!(Route::new(route.as_str()).as_ref().ok(), Some(route));
        assert!(!route.as_str().split('/').any(|segment| matches!(segment, "." | "..")), "{route}");
    }

    for root in [ApiRoot::of_site(site), ApiRoot::at(site)].into_iter().flatten() {
        // Shown, it is the address that it was made of.
        assert_eq!(ApiRoot::at(&root.to_string()).ok().as_ref(), Some(&root), "{root}");
        for root in [root.clone(), root.clone().plain_permalinks()].into_iter().chain(root.prefix(segment)) {
            for route in &routes {
                is_address(&root, route, &query);
            }
        }
    }
}

fn comes_back(query: &Query) {
    let text = query.to_string();
    assert!(is_plain(&text), "{text}");
    assert_eq!(&Query::parse(&text), query, "{text}");
}

/// It can be read, leads to its site, and holds nothing that a stack would write otherwise.
fn is_address(root: &ApiRoot, route: &Route, query: &Query) {
    let Ok(uri) = root.uri(route, query) else { return };
    let text = uri.to_string();
    assert_eq!(text.parse::<Uri>().ok(), Some(uri.clone()), "{text}");
    assert!(root.is_same_origin(&uri), "{text} is not of {root}");
    let path_and_query = uri.path_and_query().map(http::uri::PathAndQuery::as_str).unwrap_or_default();
    assert!(is_plain(path_and_query), "{text}");
    assert!(!uri.path().split('/').any(|segment| matches!(segment, "." | "..")), "{text}");
    assert!(!text.contains(['@', '#']), "{text}");
}

fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%/?=&".contains(&byte))
}

/// What people write.
pub fn seeds() -> Vec<Vec<u8>> {
    let sites = [
        "example.org",
        "https://example.org/blog/",
        "http://127.0.0.1:8080/?rest_route=/",
        "https://xn--bcher-kva.example/b%C3%BCcher/index.php/wp-json",
        "https://[::1]:8443/wp-json/wp/v2/posts?x=1#y",
        "https://user:password@example.org",
        "https://ex ample.org/../x/%2e%2E/",
    ];
    let rests = [
        "/wp/v2/posts/12\n12\npage=2&include%5B%5D=1&s=it%27s+%F0\nsearch\n' OR 1=1 \u{fc}\n_fields\nid,title",
        "wp/v2/b\u{fc}cher//x%2Fy%zz\n../x\n&&=a&b=&c\ntax[a][]\n\u{0}",
        "https://example.org\n%2e%2e\n%\n\n\n",
    ];
    let pairs =
        sites.iter().flat_map(|site| rests.iter().map(move |rest| format!("{site}\n{rest}").into_bytes()));
    pairs.collect()
}
