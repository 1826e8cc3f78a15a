//! A test's hold on responses.

use std::sync::Arc;

use crate::state::{
    SharedState,
    holds::{Held, Latch},
};

/// Responses that wait until the test releases them. Created by [`StandIn::hold`] and [`StandIn::hold_tokens`].
///
/// The site has already processed each of these requests: a token was issued, a refresh token was rotated. Only
/// the response is held, so a test can cancel the request, or do something else first, without depending on time.
/// Other requests are served meanwhile. When this is dropped, all held responses are sent and no further response
/// is held.
///
/// [`StandIn::hold`]: crate::StandIn::hold
/// [`StandIn::hold_tokens`]: crate::StandIn::hold_tokens
///
/// ```
/// # use wp_testkit::*;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let site = StandIn::start().await;
/// let hold = site.hold_tokens();
/// assert_eq!(hold.arrivals(), 0);
/// hold.release(1); // the next response is not held
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a dropped hold holds no response"]
pub struct Hold {
    site: SharedState,
    id: u64,
    latch: Arc<Latch>,
}

impl Hold {
    pub(crate) fn new(site: SharedState, held: Held) -> Self {
        let (id, latch) = site.lock().holds.add(held);
        Self { site, id, latch }
    }

    /// Waits until `count` requests were processed since the hold began, released or not.
    pub async fn arrived(&self, count: usize) {
        self.latch.arrived(count).await;
    }

    /// The number of requests processed since the hold began, including released and cancelled ones.
    pub fn arrivals(&self) -> usize {
        self.latch.arrivals()
    }

    /// Releases the next `count` responses, in the order in which the requests were processed. This includes
    /// responses to requests that arrive later. A response whose client has disconnected counts.
    pub fn release(&self, count: usize) {
        self.latch.release(count);
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.site.lock().holds.remove(self.id);
        self.release(usize::MAX);
    }
}
