//! The stand-in must respond as the real servers did in the recordings.

// The helpers, too, are tests.
#![allow(clippy::unwrap_used)]

mod app_passwords;
mod bearer;
mod client;
mod families;
mod faults;
mod files;
mod holds;
mod host_password;
mod jwt;
mod lifetime;
mod miniorange;
mod posts;
mod revisions;
mod sign_in;
mod simple_jwt;
mod site;
mod terms;
mod useful_team;
mod users;
