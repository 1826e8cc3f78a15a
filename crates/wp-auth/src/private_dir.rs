//! A directory that only its owner can write to.

#[cfg(unix)]
mod by_handle;
#[cfg(not(unix))]
mod by_path;

use std::fs::{File, TryLockError};
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

#[cfg(unix)]
pub(crate) use by_handle::{PrivateDir, user_id};
#[cfg(not(unix))]
pub(crate) use by_path::{PrivateDir, user_id};

/// The file whose lock [`PrivateDir::exclusively`] takes. It is never removed.
const MUTEX: &str = "mutex";

/// The longest wait for that lock. Its holders do a few file operations and wait for nothing else.
const MAX_WAIT: Duration = Duration::from_secs(2);
const POLL: Duration = Duration::from_millis(2);

/// Holds the mutex of a directory until it is dropped.
#[must_use = "it ends when it is dropped"]
pub(crate) struct Exclusive {
    _file: File,
}

impl PrivateDir {
    /// Takes the mutex of the directory, across threads and processes. Blocks for at most two seconds.
    pub(crate) fn exclusively(&self) -> io::Result<Exclusive> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{MUTEX}: {error}"));
        let file = self.open_or_create(MUTEX).map_err(named)?;
        let start = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Exclusive { _file: file }),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if start.elapsed() > MAX_WAIT => {
                    return Err(io::Error::new(io::ErrorKind::TimedOut, "another process keeps it locked"));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(POLL),
            }
        }
    }

    /// Writes a new file. Fails if it exists.
    pub(crate) fn write_new(&self, name: &str, pieces: &[&[u8]]) -> io::Result<File> {
        let mut file = self.create_new(name)?;
        match pieces.iter().try_for_each(|piece| file.write_all(piece)) {
            Ok(()) => Ok(file),
            Err(error) => {
                // If this fails as well, a later sweep removes the file.
                let _ = self.remove(name);
                Err(error)
            }
        }
    }
}

