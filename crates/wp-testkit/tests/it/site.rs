//! The address, the index, the front page and the log of the stand-in.

use std::time::Duration;

use serde_json::json;
use wiremock::{
    Mock, ResponseTemplate,
    matchers::{method, path},
};
use wp_testkit::{Permalinks, StandIn};

use crate::client::{call, raw};

async fn named(site: &StandIn, target: &str) -> bool {
    let reply = raw(site, &format!("GET {target}")).send().await;
    reply.status == 200 && reply.text == r#"{"name":"Stand-in"}"#
}

#[tokio::test]
async fn front_page_links_to_the_api() {
    let site = StandIn::start().await;
    let url = site.url();
    let link = format!("<{url}/wp-json/>; rel=\"https://api.w.org/\"");
    for method in ["GET", "HEAD"] {
        let reply = raw(&site, &format!("{method} /")).send().await;
        assert_eq!((reply.status, reply.header("Link")), (200, Some(link.as_str())));
        assert_eq!(reply.header("Content-Type"), Some("text/html; charset=UTF-8"));
        assert_eq!(reply.text.is_empty(), method == "HEAD");
        assert_eq!(reply.header("X-Robots-Tag"), None);
    }
    let unknown = raw(&site, "GET /nope-nope").send().await;
    assert_eq!((unknown.status, unknown.header("Link")), (404, Some(link.as_str())));
    assert!(unknown.text.starts_with("<!DOCTYPE html>"));
    let post = raw(&site, "GET /2024/01/01/post-6/").send().await;
    assert_eq!(post.status, 200);
}

#[tokio::test]
async fn index_lists_namespaces_and_authentication() {
    let site = StandIn::start().await;
    let url = site.url();
    let index = call(&site, "GET /").send().await;
    assert_eq!(
        index.keys(),
        [
            "name",
            "description",
            "url",
            "home",
            "gmt_offset",
            "timezone_string",
            "page_for_posts",
            "page_on_front",
            "show_on_front",
            "namespaces",
            "authentication",
            "routes",
            "site_logo",
            "site_icon",
            "site_icon_url",
            "_links",
        ]
    );
    let body = index.json();
    assert_eq!(body["gmt_offset"], "0");
    assert_eq!(body["namespaces"], json!(["jwt-auth/v1", "wp/v2"]));
    let authorize = format!("{url}/wp-admin/authorize-application.php");
    let expected = json!({ "application-passwords": { "endpoints": { "authorization": authorize } } });
    assert_eq!(body["authentication"], expected);
    let item = &body["routes"][r"/wp/v2/posts/(?P<id>[\d]+)"];
    assert_eq!(item["methods"], json!(["GET", "POST", "PUT", "PATCH", "DELETE"]));
    let token = &body["routes"]["/jwt-auth/v1/token"];
    let href = format!("{url}/wp-json/jwt-auth/v1/token");
    assert_eq!(
        *token,
        json!({
            "namespace": "jwt-auth/v1", "methods": ["POST"],
            "endpoints": [{ "methods": ["POST"], "args": [] }],
            "_links": { "self": [{ "href": href }] },
        })
    );
    assert_eq!(call(&site, "OPTIONS /jwt-auth/v1/token").send().await.json(), *token);
    for (name, value) in [
        ("Content-Type", "application/json; charset=UTF-8"),
        ("X-Robots-Tag", "noindex"),
        ("X-Content-Type-Options", "nosniff"),
        ("Link", format!("<{url}/wp-json/>; rel=\"https://api.w.org/\"").as_str()),
        ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
        (
            "Access-Control-Allow-Headers",
            "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
        ),
        ("Allow", "GET"),
        ("Vary", "Origin"),
    ] {
        assert_eq!(index.header(name), Some(value));
    }
    assert_eq!(index.header("Cache-Control"), None);
    let route = call(&site, "GET /?_fields=routes./wp/v2/tags.methods").send().await;
    assert_eq!(route.json(), json!({ "routes": { "/wp/v2/tags": { "methods": ["GET", "POST"] } } }));
    let nothing = call(&site, "GET /?_fields=image_sizes").send().await;
    assert_eq!(nothing.text, "[]");
    let cors = call(&site, "GET /").header("Origin", "https://app.example").send().await;
    assert_eq!(cors.header("Access-Control-Allow-Origin"), Some("https://app.example"));
}

