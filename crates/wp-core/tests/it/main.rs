//! wp-core against what real servers sent.

mod envelopes;
mod models;
mod round_trips;