/// An error for a file that must not be read: it is a link or a FIFO, or others may have written it.
fn untrusted(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    /// A parent for private directories of tests. In some containers the temporary directory is open to all and
    /// not sticky.
    pub(crate) fn place() -> PathBuf {
        let temporary = std::env::temp_dir();
        let probe = temporary.join(format!("wp-auth-probe-{}", fastrand::u64(..)));
        if PrivateDir::create(&probe).is_ok() {
            fs::remove_dir(probe).unwrap();
            return temporary;
        }
        std::env::current_exe().unwrap().parent().unwrap().to_owned()
    }

    /// A directory of a test. It is removed when this is dropped.
    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = place().join(format!("wp-auth-{name}-{}", std::process::id()));
            drop(PrivateDir::create(&path).unwrap());
            Self(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn kind<T>(result: io::Result<T>) -> Option<io::ErrorKind> {
        result.err().map(|error| error.kind())
    }

    #[test]
    fn exclusively_waits_for_other_threads() {
        let directory = Directory::new("exclusive");
        let count = std::sync::atomic::AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let directory = PrivateDir::open(&directory.0).unwrap();
                    for _ in 0..20 {
                        let _exclusive = directory.exclusively().unwrap();
                        assert_eq!(count.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        std::thread::yield_now();
                        count.store(0, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
    }

    #[test]
    fn exclusively_times_out_if_the_lock_is_never_released() {
        let directory = Directory::new("locked");
        let private = PrivateDir::open(&directory.0).unwrap();
        let _held = private.exclusively().unwrap();
        assert_eq!(kind(private.exclusively()), Some(io::ErrorKind::TimedOut));
    }

    #[test]
    fn file_is_created_once_replaced_atomically_and_removed() {
        let directory = Directory::new("files");
        assert_eq!(kind(PrivateDir::open(&directory.0.join("missing"))), Some(io::ErrorKind::NotFound));
        fs::write(directory.0.join("file"), "").unwrap();
        assert!(PrivateDir::open(&directory.0.join("file")).is_err(), "it is not a directory");
        let private = PrivateDir::create(&directory.0.join("a/b/../b")).unwrap();
        assert!(directory.0.join("a/b").is_dir());
        private.write_new("one", &[b"1"]).unwrap();
        assert_eq!(kind(private.write_new("one", &[b"2"])), Some(io::ErrorKind::AlreadyExists));
        private.write_new("two", &[b"2", b"3"]).unwrap();
        private.rename("two", "one").unwrap();
        assert_eq!(io::read_to_string(private.read("one").unwrap()).unwrap(), "23");
        assert_eq!(private.names().unwrap(), ["one"]);
        private.remove("one").unwrap();
        assert_eq!(kind(private.read("one")), Some(io::ErrorKind::NotFound));
    }

    #[cfg(unix)]
    mod hostile {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        use rustix::fs::{CWD, Mode, mkfifoat};

        use super::*;

        const DENIED: Option<io::ErrorKind> = Some(io::ErrorKind::PermissionDenied);
        const UNTRUSTED: Option<io::ErrorKind> = Some(io::ErrorKind::InvalidData);

        fn set_mode(path: &Path, mode: u32) {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().permissions().mode() & 0o7777
        }

        #[test]
        fn user_id_is_the_owner_of_created_files() {
            use std::os::unix::fs::MetadataExt as _;
            let directory = Directory::new("user");
            assert_eq!(user_id(), fs::metadata(&directory.0).unwrap().uid().to_string());
        }

        #[test]
        fn symlink_limit_is_that_of_linux() {
            let directory = Directory::new("chain");
            drop(PrivateDir::create(&directory.0.join("link-0")).unwrap());
            for number in 1..=41 {
                let link = directory.0.join(format!("link-{number}"));
                symlink(format!("link-{}", number - 1), link).unwrap();
            }
            assert!(PrivateDir::open(&directory.0.join("link-40")).is_ok());
            assert!(PrivateDir::open(&directory.0.join("link-41")).is_err());
        }

        #[test]
        fn error_names_the_directory_that_others_can_write_to() {
            let directory = Directory::new("named");
            let above = directory.0.join("above");
            drop(PrivateDir::create(&above.join("tokens")).unwrap());
            set_mode(&above, 0o777);
            for way in ["above/tokens", "above/../above/tokens"] {
                // By way of a directory that is not open.
                let path = directory.0.join("..").join(directory.0.file_name().unwrap()).join(way);
                let Err(error) = PrivateDir::open(&path) else { panic!("{way} is trusted") };
                let named = format!("{}: other users may write to it", above.display());
                assert_eq!(error.to_string(), named, "{way}");
            }
            set_mode(&above, 0o700);
        }

        #[test]
        fn created_files_are_accessible_to_their_owner_only() {
            let directory = Directory::new("modes");
            let path = directory.0.join("a/b");
            let private = PrivateDir::create(&path).unwrap();
            private.write_new("new", &[]).unwrap();
            private.open_or_create("lock").unwrap();
            assert_eq!([mode(&directory.0.join("a")), mode(&path)], [0o700; 2]);
            assert_eq!([mode(&path.join("new")), mode(&path.join("lock"))], [0o600; 2]);
        }

        #[test]
        fn directory_or_parent_writable_by_others_is_rejected() {
            let directory = Directory::new("open");
            let path = directory.0.join("above/tokens");
            drop(PrivateDir::create(&path).unwrap());
            for (open, is_refused_above, is_refused) in [
                (0o700, false, false),
                (0o755, false, false),
                (0o711, false, false),
                (0o720, true, true),
                (0o702, true, true),
                (0o777, true, true),
                // In a sticky directory, other users cannot rename files that are not theirs.
                (0o1777, false, true),
            ] {
                for (which, is_refused) in
                    [(directory.0.join("above"), is_refused_above), (path.clone(), is_refused)]
                {
                    set_mode(&which, open);
                    let expected = DENIED.filter(|_| is_refused);
                    assert_eq!(kind(PrivateDir::open(&path)), expected, "{open:o} {}", which.display());
                    assert_eq!(kind(PrivateDir::create(&path)), expected, "{open:o} {}", which.display());
                    set_mode(&which, 0o700);
                }
            }
        }

        #[test]
        fn own_symlink_in_the_path_is_followed_and_a_cycle_is_rejected() {
            let directory = Directory::new("links");
            drop(PrivateDir::create(&directory.0.join("real/tokens")).unwrap());
            symlink("real", directory.0.join("relative")).unwrap();
            symlink(directory.0.join("relative/../real"), directory.0.join("absolute")).unwrap();
            symlink("circle", directory.0.join("circle")).unwrap();
            for way in ["relative/tokens", "absolute/tokens", "absolute/../relative/tokens"] {
                assert_eq!(kind(PrivateDir::open(&directory.0.join(way))), None, "{way}");
            }
            assert!(PrivateDir::open(&directory.0.join("circle/tokens")).is_err());
            // The target of the link is checked as well.
            set_mode(&directory.0.join("real"), 0o777);
            assert_eq!(kind(PrivateDir::open(&directory.0.join("relative/tokens"))), DENIED);
        }

        #[test]
        fn file_writable_by_others_is_not_read() {
            let directory = Directory::new("planted");
            let private = PrivateDir::open(&directory.0).unwrap();
            let path = directory.0.join("file");
            let is_refused = || {
                assert_eq!(kind(private.read("file")), UNTRUSTED);
                assert_eq!(kind(private.open_or_create("file")), UNTRUSTED);
                assert!(private.write_new("file", &[]).is_err());
                fs::remove_file(&path).unwrap();
            };
            for open in [0o640, 0o604, 0o620, 0o666] {
                private.write_new("file", &[]).unwrap();
                set_mode(&path, open);
                is_refused();
            }
            private.write_new("target", &[]).unwrap();
            symlink("target", &path).unwrap();
            is_refused();
            symlink("nowhere", &path).unwrap();
            is_refused();
            assert!(!directory.0.join("nowhere").exists());
            fs::hard_link(directory.0.join("target"), &path).unwrap();
            is_refused();
            // Opening the FIFO must not wait for a writer.
            mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).unwrap();
            is_refused();
            drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
            is_refused();
            assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 1);
        }

        #[test]
        fn opened_directory_is_used_after_its_path_is_replaced() {
            let directory = Directory::new("swapped");
            let path = directory.0.join("tokens");
            let private = PrivateDir::create(&path).unwrap();
            private.write_new("file", &[b"ours"]).unwrap();
            fs::rename(&path, directory.0.join("aside")).unwrap();
            drop(PrivateDir::create(&path).unwrap());
            fs::write(path.join("file"), "theirs").unwrap();
            assert_eq!(io::read_to_string(private.read("file").unwrap()).unwrap(), "ours");
            private.write_new("new", &[]).unwrap();
            assert!(directory.0.join("aside/new").exists() && !path.join("new").exists());
        }

        #[test]
        fn files_and_directories_of_another_user_are_rejected() {
            if rustix::process::geteuid().as_raw() != 0 {
                // Only root can create a file of another user.
                return;
            }
            let directory = Directory::new("foreign");
            let path = directory.0.join("above/tokens");
            let private = PrivateDir::create(&path).unwrap();
            private.write_new("file", &[]).unwrap();
            let give = |path: &Path, user| std::os::unix::fs::lchown(path, Some(user), None).unwrap();
            give(&path.join("file"), 65_534);
            assert_eq!(kind(private.read("file")), UNTRUSTED);
            for which in [path.clone(), directory.0.join("above")] {
                give(&which, 65_534);
                assert_eq!(kind(PrivateDir::open(&path)), DENIED, "{}", which.display());
                give(&which, 0);
            }
            let link = directory.0.join("link");
            symlink("above", &link).unwrap();
            assert_eq!(kind(PrivateDir::open(&link.join("tokens"))), None);
            give(&link, 65_534);
            assert_eq!(kind(PrivateDir::open(&link.join("tokens"))), DENIED);
        }
    }
}
