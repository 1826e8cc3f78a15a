//! A consumer key in the query: the one credential that is in a URL.

use std::error::Error as _;
use std::sync::Arc;

use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};
use wp_client::wp_core::extensions::Secret;
use wp_client::{
    AuthErrorKind, Body, Client, ConsumerKey, Error, Identity, Transport, TransportError, async_trait, http,
};

use crate::transports;

const KEY: &str = "ck_Pl4nted0123456789abcdef";
const SECRET: &str = "cs_Pl4nted9876543210fedcba";
const QUERY: &str = "consumer_key=ck_Pl4nted0123456789abcdef&consumer_secret=cs_Pl4nted9876543210fedcba";

fn in_query() -> Identity {
    ConsumerKey::new(KEY, SECRET).in_query().into()
}

/// Everything that an error shows.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:#} {error:?} {error:#?} {}", error.hint().unwrap_or_default());
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text} {error} {error:?} {error:#?}");
        source = error.source();
    }
    text
}

fn is_hidden(what: &str, text: &str) {
    assert!(!text.contains("Pl4nted"), "{what}: {text}");
}

/// Responds with the URL of the request in each place where servers repeat it.
struct Repeats {
    status: u16,
    /// The origin of the redirect, if it is one.
    to: Option<String>,
}

impl Respond for Repeats {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let url = request.url.as_str();
        let target = format!("{}?{}", request.url.path(), request.url.query().unwrap_or_default());
        let error = serde_json::json!({"code": "woocommerce_rest_cannot_view", "message": format!("Not at {url}"),
            "data": {"status": self.status, "params": {"url": target}}});
        let body = if self.status < 400 { serde_json::json!({}) } else { error };
        let response = ResponseTemplate::new(self.status)
            .set_body_json(body)
            .insert_header("link", format!("<{url}&page=2>; rel=\"next\"").as_str())
            .insert_header("x-wp-total", "0")
            .insert_header("x-wp-totalpages", "0");
        match &self.to {
            // In the path as well: some redirects put the whole URL there.
            Some(origin) => response
                .insert_header("location", format!("{origin}/login/{QUERY}{target}&again={url}").as_str()),
            None => response,
        }
    }
}

async fn site(status: u16, to: Option<String>) -> MockServer {
    let site = MockServer::start().await;
    Mock::given(any()).respond_with(Repeats { status, to }).mount(&site).await;
    site
}

#[tokio::test]
async fn the_key_is_in_the_query_of_each_request_and_shown_nowhere() {
    let site = site(200, None).await;
    for (stack, transport) in transports() {
        for plain in [false, true] {
            let builder = Client::builder(site.uri()).transport(Arc::clone(&transport)).auth(in_query());
            let builder = if plain { builder.plain_permalinks() } else { builder };
            is_hidden(stack, &format!("{builder:?}"));
            let wp = builder.build().unwrap();
            wp.get("/wc/v3/orders").query("status", "any").await.unwrap();
            wp.post("/wc/v3/orders").json(&serde_json::json!({"status": "pending"})).await.unwrap();
            let request = wp.get("/wc/v3/orders");
            is_hidden(stack, &format!("{request:?} {wp:?} {:?}", wp.token().await.unwrap()));
            is_hidden(stack, &format!("{:?}", request.reply().await.unwrap()));
            // An anonymous request does not have it as a parameter.
            wp.get("/wc/v3/orders").anonymous().await.unwrap();
            let arrived = site.received_requests().await.unwrap();
            let queries: Vec<_> = arrived.iter().map(|it| it.url.query().unwrap_or_default()).collect();
            let route = if plain { "rest_route=/wc/v3/orders&" } else { "" };
            assert_eq!(
                queries,
                [
                    format!("{route}status=any&{QUERY}"),
                    format!("{route}{QUERY}"),
                    format!("{route}{QUERY}"),
                    route.trim_end_matches('&').to_owned(),
                ],
                "{stack}"
            );
            assert!(arrived.iter().all(|it| !it.headers.contains_key("authorization")), "{stack}");
            site.reset().await;
            Mock::given(any()).respond_with(Repeats { status: 200, to: None }).mount(&site).await;
        }
    }
}

#[tokio::test]
async fn no_error_shows_the_key_wherever_the_server_repeats_the_url() {
    for status in [401, 404, 500, 502] {
        let site = site(status, None).await;
        for (stack, transport) in transports() {
            let wp = Client::builder(site.uri()).transport(transport).auth(in_query()).build().unwrap();
            let error = wp.post("/wc/v3/orders").await.unwrap_err();
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status), "{stack}");
            is_hidden(stack, &shown(&error));
        }
    }
}

