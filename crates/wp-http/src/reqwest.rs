//! The adapter for reqwest.

use std::fmt;

use http::{Request, Response};
use http_body_util::BodyExt;
use reqwest::{Client, Url, redirect, retry};
use wp_core::{Body, Transport, TransportError, TransportErrorKind};

use crate::ConnectOptions;
use crate::classify::classify;
use crate::outgoing::outgoing;

/// A [`Transport`] on reqwest, over HTTP/1.1, without a proxy.
///
/// A client of your own goes in with `from`. It should neither follow redirects
/// ([`redirect::Policy::none`]), nor retry ([`retry::never`]), nor decompress.
#[derive(Clone)]
pub struct ReqwestTransport(Client);

impl ReqwestTransport {
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
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(options.connect_timeout)
            .pool_idle_timeout(options.idle_timeout)
            // Another crate may have turned on the features behind these.
            .http1_only()
            .no_proxy()
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .build();
        match client {
            Ok(client) => Ok(Self(client)),
            Err(error) => Err(TransportError::new(TransportErrorKind::Tls).source(error.without_url())),
        }
    }
}

impl From<Client> for ReqwestTransport {
    fn from(client: Client) -> Self {
        Self(client)
    }
}

#[async_trait::async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let (parts, body) = outgoing(request)?.into_parts();
        let unusable = |why| TransportError::new(TransportErrorKind::Other).not_sent().detail(why);
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| unusable("the address is not usable"))?;
        // WHATWG rules: `'` becomes `%27`, dot segments go. Another address may be another thing.
        if (url.path(), url.query()) != (parts.uri.path(), parts.uri.query()) {
            return Err(unusable("reqwest would send another address; percent-encode it"));
        }
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let answer = self.0.execute(request).await.map_err(|error| classify(error.without_url()))?;
        let answer = Response::<reqwest::Body>::from(answer);
        Ok(answer.map(|body| Body::received(body.map_err(|error| classify(error.without_url())))))
    }
}

/// Shows nothing of the client: its default headers may hold a secret.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}
