//! A site with API Bearer Auth, where a sign-in of a user under a name ends the token that there was of it.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use serde_json::Value;
use wp_testkit::{Plugin, StandIn};

pub(crate) struct BearerSite {
    site: StandIn,
    /// How many requests were looked at for names.
    seen: AtomicUsize,
}

impl BearerSite {
    pub(crate) async fn start() -> Self {
        let site = StandIn::builder().plugin(Plugin::ApiBearerAuth { jwt: false }).start().await;
        Self { site, seen: AtomicUsize::new(0) }
    }

    pub(crate) fn url(&self) -> String {
        self.site.url()
    }

    /// The names of the sign-ins since the last time, sorted.
    pub(crate) async fn names(&self) -> Vec<String> {
        let requests = self.site.server().received_requests().await.unwrap();
        let new = &requests[self.seen.swap(requests.len(), Relaxed)..];
        let sign_ins = new.iter().filter(|request| request.url.path().ends_with("/api-bearer-auth/v1/login"));
        let name = |body: Value| body["client_name"].as_str().unwrap().to_owned();
        let mut names: Vec<_> = sign_ins.map(|request| name(request.body_json().unwrap())).collect();
        names.sort();
        names
    }

    /// All tokens come to their end, and can be renewed.
    pub(crate) fn expire_tokens(&self) {
        self.site.expire_tokens();
    }

    /// How many requests to this route ended with this status.
    fn count(&self, route: &str, status: u16) -> usize {
        self.site.log().iter().filter(|entry| entry.path == route && entry.status == status).count()
    }

    pub(crate) fn renewals(&self) -> usize {
        self.count("/api-bearer-auth/v1/tokens/refresh", 200)
    }

    pub(crate) fn refused(&self) -> usize {
        self.count("/wp/v2/users/me", 401)
    }
}
