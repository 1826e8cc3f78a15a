//! A client that can be replaced.

use std::sync::{Arc, Mutex, PoisonError};

/// A client and the function to build a new one. The client's pool holds its connections, so a new client has none.
#[derive(Clone)]
pub(crate) struct Renewable<C> {
    current: Arc<Mutex<C>>,
    make: Arc<dyn Fn() -> Option<C> + Send + Sync>,
}

impl<C: Clone> Renewable<C> {
    pub(crate) fn new(first: C, make: impl Fn() -> Option<C> + Send + Sync + 'static) -> Self {
        Self { current: Arc::new(Mutex::new(first)), make: Arc::new(make) }
    }

    /// A client from the caller, which is never replaced.
    pub(crate) fn fixed(client: C) -> Self {
        Self::new(client, || None)
    }

    pub(crate) fn get(&self) -> C {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces the client, so that later requests use new connections. Running requests continue.
    pub(crate) fn renew(&self) {
        if let Some(client) = (self.make)() {
            let old =
                std::mem::replace(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner), client);
            drop(old);
        }
    }
}
