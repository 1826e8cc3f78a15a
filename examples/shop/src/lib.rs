//! The API `wc/v3` of a shop: its types and the parameters of its lists.

pub mod customer;
pub mod order;
pub mod product;
pub mod stand_in;
