//! `Discovery::find`: from the address that a user types to the API.

use std::future::{pending, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::time::{Duration, SystemTime};

use futures_util::poll;
use http::{Request, Response};
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};
use wp_client::wp_http::Clock;
use wp_client::{
    Basic, Body, Cause, Client, Credential, Discovery, DiscoveryBuilder, DiscoveryErrorKind, Error,
    ErrorKind, FoundBy, JwtAuth, Mismatch, Transport, TransportError, TransportErrorKind,
};
use wp_http::conformance::Server;
use wp_testkit::{Permalinks, StandIn};

use crate::transports;

async fn find(url: &str, transport: &Arc<dyn Transport>) -> wp_client::Result<Discovery> {
    Discovery::builder(url).transport(Arc::clone(transport)).find().await
}

async fn found(url: &str) -> Discovery {
    find(url, &transports()[1].1).await.unwrap_or_else(|error| panic!("{url}: {error}"))
}

async fn lost(url: &str) -> Error {
    let error = find(url, &transports()[1].1).await.expect_err(url);
    assert!(!error.to_string().contains("hunter2"), "{error}");
    error
}

fn kind(error: &Error) -> &DiscoveryErrorKind {
    match error.kind() {
        ErrorKind::Discovery(error) => error.kind(),
        other => panic!("{other:?}"),
    }
}

/// A page without a link to anything, in place of all pages of `site`.
async fn without_links(server: &MockServer, at: &str) {
    let page = ResponseTemplate::new(200).set_body_raw("<html><title>A shop</title>", "text/html");
    Mock::given(path(at)).respond_with(page).mount(server).await;
}

#[tokio::test]
async fn find_locates_the_api_in_every_setup() {
    use Permalinks::{Index, Plain, Pretty};
    for (permalinks, directory, prefix) in [
        (Pretty, "", "wp-json"),
        (Pretty, "blog", "wp-json"),
        (Pretty, "", "api"),
        (Pretty, "a/b", "x/api"),
        (Index, "", "wp-json"),
        (Index, "blog", "wp-json"),
        (Plain, "", "wp-json"),
        (Plain, "blog", "wp-json"),
    ] {
        let builder = StandIn::builder().permalinks(permalinks).subdirectory(directory).rest_prefix(prefix);
        let site = builder.start().await;
        for (stack, transport) in transports() {
            let found = find(&site.url(), &transport).await.unwrap();
            assert_eq!(found.root().to_string(), site.rest("/"), "{stack}");
            assert_eq!(found.found_by(), FoundBy::LinkHeader);
            assert_eq!(found.name(), "Stand-in");
            assert!(found.has_namespace("wp/v2") && found.has_namespace("jwt-auth/v1"), "{found:?}");
            assert!(found.namespaces().len() == 2 && found.closed().is_none());
            assert_eq!(found.application_passwords(), Some(&*site.uri("wp-admin/authorize-application.php")));
            assert!(found.moved_to().is_none() && found.mismatch().is_none(), "{found:?}");
            assert!(found.date().is_some());
            assert_eq!(found.asked().len(), 2, "one page, one index: {found:?}");
            let wp = found.client().auth(JwtAuth::new("editor", "password")).build().unwrap();
            assert_eq!(wp.verify().await.unwrap().name, "Editor User");
        }
    }
    let site = StandIn::start().await;
    let found = Client::discover(site.url()).await.unwrap();
    assert_eq!(found.root().to_string(), site.rest("/"), "over the default transport");
}