#[tokio::test]
async fn pretty_permalinks_accept_every_url_form() {
    let site = StandIn::start().await;
    for target in [
        "/wp-json/?_fields=name",
        "/wp-json?_fields=name",
        "/index.php/wp-json/?_fields=name",
        "/?rest_route=/&_fields=name",
        "/index.php?rest_route=%2F&_fields=name",
    ] {
        assert!(named(&site, target).await, "{target}");
    }
    for (target, status) in [
        ("/wp-json/wp/v2/POSTS", 200),
        ("/wp-json/wp/v2/posts/", 200),
        ("/wp-json//wp/v2/posts", 404),
        ("/wp-json/wp/v2/nope", 404),
        ("/wp-jsonx", 404),
    ] {
        assert_eq!(raw(&site, &format!("GET {target}")).send().await.status, status, "{target}");
    }
}

#[tokio::test]
async fn index_permalinks_need_index_php() {
    let site = StandIn::builder().permalinks(Permalinks::Index).start().await;
    assert!(named(&site, "/index.php/wp-json/?_fields=name").await);
    assert!(named(&site, "/?rest_route=/&_fields=name").await);
    assert_eq!(raw(&site, "GET /wp-json/").send().await.status, 404);
    let home = raw(&site, "GET /").send().await;
    let link = format!("<{}/index.php/wp-json/>; rel=\"https://api.w.org/\"", site.url());
    assert_eq!(home.header("Link"), Some(link.as_str()));
}

#[tokio::test]
async fn plain_permalinks_accept_only_the_query_form() {
    let site = StandIn::builder().permalinks(Permalinks::Plain).start().await;
    let url = site.url();
    let home = raw(&site, "GET /").send().await;
    let link = format!("<{url}/index.php?rest_route=/>; rel=\"https://api.w.org/\"");
    assert_eq!(home.header("Link"), Some(link.as_str()));
    let list = raw(&site, "GET /index.php?rest_route=/wp/v2/posts&per_page=1&_fields=id").send().await;
    let next =
        format!("<{url}/index.php?rest_route=%2Fwp%2Fv2%2Fposts&per_page=1&_fields=id&page=2>; rel=\"next\"");
    assert_eq!(list.header("Link"), Some(next.as_str()));

    let wrong = raw(&site, "POST /wp-json/wp/v2/posts").json(&json!({ "title": "x" })).send().await;
    assert_eq!((wrong.status, wrong.header("Content-Type")), (200, Some("text/html; charset=UTF-8")));
    assert_eq!(raw(&site, "GET /wp-json/").send().await.header("Link"), Some(link.as_str()));
    let moved = raw(&site, "GET /wp-json/wp/v2/posts?per_page=1&_fields=id").send().await;
    assert_eq!(moved.status, 301);
    let slashed = format!("{url}/wp-json/wp/v2/posts/?per_page=1&_fields=id");
    assert_eq!(moved.header("Location"), Some(slashed.as_str()));

    let made = raw(&site, "POST /?rest_route=/wp/v2/tags").by(&site, "admin");
    let made = made.json(&json!({ "name": "plain" })).send().await;
    let id = made.json()["id"].clone();
    let location = format!("{url}/index.php?rest_route=/wp/v2/tags/{id}");
    assert_eq!(made.header("Location"), Some(location.as_str()));
    let body = made.json();
    assert_eq!(body["link"], format!("{url}/?tag=plain"));
    let posts = format!("{url}/index.php?rest_route=%2Fwp%2Fv2%2Fposts&tags={id}");
    assert_eq!(body["_links"]["wp:post_type"][0]["href"], posts);
}

#[tokio::test]
async fn subdirectory_and_custom_rest_prefix() {
    let site = StandIn::builder().subdirectory("blog").rest_prefix("api").start().await;
    assert!(site.url().ends_with("/blog"));
    assert!(named(&site, "/blog/api/?_fields=name").await);
    assert_eq!(raw(&site, "GET /blog/wp-json/").send().await.status, 404);
    let outside = raw(&site, "GET /").send().await;
    assert_eq!((outside.status, outside.header("Link")), (404, None));
    let home = raw(&site, "GET /blog/").send().await;
    let link = format!("<{}/api/>; rel=\"https://api.w.org/\"", site.url());
    assert_eq!(home.header("Link"), Some(link.as_str()));
    assert_eq!(site.rest("/wp/v2/posts"), site.uri("api/wp/v2/posts"));
}

