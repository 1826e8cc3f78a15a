//! A transport that goes nowhere else, and not on for ever.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::{Request, Response};
use wp_core::discovery::Places;
use wp_core::{Body, Transport, TransportError, TransportErrorKind, async_trait};

/// Sends what goes to the site that was asked for. Right above the bare transport it sees every hop of a redirect
/// and every retry, so a site can neither send a search to another host, such as one behind the user's firewall, nor
/// keep it busy.
pub(super) struct Fence {
    pub(super) places: Places,
    pub(super) budget: Budget,
    pub(super) transport: Arc<dyn Transport>,
}

/// How many requests a search has left.
#[derive(Clone)]
pub(super) struct Budget(Arc<AtomicUsize>);

/// What is left once more was asked for than there was.
const EXCEEDED: usize = usize::MAX;

impl Budget {
    pub(super) fn of(requests: usize) -> Self {
        Self(Arc::new(requests.into()))
    }

    /// Whether a request was held back.
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
            return Err(error.detail(format!("to {origin}, which is not what was asked for")));
        }
        if !self.budget.spend() {
            // Whoever polls the search looks at the budget, and ends it.
            return pending().await;
        }
        self.transport.send(request).await
    }
}
