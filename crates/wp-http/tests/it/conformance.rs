//! Both adapters pass the conformance suite, and the suite finds a transport that breaks a rule.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use http::header::LOCATION;
use http::{HeaderValue, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wp_http::conformance::Suite;
use wp_http::{
    Body, ConnectOptions, HyperTransport, TokioClock, Transport, TransportError, TransportErrorKind,
};

use crate::connecting;

#[tokio::test]
async fn both_adapters_pass_the_conformance_suite() {
    for (name, transport) in connecting(&ConnectOptions::default()) {
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
    KeepsCookies,
    BuffersResponses,
    NamesEveryFailureOther,
    GoesOnWhenDropped,
    OpensAConnectionEachTime,
    EncodesAddresses,
    SendsText,
    SpeaksNoTls,
    ShowsTheAddress,
    AsksAgainWhenBusy,
}

#[async_trait::async_trait]
impl Transport for Broken {
    async fn send(&self, mut request: Request<Body>) -> Result<Response<Body>, TransportError> {
        match self.how {
            How::FollowsRedirects => {
                let (method, uri) = (request.method().clone(), request.uri().clone());
                let response = self.hyper.send(request).await?;
                let Some(to) = response.headers().get(LOCATION) else { return Ok(response) };
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
            How::KeepsCookies => {
                request.headers_mut().remove("cookie");
                self.hyper.send(request).await
            }
            How::BuffersResponses => {
                let (head, body) = self.hyper.send(request).await?.into_parts();
                Ok(Response::from_parts(head, body.collect(u64::MAX).await?.into()))
            }
            How::NamesEveryFailureOther => {
                let failed = |error| TransportError::new(TransportErrorKind::Other).caused_by(error);
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
            How::EncodesAddresses => {
                *request.uri_mut() = request.uri().to_string().replace('\'', "%27").parse().unwrap();
                self.hyper.send(request).await
            }
            How::SendsText => {
                if let Some(copy) = request.body().try_clone() {
                    let text = copy.collect(u64::MAX).await?;
                    *request.body_mut() = String::from_utf8_lossy(&text).into_owned().into();
                }
                self.hyper.send(request).await
            }
            How::SpeaksNoTls => {
                *request.uri_mut() = request.uri().to_string().replace("https:", "http:").parse().unwrap();
                self.hyper.send(request).await
            }
            How::ShowsTheAddress => {
                let address = request.uri().to_string();
                self.hyper.send(request).await.map_err(|error| error.detail(address))
            }
            How::AsksAgainWhenBusy => {
                let (parts, body) = request.into_parts();
                let again = body.try_clone().map(|body| Request::from_parts(parts.clone(), body));
                let response = self.hyper.send(Request::from_parts(parts, body)).await?;
                match again {
                    Some(again) if response.status() == 503 => self.hyper.send(again).await,
                    _ => Ok(response),
                }
            }
        }
    }
}

#[tokio::test]
async fn suite_names_each_rule_that_a_broken_transport_breaks() {
    let table: [(How, &[&str]); 13] = [
        (How::FollowsRedirects, &["follows no redirect"]),
        (
            How::RepeatsWhatWasCutOff,
            &["reports a connection that ended too early", "never sends a request twice"],
        ),
        (How::AsksForGzip, &["sends the method, the URL and the headers unchanged"]),
        (How::KeepsCookies, &["sends the method, the URL and the headers unchanged"]),
        (
            How::BuffersResponses,
            &[
                "streams a response as it arrives",
                "does not buffer a response that is not read",
                "closes a connection when its response is dropped",
            ],
        ),
        (
            How::NamesEveryFailureOther,
            &[
                "sends no body of unknown length",
                "reports an unreachable host",
                "reports a connection that ended too early",
                "reports a response that is not HTTP",
                "rejects a body with invalid framing, and closes the connection",
                "reports a request body that does not match its length",
                "sends nothing to an invalid address",
                "sends nothing in plain text to an https address",
                "never sends a request twice",
            ],
        ),
        (
            How::GoesOnWhenDropped,
            &["closes a connection when its request is dropped", "drops a body when its request is dropped"],
        ),
        (How::OpensAConnectionEachTime, &["reuses a connection"]),
        (How::EncodesAddresses, &["changes no URL"]),
        (How::SendsText, &["sends a body byte for byte"]),
        (How::SpeaksNoTls, &["sends nothing in plain text to an https address"]),
        (How::ShowsTheAddress, &["shows nothing of a request in an error"]),
        (How::AsksAgainWhenBusy, &["does not retry when a response suggests it"]),
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

/// Has one connection for everything, and takes for a response what of it is there with its head.
#[derive(Default)]
struct Naive(tokio::sync::Mutex<Option<(String, TcpStream, Vec<u8>)>>);

#[async_trait::async_trait]
impl Transport for Naive {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let failed = |kind| move |error: std::io::Error| TransportError::new(kind).caused_by(error);
        let host =
            request.uri().authority().ok_or(TransportError::new(TransportErrorKind::Other).not_sent())?;
        let mut kept = self.0.lock().await;
        if kept.as_ref().is_none_or(|(to, ..)| to != host.as_str()) {
            let connecting = TcpStream::connect(host.as_str()).await;
            let stream = connecting.map_err(failed(TransportErrorKind::Connect))?;
            *kept = Some((host.to_string(), stream, Vec::new()));
        }
        let (_, stream, buffer) = kept.as_mut().unwrap();
        let line =
            format!("{} {} HTTP/1.1\r\ncontent-length: 0\r\n\r\n", request.method(), request.uri().path());
        stream.write_all(line.as_bytes()).await.map_err(failed(TransportErrorKind::Closed))?;
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if stream.read_buf(buffer).await.map_err(failed(TransportErrorKind::Closed))? == 0 {
                return Err(TransportError::new(TransportErrorKind::Closed));
            }
        };
        let head: Vec<u8> = buffer.drain(..end).collect();
        let head = String::from_utf8_lossy(&head);
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let body: Vec<u8> = buffer.drain(..buffer.len().min(length.unwrap_or(usize::MAX))).collect();
        let response = Response::builder().status(head.get(9..12).unwrap_or_default()).body(body.into());
        response.map_err(|error| TransportError::new(TransportErrorKind::Protocol).caused_by(error))
    }
}

#[tokio::test]
async fn suite_finds_a_transport_that_mistakes_the_ends_of_responses() {
    let report = Suite::new(Naive::default(), Arc::new(Hasty(5))).run().await;
    let broken: BTreeSet<_> = report.broken().collect();
    for rule in [
        "reads a response that arrives byte by byte",
        "does not read bytes after a response as the next one",
        "does not reuse a connection that the server has closed",
        "does not reuse a connection that the server will close",
        "does not read the rest of a dropped response as the next one",
    ] {
        assert!(broken.contains(rule), "{rule}\n{report}");
    }
    assert!(!broken.contains("reuses a connection"), "{report}");
}

#[tokio::test]
async fn suite_without_reports_the_skipped_rule_and_rejects_an_unknown_one() {
    let suite = || Suite::new(HyperTransport::new().unwrap(), Arc::new(TokioClock));
    let report = suite().without("reuses a connection", "it keeps none").run().await;
    assert!(report.is_conformant());
    assert!(report.to_string().contains("not run reuses a connection: it keeps none"), "{report}");
    assert!(!suite().without("flies", "it has no wings").run().await.is_conformant());
    // Of a transport that hangs, too.
    let report = Suite::new(Hangs, Arc::new(Hasty(200))).run().await;
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

/// So many times as fast.
#[derive(Debug)]
struct Hasty(u32);

#[async_trait::async_trait]
impl wp_http::Clock for Hasty {
    fn now(&self) -> std::time::SystemTime {
        std::time::SystemTime::now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration / self.0).await;
    }
}
