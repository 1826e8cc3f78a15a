use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::Result;

/// A file that is only appended to. After a program was killed, it is cut to the length that was saved last, so it never
/// has a part of a line, nor a line that the next run writes again.
#[derive(Debug)]
pub struct AppendedFile {
    file: BufWriter<File>,
    length: u64,
    path: PathBuf,
}

impl AppendedFile {
    /// Opens the file, or creates it, and cuts what was written after it had this length. `None` is before the first run:
    /// then a file with content is of another program, or its state was lost, and it is left as it is.
    pub fn open(path: impl Into<PathBuf>, length: Option<u64>) -> Result<Self> {
        let path = path.into();
        let open = || {
            let mut file =
                OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
            let found = file.metadata()?.len();
            if length.is_none() && found > 0 {
                let message = "the file is not empty, and there is no state of an earlier run: move it away, or restore \
                               the state";
                return Err(std::io::Error::other(message));
            }
            let length = length.unwrap_or(0);
            if found < length {
                let message = format!("the file has {found} bytes, and had {length} after the last run");
                return Err(std::io::Error::other(message));
            }
            file.set_len(length)?;
            file.seek(SeekFrom::Start(length))?;
            Ok((file, length))
        };
        let (file, length) = open().map_err(|error| named(&path, &error))?;
        Ok(Self { file: BufWriter::new(file), length, path })
    }

    /// Appends a line.
    pub fn line(&mut self, line: &[u8]) -> Result {
        let write = self.file.write_all(line).and_then(|()| self.file.write_all(b"\n"));
        write.map_err(|error| named(&self.path, &error))?;
        self.length += line.len() as u64 + 1;
        Ok(())
    }

    /// Writes everything to the disk, and returns the length to save.
    pub fn sync(&mut self) -> Result<u64> {
        let sync = self.file.flush().and_then(|()| self.file.get_ref().sync_data());
        sync.map_err(|error| named(&self.path, &error))?;
        Ok(self.length)
    }

    /// Removes all lines.
    pub fn clear(&mut self) -> Result {
        let clear =
            self.file.flush().and_then(|()| self.file.get_ref().set_len(0)).and_then(|()| self.file.rewind());
        self.length = 0;
        clear.map_err(|error| named(&self.path, &error))
    }
}

fn named(path: &Path, error: &std::io::Error) -> Box<dyn std::error::Error + Send + Sync> {
    format!("{}: {error}", path.display()).into()
}

/// The line of an item, or of an item that is gone.
#[derive(Deserialize)]
struct Keyed {
    id: u64,
}

/// The id of the item in a line of a file.
fn id_of(path: &Path, number: u64, line: &str) -> Result<u64> {
    let item = serde_json::from_str::<Keyed>(line);
    item.map(|item| item.id)
        .map_err(|error| format!("{}: line {number} is no item: {error}", path.display()).into())
}

/// Replaces the file `whole` of items, a JSON object in each line in the order of ids, by one with those of `old` (the same
/// file, or none to begin with) and the changes in `journal`: a line `+` with an item, or `-` with an object that has the id
/// of one that is gone. Each line passes `render`. The file is whole at any time, and the result is the same if it is done
/// again.
pub fn merge(
    old: Option<&Path>,
    whole: &Path,
    journal: &Path,
    mut render: impl FnMut(&str) -> Result<String>,
) -> Result<u64> {
    let changed = changes(journal)?;
    let mut changed = changed.into_iter().peekable();
    let mut lines = File::open(journal).map_err(|error| named(journal, &error))?;
    let mut added = |place: Option<(u64, usize)>| -> Result<Option<String>> {
        let Some((start, length)) = place else { return Ok(None) };
        let mut line = vec![0; length];
        let read = lines.seek(SeekFrom::Start(start)).and_then(|_| lines.read_exact(&mut line));
        read.map_err(|error| named(journal, &error))?;
        Ok(Some(String::from_utf8(line)?))
    };
    let new = whole.with_extension("new");
    let mut out = BufWriter::new(File::create(&new).map_err(|error| named(&new, &error))?);
    let mut count = 0;
    let mut write = |line: &str| -> Result {
        count += 1;
        writeln!(out, "{}", render(line)?).map_err(|error| named(&new, &error))
    };
    if let Some(old) = old {
        let lines = File::open(old).map_err(|error| named(old, &error))?;
        for (number, line) in (1..).zip(BufReader::new(lines).lines()) {
            let line = line.map_err(|error| named(old, &error))?;
            let id = id_of(old, number, &line)?;
            while let Some((_, place)) = changed.next_if(|(changed, _)| *changed < id) {
                if let Some(line) = added(place)? {
                    write(&line)?;
                }
            }
            match changed.next_if(|(changed, _)| *changed == id) {
                Some((_, place)) => {
                    if let Some(line) = added(place)? {
                        write(&line)?;
                    }
                }
                None => write(&line)?,
            }
        }
    }
    for (_, place) in changed {
        if let Some(line) = added(place)? {
            write(&line)?;
        }
    }
    let finish = out.flush().and_then(|()| out.get_ref().sync_data()).and_then(|()| fs::rename(&new, whole));
    finish.map_err(|error| named(whole, &error))?;
    Ok(count)
}

/// Where the last line of each id is, without its sign; `None` if the item is gone.
fn changes(journal: &Path) -> Result<BTreeMap<u64, Option<(u64, usize)>>> {
    let mut changed = BTreeMap::new();
    let mut start = 0;
    let file = File::open(journal).map_err(|error| named(journal, &error))?;
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.map_err(|error| named(journal, &error))?;
        let (sign, item) = line.split_at_checked(1).unwrap_or_default();
        let id = id_of(journal, number, item)?;
        changed.insert(id, (sign == "+").then_some((start + 1, item.len())));
        start += line.len() as u64 + 1;
    }
    Ok(changed)
}