#[tokio::test]
async fn find_accepts_every_spelling_of_the_address() {
    let site = StandIn::builder().subdirectory("blog").start().await;
    let index = StandIn::builder().permalinks(Permalinks::Index).start().await;
    let plain = StandIn::builder().permalinks(Permalinks::Plain).start().await;
    let prefixed = StandIn::builder().rest_prefix("api").start().await;
    let posts = Client::builder(site.url()).build().unwrap().posts().list().per_page(1).await.unwrap();
    let host = site.url().strip_prefix("http://").unwrap().to_owned();
    for (typed, site, by) in [
        (site.uri("/"), &site, FoundBy::LinkHeader),
        (site.uri("wp-admin/post.php?post=1&action=edit&_wpnonce=hunter2"), &site, FoundBy::LinkHeader),
        (site.uri("wp-login.php?redirect_to=x"), &site, FoundBy::LinkHeader),
        (site.uri("wp-content/uploads/2024/a.png"), &site, FoundBy::LinkHeader),
        (posts[0].link.clone(), &site, FoundBy::LinkHeader),
        (site.uri("?p=1#comments"), &site, FoundBy::LinkHeader),
        (site.uri("wp-json/wp/v2/posts?per_page=1"), &site, FoundBy::Address),
        (site.uri("wp-json"), &site, FoundBy::Address),
        (format!("  {host}\n"), &site, FoundBy::LinkHeader),
        (index.uri("index.php/wp-json/wp/v2/posts/1"), &index, FoundBy::Address),
        (plain.uri("index.php?rest_route=/wp/v2/posts"), &plain, FoundBy::Address),
        (prefixed.uri("api/wp/v2/posts"), &prefixed, FoundBy::LinkHeader),
        (prefixed.uri("api/wp/v2/no-such-route"), &prefixed, FoundBy::LinkHeader),
        (plain.uri("?p=3"), &plain, FoundBy::LinkHeader),
    ] {
        let found = found(&typed).await;
        assert_eq!(found.root().to_string(), site.rest("/"), "{typed}");
        assert_eq!(found.found_by(), by, "{typed}: {found:?}");
        assert!(!format!("{found:?}").contains("hunter2"));
    }
    // A page that is not there may be a site that is not there.
    let error = lost(&index.uri("index.php/2024/01/31/hello/")).await;
    assert_eq!(kind(&error), &DiscoveryErrorKind::OtherSite { home: index.url() });
    let plain_root = plain.uri("?rest_route=/");
    assert_eq!(found(&plain_root).await.root().to_string(), plain_root, "as it was typed");
}

#[tokio::test]
async fn find_uses_the_rsd_link_if_the_others_are_missing() {
    let page = |link: &str| format!("<html><head><title>A</title>{link}</head>");
    for (by, links) in [
        (FoundBy::PageLink, "<link href='ROOT' rel='https://api.w.org/'>"),
        (FoundBy::Rsd, "<link rel=EditURI type='application/rsd+xml' href='/xmlrpc.php?rsd'>"),
        (FoundBy::Guess, ""),
    ] {
        let site = StandIn::start().await;
        let html = page(&links.replace("ROOT", &site.rest("/")));
        let page = ResponseTemplate::new(200).set_body_raw(html, "text/html");
        Mock::given(path("/")).respond_with(page).mount(site.server()).await;
        let rsd = format!("<rsd><apis><api name=\"WP-API\" apiLink=\"{}\" /></apis></rsd>", site.rest("/"));
        let rsd = ResponseTemplate::new(200).set_body_raw(rsd, "text/xml");
        Mock::given(path("/xmlrpc.php")).respond_with(rsd).mount(site.server()).await;
        for (stack, transport) in transports() {
            let found = find(&site.url(), &transport).await.unwrap();
            assert_eq!((found.found_by(), found.root().to_string()), (by, site.rest("/")), "{stack}");
        }
    }
}

#[tokio::test]
async fn guesses_reach_every_kind_of_permalink() {
    for (permalinks, directory) in [
        (Permalinks::Pretty, ""),
        (Permalinks::Index, ""),
        (Permalinks::Plain, ""),
        (Permalinks::Plain, "blog"),
    ] {
        let site = StandIn::builder().permalinks(permalinks).subdirectory(directory).start().await;
        let home = if directory.is_empty() { "/".to_owned() } else { format!("/{directory}") };
        without_links(site.server(), &home).await;
        let found = found(&site.url()).await;
        assert_eq!((found.found_by(), found.root().to_string()), (FoundBy::Guess, site.rest("/")));
    }
}

