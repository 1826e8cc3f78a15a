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
use jobs::{Outcome, Progress, Result, Site, StateFile, explain, print};
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;
use wp_client::models::{MediaId, NewMedia, PostStatus};
use wp_client::{Client, MediaFile, Uploaded};

/// Uploads the files of a folder to the media library.
///
/// Files whose name begins with a dot are left out.
#[derive(Parser)]
#[command(name = "media_sync", version, after_help = jobs::AFTER_HELP)]
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
    /// what this program uploaded is deleted: not what the library had before, nor a file that the program found there
    /// because the response to its upload was lost, or because it was ended before it had the response.
    #[arg(long)]
    delete: bool,
    /// The site keeps its files at another host, such as a CDN: read them there, in order to compare them.
    #[arg(long)]
    any_origin: bool,
}

/// What was done.
#[derive(Default, Serialize, Deserialize)]
struct State {
    /// The API of the site, whose ids these are.
    site: String,
    /// The files of the folder that are in the library, by their paths below the folder.
    files: BTreeMap<String, Synced>,
    /// What is in the library, by its content: files may be renamed, exchanged and changed back.
    library: BTreeMap<String, Item>,
    /// The names under which contents were to be uploaded. The site may have one of them although this program does not
    /// know: it was ended, or the response was lost. It is looked up by this name, whatever the file is called now.
    pending: BTreeMap<String, String>,
}

/// A file that is in the library.
#[derive(Clone, Serialize, Deserialize)]
struct Synced {
    size: u64,
    /// When it was last changed, in milliseconds since 1970.
    modified: u64,
    md5: String,
}

/// An item of the library.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Item {
    id: MediaId,
    /// Whether the library had the file before. Then it may be used elsewhere.
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
    /// The paths of all of them, below the folder.
    names: Vec<String>,
}

fn main() -> ExitCode {
    jobs::run(sync)
}

async fn sync(arguments: Arguments) -> Result<Outcome> {
    let folder = arguments.folder.clone();
    let local = spawn_blocking(move || read_folder(&folder)).await??;
    let file = arguments.state.clone().unwrap_or_else(|| arguments.folder.join(".media-sync.json"));
    let file = StateFile::new(file);
    let _lock = if arguments.dry_run { None } else { Some(file.lock()?) };
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
    let (uploads, mut failures) = changed(&local, &mut state).await?;
    if arguments.dry_run {
        for upload in &uploads {
            print(&format!("upload {}", upload.names.join(" = ")));
        }
        for (_, id) in doomed(&local, &state).into_iter().filter(|_| arguments.delete) {
            print(&format!("delete {id}"));
        }
        return Ok(Outcome::after(failures));
    }
    let earlier: BTreeSet<String> = state.pending.keys().cloned().collect();
    for Upload { md5, names } in &uploads {
        let name = local[&names[0]].path.file_name().unwrap_or_default().to_string_lossy();
        state.pending.entry(md5.clone()).or_insert_with(|| name.into_owned());
    }
    file.save(&state)?;
    let pending = state.pending.clone();

    let total = uploads.iter().map(|upload| local[&upload.names[0]].size).sum();
    let bar = Progress::bytes("upload", Some(total));
    let sent = stream::iter(uploads).map(|upload| async {
        let (path, name) = (&local[&upload.names[0]].path, &pending[&upload.md5]);
        let result = send(&wp, path, name, &upload.md5, arguments.any_origin, &bar).await;
        (upload, result)
    });
    let mut sent = sent.buffer_unordered(arguments.concurrency.into());
    let (mut made, mut found) = (0_u64, 0_u64);
    let mut of_others = Vec::new();
    while let Some((upload, result)) = sent.next().await {
        match result {
            Ok(item) => {
                let done = if item.was_there { &mut found } else { &mut made };
                *done += 1;
                let what = if item.was_there { "found" } else { "uploaded" };
                bar.result(&format!("{what} {}", upload.names.join(" = ")));
                state.pending.remove(&upload.md5);
                for name in upload.names {
                    let Local { size, modified, .. } = local[&name];
                    state.files.insert(name, Synced { size, modified, md5: upload.md5.clone() });
                }
                state.library.insert(upload.md5, item);
                file.save(&state)?;
            }
            // No other file would be accepted, either.
            Err(error) if is_unauthorized(&*error) => return Err(error),
            Err(error) if is_of_another_user(&*error) => {
                if !earlier.contains(&upload.md5) {
                    state.pending.remove(&upload.md5);
                    file.save(&state)?;
                }
                of_others.extend(upload.names);
            }
            Err(error) => {
                // The upload of an earlier run stays in doubt if this one did not get as far as a response to its own.
                let is_refused = !earlier.contains(&upload.md5) || is_refused(&*error);
                if is_refused && !may_have_happened(&*error) {
                    state.pending.remove(&upload.md5);
                    file.save(&state)?;
                }
                failures += upload.names.len() as u64;
                bar.problem(&format!("{}: {}", upload.names.join(" = "), explain(&error)));
            }
        }
    }
    bar.finish();
    print(&format!("{made} uploaded, {found} found in the library, of {} files", local.len()));
    if !of_others.is_empty() {
        print(&format!(
            "{} of another user, which the library has by this name and size: {}",
            of_others.len(),
            of_others.join(", ")
        ));
    }
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
                let name = name_of(path.strip_prefix(folder).unwrap_or(&path));
                files.insert(name, Local { path, size: metadata.len(), modified });
            }
        }
    }
    Ok(files)
}

