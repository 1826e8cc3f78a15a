//! The connector of the hyper adapter.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
#[cfg(feature = "proxy")]
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
#[cfg(feature = "proxy")]
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use tower_service::Service;
use wp_core::BoxError;
#[cfg(feature = "proxy")]
use wp_core::TransportError;

#[cfg(feature = "proxy")]
use crate::proxy::Proxy;

/// Connects to the host itself, or to the proxy in front of all hosts.
#[derive(Clone)]
pub(crate) struct Connector {
    http: HttpConnector,
    #[cfg(feature = "proxy")]
    proxy: Option<(Uri, Tunnel<HttpConnector>)>,
}

impl Connector {
    pub(crate) fn new(http: HttpConnector) -> Self {
        Self {
            http,
            #[cfg(feature = "proxy")]
            proxy: None,
        }
    }

    #[cfg(feature = "proxy")]
    pub(crate) fn through(self, proxy: &Proxy) -> Result<Self, TransportError> {
        let address = proxy.address()?.clone();
        let tunnel = Tunnel::new(address.clone(), self.http.clone());
        let tunnel = match proxy.auth() {
            Some(auth) => tunnel.with_auth(auth.clone()),
            None => tunnel,
        };
        Ok(Self { proxy: Some((address, tunnel)), ..self })
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.http.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, host: Uri) -> Self::Future {
        #[cfg(feature = "proxy")]
        if let Some((proxy, tunnel)) = &mut self.proxy {
            if host.scheme() == Some(&Scheme::HTTPS) {
                let connecting = tunnel.call(host);
                return Box::pin(async move { Ok(Stream { inner: connecting.await?, to_proxy: false }) });
            }
            let connecting = self.http.call(proxy.clone());
            return Box::pin(async move { Ok(Stream { inner: connecting.await?, to_proxy: true }) });
        }
        let connecting = self.http.call(host);
        Box::pin(async move { Ok(Stream { inner: connecting.await?, to_proxy: false }) })
    }
}

/// A connection that records whether it goes to a proxy. It does not add to each response the
/// addresses of its two ends, which `HttpConnector` adds and no caller reads.
pub(crate) struct Stream {
    inner: <HttpConnector as Service<Uri>>::Response,
    to_proxy: bool,
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.to_proxy)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, into)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, from)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, from)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
