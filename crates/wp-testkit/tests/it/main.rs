//! The stand-in against facts: what real servers answered, in `captures` and `WORDPRESS*.md`.

// The helpers, too, are tests.
#![allow(clippy::unwrap_used)]

mod app_passwords;
mod client;
mod jwt;
mod posts;
mod site;
mod terms;
mod users;
