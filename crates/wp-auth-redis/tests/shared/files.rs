//! What a store in files does beside.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use wp_client::wp_auth::{Lease, SavedToken, StoreEntry, StoreErrorKind, TokenStore};

use crate::Context;
use crate::contract::{ANA, EVA, entry, json, keep, kept, long, try_lock};
use crate::place::Place;

/// A store with a token in it, and the token's file.
async fn filled(place: &Place) -> (Arc<dyn TokenStore>, PathBuf) {
    let store = place.store();
    keep(&store, ANA, &entry("first")).await;
    let file = place.files("json").remove(0);
    (store, file)
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

pub(crate) async fn files_are_readable_by_their_owner_only(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    #[cfg(unix)]
    {
        assert_eq!(mode(&place.tokens()), 0o700);
        assert_eq!(mode(&file), 0o600);
        let lock = try_lock(&store, ANA).await.unwrap();
        assert_eq!(mode(&file.with_extension("lease")), 0o600);
        lock.release(None).await.unwrap();
        // If its permissions were widened, another user may have written it. It is not used, and it is replaced.
        for open in [0o644, 0o620, 0o602] {
            fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(open)).unwrap();
            assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt, "{open:o}");
            keep(&store, ANA, &entry("second")).await;
            assert_eq!(mode(&file), 0o600);
        }
    }
    assert!(place.files("part").is_empty());
}

pub(crate) async fn directory_writable_by_others_is_rejected(context: Context) {
    let place = Place::new(context);
    let (store, _) = filled(&place).await;
    let held = try_lock(&store, EVA).await.unwrap();
    #[cfg(unix)]
    for (which, open, refused) in [
        (place.tokens(), 0o777, true),
        (place.tokens(), 0o770, true),
        (place.tokens(), 0o703, true),
        (place.tokens(), 0o755, false),
        (place.directory.path().to_owned(), 0o777, true),
        (place.directory.path().to_owned(), 0o1777, false),
    ] {
        let set_mode =
            |mode| fs::set_permissions(&which, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        set_mode(open);
        let errors = [
            store.load(ANA).await.err(),
            store.lock(ANA, long()).await.err(),
            store.delete("nothing").await.err(),
        ];
        for error in errors {
            assert_eq!(error.is_some(), refused, "{open:o}");
            let Some(error) = error else { continue };
            assert_eq!(error.kind(), StoreErrorKind::Unavailable);
            assert!(format!("{error:#}").contains("other users may write to it"), "{error:#}");
        }
        set_mode(0o700);
    }
    held.release(None).await.unwrap();
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("first"))));
}

/// Counted in memory: the most that this process ever had.
pub(crate) async fn large_file_is_not_read_completely(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    // 1 GB of zeros that takes no room on the disk.
    fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let before = most_memory();
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let grown = most_memory() - before;
    assert!(grown < 256 << 10, "{grown} kB more");
    keep(&store, ANA, &entry("new")).await;
    assert_eq!(kept(&store, ANA).await, Some(json(&entry("new"))));
}

/// In kB; 0 where the system does not say.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

pub(crate) async fn file_of_another_key_is_corrupt(context: Context) {
    let place = Place::new(context);
    let (store, anas) = filled(&place).await;
    keep(&store, EVA, &entry("eva")).await;
    let evas = place.files("json").into_iter().find(|path| *path != anas).unwrap();
    fs::copy(&evas, &anas).unwrap();
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    assert_eq!(kept(&store, EVA).await, Some(json(&entry("eva"))));
}

