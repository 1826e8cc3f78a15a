//! The facade over both transports, against the stand-in.

// A helper of a test may panic as the test does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod addresses;
mod application_passwords;
mod authorize;
mod batches;
mod captured_responses;
mod connect;
mod consumer_keys;
mod discovery;
mod doctor;
mod downloads;
mod echoes;
mod find_or_create;
mod identities;
mod leaks;
mod list_streams;
mod list_walks;
mod lists;
mod may_have_happened;
mod media_library;
mod multipart;
mod parity;
mod posts;
mod proofs;
mod queue;
mod raw;
mod reading;
mod secrets;
mod shapes;
mod storm;
mod sync;
mod unexpected_responses;
mod upload_refusals;
mod uploads;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use wp_client::wp_http::{HyperTransport, ReqwestTransport};
use wp_client::{Client, ClientBuilder, Identity, JwtAuth, Transport};
use wp_testkit::StandIn;

/// So that what hangs is a failure. Nothing takes anywhere near as long.
async fn ends<F: IntoFuture>(future: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(60), future).await.expect("it hangs")
}

/// Both HTTP stacks, by name.
fn transports() -> [(&'static str, Arc<dyn Transport>); 2] {
    [
        ("reqwest", Arc::new(ReqwestTransport::new().unwrap())),
        ("hyper", Arc::new(HyperTransport::new().unwrap())),
    ]
}

/// A client of the stand-in over each stack.
fn clients(site: &StandIn) -> impl Iterator<Item = (&'static str, ClientBuilder)> {
    let url = site.url();
    transports().into_iter().map(move |(name, transport)| (name, Client::builder(&url).transport(transport)))
}

/// Signed in over each stack, as a user of the stand-in.
fn signed_in(site: &StandIn, user: &str) -> impl Iterator<Item = Client> {
    let identity = Identity::new(JwtAuth::new(user, "password"));
    clients(site).map(move |(_, builder)| builder.auth(&identity).build().unwrap())
}
