//! The cache, the providers and the authorizing transport, against a scripted site.

// A helper of a test may panic as the test does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod authorize;
mod cache;
mod flights;
mod jwt_auth;
mod passwords;
mod plugins;
mod renewals;
mod site;
mod stored;
