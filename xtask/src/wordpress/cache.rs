//! A cache of downloads and builds. A file is verified by its hash, a directory by its file count and size.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::Result;

/// The cache, locked while this value exists: of two commands that run at once, the second uses what the first built.
pub struct Cache {
    root: PathBuf,
    _lock: File,
}

/// The file count and the size of a directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    files: u64,
    bytes: u64,
}

impl Cache {
    pub fn open(root: PathBuf) -> Result<Self> {
        fs::create_dir_all(&root)?;
        let lock = File::create(root.join("lock"))?;
        lock.lock()?;
        Ok(Self { root, _lock: lock })
    }

    /// The path for this name.
    pub fn place(&self, name: &str) -> Result<PathBuf> {
        let path = self.root.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.root))?;
        Ok(path)
    }

    /// Returns the file with this hash. `fetch` downloads it if it is missing or damaged.
    pub fn file(&self, name: &str, sha256: &str, fetch: impl FnOnce(&Path) -> Result) -> Result<PathBuf> {
        let path = self.place(name)?;
        let is_whole = || fs::read(&path).is_ok_and(|bytes| hash(&bytes) == sha256);
        if !is_whole() {
            fetch(&path)?;
            if !is_whole() {
                return Err(format!("{name} has the wrong content: its sha256 is not {sha256}").into());
            }
        }
        Ok(path)
    }

    /// Returns a directory. `build` fills it if it is missing or incomplete.
    pub fn tree(&self, name: &str, build: impl FnOnce(&Path) -> Result) -> Result<PathBuf> {
        let path = self.root.join(name);
        if self.totals(name).is_some() && path.is_dir() {
            return Ok(path);
        }
        self.discard(name)?;
        fs::create_dir_all(&path)?;
        build(&path)?;
        let Totals { files, bytes } = measure(&path)?;
        fs::write(self.stamp(name), format!("{files} files, {bytes} bytes\n"))?;
        Ok(path)
    }

    /// Copies such a directory. If it has changed since it was built, it is built again first.
    pub fn copy(&self, name: &str, to: &Path, build: impl Fn(&Path) -> Result) -> Result {
        for _ in 0..2 {
            let from = self.tree(name, &build)?;
            let copied = copy(&from, to)?;
            if Some(copied) == self.totals(name) {
                return Ok(());
            }
            eprintln!("{name} is damaged, and is built again");
            self.discard(name)?;
            fs::remove_dir_all(to)?;
        }
        Err(format!("{name} changed while it was copied").into())
    }

    fn discard(&self, name: &str) -> Result {
        let path = self.root.join(name);
        // The stamp is removed first: without it, the rest is treated as incomplete.
        for file in [self.stamp(name)].iter().filter(|file| file.exists()) {
            fs::remove_file(file)?;
        }
        if path.exists() {
            fs::remove_dir_all(path)?;
        }
        Ok(())
    }

    fn stamp(&self, name: &str) -> PathBuf {
        self.root.join(format!("{name}.stamp"))
    }

    fn totals(&self, name: &str) -> Option<Totals> {
        let text = fs::read_to_string(self.stamp(name)).ok()?;
        let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter_map(|word| word.parse().ok());
        Some(Totals { files: numbers.next()?, bytes: numbers.next()? })
    }
}

/// The SHA-256 in hexadecimal.
pub fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Copies the content of `from` into `to`. A link is replaced by a copy of its target.
pub fn copy(from: &Path, to: &Path) -> Result<Totals> {
    fs::create_dir_all(to)?;
    walk(from, &mut |path| {
        let target = to.join(path.strip_prefix(from)?);
        if path.is_dir() {
            fs::create_dir_all(target)?;
        } else {
            fs::copy(path, target)?;
        }
        Ok(())
    })
}

fn measure(directory: &Path) -> Result<Totals> {
    walk(directory, &mut |_| Ok(()))
}

/// Visits all files and directories below `directory`, each directory before its content.
pub fn walk(directory: &Path, visit: &mut dyn FnMut(&Path) -> Result) -> Result<Totals> {
    let mut totals = Totals::default();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        visit(&path)?;
        let Ok(metadata) = path.metadata() else { continue };
        let below =
            if metadata.is_dir() { walk(&path, visit)? } else { Totals { files: 1, bytes: metadata.len() } };
        totals.files += below.files;
        totals.bytes += below.bytes;
    }
    Ok(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(name: &str) -> Cache {
        let root = std::env::temp_dir().join(format!("xtask-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        Cache::open(root).unwrap()
    }

    #[test]
    fn a_broken_file_is_fetched_again_and_a_wrong_one_refused() {
        let cache = cache("file");
        let abc = hash(b"abc");
        let good = |path: &Path| Ok(fs::write(path, "abc")?);
        let path = cache.file("a/b", &abc, good).unwrap();
        cache.file("a/b", &abc, |_| Err("fetched twice".into())).unwrap();
        fs::write(&path, "ab").unwrap();
        cache.file("a/b", &abc, good).unwrap();
        let error = cache.file("c", &abc, |path| Ok(fs::write(path, "x")?)).unwrap_err();
        assert!(error.to_string().contains("sha256"));
        fs::remove_dir_all(&cache.root).unwrap();
    }

    #[test]
    fn a_broken_or_unfinished_directory_is_made_again() {
        let cache = cache("tree");
        let build = |path: &Path| Ok(fs::write(path.join("file"), "text")?);
        assert!(cache.tree("t", |_| Err("no".into())).is_err());
        let path = cache.tree("t", build).unwrap();
        fs::write(path.join("file"), "other text").unwrap();
        let to = cache.root.join("copy");
        cache.copy("t", &to, build).unwrap();
        assert_eq!(fs::read_to_string(to.join("file")).unwrap(), "text");
        fs::remove_dir_all(&cache.root).unwrap();
    }
}
