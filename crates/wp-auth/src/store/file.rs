//! Tokens in files.

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

/// Keeps tokens in a directory, for the processes of one user on one machine.
///
/// # Who is trusted
/// A token in a file is as good as a password, and a file that another user wrote would have the program act as
/// somebody else. On Unix the directory has to belong to the user of the process, and neither its group nor others may
/// write to it; each directory above belongs to that user or to root, and is closed to others or sticky like `/tmp`.
/// So do symbolic links on the way. A file has to belong to that user, with permissions for nobody else. What is checked
/// is what is used: all is opened relative to handles of directories. A directory that is open to others is
/// [`Unavailable`](StoreErrorKind::Unavailable), such a file is [`Corrupt`](StoreErrorKind::Corrupt) and is replaced.
///
/// On Windows nothing is checked. A directory below the user's profile (`%LOCALAPPDATA%`) is closed to other users by
/// the access list that it inherits; use one there.
///
/// # What is in it
/// A file for each token, written whole and renamed, a file for each lease that somebody has, and one named `mutex`.
/// Files that are no longer good for anything are removed as others are written.
///
/// Not on a network drive: the locks of those are not to be relied on.
#[derive(Debug, Clone)]
pub struct FileStore {
    directory: PathBuf,
}

/// No entry comes near this.
const MAX_FILE_BYTES: u16 = u16::MAX;

/// How many files are looked at for old ones each time that one is written.
const SWEPT_AT_A_TIME: usize = 64;

const ENTRY: &str = ".json";
const LEASE: &str = ".lease";
const PART: &str = ".part";

/// The first line of an entry's file. The entry is the second.
#[derive(Serialize, Deserialize)]
struct Header {
    key: String,
    /// When it is no longer good for anything, in milliseconds since 1970.
    until: u64,
}

/// What the file of a lease holds.
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
    /// What their names begin with: a hash, so that no two keys share a file.
    stem: String,
}

struct Lock {
    /// `None` once it was given back.
    place: Option<Place>,
    owner: String,
    lease: Lease,
}

impl FileStore {
    /// Tokens in `directory`, which is created when it is needed, for its owner alone.
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

/// Also where the holder was cancelled, or where the response to `lock` came too late. A thread gives it back; where none
/// can be had, the lease ends it.
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

/// All of it blocks.
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
            // The disk is slow: nobody waits for it but who has the lease.
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

    /// The lease that somebody has. What is no lease counts as none.
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
    // Room enough, so that no half of it stays behind where it grew.
    let mut text = Zeroizing::new(Vec::with_capacity(usize::from(MAX_FILE_BYTES) + 1));
    directory.read(name)?.take(u64::from(MAX_FILE_BYTES) + 1).read_to_end(&mut text)?;
    if text.len() > usize::from(MAX_FILE_BYTES) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it is too long"));
    }
    Ok(text)
}

/// Another may have swept it away.
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

/// Removes what is no longer good for anything: entries, leases that ended, and what a crash left half written. Looks at
/// some files at a time, not at the same ones each time. The caller has the directory to itself.
fn sweep(directory: &PrivateDir, own: &str, now: SystemTime) {
    let (Ok(names), Some(now)) = (directory.names(), milliseconds(now)) else { return };
    let start = fastrand::usize(..=names.len());
    let some = names.iter().cycle().skip(start).take(names.len().min(SWEPT_AT_A_TIME));
    for name in some.filter(|name| is_over(directory, name, own, now)) {
        // The next one removes it then.
        let _ = directory.remove(name);
    }
}

fn is_over(directory: &PrivateDir, name: &str, own: &str, now: u64) -> bool {
    let Some((stem, end)) = name.split_once('.').filter(|(stem, _)| stem.starts_with("token-")) else {
        return false;
    };
    let lease = || held(directory, &format!("{stem}{LEASE}"));
    match end.split_once('.') {
        // Nobody can finish what is of an owner without the lease.
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
    fn a_file_is_read_up_to_its_bound_and_a_longer_one_is_corrupt() {
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
    fn what_is_not_there_is_no_failure_and_what_cannot_be_looked_at_is_one() {
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
    fn what_ended_is_over_and_ones_own_is_not() {
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
