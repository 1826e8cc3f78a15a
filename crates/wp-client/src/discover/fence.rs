//! A transport that sends requests only to one site, up to a limit.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use wp_core::discovery::Candidates;
use wp_core::{Body, Transport, TransportError, TransportErrorKind, async_trait};

/// Allows requests to the typed site only, and limits their number. It wraps the bare transport and so sees every hop
/// of a redirect and every retry. A site can neither redirect a discovery to another host, such as one behind the
/// user's firewall, nor keep it busy.
#[derive(Clone)]
pub(super) struct Fence {
    pub(super) places: Candidates,
    pub(super) budget: Budget,
    pub(super) transport: Arc<dyn Transport>,
}

/// The number of requests that a discovery has left.
#[derive(Clone)]
pub(super) struct Budget(Arc<AtomicUsize>);

/// The value after a request was refused for lack of budget.
const EXCEEDED: usize = usize::MAX;

impl Budget {
    pub(super) fn of(requests: usize) -> Self {
        Self(Arc::new(requests.into()))
    }

    /// Whether a request was refused.
    pub(super) fn is_exceeded(&self) -> bool {
        self.0.load(Ordering::Relaxed) == EXCEEDED
    }

    fn spend(&self) -> bool {
        let left = |left: usize| (left != EXCEEDED).then(|| left.checked_sub(1).unwrap_or(EXCEEDED));
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left);
        !self.is_exceeded()
    }
}

#[async_trait]
impl Transport for Fence {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let uri = request.uri();
        if !self.places.allows(uri) {
            let scheme = uri.scheme_str().unwrap_or_default();
            let origin = format!("{scheme}://{}", uri.host().unwrap_or_default());
            let error = TransportError::new(TransportErrorKind::Redirect);
            return Err(error.detail(format!("to {origin}, which is not the requested site")));
        }
        if !self.budget.spend() {
            // `search::within` checks the budget and ends the discovery.
            return pending().await;
        }
        self.transport.send(request).await
    }
}
