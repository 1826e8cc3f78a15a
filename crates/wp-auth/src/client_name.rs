//! What a plugin knows a program by, where the program does not say it.

use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::unblock::unblock;

/// How many characters of it API Bearer Auth keeps. It cuts a longer one, and then does not know it.
pub(crate) const MOST: usize = 45;

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
        let program = program();
        let named = unblock(move || claim(&directory(), &program, &account)).await.flatten();
        let (name, held) = match named {
            Some((slot, file)) => (name(slot), Some(file)),
            // Distinct at least.
            None => (name(SLOTS.saturating_add(fastrand::u32(..))), None),
        };
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert((name, held)).0.clone()
    }
}

/// The name for tokens that several machines share.
pub(crate) fn shared() -> String {
    cut(&program(), MOST)
}

fn name(slot: u32) -> String {
    format!("{}.{slot}@{}", cut(&program(), 16), cut(&host(), 16))
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
        for slot in [1, SLOTS, u32::MAX] {
            let name = name(slot);
            assert!(name.chars().count() <= MOST && name.contains(&format!(".{slot}@")), "{name}");
        }
        assert!(!shared().is_empty() && shared().chars().count() <= MOST);
    }
}
