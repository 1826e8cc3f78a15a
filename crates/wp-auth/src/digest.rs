//! Hashes that are the same in every build.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The SHA-256 of a list, in hex. The encoding is unambiguous: two different lists are never hashed as the same
/// bytes.
pub(crate) fn sha256(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
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
    fn sha256_of_parts_differs_if_parts_are_split_differently() {
        let lists: [&[&str]; 5] = [&[], &[""], &["", ""], &["ab", "c"], &["a", "bc"]];
        for (n, one) in lists.iter().enumerate() {
            for other in &lists[n + 1..] {
                assert_ne!(sha256(one), sha256(other));
            }
        }
        // File names depend on this value.
        let known = "12deacf92454bcffd2b2558b3fd3df5686a3dd57da3aa02a79cdbe3aad0b008d";
        assert_eq!(sha256(&["ana"]), known);
    }
}