#[tokio::test]
async fn find_error_lists_all_attempts() {
    let server = MockServer::start().await;
    let page = ResponseTemplate::new(200).set_body_raw("<html><h1>A shop</h1>", "text/html");
    Mock::given(method("GET")).respond_with(page).mount(&server).await;
    for (stack, transport) in transports() {
        let typed = format!("{}/?token=hunter2", server.uri());
        let error = find(&typed, &transport).await.unwrap_err();
        assert_eq!(kind(&error), &DiscoveryErrorKind::NotFound, "{stack}");
        assert!(error.hint().is_some() && !error.is_retryable() && !error.may_have_happened());
        let shown = format!("{error:#} {error:?}");
        for part in [
            "HEAD",
            "404 Not Found",
            "/wp-json/:",
            "/index.php/wp-json/:",
            "?rest_route=/:",
            "an HTML page",
            "A shop",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn find_rejects_a_response_that_is_not_an_index() {
    let server = MockServer::start().await;
    let root = format!("{}/wp-json/", server.uri());
    let link = format!("<{root}>; rel=\"https://api.w.org/\"");
    let home = ResponseTemplate::new(200).insert_header("link", &*link);
    Mock::given(path("/")).respond_with(home).mount(&server).await;
    for (status, body) in [
        (200, "{\"name\":\"x\"}"),
        (200, "[]"),
        (503, "{\"code\":\"wp_die\",\"message\":\"Briefly unavailable\",\"data\":{\"status\":503}}"),
        (403, "<html>Forbidden"),
    ] {
        let response = ResponseTemplate::new(status).set_body_raw(body, "application/json");
        let _guard = Mock::given(path("/wp-json/")).respond_with(response).mount_as_scoped(&server).await;
        let error = lost(&server.uri()).await;
        assert_eq!(kind(&error), &DiscoveryErrorKind::NotFound, "{body}");
        assert!(error.to_string().contains(&format!("names {root}")), "{error}");
        assert_eq!(error.to_string().matches(&format!("GET {root}:")).count(), 1, "asked once: {error}");
    }
}

#[tokio::test]
async fn find_accepts_an_api_that_requires_authentication() {
    let site = StandIn::start().await;
    let closed = serde_json::json!({
        "code": "api_bearer_auth_not_logged_in",
        "message": "You are not logged in.",
        "data": {"status": 401},
    });
    let closed = ResponseTemplate::new(401).set_body_json(closed);
    Mock::given(path("/wp-json/")).respond_with(closed).mount(site.server()).await;
    for (stack, transport) in transports() {
        let found = find(&site.url(), &transport).await.unwrap();
        assert_eq!(found.root().to_string(), site.rest("/"), "{stack}");
        assert_eq!(found.closed().unwrap().code().as_str(), "api_bearer_auth_not_logged_in");
        assert!(found.site().is_none() && found.namespaces().is_empty() && !found.has_namespace("wp/v2"));
        assert!(found.application_passwords().is_none() && found.date().is_some());
    }
}

#[tokio::test]
async fn find_rejects_a_default_site_that_responds_for_another_host() {
    // As a network does: the page and `?rest_route=` of a site that is not there are the main site's.
    let site = StandIn::start().await;
    let link = format!("<{}>; rel=\"https://api.w.org/\"", site.rest("/"));
    let missing =
        ResponseTemplate::new(404).insert_header("link", &*link).set_body_raw("<html>", "text/html");
    Mock::given(path("/site9/"))
        .and(wiremock::matchers::query_param_is_missing("rest_route"))
        .respond_with(missing)
        .mount(site.server())
        .await;
    let index =
        serde_json::json!({"name": "Main", "namespaces": ["wp/v2"], "home": site.url(), "url": site.url()});
    Mock::given(path("/site9/"))
        .and(query_param("rest_route", "/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(index))
        .mount(site.server())
        .await;
    for typed in ["site9/", "site9/?rest_route=/", "site9/wp-admin/", "site9/wp-json/wp/v2/posts"] {
        let error = lost(&site.uri(typed)).await;
        assert_eq!(kind(&error), &DiscoveryErrorKind::OtherSite { home: site.url() }, "{typed}: {error}");
        assert!(error.to_string().contains(&site.url()) && error.hint().is_some());
    }
    // Or it sends on to the home page, or to where one may found the site.
    let signup = ResponseTemplate::new(200).insert_header("link", &*link);
    Mock::given(path("/wp-signup.php")).respond_with(signup).mount(site.server()).await;
    for (from, to) in [("site8/", "/"), ("site7/", "/wp-signup.php?new=site7")] {
        let away = ResponseTemplate::new(302).insert_header("location", to);
        Mock::given(path(format!("/{from}"))).respond_with(away).mount(site.server()).await;
        let error = lost(&site.uri(from)).await;
        assert!(matches!(kind(&error), DiscoveryErrorKind::OtherSite { .. }), "{error}");
    }
}

#[tokio::test]
async fn find_does_not_follow_a_link_to_another_host() {
    let (site, other) = (StandIn::start().await, StandIn::start().await);
    let link = format!("<{}>; rel=\"https://api.w.org/\"", other.rest("/"));
    let page = ResponseTemplate::new(200).insert_header("link", &*link);
    Mock::given(path("/")).respond_with(page).mount(site.server()).await;
    let away = ResponseTemplate::new(302).insert_header("location", &*other.url());
    Mock::given(path("/away/")).respond_with(away).mount(site.server()).await;
    let found = found(&site.url()).await;
    assert_eq!((found.found_by(), found.root().to_string()), (FoundBy::Guess, site.rest("/")));
    assert!(found.asked()[0].outcome.contains("not the requested site"), "{found:?}");
    let error = lost(&site.uri("away/")).await;
    assert_eq!(kind(&error), &DiscoveryErrorKind::OtherSite { home: site.url() }, "{error}");
    assert!(other.log().is_empty(), "{:?}", other.log());
}

/// Sends requests for any host, with `www.` in front too, to one server.
struct Named(Arc<dyn Transport>, http::uri::Authority);

#[wp_client::async_trait]
impl Transport for Named {
    async fn send(
        &self,
        mut request: http::Request<wp_client::Body>,
    ) -> Result<http::Response<wp_client::Body>, wp_client::TransportError> {
        let asked = request.uri().clone();
        let path = asked.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("http://{}{path}", self.1);
        if asked.host() == Some("example.org") || asked.scheme_str() == Some("http") {
            let location = format!("https://www.example.org{path}");
            let response = http::Response::builder().status(301).header("location", location);
            return Ok(response.body(wp_client::Body::empty()).unwrap());
        }
        assert_eq!(asked.host(), Some("www.example.org"), "{asked}");
        *request.uri_mut() = url.parse().unwrap();
        self.0.send(request).await
    }
}

#[tokio::test]
async fn find_follows_a_move_to_www_and_reports_it() {
    let server = MockServer::start().await;
    // Behind a proxy the site does not know that it is on https.
    let link = "<http://www.example.org/wp-json/>; rel=\"https://api.w.org/\"";
    Mock::given(path("/"))
        .respond_with(ResponseTemplate::new(200).insert_header("link", link))
        .mount(&server)
        .await;
    let index = serde_json::json!({
        "name": "W", "namespaces": ["wp/v2"], "authentication": [],
        "home": "http://www.example.org", "url": "http://www.example.org",
    });
    Mock::given(path("/wp-json/"))
        .respond_with(ResponseTemplate::new(200).set_body_json(index))
        .mount(&server)
        .await;
    let authority: http::uri::Authority = server.address().to_string().parse().unwrap();
    for (_, transport) in transports() {
        let transport: Arc<dyn Transport> = Arc::new(Named(transport, authority.clone()));
        for typed in ["example.org", "http://example.org", "http://www.example.org/wp-json/"] {
            let found = find(typed, &transport).await.unwrap();
            assert_eq!(found.root().to_string(), "https://www.example.org/wp-json/", "{typed}");
            assert_eq!(found.moved_to(), Some("https://www.example.org"));
            assert_eq!(
                found.mismatch(),
                Some(&Mismatch::OtherScheme { home: "http://www.example.org".into() })
            );
            assert!(found.application_passwords().is_none());
        }
        let found = find("https://www.example.org", &transport).await.unwrap();
        assert_eq!(found.moved_to(), None);
    }
}

#[tokio::test]
async fn find_reports_a_copy_with_the_url_of_the_original() {
    let site = StandIn::start().await;
    let home = "https://www.example.org";
    let index = serde_json::json!({"namespaces": ["wp/v2"], "home": home, "url": home});
    let index = ResponseTemplate::new(200).set_body_json(index);
    Mock::given(path("/wp-json/")).respond_with(index).mount(site.server()).await;
    let found = found(&site.url()).await;
    assert_eq!(found.mismatch(), Some(&Mismatch::OtherHost { home: home.to_owned() }));
    assert_eq!((found.root().to_string(), found.moved_to()), (site.rest("/"), None));
}

#[tokio::test]
async fn find_reports_a_site_that_does_not_respond() {
    let closed_server = Server::refusing().unwrap();
    let closed = closed_server.address();
    for typed in [format!("http://{closed}"), format!("{closed}")] {
        let error = lost(&typed).await;
        assert_eq!(kind(&error), &DiscoveryErrorKind::Unreachable);
        assert!(error.is_retryable() && error.hint().unwrap().contains("check the address"), "{error:?}");
        let ErrorKind::Discovery(cause) = error.kind() else { panic!("{error:?}") };
        assert_eq!(cause.transport_error().unwrap().kind(), TransportErrorKind::Connect);
        assert_eq!(cause.asked().len(), if typed.starts_with("http") { 1 } else { 2 }, "one for each scheme");
        assert!(
            format!("{error:#}").contains(&format!("HEAD http://{closed}/: could not connect")),
            "{error:#}"
        );
    }
    for typed in ["ex\u{fffd}mple.org", "", "ftp://e.org", "https://ana:hunter2@e.org"] {
        assert!(matches!(lost(typed).await.kind(), ErrorKind::Request(_)), "{typed}");
    }
}

struct Fails(TransportErrorKind);

#[wp_client::async_trait]
impl Transport for Fails {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        Err(TransportError::new(self.0))
    }
}

#[tokio::test]
async fn find_error_has_the_remedy_of_its_cause() {
    for (failure, part) in [
        (TransportErrorKind::Certificate, "root_certificates"),
        (TransportErrorKind::Tls, "plain http"),
        (TransportErrorKind::Resolve, "check the address"),
        (TransportErrorKind::Timeout, "check the address"),
    ] {
        let fails: Arc<dyn Transport> = Arc::new(Fails(failure));
        let error = find("https://example.org", &fails).await.unwrap_err();
        assert!(error.hint().unwrap().contains(part), "{error:?}");
    }
}

/// Fails so often before it works.
struct Flaky(AtomicUsize, Arc<dyn Transport>);

#[wp_client::async_trait]
impl Transport for Flaky {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        match self.0.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)) {
            Ok(odd) if odd % 2 == 1 => Err(TransportError::new(TransportErrorKind::Closed)),
            Ok(_) => Ok(Response::builder().status(503).body(Body::empty()).unwrap()),
            Err(_) => self.1.send(request).await,
        }
    }
}

#[tokio::test]
async fn find_retries_a_transient_failure() {
    let site = StandIn::start().await;
    for (name, transport) in transports() {
        let flaky: Arc<dyn Transport> = Arc::new(Flaky(AtomicUsize::new(2), transport));
        let found = find(&site.url(), &flaky).await.unwrap();
        assert_eq!((found.found_by(), found.asked().len()), (FoundBy::LinkHeader, 2), "{name}");
    }
}

#[tokio::test]
async fn find_sends_no_credential() {
    let site = StandIn::start().await;
    without_links(site.server(), "/").await;
    found(&site.uri("?token=hunter2&_wpnonce=hunter2")).await;
    let requests = site.server().received_requests().await.unwrap();
    assert!(requests.len() > 2);
    for request in requests {
        let names: Vec<_> = request.headers.keys().map(http::HeaderName::as_str).collect();
        assert!(!names.contains(&"authorization") && !names.contains(&"cookie"), "{names:?}");
        assert!(!request.url.as_str().contains("hunter2"), "{}", request.url);
        assert!(request.headers["user-agent"].to_str().unwrap().starts_with("wp-client/"));
    }
}

#[tokio::test]
async fn identity_is_shared_by_a_given_and_a_discovered_root() {
    let site = StandIn::builder().subdirectory("blog").start().await;
    let identity =
        wp_client::Identity::new(Basic::application_password("editor", site.application_password("editor")));
    let written = Client::builder(site.url()).auth(&identity).build().unwrap();
    written.verify().await.unwrap();
    found(&site.url()).await.client().auth(&identity).build().unwrap().verify().await.unwrap();
}

#[tokio::test]
async fn find_reads_only_the_beginning_of_a_large_page() {
    let site = StandIn::start().await;
    let link = format!("<link rel='https://api.w.org/' href='{}'>", site.rest("/"));
    let rest = "<p>word</p>".repeat(500_000);
    let page = ResponseTemplate::new(200).set_body_raw(format!("<html>{link}{rest}"), "text/html");
    Mock::given(path("/")).respond_with(page).mount(site.server()).await;
    for (stack, transport) in transports() {
        assert_eq!(find(&site.url(), &transport).await.unwrap().found_by(), FoundBy::PageLink, "{stack}");
    }
}

/// Always sends the same response, and counts the requests.
struct Says(u16, &'static str, Arc<AtomicUsize>);

#[wp_client::async_trait]
impl Transport for Says {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.2.fetch_add(1, SeqCst);
        let response = Response::builder().status(self.0).header("retry-after", self.1);
        Ok(response.body(Body::from("<html>wait")).unwrap())
    }
}

/// Never responds.
struct Hangs;

#[wp_client::async_trait]
impl Transport for Hangs {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        pending().await
    }
}