pub(crate) async fn files_left_by_a_crash_are_removed(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    let left = ["f00-1.part", "f00-1.lease.part"].map(|end| file.with_extension(end));
    let of_another = place.tokens().join(format!("token-{}.f00-2.part", "a".repeat(64)));
    for path in left.iter().chain([&of_another]) {
        fs::write(path, "half of a tok").unwrap();
    }
    let lease = file.with_extension("lease");
    for damaged in ["", "{", "hunter2", r#"{"owner":"f00-1"}"#] {
        fs::write(&lease, damaged).unwrap();
        assert_eq!(kept(&store, ANA).await, Some(json(&entry("first"))));
        keep(&store, ANA, &entry("first")).await;
        assert!(!lease.exists());
    }
    assert!(place.files("part").is_empty());
    // That of a lease which lasts stays: its owner may be about to rename it.
    let held = try_lock(&store, EVA).await.unwrap();
    let evas = place.files("lease").remove(0);
    let owner: serde_json::Value = serde_json::from_slice(&fs::read(&evas).unwrap()).unwrap();
    let part = evas.with_extension(format!("{}.part", owner["owner"].as_str().unwrap()));
    fs::write(&part, "half of a tok").unwrap();
    keep(&store, ANA, &entry("second")).await;
    assert!(part.exists());
    held.release(None).await.unwrap();
    keep(&store, ANA, &entry("second")).await;
    assert!(!part.exists());
}

/// Entries and leases. Nothing is left but what is good for something, and the one file for the lock.
pub(crate) async fn expired_files_are_removed(context: Context) {
    let place = Place::new(context);
    let store = place.store();
    let end = long().now + Duration::from_secs(60);
    let json =
        format!(r#"{{"access":"t","expires":{}}}"#, end.duration_since(UNIX_EPOCH).unwrap().as_millis());
    let short = StoreEntry::of_token(SavedToken::from_json(&json).unwrap());
    for n in 0..20 {
        keep(&store, &n.to_string(), &short).await;
    }
    std::mem::forget(store.lock("abandoned", Lease::new(long().now, Duration::from_secs(10))).await.unwrap());
    assert_eq!((place.files("json").len(), place.files("lease").len()), (20, 1));
    for (later, count) in [(60, 21), (61, 2)] {
        let lease = Lease::new(long().now + Duration::from_secs(later), Duration::from_secs(10));
        let key = format!("at {later}");
        store.lock(&key, lease).await.unwrap().unwrap().release(Some(&entry("t"))).await.unwrap();
        assert_eq!((place.files("json").len(), place.files("lease").len()), (count, 0), "{later}");
    }
    let all = fs::read_dir(place.tokens()).unwrap().count();
    assert_eq!(all, 3);
}

pub(crate) async fn planted_symlink_is_not_followed(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    #[cfg(unix)]
    {
        let victim = place.directory.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, file.with_extension("lease")).unwrap();
        keep(&store, ANA, &entry("second")).await;
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert!(!fs::symlink_metadata(&file).unwrap().is_symlink());
        // Nor one at the place of the token: it is replaced, and what it led to is not.
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(&victim, &file).unwrap();
        assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        keep(&store, ANA, &entry("third")).await;
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(mode(&file), 0o600);
        // A link at the path of the lock is an error.
        fs::remove_file(place.tokens().join("mutex")).unwrap();
        std::os::unix::fs::symlink(&victim, place.tokens().join("mutex")).unwrap();
        let error = store.lock(ANA, long()).await.err().unwrap();
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        assert!(format!("{error:#}").contains("mutex: it is not a regular file"), "{error:#}");
        fs::remove_file(place.tokens().join("mutex")).unwrap();
    }
    assert!(try_lock(&store, ANA).await.is_some());
}

/// Nothing waits for a writer of the FIFO.
pub(crate) async fn planted_fifo_does_not_block(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    #[cfg(unix)]
    for path in [file.with_extension("lease"), file.clone()] {
        let _ = fs::remove_file(&path);
        assert!(
            std::process::Command::new("mkfifo").arg("-m").arg("600").arg(&path).status().unwrap().success()
        );
        assert_eq!(store.load(ANA).await.is_err(), path == file);
        keep(&store, ANA, &entry("second")).await;
        assert_eq!(kept(&store, ANA).await, Some(json(&entry("second"))));
    }
}
