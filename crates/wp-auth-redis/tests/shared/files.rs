//! What a store in files does beside.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use wp_client::wp_auth::{StoreErrorKind, TokenStore};

use crate::Context;
use crate::contract::{ANA, EVA, LONG, json, keep, kept, token};
use crate::place::Place;

/// A store with a token in it, and the token's file.
async fn filled(place: &Place) -> (Arc<dyn TokenStore>, PathBuf) {
    let store = place.store();
    keep(&*store, ANA, &token("first")).await;
    (store, place.files("json").remove(0))
}

#[cfg(unix)]
fn mode(path: &std::path::Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

pub(crate) async fn only_the_owner_can_read(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    #[cfg(unix)]
    {
        assert_eq!(mode(&place.tokens()), 0o700);
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&file.with_extension("lock")), 0o600);
        // Also where somebody opened it up.
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        keep(&*store, ANA, &token("second")).await;
        assert_eq!(mode(&file), 0o600);
    }
    assert!(place.files("part").is_empty());
}

pub(crate) async fn a_directory_that_is_open_to_all_is_refused(context: Context) {
    let place = Place::new(context);
    let (store, _) = filled(&place).await;
    #[cfg(unix)]
    for (open, refused) in [(0o777, true), (0o703, true), (0o755, false), (0o770, false)] {
        fs::set_permissions(place.tokens(), std::os::unix::fs::PermissionsExt::from_mode(open)).unwrap();
        for error in [store.load(ANA).await.err(), store.lock(ANA, LONG).await.err()] {
            assert_eq!(error.is_some(), refused, "{open:o}");
            assert!(error.is_none_or(|error| error.to_string().contains("everybody may write")));
        }
    }
    assert_eq!(kept(&*store, ANA).await, Some(json(&token("first"))));
}

/// Counted in memory: the most that this process ever had.
pub(crate) async fn a_large_file_is_not_read_whole(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    // 1 GB of zeros that takes no room on the disk.
    fs::File::create(&file).unwrap().set_len(1 << 30).unwrap();
    let before = most_memory();
    assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
    let grown = most_memory() - before;
    assert!(grown < 256 << 10, "{grown} kB more");
    keep(&*store, ANA, &token("new")).await;
    assert_eq!(kept(&*store, ANA).await, Some(json(&token("new"))));
}

/// In kB; 0 where the system does not say.
fn most_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}

/// As if both had one hash.
pub(crate) async fn a_file_of_another_key_is_none(context: Context) {
    let place = Place::new(context);
    let (store, anas) = filled(&place).await;
    keep(&*store, EVA, &token("eva")).await;
    let evas = place.files("json").into_iter().find(|path| *path != anas).unwrap();
    fs::copy(&evas, &anas).unwrap();
    assert_eq!(kept(&*store, ANA).await, None);
}

pub(crate) async fn what_a_crash_left_behind_is_replaced(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    fs::write(file.with_extension("part"), "half of a tok").unwrap();
    assert_eq!(kept(&*store, ANA).await, Some(json(&token("first"))));
    keep(&*store, ANA, &token("second")).await;
    assert_eq!(kept(&*store, ANA).await, Some(json(&token("second"))));
    assert!(place.files("part").is_empty());
}

pub(crate) async fn a_link_that_was_planted_is_not_followed(context: Context) {
    let place = Place::new(context);
    let (store, file) = filled(&place).await;
    #[cfg(unix)]
    {
        let victim = place.directory.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        std::os::unix::fs::symlink(&victim, file.with_extension("part")).unwrap();
        keep(&*store, ANA, &token("second")).await;
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert!(!fs::symlink_metadata(&file).unwrap().is_symlink());
        // Nor one at the place of the token: it is replaced, and what it led to is not.
        fs::remove_file(&file).unwrap();
        std::os::unix::fs::symlink(&victim, &file).unwrap();
        assert_eq!(store.load(ANA).await.unwrap_err().kind(), StoreErrorKind::Corrupt);
        keep(&*store, ANA, &token("third")).await;
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(mode(&file), 0o600);
    }
    assert!(store.lock(ANA, LONG).await.unwrap().is_some());
}