#[tokio::test]
async fn a_redirect_to_another_origin_does_not_get_the_key() {
    let other = site(200, None).await;
    for status in [301, 302, 303, 307, 308] {
        let site = site(status, Some(other.uri())).await;
        for (stack, transport) in transports() {
            let wp = Client::builder(site.uri()).transport(transport).auth(in_query()).build().unwrap();
            let error = wp.get("/wc/v3/orders").await.unwrap_err();
            let text = shown(&error);
            is_hidden(stack, &text);
            assert!(text.contains(&other.address().to_string()), "{stack}, {status}: {text}");
        }
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0, "nothing got there");
}

/// Redirects to the same path with a slash, and first of all to a path that holds the key. Keeps the query.
struct AddsSlash;

impl Respond for AddsSlash {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let (path, query) = (request.url.path(), request.url.query().unwrap_or_default());
        if path.ends_with("/orders/1") {
            let to = format!("/wp-json/{QUERY}/wc/v3/orders/1/?{query}");
            return ResponseTemplate::new(302).insert_header("location", to.as_str());
        }
        if path.ends_with('/') {
            return ResponseTemplate::new(200).set_body_json(serde_json::json!({}));
        }
        ResponseTemplate::new(301).insert_header("location", format!("{path}/?{query}").as_str())
    }
}

#[tokio::test]
async fn the_redirects_of_a_reply_do_not_show_the_key() {
    for (stack, transport) in transports() {
        let site = MockServer::start().await;
        Mock::given(any()).respond_with(AddsSlash).mount(&site).await;
        let wp = Client::builder(site.uri()).transport(transport).auth(in_query()).build().unwrap();
        for (route, expected) in [
            ("/wc/v3/orders/1", "/wp-json/consumer_key=***&consumer_secret=***/wc/v3/orders/1/"),
            ("/wc/v3/orders", "/wp-json/wc/v3/orders/"),
        ] {
            let reply = wp.get(route).query("status", "any").reply().await.unwrap();
            is_hidden(stack, &format!("{reply:?} {:?}", reply.redirects));
            assert_eq!(reply.redirects, [&*format!("{}{expected}", site.uri())], "{stack}");
            // The server got the query all the same.
            let arrived = site.received_requests().await.unwrap().pop().unwrap();
            assert_eq!(arrived.url.query(), Some(&*format!("status=any&{QUERY}")), "{stack}");
        }
    }
}

#[tokio::test]
async fn the_slash_that_a_server_adds_is_learned_with_the_key_in_the_query() {
    for (stack, transport) in transports() {
        let site = MockServer::start().await;
        Mock::given(any()).respond_with(AddsSlash).mount(&site).await;
        let wp = Client::builder(site.uri()).transport(transport).auth(in_query()).build().unwrap();
        for page in 1..=5 {
            wp.get("/wc/v3/orders").query("page", page).await.unwrap();
        }
        assert_eq!(site.received_requests().await.unwrap().len(), 6, "{stack}: one redirect");
    }
}

#[tokio::test]
async fn the_key_is_in_no_query_over_plain_http() {
    // A permission for plain http is for headers: a shop takes no key from such a URL, and anyone on the path could
    // read it.
    for builder in
        [Client::builder("http://example.org"), Client::builder("http://example.org").allow_plain_http()]
    {
        let error = match builder.auth(in_query()).transport(Unreachable).build() {
            Err(error) => error,
            Ok(wp) => {
                let error = wp.get("/wc/v3/orders").await.unwrap_err();
                assert_eq!(error.auth_kind(), Some(AuthErrorKind::Invalid), "{error:?}");
                error
            }
        };
        is_hidden("plain http", &shown(&error));
    }
}

#[tokio::test]
async fn without_in_query_the_key_is_sent_as_basic() {
    let site = site(200, None).await;
    for (stack, transport) in transports() {
        let wp = Client::builder(site.uri()).transport(transport).auth(ConsumerKey::new(KEY, SECRET));
        wp.build().unwrap().get("/wc/v3/orders").await.unwrap();
        let arrived = site.received_requests().await.unwrap().pop().unwrap();
        assert_eq!(arrived.url.query(), None, "{stack}");
        assert!(arrived.headers["authorization"].to_str().unwrap().starts_with("Basic "), "{stack}");
    }
}

/// A transport that must not be reached.
struct Unreachable;

#[async_trait]
impl Transport for Unreachable {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        panic!("{} was sent", request.uri().path())
    }
}

/// A transport around that of a stack.
struct Over(Arc<dyn Transport>);

#[async_trait]
impl Transport for Over {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        // A decorator learns that it must not log this URL.
        assert!(request.extensions().get::<Secret>().is_some());
        self.0.send(request).await
    }
}

#[tokio::test]
async fn a_transport_of_the_user_sees_that_the_request_is_secret() {
    let site = site(200, None).await;
    for (_, transport) in transports() {
        let wp = Client::builder(site.uri()).transport(Over(transport)).auth(in_query()).build().unwrap();
        wp.get("/wc/v3/orders").await.unwrap();
    }
}
