//! A page cache that was told to cache everything.

use std::collections::HashMap;

use wiremock::Request;

use super::target;
use crate::reply::Reply;

/// What a cache in front of the site tells requests apart by. `Cache-Control`, `Vary` and `Authorization` are not among
/// it: the first response is everybody's. A `POST` is never served from it, whatever method it asks to be taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheKey {
    /// Path and query; only `GET` is cached.
    Url,
    /// The path alone, so that a query does not get past it; `GET` and `HEAD` share what is cached.
    Path,
}

/// The first response to each key, whoever asked.
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

    /// Keeps the response, if it is one to be kept.
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
