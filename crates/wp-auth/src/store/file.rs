//! A token store in files.

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::time::SystemTime;

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;
use serde::{Deserialize, Serialize};
use wp_core::async_trait;

use crate::digest::sha256;
use crate::private_dir::PrivateDir;
use crate::saved::{milliseconds, time};
use crate::unblock::unblock;
use crate::{Lease, StoreEntry, StoreError, StoreErrorKind, StoreLock, TokenStore};

/// Stores tokens in a directory, for the processes of one user on one machine.
///
/// # Who is trusted
/// A token in a file is as good as a password, and a token file written by another user would make the program
/// act as the wrong user. On Unix, the directory must belong to the user of the process, and neither its group
/// nor others may have write permission. Each parent directory must belong to that user or to root, and must be
/// closed to others or sticky like `/tmp`. The same holds for symbolic links in the path. A file must belong to
/// that user and give no permission to group or others. There is no gap between check and use: everything is
/// opened relative to directory handles. A directory that others can write to is
/// [`Unavailable`](StoreErrorKind::Unavailable). A file that others can access is
/// [`Corrupt`](StoreErrorKind::Corrupt) and is replaced.
///
/// On Windows nothing is checked. Use a directory below the user's profile (`%LOCALAPPDATA%`): it inherits an
/// access list that excludes other users.
///
/// # Content
/// One file for each token, written completely and then renamed; one file for each lock that is held; and a file
/// named `mutex`. Each write also removes some obsolete files.
///
/// Do not use a network drive: its file locks are unreliable.
///
/// ```
/// # async fn example(site: &wp_core::Site, state: std::path::PathBuf) -> Result<(), wp_auth::AuthError> {
/// use wp_auth::{FileStore, Identity, JwtAuth};
///
/// // A cron job every minute: one of them signs in, and the others find the token for seven days.
/// let identity = Identity::builder(JwtAuth::new("ana", "password"))
///     .store(FileStore::new(state.join("tokens")))
///     .build();
/// let token = identity.token(site).await?;
/// # drop(token); Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct FileStore {
    directory: PathBuf,
}

/// The size limit of a file. Entries are much smaller.
const MAX_FILE_BYTES: u16 = u16::MAX;

/// The number of files that one write checks for obsolete ones.
const SWEPT_AT_A_TIME: usize = 64;

const ENTRY: &str = ".json";
const LEASE: &str = ".lease";
const PART: &str = ".part";

/// The first line of an entry's file. The second line is the entry.
#[derive(Serialize, Deserialize)]
struct Header {
    key: String,
    /// When the entry may be removed, in milliseconds since 1970.
    until: u64,
}

/// The content of a lock's file.
#[derive(Serialize, Deserialize)]
struct Held {
    owner: String,
    /// Milliseconds since 1970, by the clock of its holder.
    until: u64,
}

/// The files of a key.
#[derive(Clone)]
struct Place {
    directory: PathBuf,
    key: String,
    /// The prefix of the file names: a hash of the key, so that no two keys share a file.
    stem: String,
}

struct Lock {
    /// `None` after the release.
    place: Option<Place>,
    owner: String,
    lease: Lease,
}

impl FileStore {
    /// A store in `directory`, which is created when it is first needed, accessible only to its owner.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    fn place(&self, key: &str) -> Place {
        let stem = format!("token-{}", sha256(&[key]));
        Place { directory: self.directory.clone(), key: key.to_owned(), stem }
    }
}

#[async_trait]
impl TokenStore for FileStore {
    async fn load(&self, key: &str) -> Result<Option<StoreEntry>, StoreError> {
        let place = self.place(key);
        on_a_thread(move || place.load()).await
    }

    async fn lock(&self, key: &str, lease: Lease) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let place = self.place(key);
        let lock = on_a_thread(move || place.lock(lease)).await?;
        Ok(lock.map(|lock| Box::new(lock) as _))
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let place = self.place(key);
        on_a_thread(move || place.delete()).await
    }
}

