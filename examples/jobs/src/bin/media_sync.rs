//! Uploads the files of a folder to the media library: those that are new, were changed, or were deleted on the site.
//!
//! It keeps what it did in a state file, and can be ended at any time: the next run goes on, and no file is in the library
//! twice. A file with the same name and content that the library has already is not uploaded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use clap::Parser;
use futures_util::{StreamExt, stream};
use jobs::{Outcome, Progress, Result, Site, StateFile};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use wp_client::models::{MediaId, NewMedia};
use wp_client::{Client, MediaFile};

/// Uploads the files of a folder to the media library.
///
/// Files whose name begins with a dot are left out. The exit code is 0 if all was done, 3 if some files failed, 1 if the
/// program could not go on, and 2 for wrong arguments.
#[derive(Parser)]
#[command(name = "media_sync")]
struct Arguments {
    #[command(flatten)]
    site: Site,
    /// The folder. Its folders are read, too.
    folder: PathBuf,
    /// Where the program keeps what it did. Default: `.media-sync.json` in the folder.
    #[arg(long)]
    state: Option<PathBuf>,
    /// How many files are uploaded at a time.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=32))]
    concurrency: u16,
    /// Say what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Delete from the library, permanently, what is no longer in the folder, and the old versions of changed files. Only
    /// what this program uploaded is deleted: not what the library had before.
    #[arg(long)]
    delete: bool,
}

/// What was done.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The API of the site, whose ids these are.
    site: String,
    /// The files that are in the library, by their paths below the folder.
    files: BTreeMap<String, Synced>,
    /// The old versions of changed files.
    replaced: BTreeSet<MediaId>,
}

/// A file that is in the library.
#[derive(Clone, Serialize, Deserialize)]
struct Synced {
    size: u64,
    /// When it was last changed, in milliseconds since 1970.
    modified: u64,
    md5: String,
    id: MediaId,
    /// Whether the library had the file before. Then it may be used elsewhere.
    #[serde(default)]
    was_there: bool,
}

/// A file of the folder.
struct Local {
    path: PathBuf,
    size: u64,
    modified: u64,
}

/// Files with the same content, which is uploaded once.
struct Upload {
    md5: String,
    /// The names of all of them, below the folder.
    names: Vec<String>,
}

fn main() -> ExitCode {
    jobs::run(sync)
}

async fn sync(arguments: Arguments) -> Result<Outcome> {
    let local = read_folder(&arguments.folder)?;
    let file = arguments.state.clone().unwrap_or_else(|| arguments.folder.join(".media-sync.json"));
    let file = StateFile::new(file);
    let mut state: State = file.load()?.unwrap_or_default();
    let wp = arguments.site.connect().await?;

    let site = wp.site().root().to_string();
    if !state.site.is_empty() && state.site != site {
        return Err(format!("{} is of {}, not of {site}", file.path().display(), state.site).into());
    }
    state.site = site;
    if arguments.delete && local.is_empty() && !state.files.is_empty() {
        return Err(format!("{} has no files: nothing is deleted", arguments.folder.display()).into());
    }
    forget_deleted(&wp, &mut state).await?;
    let (uploads, mut failures) = changed(&local, &mut state);
    if arguments.dry_run {
        for upload in &uploads {
            println!("upload {}", upload.names.join(" = "));
        }
        for id in doomed(&local, &state).into_iter().filter(|_| arguments.delete) {
            println!("delete {id}");
        }
        return Ok(Outcome::after(failures));
    }
    file.save(&state)?;

    let total = uploads.iter().map(|upload| local[&upload.names[0]].size).sum();
    let bar = Progress::bytes("upload", Some(total));
    let sent = stream::iter(uploads).map(|upload| async {
        let result = send(&wp, &local[&upload.names[0]], &upload.md5, &bar).await;
        (upload, result)
    });
    let mut sent = sent.buffer_unordered(arguments.concurrency.into());
    while let Some((upload, result)) = sent.next().await {
        match result {
            Ok((id, was_there)) => {
                for name in upload.names {
                    let Local { size, modified, .. } = local[&name];
                    let synced = Synced { size, modified, md5: upload.md5.clone(), id, was_there };
                    let old = state.files.insert(name, synced).filter(|old| !old.was_there);
                    state.replaced.extend(old.map(|old| old.id));
                }
                state.replaced.remove(&id);
                file.save(&state)?;
            }
            // No other file would be accepted, either.
            Err(error) if is_unauthorized(&*error) => return Err(error),
            Err(error) => {
                failures += upload.names.len() as u64;
                bar.line(&format!("{}: {error:#}", upload.names.join(" = ")));
            }
        }
    }
    bar.finish();
    if arguments.delete {
        failures += delete(&wp, &local, &mut state, &file).await?;
    }
    Ok(Outcome::after(failures))
}

