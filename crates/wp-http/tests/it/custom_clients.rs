//! Clients and connectors that the user configured.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use tower_service::Service;
use wp_http::TransportErrorKind::{Closed, Redirect};
use wp_http::conformance::{Server, response};
use wp_http::{ConnectOptions, HyperTransport, ReqwestTransport, Transport};

use crate::{get, post, settled, soon};

#[tokio::test]
async fn injected_reqwest_client_that_follows_redirects_is_detected() {
    let server = Server::start(|mut conn| {
        while let Some(request) = conn.request() {
            conn.send(if request.windows(4).any(|four| four == b"/new") {
                response("200 OK", "[]")
            } else {
                response("301 Moved\r\nlocation: /new", "")
            });
        }
    })
    .unwrap();
    let transport = ReqwestTransport::from(reqwest::Client::new());
    for request in [get(&server.url()), post(&server.url())] {
        let error = soon(transport.send(request)).await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_sent()), (Redirect, true), "{error:?}");
    }
}

#[tokio::test]
async fn injected_reqwest_client_cannot_retry() {
    let always = reqwest::retry::for_host("127.0.0.1").max_retries_per_request(5).classify_fn(|attempt| {
        if attempt.error().is_some() { attempt.retryable() } else { attempt.success() }
    });
    let client = reqwest::Client::builder().retry(always).build().unwrap();
    let transport = ReqwestTransport::from(client);
    let server = Server::closing_after("").unwrap();
    let error = soon(transport.send(post(&server.url()))).await.unwrap_err();
    assert_eq!(error.kind(), Closed);
    // A second attempt would have been made before it gave up.
    assert_eq!(server.connections(), 1);
}

/// Counts the connections that it makes.
#[derive(Clone)]
struct Counting(HttpConnector, Arc<AtomicUsize>);

impl Service<Uri> for Counting {
    type Response = <HttpConnector as Service<Uri>>::Response;
    type Error = <HttpConnector as Service<Uri>>::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, host: Uri) -> Self::Future {
        self.1.fetch_add(1, SeqCst);
        Box::pin(self.0.call(host))
    }
}

#[tokio::test]
async fn custom_connector_is_used_with_the_pool() {
    let server = Server::responding(response("200 OK", "[]")).unwrap();
    for (options, connections) in
        [(ConnectOptions::default(), 1), (ConnectOptions::default().pool_size(0), 3)]
    {
        let made = Arc::<AtomicUsize>::default();
        let transport =
            HyperTransport::with_connector(Counting(HttpConnector::new(), Arc::clone(&made)), &options);
        for _ in 0..3 {
            let response = soon(transport.send(get(&server.url()))).await.unwrap();
            soon(response.into_body().collect(9)).await.unwrap();
            settled().await;
        }
        assert_eq!(made.load(SeqCst), connections);
    }
}
