//! Both transports against raw sockets: the bytes that they send, and how they read the response.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test panics")]

mod bodies;
mod closing_connections;
mod conformance;
mod custom_clients;
mod exposure;
mod gzip;
mod headers;
mod http2;
mod layers;
mod limits;
mod method_override;
mod parity;
mod proxy;
mod redirects;
mod retries;
mod script;
mod shared_limits;
mod spans;
mod timeouts;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Request};
use wp_http::{
    Body, ConnectOptions, HyperTransport, ReqwestTransport, RetryPolicy, Stack, TokioClock, Transport,
};

/// So that what hangs is a failure. Nothing takes anywhere near as long.
async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it did not happen")
}

/// Every test runs over each of them.
fn transports() -> Vec<(&'static str, Arc<dyn Transport>)> {
    connecting(&ConnectOptions::default().connect_timeout(Duration::from_secs(60)))
}

/// Both transports, with these connect options.
fn connecting(options: &ConnectOptions) -> Vec<(&'static str, Arc<dyn Transport>)> {
    vec![
        ("reqwest", Arc::new(ReqwestTransport::with(options).unwrap())),
        ("hyper", Arc::new(HyperTransport::with(options).unwrap())),
    ]
}

fn stacks() -> Vec<(&'static str, Stack<Arc<dyn Transport>>)> {
    let stack = |transport| Stack::new(transport, Arc::new(TokioClock)).retry(RetryPolicy::never());
    transports().into_iter().map(|(name, transport)| (name, stack(transport))).collect()
}

/// Lets everything go on that can without the world outside: a connection goes back to its pool behind our back.
async fn settled() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

fn request(method: Method, url: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::builder().method(method).uri(url).header("accept", "application/json");
    request.body(body.into()).unwrap()
}

fn get(url: &str) -> Request<Body> {
    request(Method::GET, url, Body::empty())
}

fn post(url: &str) -> Request<Body> {
    request(Method::POST, url, "{}")
}
