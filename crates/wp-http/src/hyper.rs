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
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::{Connect, Connection, HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tower_service::Service;
use wp_core::{Body, BoxError, Transport, TransportError};

use crate::ConnectOptions;
use crate::classify::classify;
use crate::connector::Connector;
use crate::framing;
use crate::outgoing::{outgoing, set_host};
use crate::renewable::Renewable;

/// A [`Transport`] on hyper and the pooling client of hyper-util. Default protocol: HTTP/1.1.
///
/// https needs the feature `rustls`, or your own connector with
/// [`with_connector`](Self::with_connector).
#[derive(Clone)]
pub struct HyperTransport {
    client: Renewable<SendFn>,
    /// Whether no connection can be one of HTTP/2.
    is_http1: bool,
    #[cfg(feature = "proxy")]
    proxy: Option<crate::proxy::Proxy>,
}

type SendFn = Arc<dyn Fn(Request<Body>) -> ResponseFuture + Send + Sync>;

fn send_fn<C>(client: Client<C, Body>) -> SendFn
where
    C: Connect + Clone + Send + Sync + 'static,
{
    Arc::new(move |request| client.request(request))
}

impl HyperTransport {
    /// A client with the default [`ConnectOptions`].
    ///
    /// # Errors
    /// TLS cannot be set up.
    pub fn new() -> Result<Self, TransportError> {
        Self::with(&ConnectOptions::default())
    }

    /// A client with these [`ConnectOptions`].
    ///
    /// # Errors
    /// TLS cannot be set up, or an option is invalid: the error names it.
    pub fn with(options: &ConnectOptions) -> Result<Self, TransportError> {
        let mut http = HttpConnector::new();
        http.set_nodelay(true);
        http.enforce_http(!cfg!(feature = "rustls"));
        let http = Connector::new(http);
        #[cfg(feature = "proxy")]
        let http = match &options.proxy {
            Some(proxy) => http.through(proxy)?,
            None => http,
        };
        #[cfg(feature = "rustls")]
        let http = {
            let builder = hyper_rustls::HttpsConnectorBuilder::new().with_tls_config(options.tls.config()?);
            let builder = builder.https_or_http();
            #[cfg(feature = "http2")]
            let https = if options.http2 {
                builder.enable_all_versions().wrap_connector(http)
            } else {
                builder.enable_http1().wrap_connector(http)
            };
            #[cfg(not(feature = "http2"))]
            let https = builder.enable_http1().wrap_connector(http);
            https
        };
        let mut this = Self::with_connector(http, options);
        this.is_http1 = !options.http2;
        #[cfg(feature = "proxy")]
        {
            this.proxy.clone_from(&options.proxy);
        }
        Ok(this)
    }

    /// A client with your own connector, such as one for another TLS library. Only the timeouts and the pool size of
    /// `options` are used.
    pub fn with_connector<C, S>(connector: C, options: &ConnectOptions) -> Self
    where
        C: Service<Uri, Response = S, Error: Into<BoxError>, Future: Send> + Clone + Send + Sync + 'static,
        S: Read + Write + Connection + Unpin + Send + 'static,
    {
        let connector = InTime { connector, timeout: options.connect_timeout };
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(options.pool_idle_timeout)
            .pool_max_idle_per_host(options.kept())
            // Do not skip invalid header lines: a skipped one could be the one that frames the body.
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_max_headers(framing::MAX_HEADERS);
        // All requests share one connection: a dead one would block them until the system notices.
        #[cfg(feature = "http2")]
        builder
            .timer(TokioTimer::new())
            .http2_keep_alive_interval(options.connect_timeout)
            .http2_keep_alive_timeout(options.connect_timeout);
        let make = move || send_fn(builder.build(connector.clone()));
        Self {
            client: Renewable::new(make(), move || Some(make())),
            is_http1: false, // unknown: the connector may negotiate
            #[cfg(feature = "proxy")]
            proxy: None,
        }
    }

    /// Wraps your own client. It should close idle connections before servers do, which most do after 5 s. Folded
    /// headers are accepted if the client accepts them. A connection on which two headers framed one body is not
    /// closed.
    pub fn from_client<C>(client: Client<C, Body>) -> Self
    where
        C: Connect + Clone + Send + Sync + 'static,
    {
        Self {
            client: Renewable::fixed(send_fn(client)),
            is_http1: false,
            #[cfg(feature = "proxy")]
            proxy: None,
        }
    }
}

#[async_trait::async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut request = outgoing(request)?;
        #[cfg(feature = "proxy")]
        let of_proxy = self.proxy.iter().try_fold(false, |_, proxy| proxy.sign(&mut request))?;
        if self.is_http1 {
            set_host(&mut request);
        }
        let send = self.client.get();
        let connection = capture_connection(&mut request);
        let response = send(request).await.map_err(classify)?;
        let checked = framing::check_framing(&response);
        if checked.is_err() || framing::is_doubtful(&response) {
            // This also fails requests that already wait for this connection.
            connection.connection_metadata().as_ref().inspect(|connection| connection.poison());
            self.client.renew();
        }
        checked?;
        let response = response.map(|body| Body::received(body.map_err(|error| classify(error).sent())));
        #[cfg(feature = "proxy")]
        if of_proxy {
            crate::proxy::Proxy::refused(&response)?;
        }
        Ok(response)
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
