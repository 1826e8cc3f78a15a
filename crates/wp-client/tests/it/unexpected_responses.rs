//! Responses that the API did not write: their errors, doubts and remedies.

use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};
use wp_client::models::{NewPost, PostId, PostPatch};
use wp_client::wp_core::response::UnexpectedKind as Kind;
use wp_client::{Client, ClientBuilder, Error, ErrorKind, JwtAuth, RetryPolicy};
use wp_testkit::{Firewall, StandIn};

use crate::clients;

fn kind(error: &Error) -> Kind {
    match error.kind() {
        ErrorKind::Unexpected(response) => response.kind(),
        other => panic!("{other:?}"),
    }
}

/// Signed in over each stack. What is sent is sent once.
fn once(site: &StandIn) -> impl Iterator<Item = Client> {
    let build = |builder: ClientBuilder| {
        builder.retry(RetryPolicy::never()).auth(JwtAuth::new("editor", "password")).build().unwrap()
    };
    clients(site).map(move |(_, builder)| build(builder))
}

/// A response, what it is, whether a write that got it is in doubt, whether a read may be retried, and a word of
/// the hint.
struct Row(u16, &'static [(&'static str, &'static str)], &'static str, Kind, bool, bool, &'static str);

const PAGE: (&str, &str) = ("content-type", "text/html");
const WAIT: (&str, &str) = ("retry-after", "600");

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row(403, &[PAGE], "<html><h1>Forbidden</h1>", Kind::Firewall, false, false, "exclusions for WordPress"),
    Row(503, &[PAGE], "<!DOCTYPE html><title>Just a moment...</title>", Kind::Challenge, false, false, "browsers"),
    Row(200, &[PAGE], "<!DOCTYPE html><title>Just a moment...</title>", Kind::Challenge, false, false, "browsers"),
    Row(401, &[("www-authenticate", "Basic realm=\"x\"")], "", Kind::HostPassword, false, false, "ClientBuilder::host_password"),
    Row(429, &[PAGE, WAIT], "<html>429", Kind::RateLimit, false, true, "retry_after"),
    Row(413, &[PAGE], "<html>413", Kind::BodyTooLarge, false, false, "client_max_body_size"),
    Row(414, &[PAGE], "<html>414", Kind::UrlTooLong, false, false, "query"),
    Row(431, &[], "431", Kind::HeadersTooLarge, false, false, "token"),
    Row(408, &[PAGE], "<html>408", Kind::SlowRequest, true, true, "RequestReadTimeout"),
    Row(405, &[PAGE], "<html>405", Kind::MethodRefused, false, false, ""),
    Row(503, &[PAGE, WAIT], "<html><title>Maintenance</title>", Kind::Maintenance, false, true, ".maintenance"),
    Row(503, &[PAGE], "<html><title>Maintenance</title>", Kind::Maintenance, true, true, ".maintenance"),
    Row(502, &[PAGE], "<html>502", Kind::Gateway, true, true, "logs"),
    Row(504, &[PAGE], "<html>504", Kind::Gateway, true, true, "logs"),
    Row(500, &[PAGE], "<h1>Error establishing a database connection</h1>", Kind::Database, true, false, "database"),
    Row(500, &[], "", Kind::ServerError, true, false, "error log"),
    Row(200, &[PAGE], "<b>Fatal error</b>: x", Kind::ServerError, true, false, "error log"),
    Row(200, &[PAGE], "<html><form id=\"loginform\">", Kind::LoginPage, true, false, "login"),
    Row(200, &[PAGE], "<!DOCTYPE html><link rel='https://api.w.org/'>", Kind::SitePage, true, false, "plain_permalinks"),
    Row(200, &[], "<?php", Kind::PhpSource, true, false, "source code"),
    Row(200, &[], "", Kind::Empty, true, false, ""),
];

#[tokio::test]
async fn unexpected_response_kinds_have_doubt_and_remedy() {
    for Row(status, headers, body, expected, in_doubt, retryable, hint) in ROWS {
        let site = StandIn::start().await;
        let mut response = ResponseTemplate::new(*status).set_body_bytes(*body);
        for header in *headers {
            response = response.insert_header(header.0, header.1);
        }
        Mock::given(path("/wp-json/wp/v2/posts")).respond_with(response).mount(site.server()).await;
        for wp in once(&site) {
            let write = wp.posts().create(NewPost::titled("x")).await.unwrap_err();
            let read = wp.get("/wp/v2/posts").await.unwrap_err();
            assert_eq!((kind(&write), kind(&read)), (*expected, *expected), "{write:?}");
            assert_eq!(write.may_have_happened(), *in_doubt, "{write:?}");
            assert_eq!(read.is_retryable(), *retryable, "{read:?}");
            assert!(!read.may_have_happened(), "{read:?}");
            assert!(
                write.hint().unwrap_or_default().contains(hint) && write.hint().is_some() != hint.is_empty(),
                "{write:?}"
            );
        }
    }
}

