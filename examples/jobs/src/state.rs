use std::fs::{self, File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde::{Serialize, de::DeserializeOwned};

use crate::Result;

/// The state of a job between two runs: a JSON file that is whole at any time, because it is replaced at once.
#[derive(Debug)]
pub struct StateFile(PathBuf);

impl StateFile {
    /// A file that need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Keeps other runs out until the returned file is dropped, or the program ends in whatever way. The file that is locked
    /// is beside the state, with `.lock` at the end of its name.
    pub fn lock(&self) -> Result<File> {
        let mut path = self.0.clone().into_os_string();
        path.push(".lock");
        let of_file = |error| format!("{}: {error}", path.display());
        let file = File::options().create(true).append(true).open(&path).map_err(of_file)?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                Err(format!("another run works with {}: wait until it has ended", self.0.display()).into())
            }
            Err(TryLockError::Error(error)) => Err(of_file(error).into()),
        }
    }

    /// What was saved, or `None` in the first run.
    pub fn load<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let text = match fs::read_to_string(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{}: {error}", self.0.display()).into()),
        };
        let state = serde_json::from_str(&text);
        state.map(Some).map_err(|error| format!("{}: {error}", self.0.display()).into())
    }

    /// Replaces what was saved. A program that is killed meanwhile leaves the old state.
    pub fn save(&self, state: &impl Serialize) -> Result {
        let new = self.0.with_extension("new");
        let write = || {
            let mut file = File::create(&new)?;
            file.write_all(&serde_json::to_vec(state)?)?;
            file.sync_all()?;
            fs::rename(&new, &self.0)
        };
        write().map_err(|error| format!("{}: {error}", self.0.display()).into())
    }
}
