//! The names of keys in Redis.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The keys of an entry and of its lock. The braces are a Redis hash tag: both keys are in one slot of a cluster.
pub(crate) struct Names {
    pub(crate) entry: String,
    pub(crate) lock: String,
}

impl Names {
    /// A hash, because the store's key contains the user's name.
    pub(crate) fn of(prefix: &str, key: &str) -> Self {
        let entry = hashed(prefix, key);
        Self { lock: format!("{entry}:lock"), entry }
    }
}

/// A name with a hash tag that does not show `key`.
pub(crate) fn hashed(prefix: &str, key: &str) -> String {
    format!("{prefix}{{{}}}", hex(&Sha256::digest(key)))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_names_are_stable_hashed_and_in_one_slot() {
        let names = Names::of("wp:", "https://example.org/wp-json JwtAuth ana");
        let hash = "43214dee9b4c545fc3a9695ec6a306db0279b258292094c1893c4ba0344c2291";
        assert_eq!(names.entry, format!("wp:{{{hash}}}"));
        assert_eq!(names.lock, format!("wp:{{{hash}}}:lock"));
    }
}
