//! Reserves the lowest number that no other process of this user has.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

use super::{Claim, MAX_CLAIMED};
use crate::private_dir::{PrivateDir, user_id};
use crate::unblock::unblock;

/// Reserves a number for a program and an account, given as a hash. `None` if no directory can be trusted.
pub(super) async fn claim(hash: &str) -> Option<Claim> {
    let hash = hash.to_owned();
    let directories = directories();
    unblock(move || directories.iter().find_map(|directory| claim_in(directory, &hash).ok().flatten()))
        .await
        .flatten()
}

/// Directories that only this user can write to and that are cleaned at a restart of the machine.
fn directories() -> Vec<PathBuf> {
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
    let runtime = runtime.map(|runtime| runtime.join("wp-auth"));
    runtime.into_iter().chain([env::temp_dir().join(format!("wp-auth-{}", user_id()))]).collect()
}

fn claim_in(path: &Path, hash: &str) -> io::Result<Option<Claim>> {
    let directory = PrivateDir::create(path)?;
    // The mutex ensures that no process removes a file between its opening and its lock.
    let _exclusive = directory.exclusively()?;
    let mut claimed = None;
    for number in 1..=MAX_CLAIMED {
        let file = directory.open_or_create(&file_name(hash, number))?;
        if file.try_lock().is_ok() {
            claimed = Some(Claim { number, directory: path.to_owned(), _locked: file });
            break;
        }
    }
    for name in directory.names()?.iter().filter(|name| name.ends_with(LOCK)) {
        // The process of this file has ended. If the file cannot be removed now, a later run removes it.
        if directory.open_or_create(name).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = directory.remove(name);
        }
    }
    Ok(claimed)
}

const LOCK: &str = ".lock";

fn file_name(hash: &str, number: u32) -> String {
    format!("name-{hash}-{number}{LOCK}")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            Self(crate::private_dir::tests::place().join(format!("wp-auth-{name}-{}", std::process::id())))
        }

        fn claim(&self, hash: &str) -> Claim {
            claim_in(&self.0, hash).unwrap().unwrap()
        }

        fn locks(&self) -> usize {
            let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_string_lossy().ends_with(LOCK)).count()
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn claimed_numbers_are_distinct_and_reused_after_release() {
        let directory = Directory::new("numbers");
        let first = directory.claim("ana");
        let second = directory.claim("ana");
        let other = directory.claim("eva");
        assert_eq!((first.number, second.number, other.number), (1, 2, 1));
        drop(first);
        assert_eq!(directory.claim("ana").number, 1);
    }

    #[tokio::test]
    async fn number_is_claimed_only_in_a_directory_owned_by_the_user() {
        if env::var_os("XDG_RUNTIME_DIR").is_none() && crate::private_dir::tests::place() != env::temp_dir() {
            // There is no private directory there.
            return;
        }
        let hash = format!("test-{}", std::process::id());
        let (first, second) = (claim(&hash).await.unwrap(), claim(&hash).await.unwrap());
        assert_eq!((first.number, second.number), (1, 2));
        assert_eq!(first.directory, second.directory);
    }

    #[test]
    fn number_files_without_an_owner_are_removed() {
        let directory = Directory::new("old-numbers");
        let held = directory.claim("eva");
        for n in 0..20 {
            drop(directory.claim(&n.to_string()));
        }
        let last = directory.claim("ana");
        assert_eq!(directory.locks(), 2);
        drop((held, last));
    }

    #[cfg(unix)]
    #[test]
    fn claiming_a_number_does_not_follow_links_or_block_on_a_fifo() {
        let directory = Directory::new("planted-numbers");
        drop(directory.claim("ana"));
        let planted = directory.0.join(file_name("eva", 1));
        let target = directory.0.join("target");
        std::os::unix::fs::symlink(&target, &planted).unwrap();
        assert!(claim_in(&directory.0, "eva").is_err());
        assert!(!target.exists());
        fs::remove_file(&planted).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, &planted, rustix::fs::Mode::RWXU).unwrap();
        assert!(claim_in(&directory.0, "eva").is_err());
    }
}
