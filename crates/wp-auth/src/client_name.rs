//! The generated name under which a plugin knows this program.

#[cfg(feature = "file-store")]
mod number;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{env, fs};

use crate::digest::sha256;
#[cfg(feature = "file-store")]
use number::claim;

/// The length limit of API Bearer Auth, in characters. It truncates a longer name and then does not find it
/// again.
pub(crate) const MAX_LENGTH: usize = 45;

/// How many processes of one program can have a stable name at a time.
const MAX_CLAIMED: u32 = 256;

/// A name that no other process on this machine has. With the feature `file-store` it is the same in the next
/// run: it consists of the program, a number and the machine. The number is reserved by a file lock, which ends
/// with the process. Without the feature, or if no directory can be trusted, the number is random.
#[derive(Default)]
pub(crate) struct OwnName(Mutex<Option<(String, Option<Claim>)>>);

/// A number that is reserved for this process while the value lives.
struct Claim {
    number: u32,
    directory: PathBuf,
    _locked: File,
}

/// Without directory handles, no directory can be trusted.
#[cfg(not(feature = "file-store"))]
fn claim(_: &str) -> std::future::Ready<Option<Claim>> {
    std::future::ready(None)
}

impl OwnName {
    /// The name for an account at a site.
    pub(crate) async fn get(&self, account: &str) -> String {
        if let Some((name, _)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            return name.clone();
        }
        let program = program();
        let claim = claim(&sha256(&[&program, account])).await;
        let (number, directory) = match &claim {
            Some(claim) => (claim.number, claim.directory.as_path()),
            // A random number is at least distinct.
            None => (MAX_CLAIMED.saturating_add(fastrand::u32(..)), Path::new("")),
        };
        let name = name(&program, number, &host(), directory);
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.get_or_insert((name, claim)).0.clone()
    }
}

/// Marks a name that was generated for a token in a store.
const SHARED: &str = ".shared-";

/// Generates a name for a token in a store. The name is stored with the token, so that renewals keep it. No other
/// store uses it, because a sign-in there would revoke this store's token.
pub(crate) fn shared() -> String {
    format!("{}{SHARED}{:016x}", cut(&program(), 16), fastrand::u64(..))
}

/// Generates a name for a single sign-in, so that it does not revoke another token.
pub(crate) fn visit() -> String {
    format!("{}.visit-{:016x}", cut(&program(), 16), fastrand::u64(..))
}

pub(crate) fn is_shared(name: &str) -> bool {
    name.contains(SHARED)
}

/// The name: a readable part, then a hash that makes it unique. Machines of a fleet often differ only at the end
/// of their names, and numbers are unique only for one program and directory.
fn name(program: &str, number: u32, host: &str, directory: &Path) -> String {
    let hash = sha256(&[program, host, &directory.to_string_lossy()]);
    format!("{}.{number}@{}-{}", cut(program, 12), cut(host, 12), cut(&hash, 8))
}

fn cut(text: &str, most: usize) -> String {
    text.chars().filter(char::is_ascii_graphic).take(most).collect()
}

fn program() -> String {
    let path = env::current_exe().ok();
    let name = path.as_deref().and_then(Path::file_stem).map(|name| name.to_string_lossy().into_owned());
    name.unwrap_or_else(|| "wp-auth".to_owned())
}

fn host() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let named = kernel.or_else(|| ["COMPUTERNAME", "HOSTNAME"].iter().find_map(|name| env::var(name).ok()));
    named
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "host".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_name_is_within_the_maximum_length() {
        let long = "production-worker-7d9f8b6c5d-x2x".repeat(3);
        for number in [1, MAX_CLAIMED, u32::MAX] {
            let name = name(&long, number, &long, Path::new("/tmp"));
            assert!(name.chars().count() <= MAX_LENGTH && name.contains(&format!(".{number}@")), "{name}");
            assert!(!is_shared(&name), "{name}");
        }
        assert!(is_shared(&shared()) && shared().chars().count() <= MAX_LENGTH);
    }

    #[test]
    fn client_name_differs_if_long_parts_differ_at_their_end() {
        let one = name("production-sync-posts", 1, "production-worker-1", Path::new("/run/user/1000"));
        assert!(one.starts_with("production-s.1@production-w-"), "{one}");
        assert_eq!(one, name("production-sync-posts", 1, "production-worker-1", Path::new("/run/user/1000")));
        for (program, host, directory) in [
            ("production-sync-pages", "production-worker-1", "/run/user/1000"),
            ("production-sync-posts", "production-worker-2", "/run/user/1000"),
            ("production-sync-posts", "production-worker-1", "/run/user/1001"),
        ] {
            assert_ne!(one, name(program, 1, host, Path::new(directory)));
        }
        assert_ne!(shared(), shared());
    }
}