#[async_trait]
impl StoreLock for Lock {
    async fn extend(&mut self, lease: Lease) -> Result<bool, StoreError> {
        self.lease = lease;
        let Some(place) = self.place.clone() else { return Ok(false) };
        let owner = self.owner.clone();
        on_a_thread(move || place.extend(&owner, lease)).await
    }

    async fn release(mut self: Box<Self>, entry: Option<&StoreEntry>) -> Result<(), StoreError> {
        let Some(place) = self.place.take() else { return Ok(()) };
        let (owner, now, entry) = (self.owner.clone(), self.lease.now, entry.cloned());
        on_a_thread(move || place.release(&owner, entry.as_ref(), now)).await
    }
}

/// Releases the lock, also when its holder was cancelled or did not wait for `lock` to return. The release runs
/// on a thread; if none can be started, the lock expires with its lease.
impl Drop for Lock {
    fn drop(&mut self) {
        let Some(place) = self.place.take() else { return };
        let (owner, now) = (std::mem::take(&mut self.owner), self.lease.now);
        let thread = std::thread::Builder::new().name("wp-auth".to_owned());
        let _ = thread.spawn(move || place.release(&owner, None, now));
    }
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let none = || StoreError::new(StoreErrorKind::Unavailable, "no thread can be started");
    unblock(work).await.ok_or_else(none)?
}

/// All of these functions block.
impl Place {
    fn load(&self) -> Result<Option<StoreEntry>, StoreError> {
        let name = format!("{}{ENTRY}", self.stem);
        let read = match PrivateDir::open(&self.directory) {
            Ok(directory) => read(&directory, &name),
            Err(error) => Err(error),
        };
        let text = match read {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                return Err(self.failure(StoreErrorKind::Corrupt, &name, error));
            }
            Err(error) => return Err(self.failure(StoreErrorKind::Unavailable, &name, error)),
        };
        let corrupt = || {
            let path = self.directory.join(&name);
            StoreError::new(StoreErrorKind::Corrupt, path.display().to_string())
        };
        let (header, entry) = split(&text).ok_or_else(corrupt)?;
        if header.key != self.key {
            return Err(corrupt());
        }
        StoreEntry::from_json(entry).map(Some).map_err(|_| corrupt())
    }

    fn lock(self, lease: Lease) -> Result<Option<Lock>, StoreError> {
        let owner = format!("{:x}-{:016x}", std::process::id(), fastrand::u64(..));
        let taken = PrivateDir::create(&self.directory).and_then(|directory| {
            let _exclusive = directory.exclusively()?;
            if self.held(&directory)?.is_some_and(|held| time(held.until).is_some_and(|end| lease.meets(end)))
            {
                return Ok(false);
            }
            self.hold(&directory, &owner, lease).map(|()| true)
        });
        let taken = taken.map_err(|error| self.unavailable(error))?;
        Ok(taken.then(|| Lock { place: Some(self), owner, lease }))
    }

    fn extend(&self, owner: &str, lease: Lease) -> Result<bool, StoreError> {
        let extended = PrivateDir::open(&self.directory).and_then(|directory| {
            let _exclusive = directory.exclusively()?;
            let is_ours = self.is_held_by(&directory, owner)?;
            if is_ours {
                self.hold(&directory, owner, lease)?;
            }
            Ok(is_ours)
        });
        extended.map_err(|error| self.unavailable(error))
    }

    fn release(&self, owner: &str, entry: Option<&StoreEntry>, now: SystemTime) -> Result<(), StoreError> {
        let released = PrivateDir::open(&self.directory).and_then(|directory| {
            let part = format!("{}.{owner}{PART}", self.stem);
            // The disk is slow, so the entry is written before the mutex is taken.
            let written = entry.map(|entry| self.write(&directory, &part, entry, now));
            let is_written = matches!(written, Some(Ok(())));
            let _exclusive = directory.exclusively()?;
            let is_ours = self.is_held_by(&directory, owner)?;
            if is_written && is_ours {
                directory.rename(&part, &format!("{}{ENTRY}", self.stem))?;
            } else if is_written {
                remove(&directory, &part)?;
            }
            if is_ours {
                remove(&directory, &format!("{}{LEASE}", self.stem))?;
            }
            if entry.is_some() {
                sweep(&directory, &self.stem, now);
            }
            written.unwrap_or(Ok(()))
        });
        released.map_err(|error| self.unavailable(error))
    }

    fn delete(&self) -> Result<(), StoreError> {
        let removed = PrivateDir::open(&self.directory).and_then(|directory| {
            let _exclusive = directory.exclusively()?;
            [ENTRY, LEASE].into_iter().try_for_each(|end| remove(&directory, &format!("{}{end}", self.stem)))
        });
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.unavailable(error)),
            _ => Ok(()),
        }
    }

    fn write(
        &self,
        directory: &PrivateDir,
        part: &str,
        entry: &StoreEntry,
        now: SystemTime,
    ) -> io::Result<()> {
        let until = milliseconds(entry.keep_until(now)).unwrap_or(u64::MAX);
        let header = serde_json::to_string(&Header { key: self.key.clone(), until })?;
        let entry = entry.to_json();
        let lines = [header.as_bytes(), b"\n", entry.expose_secret().as_bytes(), b"\n"];
        directory.write_new(part, &lines)?.sync_data()
    }

    /// The lock that is held. A file that is not a lock counts as none.
    fn held(&self, directory: &PrivateDir) -> io::Result<Option<Held>> {
        held(directory, &format!("{}{LEASE}", self.stem))
    }

    fn is_held_by(&self, directory: &PrivateDir, owner: &str) -> io::Result<bool> {
        Ok(self.held(directory)?.is_some_and(|held| held.owner == owner))
    }

    fn hold(&self, directory: &PrivateDir, owner: &str, lease: Lease) -> io::Result<()> {
        let held = Held { owner: owner.to_owned(), until: milliseconds(lease.end()).unwrap_or_default() };
        let part = format!("{}.{owner}{LEASE}{PART}", self.stem);
        directory.write_new(&part, &[serde_json::to_string(&held)?.as_bytes()])?;
        directory.rename(&part, &format!("{}{LEASE}", self.stem))
    }

    fn unavailable(&self, error: io::Error) -> StoreError {
        self.failure(StoreErrorKind::Unavailable, "", error)
    }

    fn failure(&self, kind: StoreErrorKind, name: &str, error: io::Error) -> StoreError {
        StoreError::new(kind, self.directory.join(name).display().to_string()).caused_by(error)
    }
}

