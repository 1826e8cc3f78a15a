//! The cache, the providers and the authorizing transport, against a scripted site.

mod authorize;
mod cache;
mod jwt_auth;
mod site;
