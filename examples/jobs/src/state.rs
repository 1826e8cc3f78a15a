use std::fs::{self, File};
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
