//! What a plugin knows a program by, where the program does not say it.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::unblock::unblock;

/// How many characters of it API Bearer Auth keeps. It cuts a longer one, and then does not know it.
pub(crate) const MAX_LENGTH: usize = 45;

/// How many programs of one name may run at a time, before their names no longer stay the same.
const SLOTS: u32 = 256;

/// A name that no other program that runs on this machine has, and that is the same in the next run: the
/// program, a number, the machine. The number is held by the lock of a file, which ends with the process.
#[derive(Default)]
pub(crate) struct OwnName(Mutex<Option<(String, Option<File>)>>);

impl OwnName {
    /// The name for an account at a site.
    pub(crate) async fn get(&self, account: String) -> String {
        if let Some((name, _)) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            return name.clone();
        }
        let named = unblock(move || claim(&directory(), &program(), &account)).await.flatten();
        let (slot, held) = match named {
            Some((slot, file)) => (slot, Some(file)),
            // Distinct at least.
            None => (SLOTS.saturating_add(fastrand::u32(..)), None),
        };
        let name = name(&program(), slot, &host(), &directory());
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.get_or_insert((name, held)).0.clone()
    }
}

/// What marks a name under which a token of a store was obtained.
const SHARED: &str = ".shared-";

/// A new name for a token that a store will hold. It goes along with the token, so that whoever renews that
/// goes on with it, and no other store has it: a sign-in there would end this one's token.
pub(crate) fn shared() -> String {
    format!("{}{SHARED}{:016x}", cut(&program(), 16), fastrand::u64(..))
}

/// A new name for a user who signs in, so that it ends the token of nobody else.
pub(crate) fn visit() -> String {
    format!("{}.visit-{:016x}", cut(&program(), 16), fastrand::u64(..))
}

pub(crate) fn is_shared(name: &str) -> bool {
    name.contains(SHARED)
}

/// To be read by people as far as it fits, and told apart by what follows: machines of a fleet differ in the
/// end of their names, and the numbers are counted by program and directory.
fn name(program: &str, slot: u32, host: &str, directory: &Path) -> String {
    let all = fnv(&[program, host, &directory.to_string_lossy()]);
    format!("{}.{slot}@{}-{:08x}", cut(program, 12), cut(host, 12), all >> 32 ^ all & 0xffff_ffff)
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

/// Where this user's programs can write, and a restart of the machine cleans up.
fn directory() -> PathBuf {
    env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_dir())
        .unwrap_or_else(env::temp_dir)
}

/// The lowest number that nobody holds.
fn claim(directory: &Path, program: &str, account: &str) -> Option<(u32, File)> {
    let key = fnv(&[program, account]);
    (1..=SLOTS).find_map(|slot| {
        let path = directory.join(format!("wp-auth-{key:016x}-{slot}.lock"));
        // A file of somebody else cannot be opened: then that number is theirs.
        let file = File::options().create(true).truncate(false).write(true).open(path).ok()?;
        file.try_lock().ok()?;
        Some((slot, file))
    })
}

/// FNV-1a: the same in every build, unlike the standard library's.
pub(crate) fn fnv(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_number_of_its_own_and_gets_it_back() {
        let directory = env::temp_dir().join(format!("wp-auth-names-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let claim = |account: &str| super::claim(&directory, "sync", account).unwrap();
        let first = claim("ana");
        let second = claim("ana");
        let other = claim("eva");
        assert_eq!((first.0, second.0, other.0), (1, 2, 1));
        drop(first);
        assert_eq!(claim("ana").0, 1);
        fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_name_fits() {
        let long = "production-worker-7d9f8b6c5d-x2x".repeat(3);
        for slot in [1, SLOTS, u32::MAX] {
            let name = name(&long, slot, &long, Path::new("/tmp"));
            assert!(name.chars().count() <= MAX_LENGTH && name.contains(&format!(".{slot}@")), "{name}");
            assert!(!is_shared(&name), "{name}");
        }
        assert!(is_shared(&shared()) && shared().chars().count() <= MAX_LENGTH);
    }

    #[test]
    fn names_differ_with_the_end_of_what_they_are_made_of() {
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