/// The list is what a `GET` of the same address gives.
#[tokio::test]
async fn list_in_response_to_a_create_is_an_error() {
    let site = StandIn::start().await;
    let list = ResponseTemplate::new(200)
        .set_body_json(json!([{"id": 1}, {"id": 2}]))
        .insert_header("x-wp-total", "2")
        .insert_header("x-wp-totalpages", "1");
    let posts = Mock::given(method("POST")).and(path("/wp-json/wp/v2/posts"));
    posts.respond_with(list).mount(site.server()).await;
    for wp in once(&site) {
        for error in [
            wp.posts().create(NewPost::titled("x")).await.unwrap_err(),
            wp.post("/wp/v2/posts").json(&json!({"title": "x"})).await.unwrap_err(),
            wp.post("/wp/v2/posts").typed::<Vec<Value>>().await.unwrap_err(),
        ] {
            assert_eq!((kind(&error), error.status().unwrap().as_u16()), (Kind::List, 200));
            assert!(error.may_have_happened() && !error.is_retryable(), "{error:?}");
            assert!(error.hint().unwrap().contains("redirect"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn firewall_remedy_depends_on_the_blocked_request() {
    let site = StandIn::builder().firewall(Firewall::Verbs).start().await;
    for wp in once(&site) {
        let verb = wp.posts().trash(PostId::new(5).unwrap()).await.unwrap_err();
        let raw = wp.post("/wp/v2/media").body("image/png", "\u{89}PNG").await.unwrap_err();
        for (error, word) in [(verb, "override_methods"), (raw, "Request::multipart")] {
            assert_eq!(kind(&error), Kind::Firewall);
            assert!(error.hint().unwrap().contains(word), "{error:?}");
        }
    }
    let site = StandIn::builder().firewall(Firewall::Everything).start().await;
    let error = Client::builder(site.url()).build().unwrap().get("/").await.unwrap_err();
    assert_eq!(kind(&error), Kind::Challenge);
}

#[tokio::test]
async fn override_methods_pass_a_firewall_that_blocks_verbs() {
    let site = StandIn::builder().firewall(Firewall::Verbs).start().await;
    for ((_, builder), id) in clients(&site).zip([5, 6]) {
        let wp = builder.auth(JwtAuth::new("editor", "password")).override_methods().build().unwrap();
        let id = PostId::new(id).unwrap();
        let route = format!("/wp/v2/posts/{id}");
        for (request, title) in [(wp.put(&route), "put"), (wp.patch(&route), "patch")] {
            assert_eq!(request.json(&json!({"title": title})).await.unwrap()["title"]["raw"], title);
        }
        assert!(wp.posts().delete(id).await.unwrap().deleted);
        let error = wp.posts().delete(id).await.unwrap_err();
        assert!(error.is_not_found() && error.to_string().starts_with("DELETE "), "{error}");
    }
    assert!(site.log().iter().all(|entry| entry.method == "POST"), "{:?}", site.log());
}

/// WordPress takes a POST as an update, too.
#[tokio::test]
async fn creates_and_updates_pass_a_firewall_that_blocks_verbs() {
    let site = StandIn::builder().firewall(Firewall::Verbs).start().await;
    for wp in once(&site) {
        let post = wp.posts().create(NewPost::titled("Before")).await.unwrap();
        let post = wp.posts().update(post.id, PostPatch::default().title("After")).await.unwrap();
        assert_eq!(post.title.raw, "After");
    }
}

/// nginx responds with 502 where the headers of a response outgrow its buffer, and a list repeats the query in one.
#[tokio::test]
async fn bad_gateway_with_a_long_query_has_a_remedy() {
    let site = StandIn::start().await;
    let response = ResponseTemplate::new(502).set_body_raw("<html>502 Bad Gateway", "text/html");
    Mock::given(path("/wp-json/wp/v2/posts")).respond_with(response).mount(site.server()).await;
    for wp in once(&site) {
        for (ids, word) in [(1..10, "logs"), (1..1000, "fastcgi_buffer_size")] {
            let ids: Vec<u32> = ids.collect();
            let error = wp.get("/wp/v2/posts").query("include", &ids).await.unwrap_err();
            assert!(error.hint().unwrap().contains(word), "{error:?}");
        }
    }
}

/// What the words are in, and the status, the site decides.
#[tokio::test]
async fn fatal_errors_of_wordpress_have_a_remedy() {
    let fatal = "internal_server_error";
    for (status, code, message, word) in [
        (500, fatal, "<p>Es gab einen kritischen Fehler.</p>", "error log"),
        (503, "wp_die", "Briefly unavailable for scheduled maintenance.", ".maintenance"),
        (500, "wp_die", "<h1>Error establishing a database connection</h1>", "database"),
    ] {
        let site = StandIn::start().await;
        let body =
            json!({"code": code, "message": message, "data": {"status": status}, "additional_errors": []});
        let response = ResponseTemplate::new(status).set_body_json(body);
        Mock::given(path("/wp-json/wp/v2/posts")).respond_with(response).mount(site.server()).await;
        for wp in once(&site) {
            let error = wp.get("/wp/v2/posts").await.unwrap_err();
            assert!(error.code().unwrap() == code && error.hint().unwrap().contains(word), "{error:?}");
        }
    }
}
