//! WordPress' pages: the front end, and its own failures.

use serde_json::json;

use crate::{
    http::{RestResponse, response::Body},
    state::{
        State,
        site::{NAME, Site},
    },
};

fn page(state: &State, status: u16, title: &str, body: &str) -> RestResponse {
    let site = &state.site;
    let root = site.rest("/");
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n\t<meta charset=\"UTF-8\" />\n\
         <title>{title}</title>\n<link rel=\"https://api.w.org/\" href=\"{root}\" />\
         <link rel=\"EditURI\" type=\"application/rsd+xml\" title=\"RSD\" href=\"{}/xmlrpc.php?rsd\" />\n\
         </head>\n<body>\n{body}\n</body>\n</html>\n",
        site.url
    );
    let response = RestResponse::html(status, html);
    if state.front.link_header {
        response.with("Link", format!("<{root}>; rel=\"https://api.w.org/\""))
    } else {
        response
    }
}

fn home(state: &State) -> RestResponse {
    page(state, 200, NAME, &format!("<h1>{NAME}</h1>"))
}

fn not_found(state: &State) -> RestResponse {
    let title = format!("Page not found &#8211; {NAME}");
    page(state, 404, &title, "<h1>Page not found</h1>")
        .with("Expires", "Wed, 11 Jan 1984 05:00:00 GMT")
        .with("Cache-Control", "no-cache, must-revalidate, max-age=0, no-store, private")
}

/// A page of the front end, by its path below the site's URL.
pub(crate) fn front(state: &State, path: &str) -> RestResponse {
    let site = &state.site;
    if matches!(path, "" | "/" | "/index.php") {
        return home(state);
    }
    let url = format!("{}{}/", site.url, path.trim_end_matches('/'));
    let public = state.posts.values().filter(|post| post.status == "publish");
    let found = public.map(|post| (post, state.permalink(post))).find(|(_, link)| *link == url);
    let Some((post, _)) = found else { return not_found(state) };
    let item = site.rest(&super::posts::route(post));
    let alternate = format!("<{item}>; rel=\"alternate\"; title=\"JSON\"; type=\"application/json\"");
    page(state, 200, &post.title, &post.content)
        .with("Link", alternate)
        .with("Link", format!("<{}>; rel=shortlink", site.plain_post(post)))
}

/// With plain permalinks, WordPress redirects to the trailing slash and shows the home page for every path.
pub(crate) fn plain_front(state: &State, method: &str, path: &str, query: &str) -> RestResponse {
    let site = &state.site;
    let read = matches!(method, "GET" | "HEAD");
    if read && !path.ends_with('/') && path != "/index.php" {
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        return RestResponse::html(301, String::new())
            .with("X-Redirect-By", "WordPress")
            .with("Location", format!("{}{path}/{query}", site.url));
    }
    home(state)
}

pub(crate) const XMLRPC: &str = "/xmlrpc.php";

/// The RSD document, which names the API. No other part of XML-RPC is implemented.
pub(crate) fn xmlrpc(site: &Site, query: &str) -> RestResponse {
    if !query.split('&').any(|part| part.split('=').next() == Some("rsd")) {
        return RestResponse::html(405, "XML-RPC server accepts POST requests only.".into())
            .with("Content-Type", "text/plain;charset=UTF-8")
            .with("Allow", "POST");
    }
    let (url, root) = (&site.url, site.rest("/"));
    let api = |name: &str, preferred: bool, link: &str| {
        format!("\t\t\t<api name=\"{name}\" blogID=\"1\" preferred=\"{preferred}\" apiLink=\"{link}\" />\n")
    };
    let endpoint = format!("{url}{XMLRPC}");
    let old: String =
        [("WordPress", true), ("Movable Type", false), ("MetaWeblog", false), ("Blogger", false)]
            .iter()
            .map(|(name, preferred)| api(name, *preferred, &endpoint))
            .collect();
    let rest = api("WP-API", false, &root);
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <rsd version=\"1.0\" xmlns=\"http://archipelago.phrasewise.com/rsd\">\n\t<service>\n\
         \t\t<engineName>WordPress</engineName>\n\
         \t\t<engineLink>https://wordpress.org/</engineLink>\n\
         \t\t<homePageLink>{url}</homePageLink>\n\
         \t\t<apis>\n{old}\t{rest}\t\t\t</apis>\n\t</service>\n</rsd>\n\t"
    );
    RestResponse::html(200, xml).with("Content-Type", "text/xml; charset=UTF-8")
}

const CRITICAL: &str = "<p>There has been a critical error on this website.</p><p><a href=\"https://\
    wordpress.org/documentation/article/faq-troubleshooting/\">Learn more about troubleshooting \
    WordPress.</a></p>";

pub(crate) fn fatal_html() -> RestResponse {
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head>\n\t<title>WordPress &rsaquo; Error</title>\n\
         </head>\n<body id=\"error-page\">\n\t{CRITICAL}\n</body>\n</html>\n"
    );
    RestResponse::html(500, html)
}

pub(crate) fn fatal_json() -> RestResponse {
    let error = json!({
        "type": 1,
        "message": "Uncaught TypeError: trim(): Argument #1 ($string) must be of type string\n#0 {main}",
        "file": "/var/www/html/wp-includes/user.php",
        "line": 1,
    });
    RestResponse::json(
        500,
        json!({
            "code": "internal_server_error",
            "message": CRITICAL,
            "data": { "status": 500, "error": error },
            "additional_errors": [],
        }),
    )
}

pub(crate) fn maintenance() -> RestResponse {
    let message = "Briefly unavailable for scheduled maintenance. Check back in a minute.";
    let body = json!({
        "code": "wp_die",
        "message": message,
        "data": { "status": 503 },
        "additional_errors": [],
    });
    RestResponse::json(503, body).with("Retry-After", "600")
}

pub(crate) fn empty() -> RestResponse {
    RestResponse::new(200, Body::Empty)
}
