//! The cache, the providers and the authorizing transport, against a scripted site.

// A helper of a test may panic as the test does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admissions;
mod authorize;
mod cache;
mod custom_plugin;
mod debug;
mod jwt_auth;
mod limits;
mod passwords;
mod plugins;
mod renewals;
mod shared_requests;
mod sign_ins;
mod site;
mod stored;
mod validate;
