//! Random names, passwords and tokens.

use std::{
    fmt::Write,
    hash::{BuildHasher, RandomState},
};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Random numbers that are good enough for names and passwords of a test.
#[derive(Debug)]
pub(crate) struct Entropy {
    seed: String,
    drawn: u64,
}

impl Entropy {
    /// A different seed for every site.
    pub(crate) fn new() -> Self {
        // The standard library seeds hash tables with the system's randomness, differently each time.
        let random = || RandomState::new().hash_one(Timestamp::now().as_nanosecond());
        Self { seed: format!("{:x} {:x}", random(), random()), drawn: 0 }
    }

    fn draw(&mut self) -> [u8; 32] {
        self.drawn += 1;
        Sha256::digest(format!("{} {}", self.seed, self.drawn)).into()
    }

    /// 24 letters and digits, like `wp_generate_password`.
    pub(crate) fn password(&mut self) -> String {
        const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
        let letter = |byte: &u8| ALPHABET[usize::from(*byte) % ALPHABET.len()] as char;
        self.draw().iter().take(24).map(letter).collect()
    }

    /// 64 hexadecimal digits, the format of plugins' opaque tokens.
    pub(crate) fn hex(&mut self) -> String {
        hex(&self.draw())
    }

    /// A version 4 UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let mut hex: Vec<char> = hex(&self.draw()[..16]).chars().collect();
        hex[12] = '4';
        hex[16] = '8';
        let hex: String = hex.into_iter().collect();
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
