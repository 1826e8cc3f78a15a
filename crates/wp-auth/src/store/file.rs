//! Tokens in files.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use wp_core::async_trait;

use crate::client_name::fnv;
use crate::saved::Form;
use crate::unblock::unblock;
use crate::{SavedToken, StoreError, StoreErrorKind, StoreLock, TokenStore};

/// No token comes near this.
const LIMIT: u64 = 64 << 10;

/// Keeps tokens in a directory, for the processes of one machine: a file a token, which only its owner can
/// read, written whole and renamed, beside one whose lock is the right to renew. The lock ends with the
/// process, whatever ends that.
///
/// Not on a network drive: the locks of those are not to be relied on.
#[derive(Debug, Clone)]
pub struct FileStore {
    directory: PathBuf,
}

/// What a file holds.
#[derive(Deserialize)]
struct Kept {
    key: String,
    token: Form<SecretString>,
}

struct Lock {
    path: PathBuf,
    key: String,
    /// Held, and never deleted: who waits for it would hold another one.
    _file: File,
}

impl FileStore {
    /// Tokens in `directory`, which is made when it is needed, for its owner alone. One that everybody may write to
    /// is an error when it is used: anybody could put a token of theirs there.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    fn path(&self, key: &str) -> PathBuf {
        self.directory.join(format!("token-{:016x}.json", fnv(&[key])))
    }
}

#[async_trait]
impl TokenStore for FileStore {
    async fn load(&self, key: &str) -> Result<Option<SavedToken>, StoreError> {
        let (path, key) = (self.path(key), key.to_owned());
        work(move || load(&path, &key)).await
    }

    async fn lock(&self, key: &str, _: Duration) -> Result<Option<Box<dyn StoreLock>>, StoreError> {
        let (path, key) = (self.path(key), key.to_owned());
        let file = work({
            let path = path.clone();
            move || lock(&path)
        });
        Ok(file.await?.map(|file| Box::new(Lock { path, key, _file: file }) as _))
    }
}

#[async_trait]
impl StoreLock for Lock {
    async fn release(self: Box<Self>, obtained: Option<&SavedToken>) -> Result<(), StoreError> {
        let Some(token) = obtained.cloned() else { return Ok(()) };
        // The lock goes along, and is given back when the file is there.
        work(move || save(&self.path, &self.key, &token)).await
    }
}

async fn work<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let none = || StoreError::new(StoreErrorKind::Unavailable, "there is no thread to be had");
    unblock(work).await.ok_or_else(none)?
}

fn unavailable(path: &Path, error: io::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, path.display().to_string()).source(error)
}

fn load(path: &Path, key: &str) -> Result<Option<SavedToken>, StoreError> {
    closed_to_others(path)?;
    let mut text = Zeroizing::new(Vec::with_capacity(8 << 10));
    match File::open(path).and_then(|file| file.take(LIMIT + 1).read_to_end(&mut text)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unavailable(path, error)),
        Ok(_) => {}
    }
    let corrupt = || StoreError::new(StoreErrorKind::Corrupt, path.display().to_string());
    let kept = (text.len() as u64 <= LIMIT).then(|| serde_json::from_slice::<Kept>(&text).ok()).flatten();
    let kept = kept.ok_or_else(corrupt)?;
    if kept.key != key {
        // Another key of the same hash: the later one has the file.
        return Ok(None);
    }
    SavedToken::try_from(kept.token).map(Some).map_err(|_| corrupt())
}

fn lock(path: &Path) -> Result<Option<File>, StoreError> {
    let path = path.with_extension("lock");
    if let Some(directory) = path.parent() {
        private_directory(directory).map_err(|error| unavailable(directory, error))?;
    }
    closed_to_others(&path)?;
    let file = private(File::options().create(true).truncate(false).write(true)).open(&path);
    let file = file.map_err(|error| unavailable(&path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(unavailable(&path, error)),
    }
}

/// Who reads finds the old one or the new one, whenever this ends.
fn save(path: &Path, key: &str, token: &SavedToken) -> Result<(), StoreError> {
    let part = path.with_extension("part");
    let write = || {
        // Nobody else writes here as long as the lock is held: what is there was left behind.
        match fs::remove_file(&part) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = private(File::options().create_new(true).write(true)).open(&part)?;
        let key = serde_json::to_string(key)?;
        for piece in ["{\"key\":", &key, ",\"token\":", token.to_json().expose_secret(), "}\n"] {
            file.write_all(piece.as_bytes())?;
        }
        file.sync_all()?;
        fs::rename(&part, path)
    };
    write().map_err(|error| unavailable(path, error))
}

#[cfg(unix)]
fn closed_to_others(path: &Path) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt as _;
    let Some(directory) = path.parent() else { return Ok(()) };
    let mode = fs::metadata(directory).map_or(0, |directory| directory.permissions().mode());
    if mode & 0o002 == 0 {
        return Ok(());
    }
    let detail = format!("{}: everybody may write to it", directory.display());
    Err(StoreError::new(StoreErrorKind::Unavailable, detail))
}

#[cfg(not(unix))]
fn closed_to_others(_: &Path) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(unix)]
fn private(options: &mut fs::OpenOptions) -> &fs::OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
fn private(options: &mut fs::OpenOptions) -> &fs::OpenOptions {
    options
}

#[cfg(unix)]
fn private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_directory(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}
