//! The shop's own batches: many changes to one resource in one request.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wp_client::{Client, Request, Rooted, Update};

/// The most changes that the shop takes in one batch.
pub const MAX_CHANGES: usize = 100;

/// A change to the item with this key.
#[derive(Debug, Serialize)]
struct Change<'c, K, P> {
    id: &'c K,
    #[serde(flatten)]
    patch: &'c P,
}

#[derive(Serialize)]
struct Body<'c, K, P> {
    update: Vec<Change<'c, K, P>>,
}

/// The results of a batch, in the order of its changes.
#[derive(Debug, Deserialize)]
#[serde(bound = "R: DeserializeOwned")]
pub struct Updated<R> {
    pub update: Vec<Outcome<R>>,
}

/// The result of one change: the item, or the error in its place.
#[derive(Debug, Deserialize)]
#[serde(untagged, bound = "R: DeserializeOwned")]
pub enum Outcome<R> {
    Refused {
        error: Refusal,
    },
    /// An untagged enum hides from `R` that PHP wrote it, so that it is read by `lenient`.
    Done(#[serde(deserialize_with = "wp_client::php::lenient")] R),
}

#[derive(Debug, Deserialize)]
pub struct Refusal {
    pub code: String,
    pub message: String,
}

/// Changes items, at most [`MAX_CHANGES`] of them.
pub fn update_all<R: Rooted + Update>(wp: &Client, changes: &[(R::Key, R::Patch)]) -> Request<Updated<R>> {
    let update = changes.iter().map(|(id, patch)| Change { id, patch }).collect();
    wp.post(&format!("{}/batch", R::ROUTE)).json(&Body { update }).typed()
}
