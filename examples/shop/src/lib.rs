//! The API `wc/v3` of a shop: its types, the parameters of its lists, and its batches.

pub mod batch;
pub mod customer;
pub mod order;
pub mod product;
pub mod stand_in;