/// A path as a text, another one for each path. Bytes that are not UTF-8 are in hex, after two slashes, which no path has.
fn name_of(path: &Path) -> String {
    let mut name = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(name, "//{byte:02x}");
        }
    }
    name
}

/// Takes out of the state what was deleted on the site. A list proves nothing: it leaves out private files, and a cache may
/// ignore what was asked for. So each item that is missing is requested by itself.
async fn forget_deleted(wp: &Client, state: &mut State) -> Result {
    #[derive(Deserialize)]
    struct Listed {
        id: MediaId,
    }

    let mut missing: BTreeSet<MediaId> = state.library.values().map(|item| item.id).collect();
    let ids: Vec<_> = missing.iter().copied().collect();
    for some in ids.chunks(100) {
        let items = wp.media().list().per_page(100).include(some.iter().copied()).select::<Listed>().await?;
        for item in items {
            missing.remove(&item.id);
        }
    }
    for id in missing {
        let is_gone = match wp.media().get_opt(id).await {
            Ok(item) => item.is_none_or(|item| item.status == PostStatus::Trash),
            // It is there, and not for this user.
            Err(error) if error.is_forbidden() => false,
            Err(error) => return Err(error.into()),
        };
        if is_gone {
            state.library.retain(|_, item| item.id != id);
        }
    }
    let library = &state.library;
    state.files.retain(|_, file| library.contains_key(&file.md5));
    Ok(())
}

