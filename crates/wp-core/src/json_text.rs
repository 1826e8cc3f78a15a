//! The text of JSON: where a value ends, and why a text cannot be decoded.

pub(crate) mod fault;
pub(crate) mod scan;