/// A clock that is moved by hand, second by second.
#[derive(Debug, Default)]
struct Hand(AtomicUsize);

#[wp_client::async_trait]
impl Clock for Hand {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.0.load(SeqCst) as u64)
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.now() + duration;
        poll_fn(|_| if self.now() < end { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

/// What comes of a search, and after how many seconds.
async fn outcome(search: DiscoveryBuilder) -> (wp_client::Result<Discovery>, usize) {
    let clock = Arc::new(Hand::default());
    let mut search = pin!(search.clock(Arc::clone(&clock)).find());
    loop {
        if let Poll::Ready(outcome) = poll!(search.as_mut()) {
            return (outcome, clock.0.load(SeqCst));
        }
        clock.0.fetch_add(1, SeqCst);
    }
}

#[tokio::test]
async fn find_does_not_retry_repeatedly_after_retry_after() {
    for status in [429, 503] {
        let says = Says(status, "50", Arc::default());
        let (outcome, seconds) = outcome(Discovery::builder("https://x.example/a/b").transport(says)).await;
        assert_eq!((kind(&outcome.unwrap_err()), seconds), (&DiscoveryErrorKind::NotFound, 0));
    }
}

#[tokio::test]
async fn find_ends_with_its_deadline_whatever_the_site_asks_for() {
    let search = || Discovery::builder("https://x.example/a/b/c/d/e");
    let patient = || Says(429, "4", Arc::default());
    for (search, deadline) in [
        (search().transport(patient()), 60),
        (search().transport(patient()).deadline(Duration::from_secs(7)), 7),
        (search().transport(Hangs).deadline(Duration::from_secs(3)), 3),
    ] {
        let (outcome, seconds) = outcome(search).await;
        let error = outcome.unwrap_err();
        let after = Duration::from_secs(deadline);
        assert_eq!((kind(&error), seconds as u64), (&DiscoveryErrorKind::Deadline { after }, deadline));
        assert!(error.is_retryable() && error.hint().unwrap().contains("deadline"), "{error:?}");
        let last = error.to_string();
        assert!(last.contains("x.example/a/b") && last.ends_with("no response yet)"), "{last}");
    }
    let (outcome, seconds) = outcome(search().transport(Hangs)).await;
    assert_eq!((kind(&outcome.unwrap_err()), seconds), (&DiscoveryErrorKind::Unreachable, 15));
}

/// Sends each request on to another page, without an end.
struct Onward(Arc<AtomicUsize>);

#[wp_client::async_trait]
impl Transport for Onward {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        let to = format!("/{}", self.0.fetch_add(1, SeqCst));
        Ok(Response::builder().status(302).header("location", to).body(Body::empty()).unwrap())
    }
}

#[tokio::test]
async fn find_stops_at_the_maximum_number_of_requests() {
    let sent = Arc::<AtomicUsize>::default();
    let search = || Discovery::builder("https://x.example/a/b/c/d/e/f/g");
    let busy = Says(503, "1", Arc::clone(&sent));
    let onward = Onward(Arc::clone(&sent));
    for search in [search().transport(onward), search().transport(busy).deadline(Duration::from_secs(3600))] {
        let (outcome, _) = outcome(search).await;
        let error = outcome.unwrap_err();
        assert_eq!(kind(&error), &DiscoveryErrorKind::RequestLimit { requests: 40 }, "{error}");
        assert_eq!(sent.swap(0, SeqCst), 40, "{error}");
        assert!(!error.is_retryable() && error.hint().is_some());
    }
    // Where nothing is redirected nor tried again, that is enough.
    let missing = Says(404, "1", Arc::clone(&sent));
    let (outcome, seconds) = outcome(search().transport(missing)).await;
    assert_eq!((kind(&outcome.unwrap_err()), seconds), (&DiscoveryErrorKind::NotFound, 0));
    assert_eq!(sent.load(SeqCst), 20, "6 pages, each asked twice, and 8 guesses");
}

#[tokio::test]
async fn find_rejects_the_api_of_a_parent_directory_that_the_page_does_not_link() {
    for named in [true, false] {
        let site = StandIn::start().await;
        // The page of another site on the same host, and a page of the site without the links.
        for page in ["/~ana/", "/hello/"] {
            without_links(site.server(), page).await;
        }
        let forbidden = ResponseTemplate::new(403).set_body_raw("<html>Forbidden", "text/html");
        Mock::given(path("/~ben/")).respond_with(forbidden).mount(site.server()).await;
        if !named {
            without_links(site.server(), "/").await;
        }
        for (stack, transport) in transports() {
            for typed in ["~ana/", "~ben/", "hello/"] {
                let error = find(&site.uri(typed), &transport).await.expect_err(typed);
                assert_eq!(
                    kind(&error),
                    &DiscoveryErrorKind::OtherSite { home: site.url() },
                    "{stack}: {error}"
                );
            }
            assert_eq!(find(&site.url(), &transport).await.unwrap().root().to_string(), site.rest("/"));
        }
        // The login of the site itself responds for a page that is for members.
        without_links(site.server(), "/wp-login.php").await;
        let login = ResponseTemplate::new(302).insert_header("location", "/wp-login.php?redirect_to=x");
        Mock::given(path("/members/")).respond_with(login).mount(site.server()).await;
        assert_eq!(found(&site.uri("members/")).await.root().to_string(), site.rest("/"));
    }
}

#[tokio::test]
async fn find_accepts_a_copy_in_a_directory_with_the_url_of_the_original() {
    let site = StandIn::builder().subdirectory("copy").start().await;
    without_links(site.server(), "/copy").await;
    let home = "https://www.example.org";
    let index = serde_json::json!({"namespaces": ["wp/v2"], "home": home, "url": home});
    let index = ResponseTemplate::new(200).set_body_json(index);
    Mock::given(path("/copy/wp-json/")).respond_with(index).mount(site.server()).await;
    let found = found(&site.url()).await;
    assert_eq!((found.found_by(), found.root().to_string()), (FoundBy::Guess, site.rest("/")));
}

#[tokio::test]
async fn site_url_of_the_index_is_shown_sanitized() {
    let site = StandIn::start().await;
    let home = "https://www.example.org/\u{1b}]0;owned\u{7}\u{202e}";
    let index = serde_json::json!({"namespaces": ["wp/v2"], "home": home, "url": home});
    let index = ResponseTemplate::new(200).set_body_json(index);
    Mock::given(path("/wp-json/")).respond_with(index).mount(site.server()).await;
    let shown = found(&site.url()).await.mismatch().unwrap().to_string();
    assert!(shown.contains("https://www.example.org/%1B%5D0%3Bowned%07"), "{shown:?}");
    without_links(site.server(), "/~ana/").await;
    let shown = format!("{:?}", lost(&site.uri("~ana/")).await);
    assert!(shown.contains("https://www.example.org/%1B") && shown.is_ascii(), "{shown:?}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown:?}");
}

#[tokio::test]
async fn find_with_host_password_passes_it_to_the_client() {
    let host_password = Credential::basic("staging", &"open".into()).unwrap();
    let site = StandIn::builder().host_password("staging", "open").start().await;
    for (stack, transport) in transports() {
        assert_eq!(kind(&find(&site.url(), &transport).await.unwrap_err()), &DiscoveryErrorKind::NotFound);
        let search = Discovery::builder(site.url()).transport(Arc::clone(&transport));
        let found = search.host_password(&host_password).default_header("x-trace", "7").find().await.unwrap();
        assert_eq!(found.root().to_string(), site.rest("/"), "{stack}");
        let wp = found.client().build().unwrap();
        assert!(!wp.posts().list().await.unwrap().is_empty(), "{stack}");
        let shown = format!("{found:?} {wp:?}");
        assert!(!shown.contains("c3RhZ2luZzpvcGVu") && !shown.contains("open\""), "{shown}");
    }
    let traced = |request: &wiremock::Request| request.headers.contains_key("x-trace");
    let requests = site.server().received_requests().await.unwrap();
    assert_eq!(
        requests.iter().filter(|request| traced(request)).count(),
        6,
        "a page, an index, a list, twice"
    );
}

#[tokio::test]
async fn find_sends_the_host_password_to_the_site_only() {
    let host_password = Credential::basic("staging", &"open".into()).unwrap();
    let (site, other) = (StandIn::start().await, StandIn::start().await);
    let link = format!("<{}>; rel=\"https://api.w.org/\"", other.rest("/"));
    let page = ResponseTemplate::new(200).insert_header("link", &*link);
    Mock::given(path("/")).respond_with(page).mount(site.server()).await;
    let away = ResponseTemplate::new(302).insert_header("location", &*other.url());
    Mock::given(path("/wp-json/")).respond_with(away).mount(site.server()).await;
    for (stack, transport) in transports() {
        let search =
            Discovery::builder(site.url()).transport(Arc::clone(&transport)).host_password(&host_password);
        search.find().await.unwrap_or_else(|error| panic!("{stack}: {error}"));
        assert_eq!(other.server().received_requests().await.unwrap().len(), 0, "{stack}");
        // Not unencrypted to another machine.
        let sent = Arc::<AtomicUsize>::default();
        let says = || Says(404, "1", Arc::clone(&sent));
        let search =
            || Discovery::builder("http://x.example").transport(says()).host_password(&host_password);
        let error = search().find().await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Request(_)), "{error}");
        assert_eq!(sent.load(SeqCst), 0);
        assert_eq!(
            kind(&search().allow_plain_http().find().await.unwrap_err()),
            &DiscoveryErrorKind::NotFound
        );
        // Nor to another origin, were it that of the same site.
        let server = MockServer::start().await;
        let named = Named(transport, server.address().to_string().parse().unwrap());
        let error = Discovery::builder("example.org")
            .transport(named)
            .host_password(&host_password)
            .find()
            .await
            .unwrap_err();
        assert!(error.to_string().contains("a request with a credential"), "{error}");
        assert_eq!(server.received_requests().await.unwrap().len(), 0);
    }
}

