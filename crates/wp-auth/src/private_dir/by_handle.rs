//! Access by directory handles: a rename by another process cannot replace a directory after its check.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::untrusted;

/// A directory of this user that neither its group nor others can write to.
///
/// A user who can write to a parent directory could replace the directory. Therefore each parent directory and
/// each symbolic link in the path must belong to this user or to root, and be closed to others or sticky like
/// `/tmp`.
pub(crate) struct PrivateDir(File);

const ROOT_USER: u32 = 0;
const OTHERS_WRITE: u32 = 0o022;
const OTHERS_ANYTHING: u32 = 0o077;
const STICKY: u32 = 0o1000;

/// The limit of Linux.
const MAX_LINKS: usize = 40;

/// A handle that needs no read permission, on systems that have them.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SEARCH: OFlags = OFlags::PATH;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const SEARCH: OFlags = OFlags::RDONLY;

/// Opening a FIFO does not block, and a terminal does not become the controlling one.
const FILE: OFlags = OFlags::NOFOLLOW.union(OFlags::CLOEXEC).union(OFlags::NONBLOCK).union(OFlags::NOCTTY);

/// Separates users who share a temporary directory.
pub(crate) fn user_id() -> String {
    geteuid().as_raw().to_string()
}

impl PrivateDir {
    /// Opens an existing directory.
    ///
    /// # Errors
    /// `NotFound`, and `PermissionDenied` if others could write to it or to a parent directory.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        Self::walk(path, false)
    }

    /// Opens a directory and creates missing ones, accessible only to this user.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Self::walk(path, true)
    }

    fn walk(path: &Path, creates: bool) -> io::Result<Self> {
        let (mut here, mut handle) = (PathBuf::from("/"), directory(CWD, Path::new("/"))?);
        let mut rest = steps(&std::path::absolute(path)?);
        let mut links = 0;
        loop {
            is_trusted_above(&handle.metadata()?, &here)?;
            let Some(step) = rest.pop() else { break };
            let name = Path::new(&step);
            let next = match directory(&handle, name) {
                Err(Errno::NOENT) if creates => {
                    match rustix::fs::mkdirat(&handle, name, Mode::RWXU) {
                        // Another process may have created it.
                        Ok(()) | Err(Errno::EXIST) => directory(&handle, name)?,
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(error @ (Errno::LOOP | Errno::NOTDIR | Errno::MLINK)) => {
                    let stat = rustix::fs::statat(&handle, name, AtFlags::SYMLINK_NOFOLLOW)?;
                    links += 1;
                    if FileType::from_raw_mode(stat.st_mode) != FileType::Symlink || links > MAX_LINKS {
                        return Err(error.into());
                    }
                    if !is_ours_or_roots(stat.st_uid) {
                        return Err(denied(&here.join(name), "it is a link of another user"));
                    }
                    let target = rustix::fs::readlinkat(&handle, name, Vec::new())?.into_bytes();
                    let target = PathBuf::from(OsString::from_vec(target));
                    if target.is_absolute() {
                        (here, handle) = (PathBuf::from("/"), directory(CWD, Path::new("/"))?);
                    }
                    rest.extend(steps(&target));
                    continue;
                }
                next => next?,
            };
            if step == ".." {
                here.pop();
            } else {
                here.push(name);
            }
            handle = next;
        }
        is_private(&handle.metadata()?, &here)?;
        Ok(Self(handle))
    }

    /// Opens a file for reading.
    ///
    /// # Errors
    /// `NotFound`, and `InvalidData` for a link, a FIFO, and a file that others can read or may have written.
    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        self.open_file(name, OFlags::RDONLY)
    }

    /// Opens a file for writing, and creates it if it is missing.
    pub(crate) fn open_or_create(&self, name: &str) -> io::Result<File> {
        self.open_file(name, OFlags::RDWR | OFlags::CREATE)
    }

    /// Creates a new file. Fails if it exists.
    pub(crate) fn create_new(&self, name: &str) -> io::Result<File> {
        let flags = FILE | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        Ok(rustix::fs::openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    fn open_file(&self, name: &str, flags: OFlags) -> io::Result<File> {
        let opened = rustix::fs::openat(&self.0, name, FILE | flags, Mode::RUSR | Mode::WUSR);
        let file = opened.map(File::from).map_err(|error| {
            // A link, a socket or a FIFO cannot be opened; the error differs between systems.
            let stat = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW);
            let is_file = |mode| FileType::from_raw_mode(mode) == FileType::RegularFile;
            if stat.is_ok_and(|stat| !is_file(stat.st_mode)) {
                untrusted("it is not a regular file")
            } else {
                error.into()
            }
        })?;
        let found = file.metadata()?;
        if !found.is_file() {
            return Err(untrusted("it is not a regular file"));
        }
        if found.uid() != geteuid().as_raw() {
            return Err(untrusted("it belongs to another user"));
        }
        if found.mode() & OTHERS_ANYTHING != 0 {
            return Err(untrusted("other users can read it or write to it"));
        }
        // A file that was replaced a moment ago has zero links, which is allowed.
        if found.nlink() > 1 {
            return Err(untrusted("it has another name as well"));
        }
        Ok(file)
    }

    /// Renames a file and replaces the target.
    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    /// The names in the directory. Names that are not UTF-8 are omitted.
    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let readable = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let entries = Dir::new(rustix::fs::openat(&self.0, ".", readable, Mode::empty())?)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_str().ok().map(str::to_owned)));
        let names = names.filter_map(Result::transpose);
        names.filter(|name| !matches!(name.as_ref().map(String::as_str), Ok("." | ".."))).collect()
    }
}

/// The components of the path, in reverse order.
fn steps(path: &Path) -> Vec<OsString> {
    let named = |step: &Component<'_>| matches!(step, Component::Normal(_) | Component::ParentDir);
    let mut steps: Vec<_> = path.components().filter(named).map(|step| step.as_os_str().to_owned()).collect();
    steps.reverse();
    steps
}

fn directory(parent: impl std::os::fd::AsFd, name: &Path) -> Result<File, Errno> {
    let flags = SEARCH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty()).map(File::from)
}

fn is_ours_or_roots(owner: u32) -> bool {
    owner == ROOT_USER || owner == geteuid().as_raw()
}

fn is_trusted_above(found: &Metadata, path: &Path) -> io::Result<()> {
    if !is_ours_or_roots(found.uid()) {
        return Err(denied(path, "it belongs to another user"));
    }
    if found.mode() & OTHERS_WRITE != 0 && found.mode() & STICKY == 0 {
        return Err(denied(path, "other users may write to it"));
    }
    Ok(())
}

fn is_private(found: &Metadata, path: &Path) -> io::Result<()> {
    if found.uid() != geteuid().as_raw() {
        return Err(denied(path, "it belongs to another user"));
    }
    if found.mode() & OTHERS_WRITE != 0 {
        return Err(denied(path, "other users may write to it"));
    }
    Ok(())
}

fn denied(path: &Path, why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, format!("{}: {why}", path.display()))
}
