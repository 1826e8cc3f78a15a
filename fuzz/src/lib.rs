//! What a server, or a user, may send is read without a panic, in a time that grows as its length does, and as the
//! documentation says.
//!
//! Each target is a function of bytes that panics over what should not be. libFuzzer calls it (`fuzz_targets`), and
//! so does the runner in `main.rs`, for which a stable compiler is enough: both begin with the [`seeds`], which are
//! what real servers sent.

#![forbid(unsafe_code)]

pub mod input;
pub mod seeds;
pub mod targets;

/// One target.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name, which is that of its file.
    pub name: &'static str,
    /// Panics over what should not be.
    pub run: fn(&[u8]),
    /// What to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident,)*) => {
        &[$(Target { name: stringify!($name), run: targets::$name::run, seeds: targets::$name::seeds },)*]
    };
}

/// All of them.
pub const TARGETS: &[Target] =
    targets! { envelope, salvage, headers, uri, tokens, decoding, models, masking, };