#[tokio::test]
async fn find_and_diagnose_do_not_follow_redirects_to_another_host() {
    let page = || ResponseTemplate::new(200).set_body_raw("<html><title>A shop</title>", "text/html");
    for direct in [true, false] {
        let (site, other) = (StandIn::start().await, StandIn::start().await);
        let away = ResponseTemplate::new(302).insert_header("location", &*other.uri("latest/meta-data/"));
        let on = ResponseTemplate::new(302).insert_header("location", "/on");
        Mock::given(path("/on")).respond_with(away.clone()).mount(site.server()).await;
        Mock::given(path("/wp-json/")).respond_with(page()).mount(site.server()).await;
        let first = if direct { away } else { on };
        Mock::given(wiremock::matchers::any()).respond_with(first).mount(site.server()).await;
        for (stack, transport) in transports() {
            let error = find(&site.url(), &transport).await.unwrap_err();
            assert_eq!(kind(&error), &DiscoveryErrorKind::NotFound, "{stack}: {error}");
            let wp = Client::builder(site.url()).transport(transport).build().unwrap();
            assert_eq!(wp.diagnose().await.cause(), Some(Cause::NoApi), "{stack}");
            assert_eq!(other.server().received_requests().await.unwrap().len(), 0, "{stack}");
        }
        let seen = site.server().received_requests().await.unwrap();
        assert!(
            seen.iter().filter(|request| request.url.path() == "/").count() >= 4,
            "the doctor looked, too"
        );
    }
}
