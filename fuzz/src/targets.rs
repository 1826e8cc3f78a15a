//! The targets, one file each.

pub mod decoding;
pub mod envelope;
pub mod headers;
pub mod masking;
pub mod models;
pub mod salvage;
pub mod tokens;
pub mod uri;
