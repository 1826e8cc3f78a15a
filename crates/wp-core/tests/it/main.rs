//! wp-core against what real servers sent.

// A helper of a test may panic as the test does.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod content;
mod envelopes;
mod masking;
mod models;
mod mutations;
mod round_trips;
mod unexpected;
