//! Tokens that several processes share.
fn main() {}
