//! A transport that goes nowhere else.

use std::sync::Arc;

use http::{Request, Response};
use wp_core::discovery::Places;
use wp_core::{Body, Transport, TransportError, TransportErrorKind, async_trait};

/// Sends what goes to the site that was asked for. Below the redirects it sees every hop, so a site
/// cannot send a search to another host, such as one behind somebody's firewall.
pub(super) struct Fence {
    pub(super) places: Places,
    pub(super) transport: Arc<dyn Transport>,
}

#[async_trait]
impl Transport for Fence {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        if self.places.allows(request.uri()) {
            return self.transport.send(request).await;
        }
        let uri = request.uri();
        let origin = format!("{}://{}", uri.scheme_str().unwrap_or_default(), uri.host().unwrap_or_default());
        let error = TransportError::new(TransportErrorKind::Redirect);
        Err(error.detail(format!("to {origin}, which is not what was asked for")))
    }
}
