//! Access by path, for systems without directory handles. Only the system's access lists decide who may write.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A directory. It is not checked.
pub(crate) struct PrivateDir(PathBuf);

/// Separates users who share a temporary directory.
pub(crate) fn user_id() -> String {
    std::env::var("USERNAME").unwrap_or_default()
}

impl PrivateDir {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        fs::metadata(path).map(|_| Self(path.to_owned()))
    }

    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path).map(|()| Self(path.to_owned()))
    }

    pub(crate) fn read(&self, name: &str) -> io::Result<File> {
        let path = self.0.join(name);
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(super::untrusted("it is not a regular file"));
        }
        File::open(path)
    }

    pub(crate) fn open_or_create(&self, name: &str) -> io::Result<File> {
        File::options().read(true).write(true).create(true).truncate(false).open(self.0.join(name))
    }

    pub(crate) fn create_new(&self, name: &str) -> io::Result<File> {
        File::options().write(true).create_new(true).open(self.0.join(name))
    }

    pub(crate) fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(crate) fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    pub(crate) fn names(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }
}
