//! Helpers of the rules: requests, and checks of their results.

use std::fmt::{Debug, Display};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{HeaderName, HeaderValue, Method, Request, Response};
use wp_core::{Body, Clock, Transport, TransportError, TransportErrorKind};

use super::{Checked, Conn, Server};

/// The transport under test, and the clock.
#[derive(Clone)]
pub(super) struct Probe {
    pub(super) transport: Arc<dyn Transport>,
    pub(super) clock: Arc<dyn Clock>,
}

/// A response with its whole body.
pub(super) struct Whole {
    pub(super) head: http::response::Parts,
    pub(super) body: Bytes,
}

impl Whole {
    pub(super) fn holds(&self, what: &str, body: &'static [u8]) -> Checked {
        same(what, &self.body, &Bytes::from_static(body))
    }
}

impl Probe {
    pub(super) async fn send(&self, request: Request<Body>) -> Result<Response<Body>, String> {
        self.transport.send(request).await.map_err(|error| with_causes(&error))
    }

    pub(super) async fn whole(&self, request: Request<Body>) -> Result<Whole, String> {
        let (head, body) = self.send(request).await?.into_parts();
        Ok(Whole { head, body: body.collect(u64::MAX).await.map_err(|error| with_causes(&error))? })
    }

    /// The error of a request that cannot succeed, while sending it or reading the body of its response.
    pub(super) async fn failure(&self, request: Request<Body>) -> Result<TransportError, String> {
        let response = match self.transport.send(request).await {
            Err(error) => return Ok(error),
            Ok(response) => response,
        };
        let status = response.status();
        match response.into_body().collect(u64::MAX).await {
            Err(error) => Ok(error),
            Ok(body) => Err(format!("it succeeded, with status {status} and {} bytes", body.len())),
        }
    }

    /// Checks that a request fails with this kind of error; `sent`: whether it may have been sent.
    pub(super) async fn fails(
        &self,
        request: Request<Body>,
        kind: TransportErrorKind,
        sent: bool,
    ) -> Checked {
        let error = self.failure(request).await?;
        same("the failure", &class(&error), &failure(kind, sent))
            .map_err(|seen| format!("{seen} ({})", with_causes(&error)))
    }

    /// Waits up to 10 s until the condition is true.
    pub(super) async fn until(&self, what: &str, condition: impl Fn() -> bool) -> Checked {
        for _ in 0..1000 {
            if condition() {
                return Ok(());
            }
            self.clock.sleep(Duration::from_millis(10)).await;
        }
        Err(format!("{what}: not within 10 s"))
    }
}

/// Drops a request in flight as soon as the server has received it.
pub(super) async fn drop_on_arrival<T>(
    exchange: impl Future<Output = T> + Unpin,
    arrival: impl Future<Output = Checked>,
) -> Checked {
    match select(exchange, pin!(arrival)).await {
        Either::Left(_) => Err("it ended without a response".to_owned()),
        Either::Right((arrival, _)) => arrival,
    }
}

/// An error with its causes.
pub(super) fn with_causes(error: &TransportError) -> String {
    let error: &dyn std::error::Error = error;
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The kind of an error, and whether the request may have been sent, as comparable text.
pub(super) fn failure(kind: TransportErrorKind, sent: bool) -> String {
    format!("{kind:?}, {}", if sent { "may have been sent" } else { "was not sent" })
}

/// [`failure`] of an error.
pub(super) fn class(error: &TransportError) -> String {
    failure(error.kind(), error.may_have_been_sent())
}

pub(super) fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Checked {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}")) }
}

pub(super) fn server(serve: impl Fn(Conn) + Send + Sync + 'static) -> Result<Server, String> {
    started(Server::start(serve))
}

pub(super) fn refusing() -> Result<Server, String> {
    started(Server::refusing())
}

pub(super) fn responding(bytes: impl Into<Vec<u8>>) -> Result<Server, String> {
    started(Server::responding(bytes))
}

pub(super) fn closing_after(bytes: impl Into<Vec<u8>>) -> Result<Server, String> {
    started(Server::closing_after(bytes))
}

fn started(server: io::Result<Server>) -> Result<Server, String> {
    server.map_err(|error| format!("the test server does not start: {error}"))
}

pub(super) fn request(method: Method, url: impl Display, body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::new(body.into());
    *request.method_mut() = method;
    *request.uri_mut() = url.to_string().parse().unwrap_or_default();
    request
}

pub(super) fn get(url: impl Display) -> Request<Body> {
    request(Method::GET, url, Body::empty())
}

pub(super) fn post(url: impl Display) -> Request<Body> {
    request(Method::POST, url, "{}")
}

pub(super) fn with(mut request: Request<Body>, name: &'static str, value: &[u8]) -> Request<Body> {
    if let Ok(value) = HeaderValue::from_bytes(value) {
        request.headers_mut().append(HeaderName::from_static(name), value);
    }
    request
}