/// The files of a folder and of all folders in it, by their paths below it.
fn read_folder(folder: &Path) -> Result<BTreeMap<String, Local>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let failed = |error| format!("{}: {error}", next.display());
        for entry in fs::read_dir(&next).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let metadata = entry.metadata().map_err(failed)?;
                let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
                let modified = modified.map_or(0, |at| u64::try_from(at.as_millis()).unwrap_or(u64::MAX));
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
                files.insert(name, Local { path, size: metadata.len(), modified });
            }
        }
    }
    Ok(files)
}

/// Takes out of the state what was deleted on the site.
async fn forget_deleted(wp: &Client, state: &mut State) -> Result {
    #[derive(Deserialize)]
    struct Item {
        id: MediaId,
    }

    let ids: BTreeSet<MediaId> =
        state.files.values().map(|file| file.id).chain(state.replaced.clone()).collect();
    let mut found = BTreeSet::new();
    let ids: Vec<_> = ids.into_iter().collect();
    for some in ids.chunks(100) {
        let items = wp.media().list().per_page(100).include(some.iter().copied()).select::<Item>().await?;
        found.extend(items.into_iter().map(|item| item.id));
    }
    state.files.retain(|_, file| found.contains(&file.id));
    state.replaced.retain(|id| found.contains(id));
    Ok(())
}

/// The files to upload, and the number of those that cannot be read.
fn changed(local: &BTreeMap<String, Local>, state: &mut State) -> (Vec<Upload>, u64) {
    let mut uploads = BTreeMap::<String, Vec<String>>::new();
    let mut failures = 0;
    for (name, file) in local {
        let known = state.files.get(name);
        if known.is_some_and(|known| (known.size, known.modified) == (file.size, file.modified)) {
            continue;
        }
        let md5 = match md5_of(&file.path) {
            Ok(md5) => md5,
            Err(error) => {
                eprintln!("{name}: {error}");
                failures += 1;
                continue;
            }
        };
        // The same content, in this file before it was touched, or in another one.
        match state.files.values().find(|known| known.md5 == md5) {
            Some(known) => {
                let synced = Synced { size: file.size, modified: file.modified, ..known.clone() };
                let old = state.files.insert(name.clone(), synced.clone()).filter(|old| !old.was_there);
                state.replaced.extend(old.map(|old| old.id).filter(|id| *id != synced.id));
            }
            None => uploads.entry(md5).or_default().push(name.clone()),
        }
    }
    (uploads.into_iter().map(|(md5, names)| Upload { md5, names }).collect(), failures)
}

fn md5_of(path: &Path) -> std::io::Result<String> {
    let (mut file, mut sum) = (File::open(path)?, Md5::new());
    let mut piece = vec![0; 256 << 10];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            length => sum.update(&piece[..length]),
        }
    }
    Ok(sum.finalize().iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    }))
}

/// Uploads a file, unless the library has it.
async fn send(wp: &Client, local: &Local, md5: &str, bar: &Progress) -> Result<(MediaId, bool)> {
    let (bar, most) = (bar.clone(), AtomicU64::new(0));
    let file = MediaFile::open(&local.path).await?.md5(md5).on_progress(move |at| {
        // A retry starts at 0.
        let before = most.fetch_max(at.bytes, Ordering::Relaxed);
        bar.add(at.bytes.saturating_sub(before));
    });
    let uploaded = wp.media().upload(file, NewMedia::default()).once().await?;
    Ok((uploaded.media().id, uploaded.is_found()))
}

fn is_unauthorized(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<wp_client::Error>().is_some_and(wp_client::Error::is_unauthorized)
}

/// What `--delete` deletes.
fn doomed(local: &BTreeMap<String, Local>, state: &State) -> BTreeSet<MediaId> {
    let kept = |name: &String| local.contains_key(name);
    let gone =
        state.files.iter().filter(|(name, file)| !kept(name) && !file.was_there).map(|(_, file)| file.id);
    let mut doomed: BTreeSet<_> = gone.chain(state.replaced.iter().copied()).collect();
    for (_, file) in state.files.iter().filter(|(name, _)| kept(name)) {
        doomed.remove(&file.id);
    }
    doomed
}

async fn delete(
    wp: &Client,
    local: &BTreeMap<String, Local>,
    state: &mut State,
    file: &StateFile,
) -> Result<u64> {
    let mut failures = 0;
    for id in doomed(local, state) {
        match wp.media().delete(id).await {
            Err(error) if !error.is_not_found() => {
                failures += 1;
                eprintln!("{id}: {error}");
                continue;
            }
            _ => {}
        }
        state.replaced.remove(&id);
        state.files.retain(|name, synced| synced.id != id || local.contains_key(name));
        file.save(state)?;
    }
    Ok(failures)
}
