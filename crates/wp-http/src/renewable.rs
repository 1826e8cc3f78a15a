//! A client that can be replaced.

use std::sync::{Arc, Mutex, PoisonError};

/// A client, and how to make another one. Its pool holds the connections, so that a new client has none of them.
#[derive(Clone)]
pub(crate) struct Renewable<C> {
    current: Arc<Mutex<C>>,
    make: Arc<dyn Fn() -> Option<C> + Send + Sync>,
}

impl<C: Clone> Renewable<C> {
    pub(crate) fn new(first: C, make: impl Fn() -> Option<C> + Send + Sync + 'static) -> Self {
        Self { current: Arc::new(Mutex::new(first)), make: Arc::new(make) }
    }

    /// A client that the user made, which is not replaced.
    pub(crate) fn fixed(client: C) -> Self {
        Self::new(client, || None)
    }

    pub(crate) fn get(&self) -> C {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets no later request have a connection of an earlier one. Requests that are under way are not disturbed.
    pub(crate) fn renew(&self) {
        if let Some(client) = (self.make)() {
            let old =
                std::mem::replace(&mut *self.current.lock().unwrap_or_else(PoisonError::into_inner), client);
            drop(old);
        }
    }
}