#[tokio::test]
async fn log_records_requests_without_secrets() {
    let site = StandIn::start().await;
    let password = site.application_password("admin");
    let reply = call(&site, "POST /wp/v2/posts?password=s3cret").basic("admin", &password);
    reply.json(&json!({ "title": "x" })).send().await;
    raw(&site, "GET /?rest_route=/wp/v2/nope").send().await;
    raw(&site, "GET /about/").send().await;
    let log = site.log();
    assert_eq!(log.len(), 3);
    let seen: Vec<_> = log.iter().map(|e| (e.method.as_str(), e.path.as_str(), e.rest, e.status)).collect();
    assert_eq!(
        seen,
        [
            ("POST", "/wp/v2/posts", true, 201),
            ("GET", "/wp/v2/nope", true, 404),
            ("GET", "/about/", false, 404),
        ]
    );
    assert_eq!(log[0].user.as_deref(), Some("admin"));
    assert_eq!(log[0].body_len, r#"{"title":"x"}"#.len());
    assert_eq!(log[0].query("password"), Some("***"));
    let written = format!("{log:?}");
    assert!(!written.contains("s3cret") && !written.contains(&password));
    assert_eq!(site.count("POST", "/wp/v2/posts"), 1);
    site.clear_log();
    assert!(site.log().is_empty());
}

#[tokio::test]
async fn mock_takes_precedence_over_the_stand_in() {
    let site = StandIn::start().await;
    let once = Mock::given(method("GET")).and(path("/wp-json/wp/v2/posts"));
    let once = once.respond_with(ResponseTemplate::new(502)).up_to_n_times(1);
    site.server().register(once).await;
    assert_eq!(call(&site, "GET /wp/v2/posts").send().await.status, 502);
    assert_eq!(call(&site, "GET /wp/v2/posts").send().await.status, 200);
    assert_eq!(site.count("GET", "/wp/v2/posts"), 1);
}

#[tokio::test]
async fn the_clock_and_the_zone_can_be_set() {
    let site = StandIn::builder().gmt_offset_minutes(345).start().await;
    site.set_now(1_795_369_851);
    let reply = call(&site, "GET /?_fields=gmt_offset").send().await;
    assert_eq!(reply.header("Date"), Some("Sun, 22 Nov 2026 17:50:51 GMT"));
    assert_eq!(reply.json(), json!({ "gmt_offset": "5.75" }));
    site.advance(Duration::from_secs(9));
    let made = call(&site, "POST /wp/v2/posts?_fields=date,date_gmt").by(&site, "admin");
    let made = made.json(&json!({ "title": "now" })).send().await.json();
    assert_eq!(made, json!({ "date": "2026-11-22T23:36:00", "date_gmt": "2026-11-22T17:51:00" }));
}

#[tokio::test]
async fn malformed_requests_do_not_crash_the_stand_in() {
    let site = StandIn::start().await;
    for line in [
        "GET /wp-json/wp/v2/posts?a[[]=1&[]=2&b[c=3&%zz=%&&=",
        "GET /wp-json/wp/v2/posts?_fields=..,a..b,&orderby[]=x",
        "GET /wp-json/wp/v2/posts?page=99999999999999999999",
        "GET /wp-json/wp/v2/posts?page=9223372036854775807&per_page=100",
        "GET /wp-json/wp/v2/posts?offset=-1",
        "GET /wp-json/wp/v2/posts?search=%22&before=%F0%9F%A6%80%F0%9F%A6%80%F0%9F%A6%80%F0%9F%A6%80%F0%9F%A6%80",
        "GET /wp-json/%ff/%00",
        "BREW /wp-json/wp/v2/posts",
        "POST /wp-json/wp/v2/posts/5?_method=%F0%9F%A6%80",
    ] {
        let reply = raw(&site, line).send().await;
        assert!(matches!(reply.status, 200 | 400 | 404), "{line}: {}", reply.status);
    }
    for body in ["[1,[2]]", "1", "\"x\"", "{\"title\":{\"raw\":[1]},\"meta\":{\"footnotes\":1},\"slug\":{}}"]
    {
        let reply = call(&site, "POST /wp/v2/posts").by(&site, "admin").text("application/json", body);
        assert!(reply.send().await.status < 500, "{body}");
    }
}

/// In a task that has used up its turn, a lock of tokio's is never to be had.
#[tokio::test(flavor = "multi_thread")]
async fn stand_in_can_be_dropped_in_a_task_without_coop_budget() {
    let site = StandIn::start().await;
    let (send, mut receive) = tokio::sync::mpsc::unbounded_channel();
    for number in 0..1_000 {
        send.send(number).unwrap();
    }
    // Each message that is ready takes of it.
    std::future::poll_fn(|cx| {
        while receive.poll_recv(cx).is_ready() {}
        std::task::Poll::Ready(())
    })
    .await;
    drop(site);
}