fn read(directory: &PrivateDir, name: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    // Large enough that the buffer does not grow: growing would leave a copy of the secret in memory.
    let mut text = Zeroizing::new(Vec::with_capacity(usize::from(MAX_FILE_BYTES) + 1));
    directory.read(name)?.take(u64::from(MAX_FILE_BYTES) + 1).read_to_end(&mut text)?;
    if text.len() > usize::from(MAX_FILE_BYTES) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
    }
    Ok(text)
}

/// Another process may have removed the file already.
fn remove(directory: &PrivateDir, name: &str) -> io::Result<()> {
    match directory.remove(name) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn split(text: &[u8]) -> Option<(Header, &str)> {
    let (header, entry) = str::from_utf8(text).ok()?.split_once('\n')?;
    Some((serde_json::from_str(header).ok()?, entry))
}

fn held(directory: &PrivateDir, name: &str) -> io::Result<Option<Held>> {
    match read(directory, name) {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::InvalidData].contains(&error.kind()) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Removes obsolete files: old entries, expired locks, and partial files that a crash left. Checks a limited
/// number of files, starting at a random one. The caller must hold the mutex.
fn sweep(directory: &PrivateDir, own: &str, now: SystemTime) {
    let (Ok(names), Some(now)) = (directory.names(), milliseconds(now)) else { return };
    let start = fastrand::usize(..=names.len());
    let some = names.iter().cycle().skip(start).take(names.len().min(SWEPT_AT_A_TIME));
    for name in some.filter(|name| is_over(directory, name, own, now)) {
        // If it fails, a later sweep removes the file.
        let _ = directory.remove(name);
    }
}

fn is_over(directory: &PrivateDir, name: &str, own: &str, now: u64) -> bool {
    let Some((stem, end)) = name.split_once('.').filter(|(stem, _)| stem.starts_with("token-")) else {
        return false;
    };
    let lease = || held(directory, &format!("{stem}{LEASE}"));
    match end.split_once('.') {
        // An owner without the lock cannot finish its partial file.
        Some((owner, _)) => {
            end.ends_with(PART) && lease().is_ok_and(|held| held.is_none_or(|held| held.owner != owner))
        }
        None if stem == own => false,
        None if format!(".{end}") == LEASE => {
            lease().is_ok_and(|held| held.is_none_or(|held| held.until < now))
        }
        None if format!(".{end}") == ENTRY => {
            read(directory, name).is_ok_and(|text| split(&text).is_some_and(|(header, _)| header.until < now))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Directory(PathBuf, PrivateDir);

    impl Directory {
        fn new(name: &str) -> Self {
            let path =
                crate::private_dir::tests::place().join(format!("wp-auth-{name}-{}", std::process::id()));
            let private = PrivateDir::create(&path).unwrap();
            Self(path, private)
        }

        fn write(&self, name: &str, text: &[u8]) {
            drop(self.1.write_new(name, &[text]).unwrap());
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn file_longer_than_the_maximum_is_corrupt() {
        let directory = Directory::new("bound");
        let bound = usize::from(MAX_FILE_BYTES);
        for (name, length) in [("fits", bound), ("long", bound + 1), ("longer", 3 * bound)] {
            directory.write(name, &vec![b' '; length]);
            let read = read(&directory.1, name);
            if length == bound {
                assert_eq!(read.unwrap().len(), bound);
            } else {
                assert_eq!(read.unwrap_err().kind(), io::ErrorKind::InvalidData, "{name}");
            }
        }
    }

    #[test]
    fn missing_file_is_none_and_unreadable_file_is_an_error() {
        let directory = Directory::new("failures");
        assert!(remove(&directory.1, "missing").is_ok());
        fs::create_dir(directory.0.join("directory")).unwrap();
        assert!(remove(&directory.1, "directory").is_err());
        directory.write("garbage", b"{");
        for name in ["missing", "garbage", "directory"] {
            assert!(held(&directory.1, name).unwrap().is_none(), "{name}");
        }
        assert!(held(&directory.1, &"n".repeat(300)).is_err());
    }

    #[test]
    fn sweep_treats_expired_files_of_other_keys_as_over() {
        let directory = Directory::new("sweep");
        let (mine, other) = ("token-1", "token-2");
        for stem in [mine, other] {
            directory.write(&format!("{stem}{ENTRY}"), b"{\"key\":\"k\",\"until\":1000}\n{}\n");
            directory.write(&format!("{stem}{LEASE}"), br#"{"owner":"o","until":1000}"#);
        }
        let is_over = |name: String, now| super::is_over(&directory.1, &name, mine, now);
        for end in [ENTRY, LEASE] {
            assert!(!is_over(format!("{other}{end}"), 1000), "to the last millisecond");
            assert!(is_over(format!("{other}{end}"), 1001));
            assert!(!is_over(format!("{mine}{end}"), 1001));
            assert!(!is_over(format!("another{end}"), 1001), "it is not ours to remove");
        }
        directory.write(&format!("{other}.txt"), b"{\"key\":\"k\",\"until\":1000}\n{}\n");
        assert!(!is_over(format!("{other}.txt"), 1001), "nor is what has another end");
        for (owner, expected) in [("o", false), ("p", true)] {
            assert_eq!(is_over(format!("{other}.{owner}{PART}"), 0), expected, "{owner}");
        }
        assert!(!is_over(format!("{other}.p.txt"), 0));
    }
}
