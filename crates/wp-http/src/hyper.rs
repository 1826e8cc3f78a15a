//! The adapter for hyper.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use http_body_util::BodyExt;
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;
use wp_core::{Body, BoxError, Transport, TransportError};

use crate::ConnectOptions;
use crate::classify::classify;
use crate::outgoing::outgoing;

/// A [`Transport`] on hyper and the pooling client of hyper-util, over HTTP/1.1, without a proxy.
///
/// https needs the feature `rustls`, or a connector of your own through
/// [`from_client`](Self::from_client).
#[derive(Clone)]
pub struct HyperTransport(Arc<dyn Fn(Request<Body>) -> ResponseFuture + Send + Sync>);

impl HyperTransport {
    /// A client with the default [`ConnectOptions`].
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        Self::with(ConnectOptions::default())
    }

    /// A client that connects as told.
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn with(options: ConnectOptions) -> Result<Self, TransportError> {
        let connector = InTime { connector: connector()?, timeout: options.connect_timeout };
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(options.idle_timeout)
            .build(connector);
        Ok(Self::from_client(client))
    }

    /// On a client of your own.
    pub fn from_client<C>(client: Client<C, Body>) -> Self
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        Self(Arc::new(move |request| client.request(request)))
    }
}

#[cfg(not(feature = "rustls"))]
#[expect(clippy::unnecessary_wraps, reason = "the other one can fail")]
fn connector() -> Result<HttpConnector, TransportError> {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    Ok(http)
}

#[cfg(feature = "rustls")]
fn connector() -> Result<hyper_rustls::HttpsConnector<HttpConnector>, TransportError> {
    let mut http = HttpConnector::new();
    http.set_nodelay(true);
    http.enforce_http(false);
    let builder = hyper_rustls::HttpsConnectorBuilder::new()
        .with_provider_and_platform_verifier(rustls::crypto::aws_lc_rs::default_provider())
        .map_err(|error| TransportError::new(wp_core::TransportErrorKind::Tls).source(error))?;
    Ok(builder.https_or_http().enable_http1().wrap_connector(http))
}

#[async_trait::async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let answer = (self.0)(outgoing(request)?).await.map_err(classify)?;
        Ok(answer.map(|body| Body::received(body.map_err(classify))))
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HyperTransport")
    }
}

/// Bounds the whole of connecting. The connector's own timeout is one for each address, without TLS.
#[derive(Clone)]
struct InTime<C> {
    connector: C,
    timeout: Duration,
}

impl<C> Service<Uri> for InTime<C>
where
    C: Service<Uri, Error: Into<BoxError>, Future: Send + 'static>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, address: Uri) -> Self::Future {
        let connecting = tokio::time::timeout(self.timeout, self.connector.call(address));
        Box::pin(async move {
            let connected = connecting.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
            connected.map_err(Into::into)
        })
    }
}
