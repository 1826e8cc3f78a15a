//! `Error::may_have_happened`: whether a failed write may have reached the site.

use std::time::Duration;

use futures_util::future::{join, join_all};
use wp_client::{Client, JwtAuth, Retryable};
use wp_http::Limits;
use wp_http::conformance::{ManualClock, Server, response};

use crate::{ends, transports};

pub(crate) const TIME: Duration = Duration::from_secs(60);

/// Reads what it is asked, and says nothing.
pub(crate) fn silent() -> Server {
    Server::start(|mut conn| {
        conn.request();
        conn.closed();
    })
    .unwrap()
}

/// Lets the time of a request end when the server has it.
pub(crate) async fn time_ends(server: &Server, clock: &ManualClock) {
    server.arrived(1).await;
    clock.sleeping(TIME).await;
    clock.advance(TIME);
}

#[tokio::test]
async fn may_have_happened_is_false_while_queued() {
    for (name, transport) in transports() {
        let server = silent();
        let url = format!("http://{}", server.address());
        let limits = Limits::default().concurrency(1);
        let clock = ManualClock::new();
        let builder = Client::builder(&url).transport(transport).clock(clock.clone());
        let wp = builder.limits(limits).build().unwrap();
        let posts = join_all((0..5).map(|_| wp.post("/wp/v2/posts").timeout(TIME).into_future()));
        let (outcomes, ()) = ends(join(posts, time_ends(&server, &clock))).await;
        let errors = outcomes.into_iter().map(Result::unwrap_err);
        let in_doubt = errors.filter(wp_client::Error::may_have_happened).count();
        assert_eq!((in_doubt, server.arrivals().len()), (1, 1), "{name}");
    }
}

#[tokio::test]
async fn may_have_happened_is_false_while_waiting_for_a_token() {
    for (name, transport) in transports() {
        let server = silent();
        let url = format!("http://{}", server.address());
        let identity = JwtAuth::new("admin", "password");
        let clock = ManualClock::new();
        let builder = Client::builder(&url).transport(transport).clock(clock.clone());
        let wp = builder.auth(identity).build().unwrap();
        let post = wp.post("/wp/v2/posts").timeout(TIME).into_future();
        let (outcome, ()) = ends(join(post, time_ends(&server, &clock))).await;
        let error = outcome.unwrap_err();
        assert!(!error.may_have_happened() && error.is_retryable(), "{name}: {error}");
        assert!(server.arrivals().iter().all(|request| request.contains("/token")), "{name}");
    }
}

#[tokio::test]
async fn may_have_happened_remembers_earlier_attempts() {
    for (name, transport) in transports() {
        let gone = r#"{"code":"rest_post_invalid_id","message":"Invalid post ID.","data":{"status":404}}"#;
        let server = Server::start(move |mut conn| {
            conn.request();
            if conn.number() > 1 {
                conn.send(response("404 Not Found\r\ncontent-type: application/json", gone));
            }
        });
        let server = server.unwrap();
        let url = format!("http://{}", server.address());
        let wp = Client::builder(&url).transport(transport).build().unwrap();
        let error = wp.delete("/wp/v2/posts/7").retryable(Retryable::Idempotent).await.unwrap_err();
        assert!(error.is_not_found() && error.may_have_happened(), "{name}: {error}");
        let suffix = "Invalid post ID. (2 attempts, the server may have acted on an earlier one)";
        assert!(error.to_string().ends_with(suffix), "{name}: {error}");
    }
}

#[tokio::test]
async fn may_have_happened_considers_method_overrides() {
    for (name, transport) in transports() {
        let server = Server::start(|mut conn| drop(conn.request())).unwrap();
        let url = format!("http://{}", server.address());
        let wp = Client::builder(&url).transport(transport).build().unwrap();
        let item = || wp.get("/wp/v2/posts/7");
        let deletes = [
            item().query("_method", "DELETE"),
            item().header("x-http-method-override", "DELETE"),
            wp.get("/wp/v2/posts/7?_method=DELETE"),
        ];
        for request in deletes {
            let error = request.await.unwrap_err();
            assert!(error.may_have_happened() && !error.is_retryable(), "{name}: {error}");
        }
        assert_eq!(server.arrivals().len(), 3, "{name}");
    }
}
