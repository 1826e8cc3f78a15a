//! Requests to any route, decoded as a value, a type, or a whole reply.

use futures_util::future::join;
use serde::Deserialize;
use serde_json::json;
use wp_client::{Client, ErrorCode, ErrorKind};
use wp_http::conformance::ManualClock;
use wp_testkit::StandIn;

use crate::may_have_happened::{TIME, silent, time_ends};
use crate::{clients, ends, signed_in, transports};

#[derive(Deserialize)]
struct Slim {
    slug: String,
}

#[tokio::test]
async fn every_verb_reaches_any_route() {
    let site = StandIn::start().await;
    for wp in signed_in(&site, "admin") {
        // A bare statement compiles.
        wp.get("/wp/v2/types").await.err();

        let post = wp.post("/wp/v2/posts").json(&json!({"title": "raw", "status": "publish"})).await.unwrap();
        let route = format!("/wp/v2/posts/{}", post["id"]);
        let slim: Slim = wp.put(&route).json(&json!({"slug": "put"})).typed().await.unwrap();
        assert_eq!(slim.slug, "put");
        let slim: Slim =
            wp.patch(&route).form(json!({"slug": "patch", "tags": [1, 2]})).typed().await.unwrap();
        assert_eq!(slim.slug, "patch");
        assert_eq!(wp.delete(&route).query("force", true).await.unwrap()["deleted"], true);
    }
}

#[tokio::test]
async fn reply_has_status_headers_and_body() {
    let site = StandIn::builder().posts(23).start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        let reply = wp.get("/wp/v2/posts?per_page=5&_fields=id").query("page", 2).reply().await.unwrap();
        assert_eq!(reply.status, 200);
        assert!(reply.headers["link"].to_str().unwrap().contains("rel=\"next\""));
        assert_eq!((reply.totals.unwrap().items, reply.totals.unwrap().pages), (23, 5));
        assert_eq!(reply.body.as_array().unwrap().len(), 5);
        assert!(reply.salvaged.is_none() && reply.redirects.is_empty());
        let reply = wp.get("/wp/v2/posts").typed::<Vec<Slim>>().reply().await.unwrap();
        assert_eq!(reply.map(|posts| posts.len()).body, 10);
    }
}

#[tokio::test]
async fn unknown_route_and_wrong_type_are_different_errors() {
    let site = StandIn::start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.build().unwrap();
        let error = wp.get("/my-plugin/v1/stats").await.unwrap_err();
        assert!(error.is_not_found() && error.code() == Some(&ErrorCode::NO_ROUTE));
        let error = wp.get("/wp/v2/posts").typed::<Vec<u64>>().await.unwrap_err();
        let ErrorKind::Decode(decode) = error.kind() else { panic!("{error:?}") };
        assert_eq!(decode.path(), "[0]");
    }
}

#[tokio::test]
async fn request_can_set_headers_and_timeout() {
    let site = StandIn::start().await;
    for (_, builder) in clients(&site) {
        let wp = builder.default_header("x-everywhere", "1").build().unwrap();
        wp.get("/wp/v2/posts").header("X-Trace", "7").await.unwrap();
        let entry = site.log().pop().unwrap();
        assert!(
            entry.has_header("x-trace") && entry.has_header("x-everywhere") && entry.has_header("user-agent")
        );
    }
    for (_, transport) in transports() {
        let (server, clock) = (silent(), ManualClock::new());
        let wp = Client::builder(server.url()).transport(transport).clock(clock.clone()).build().unwrap();
        let post = wp.post("/wp/v2/posts").json(&json!({"title": "T"})).timeout(TIME).into_future();
        let (outcome, ()) = ends(join(post, time_ends(&server, &clock))).await;
        let late = outcome.unwrap_err();
        assert!(late.to_string().contains("did not come in time"), "{late}");
        assert!(late.may_have_happened());
    }
}
