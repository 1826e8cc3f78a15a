//! The adapter for reqwest.

use std::fmt;

use http::{Request, Response};
use http_body_util::BodyExt;
use reqwest::{Client, Url, redirect, retry};
use wp_core::{Body, Transport, TransportError, TransportErrorKind};

use crate::ConnectOptions;
use crate::classify::classify;
use crate::framing;
use crate::outgoing::{outgoing, set_host};
use crate::renewable::Renewable;

/// A [`Transport`] on reqwest. Default protocol: HTTP/1.1.
///
/// Use `from` for your own client. It must not follow redirects ([`redirect::Policy::none`]) or decompress, and should
/// close idle connections before servers do, which most do after 5 s. A redirect that it followed is detected and is an
/// error. It cannot retry a request, because each body is a stream. Folded headers are accepted if the client accepts
/// them. A connection on which two headers framed one body is not closed.
#[derive(Clone)]
pub struct ReqwestTransport {
    client: Renewable<Client>,
    /// Whether no connection can be one of HTTP/2.
    is_http1: bool,
    #[cfg(feature = "proxy")]
    proxy: Option<crate::proxy::Proxy>,
}

impl ReqwestTransport {
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
        #[cfg(feature = "rustls")]
        let tls = {
            let mut config = options.tls.config()?;
            if options.http2 {
                config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            }
            config
        };
        #[cfg(feature = "proxy")]
        let through = options.proxy.as_ref().map(through).transpose()?;
        let ConnectOptions { connect_timeout, pool_idle_timeout, http2, .. } = *options;
        let pool_size = options.kept();
        let make = move || {
            let client = Client::builder()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .connect_timeout(connect_timeout)
                .pool_idle_timeout(pool_idle_timeout)
                .pool_max_idle_per_host(pool_size)
                // Accept only malformed lines whose sense is clear: an ignored line could be the one that frames the
                // body.
                .http1_allow_obsolete_multiline_headers_in_responses(true)
                .http1_allow_spaces_after_header_name_in_responses(true)
                .http1_max_headers(framing::MAX_HEADERS)
                // Another crate may have turned on the features behind these.
                .no_proxy()
                .no_gzip()
                .no_brotli()
                .no_zstd()
                .no_deflate();
            let client = if http2 { client } else { client.http1_only() };
            // All requests share a connection, so that one that is dead would keep all of them until the system sees
            // it.
            #[cfg(feature = "http2")]
            let client =
                client.http2_keep_alive_interval(connect_timeout).http2_keep_alive_timeout(connect_timeout);
            #[cfg(feature = "rustls")]
            let client = client.tls_backend_preconfigured(tls.clone());
            #[cfg(feature = "proxy")]
            let client = match &through {
                Some(proxy) => client.proxy(proxy.clone()),
                None => client,
            };
            client.build()
        };
        let unusable = |error: reqwest::Error| {
            TransportError::new(TransportErrorKind::Setup).caused_by(error.without_url())
        };
        Ok(Self {
            client: Renewable::new(make().map_err(unusable)?, move || make().ok()),
            is_http1: !http2,
            #[cfg(feature = "proxy")]
            proxy: options.proxy.clone(),
        })
    }
}

#[cfg(feature = "proxy")]
fn through(proxy: &crate::proxy::Proxy) -> Result<reqwest::Proxy, TransportError> {
    let address = proxy.address()?.to_string();
    let through = reqwest::Proxy::all(address)
        .map_err(|error| TransportError::new(TransportErrorKind::Setup).caused_by(error.without_url()))?;
    Ok(match proxy.auth() {
        Some(auth) => through.custom_http_auth(auth.clone()),
        None => through,
    })
}

impl From<Client> for ReqwestTransport {
    fn from(client: Client) -> Self {
        Self {
            client: Renewable::fixed(client),
            is_http1: false,
            #[cfg(feature = "proxy")]
            proxy: None,
        }
    }
}

#[async_trait::async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut request = outgoing(request)?;
        #[cfg(feature = "proxy")]
        let of_proxy = self.proxy.iter().try_fold(false, |_, proxy| proxy.sign(&mut request))?;
        if self.is_http1 {
            set_host(&mut request);
        }
        let (parts, body) = request.into_parts();
        let unusable = |why| TransportError::new(TransportErrorKind::Other).not_sent().detail(why);
        let url = Url::parse(&parts.uri.to_string()).map_err(|_| unusable("the address is not usable"))?;
        // The URL parser encodes `'` and removes dot segments; the changed URL may name another resource.
        if (url.path(), url.query()) != (parts.uri.path(), parts.uri.query()) {
            return Err(unusable("reqwest would send another address; percent-encode it"));
        }
        let mut request = reqwest::Request::new(parts.method, url.clone());
        *request.headers_mut() = parts.headers;
        // A stream: reqwest keeps no copy of it for a retry.
        *request.body_mut() = Some(reqwest::Body::wrap(body));
        let response =
            self.client.get().execute(request).await.map_err(|error| classify(error.without_url()))?;
        if *response.url() != url {
            let error = TransportError::new(TransportErrorKind::Redirect).sent();
            return Err(error.detail("the reqwest client that was handed over follows redirects by itself"));
        }
        let response = Response::<reqwest::Body>::from(response);
        framing::check_framing(&response).inspect_err(|_| self.client.renew())?;
        if framing::is_doubtful(&response) {
            self.client.renew();
        }
        let response =
            response.map(|body| Body::received(body.map_err(|error| classify(error.without_url()).sent())));
        #[cfg(feature = "proxy")]
        if of_proxy {
            crate::proxy::Proxy::refused(&response)?;
        }
        Ok(response)
    }
}

/// Does not show the client, because its default headers may hold a secret.
impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReqwestTransport")
    }
}
