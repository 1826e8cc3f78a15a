//! The cache, the providers and the authorizing transport, against a scripted site.

// A helper of a test may panic as the test does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod admissions;
mod authorize;
mod cache;
mod checks;
mod jwt_auth;
mod limits;
mod made_up_plugin;
mod passwords;
mod plugins;
mod renewals;
mod shared_requests;
mod shown;
mod sign_ins;
mod site;
mod stored;