/// The files to upload, and the number of those that cannot be read.
async fn changed(local: &BTreeMap<String, Local>, state: &mut State) -> Result<(Vec<Upload>, u64)> {
    let mut uploads = BTreeMap::<String, Vec<String>>::new();
    let mut failures = 0;
    for (name, Local { path, size, modified }) in local {
        let (path, size, modified) = (path.clone(), *size, *modified);
        if state.files.get(name).is_some_and(|known| (known.size, known.modified) == (size, modified)) {
            continue;
        }
        let md5 = match spawn_blocking(move || md5_of(&path)).await? {
            Ok(md5) => md5,
            Err(error) => {
                eprintln!("{name}: {error}");
                failures += 1;
                continue;
            }
        };
        if state.library.contains_key(&md5) {
            state.files.insert(name.clone(), Synced { size, modified, md5 });
        } else {
            uploads.entry(md5).or_default().push(name.clone());
        }
    }
    Ok((uploads.into_iter().map(|(md5, names)| Upload { md5, names }).collect(), failures))
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

/// Uploads a file under this name, unless the library has it.
async fn send(
    wp: &Client,
    path: &Path,
    name: &str,
    md5: &str,
    any_origin: bool,
    bar: &Progress,
) -> Result<Item> {
    let (bar, most) = (bar.clone(), AtomicU64::new(0));
    let file = MediaFile::open(path).await?.with_name(name).md5(md5).on_progress(move |at| {
        // A retry starts at 0.
        let before = most.fetch_max(at.bytes, Ordering::Relaxed);
        bar.add(at.bytes.saturating_sub(before));
    });
    let once = wp.media().upload(file, NewMedia::default()).once();
    let uploaded = if any_origin { once.any_origin().await? } else { once.await? };
    let (id, was_there) = (uploaded.media().id, uploaded.is_found());
    if matches!(uploaded, Uploaded::Unverified(_)) {
        let message = "has this name and this size, but its content cannot be compared: the site keeps it at another \
                       host (see --any-origin), does not give it, or changes it on the way";
        return Err(format!("item {id} of the library {message}").into());
    }
    Ok(Item { id, was_there })
}

fn is_unauthorized(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<wp_client::Error>().is_some_and(wp_client::Error::is_unauthorized)
}

/// Whether the library has the file, as one of another user that this one may not edit.
fn is_of_another_user(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<wp_client::Error>().is_some_and(|error| {
        error.is_forbidden() && error.attachment_id().is_some() && !error.may_have_happened()
    })
}

/// Whether the site was asked to store the file, and did not.
fn is_refused(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<wp_client::Error>().is_some_and(|error| error.upload_refusal().is_some())
}

/// Whether the site may have the file. An error that is not of the client came before anything was sent, or after the library
/// was read.
fn may_have_happened(error: &(dyn std::error::Error + 'static)) -> bool {
    error.downcast_ref::<wp_client::Error>().is_some_and(wp_client::Error::may_have_happened)
}

/// What `--delete` deletes.
fn doomed(local: &BTreeMap<String, Local>, state: &State) -> BTreeMap<String, MediaId> {
    let kept: BTreeSet<&str> = state
        .files
        .iter()
        .filter(|(name, _)| local.contains_key(*name))
        .map(|(_, file)| file.md5.as_str())
        .collect();
    let ids: BTreeSet<MediaId> =
        kept.iter().filter_map(|md5| state.library.get(*md5)).map(|item| item.id).collect();
    let is_doomed =
        |md5: &str, item: &Item| !item.was_there && !kept.contains(md5) && !ids.contains(&item.id);
    let doomed = state.library.iter().filter(|(md5, item)| is_doomed(md5, item));
    doomed.map(|(md5, item)| (md5.clone(), item.id)).collect()
}

async fn delete(
    wp: &Client,
    local: &BTreeMap<String, Local>,
    state: &mut State,
    file: &StateFile,
) -> Result<u64> {
    let mut failures = 0;
    for (md5, id) in doomed(local, state) {
        match wp.media().delete(id).await {
            Err(error) if !error.is_not_found() => {
                failures += 1;
                eprintln!("{id}: {error}");
                continue;
            }
            _ => {}
        }
        state.library.remove(&md5);
        state.files.retain(|_, synced| synced.md5 != md5);
        file.save(state)?;
    }
    Ok(failures)
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// The read of the file does not end before the task that runs beside it did something.
    #[tokio::test]
    async fn hashing_leaves_the_thread_to_other_tasks() {
        let path = std::env::temp_dir().join(format!("media-sync-pipe-{}", std::process::id()));
        _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let (ran, has_run) = mpsc::channel();
        let pipe = path.clone();
        let writer = std::thread::spawn(move || {
            // A thread that is not free would wait for the pipe, and the pipe for it.
            let has_run = has_run.recv_timeout(Duration::from_secs(60)).is_ok();
            fs::write(pipe, "one").unwrap();
            has_run
        });
        let local = [("a.txt".to_owned(), Local { path: path.clone(), size: 3, modified: 1 })].into();
        let mut state = State::default();
        let beside = async { ran.send(()).unwrap() };
        let (changed, ()) = tokio::join!(changed(&local, &mut state), beside);
        let (uploads, failures) = changed.unwrap();
        assert!(writer.join().unwrap(), "the thread was busy");
        assert_eq!((failures, &*uploads[0].md5), (0, "f97c5d29941bfb1b2fdab0874906ab82"));
        fs::remove_file(path).unwrap();
    }
}
