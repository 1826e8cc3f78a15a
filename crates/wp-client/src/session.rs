//! The state that a client, its collections and its requests share.

use std::fmt;
use std::sync::Arc;

use wp_auth::{Authorize, Identity};
use wp_core::{Site, Transport};
use wp_http::Stack;

use crate::access::Access;

/// A site, the stack that reaches it, and the identity of the user. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Session(Arc<Inner>);

struct Inner {
    /// The transport, clock and headers, for requests that do not use `site` or `stack`.
    access: Access,
    /// The site over a single attempt of the stack. Token requests use it.
    site: Site,
    identity: Option<Identity>,
    /// The stack with authorization. All other requests use it.
    stack: Stack<Arc<dyn Transport>, Authorize>,
}

impl Session {
    pub(crate) fn new<A>(
        access: Access,
        site: Site,
        identity: Option<Identity>,
        stack: Stack<Arc<dyn Transport>, A>,
    ) -> Self {
        let stack = stack.authorized(Authorize::new(site.clone(), identity.clone()));
        Self(Arc::new(Inner { access, site, identity, stack }))
    }

    /// The same site and stack for another user.
    pub(crate) fn with_identity(&self, identity: Identity) -> Self {
        let Inner { access, site, stack, .. } = &*self.0;
        Self::new(access.clone(), site.clone(), Some(identity), stack.clone())
    }

    /// Whether both are of the same client.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn access(&self) -> &Access {
        &self.0.access
    }

    pub(crate) fn site(&self) -> &Site {
        &self.0.site
    }

    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.0.identity.as_ref()
    }

    pub(crate) fn stack(&self) -> &Stack<Arc<dyn Transport>, Authorize> {
        &self.0.stack
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("site", &self.0.site).field("identity", &self.0.identity).finish()
    }
}
