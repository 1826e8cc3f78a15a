//! The text of JSON: where a value ends, what it holds, and why a text cannot be decoded.

pub(crate) mod fault;
pub(crate) mod reader;
pub(crate) mod scan;
