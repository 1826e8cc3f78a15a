//! Both adapters keep every rule, and whoever breaks one is found out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderValue, Request, Response};
use wp_http::conformance::Suite;
use wp_http::{Body, HyperTransport, TokioClock, Transport, TransportError, TransportErrorKind};

use crate::transports;

#[tokio::test]
async fn both_adapters_keep_every_rule() {
    for (name, transport) in transports() {
        let report = Suite::new(transport, Arc::new(TokioClock)).run().await;
        assert!(report.is_conformant(), "{name}\n{report}");
    }
}

/// A copy of the hyper adapter that breaks a rule.
struct Broken {
    hyper: HyperTransport,
    how: How,
}

#[derive(Clone, Copy)]
enum How {
    FollowsRedirects,
    RepeatsWhatWasCutOff,
    AsksForGzip,
    BuffersAnswers,
    NamesEveryFailureOther,
    GoesOnWhenDropped,
    OpensAConnectionEachTime,
}

#[async_trait::async_trait]
impl Transport for Broken {
    async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        match self.how {
            How::FollowsRedirects => {
                let (method, uri) = (request.method().clone(), request.uri().clone());
                let answer = self.hyper.send(request).await?;
                let Some(to) = answer.headers().get(LOCATION) else { return Ok(answer) };
                let to = format!("http://{}{}", uri.authority().unwrap(), to.to_str().unwrap());
                let again = Request::builder().method(method).uri(to).body(Body::empty()).unwrap();
                self.hyper.send(again).await
            }
            How::RepeatsWhatWasCutOff => {
                let (parts, body) = request.into_parts();
                let Some(again) = body.try_clone() else {
                    return self.hyper.send(Request::from_parts(parts, body)).await;
                };
                match self.hyper.send(Request::from_parts(parts.clone(), body)).await {
                    Err(error) if error.kind() == TransportErrorKind::Closed => {
                        self.hyper.send(Request::from_parts(parts, again)).await
                    }
                    outcome => outcome,
                }
            }
            How::AsksForGzip => {
                request.headers_mut().insert("accept-encoding", HeaderValue::from_static("gzip"));
                self.hyper.send(request).await
            }
            How::BuffersAnswers => {
                let (head, body) = self.hyper.send(request).await?.into_parts();
                Ok(Response::from_parts(head, body.collect(u64::MAX).await?.into()))
            }
            How::NamesEveryFailureOther => {
                let failed = |error| TransportError::new(TransportErrorKind::Other).source(error);
                self.hyper.send(request).await.map_err(failed)
            }
            How::GoesOnWhenDropped => {
                let hyper = self.hyper.clone();
                tokio::spawn(async move { hyper.send(request).await }).await.unwrap()
            }
            How::OpensAConnectionEachTime => {
                request.headers_mut().insert("connection", HeaderValue::from_static("close"));
                self.hyper.send(request).await
            }
        }
    }
}

#[tokio::test]
async fn a_copy_that_breaks_a_rule_is_told_which() {
    let table: [(How, &[&str]); 7] = [
        (How::FollowsRedirects, &["follows no redirect"]),
        (
            How::RepeatsWhatWasCutOff,
            &["tells a connection that ended too early", "never sends a request twice"],
        ),
        (How::AsksForGzip, &["sends the method, the address and the headers as they are"]),
        (
            How::BuffersAnswers,
            &["hands on an answer as it arrives", "lets go of a connection when its answer is dropped"],
        ),
        (
            How::NamesEveryFailureOther,
            &[
                "sends no body of which the length is not known",
                "tells a host that cannot be reached",
                "tells a connection that ended too early",
                "tells what is no HTTP",
                "tells a body of a request that is not what it says",
                "sends nothing to what is no address",
                "never sends a request twice",
            ],
        ),
        (How::GoesOnWhenDropped, &["lets go of a connection when its request is dropped"]),
        (How::OpensAConnectionEachTime, &["uses a connection again"]),
    ];
    // Most of the time is waited.
    let checks = table.map(|(how, rules)| async move {
        let broken = Broken { hyper: HyperTransport::new().unwrap(), how };
        let report = Suite::new(broken, Arc::new(TokioClock)).run().await;
        let found: BTreeSet<_> = report.broken().collect();
        assert_eq!(found, rules.iter().copied().collect(), "{report}");
    });
    futures_util::future::join_all(checks).await;
}

#[tokio::test]
async fn what_is_left_out_is_said_and_has_to_exist() {
    let suite = || Suite::new(HyperTransport::new().unwrap(), Arc::new(TokioClock));
    let report = suite().without("uses a connection again", "it keeps none").run().await;
    assert!(report.is_conformant());
    assert!(report.to_string().contains("not run uses a connection again: it keeps none"), "{report}");
    assert!(!suite().without("flies", "it has no wings").run().await.is_conformant());
    // Of a transport that hangs, too.
    let report = Suite::new(Hangs, Arc::new(Hasty)).run().await;
    assert_eq!(report.broken().count(), report.outcomes().count(), "{report}");
}

/// Does nothing, for ever.
struct Hangs;

#[async_trait::async_trait]
impl Transport for Hangs {
    async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
        std::future::pending().await
    }
}

/// Two hundred times as fast.
#[derive(Debug)]
struct Hasty;

#[async_trait::async_trait]
impl wp_http::Clock for Hasty {
    fn now(&self) -> std::time::SystemTime {
        std::time::SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / 200).await;
    }
}
