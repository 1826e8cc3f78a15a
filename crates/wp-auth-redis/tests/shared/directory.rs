//! A directory that goes when it is dropped.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("wp-auth-shared-{}-{}", std::process::id(), COUNT.fetch_add(1, Relaxed));
        let path = base().join(name);
        std::fs::create_dir(&path).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o711)).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// The temporary directory, unless it is open to all and not sticky, as in some containers: nothing in it is private.
fn base() -> PathBuf {
    let temporary = std::env::temp_dir();
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&temporary).unwrap().permissions()) & 0o1002
        == 2
    {
        return std::env::current_exe().unwrap().parent().unwrap().to_owned();
    }
    temporary
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is still in use stays; it is a temporary directory.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
