//! A page cache that caches everything.

use std::collections::HashMap;

use wiremock::Request;

use crate::http::{Reply, request::target};

/// The cache key of a cache in front of the site. `Cache-Control`, `Vary` and `Authorization` are ignored: all
/// users get the first response. A `POST` is never served from the cache, even if it overrides its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheKey {
    /// Path and query. Only `GET` is cached.
    Url,
    /// The path alone, so the query cannot bypass the cache. `GET` and `HEAD` share the cache.
    Path,
}

/// The first response to each key, for all users.
#[derive(Debug, Clone)]
pub(crate) struct Cache {
    key: CacheKey,
    stored: HashMap<String, (i64, Reply)>,
}

impl Cache {
    pub(crate) fn by(key: CacheKey) -> Self {
        Self { key, stored: HashMap::new() }
    }

    pub(crate) fn get(&self, request: &Request, now: i64) -> Option<Reply> {
        let (since, reply) = self.stored.get(&self.key(request)?)?;
        let mut reply = reply.clone();
        reply.headers.push(("Age", (now - since).max(0).to_string()));
        reply.headers.push(("X-Cache", "HIT".into()));
        Some(reply)
    }

    /// Stores the response, if it is cacheable.
    pub(crate) fn put(&mut self, request: &Request, now: i64, reply: &mut Reply) {
        let Some(key) = self.key(request) else { return };
        self.stored.insert(key, (now, reply.clone()));
        reply.headers.push(("X-Cache", "MISS".into()));
    }

    fn key(&self, request: &Request) -> Option<String> {
        let method = request.method.as_str();
        match self.key {
            CacheKey::Url => (method == "GET").then(|| target(request)),
            CacheKey::Path => matches!(method, "GET" | "HEAD").then(|| request.url.path().to_owned()),
        }
    }
}
