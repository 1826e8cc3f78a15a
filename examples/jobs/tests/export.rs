//! The program `export` against a stand-in.

// A test may panic to fail.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::Value;
use tokio::process::{Child, Command};
use wp_client::models::{NewPost, NewTag, PostId, PostPatch, PostStatus};
use wp_client::{Client, JwtAuth};
use wp_testkit::StandIn;

fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    path
}

fn export(site: &StandIn, directory: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_export"));
    command
        .env("WP_URL", site.url())
        .env("WP_USER", "admin")
        .env("WP_PASSWORD", "password")
        .env("WP_AUTH", "jwt");
    command.arg(directory).args(more).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn exported(site: &StandIn, directory: &Path, more: &[&str]) -> (Option<i32>, String) {
    let output = export(site, directory, more).output().await.unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// The items of a file by their ids. No line is there twice, or in part.
fn items(directory: &Path, name: &str) -> BTreeMap<u64, Value> {
    let text = std::fs::read_to_string(directory.join(format!("{name}.ndjson"))).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<u64> = lines.iter().map(|item| item["id"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted_by(|before, after| before < after), "{ids:?}");
    ids.into_iter().zip(lines).collect()
}

fn client(site: &StandIn) -> Client {
    Client::builder(site.url()).auth(JwtAuth::new("admin", "password")).build().unwrap()
}

/// What the site has.
async fn titles(wp: &Client) -> BTreeMap<u64, String> {
    let mut posts = wp.posts().list().query("status", "any").edit().stream();
    let mut all = BTreeMap::new();
    while let Some(post) = posts.try_next().await.unwrap() {
        all.insert(post.id.get(), post.title.raw.to_string());
    }
    all
}

fn titles_of(items: &BTreeMap<u64, Value>) -> BTreeMap<u64, String> {
    items.iter().map(|(id, item)| (*id, item["title"]["raw"].as_str().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn export_is_brought_up_to_date_with_names() {
    let site = StandIn::builder().posts(130).start().await;
    let (wp, directory) = (client(&site), directory("export"));
    let tag = wp.tags().create(NewTag::named("Spice")).await.unwrap().id;
    let post =
        wp.posts().create(NewPost::titled("Dune").tags([tag]).status(PostStatus::Draft)).await.unwrap().id;

    let (code, printed) = exported(&site, &directory, &[]).await;
    assert_eq!(code, Some(0), "{printed}");
    let posts = items(&directory, "posts");
    assert_eq!(titles_of(&posts), titles(&wp).await);
    assert_eq!(posts[&post.get()]["_names"]["tags"], serde_json::json!(["Spice"]), "{}", posts[&post.get()]);
    assert!(posts[&post.get()]["_names"]["author"].is_string());
    for name in ["pages", "media", "comments", "users", "categories", "tags"] {
        items(&directory, name);
    }

    // Only what changed is requested; names follow.
    site.advance(std::time::Duration::from_secs(3_600));
    wp.posts().update(post, PostPatch::default().title("Dune, again")).await.unwrap();
    let gone = PostId::new(*posts.keys().next().unwrap()).unwrap();
    wp.posts().delete(gone).await.unwrap();
    let patch = wp_client::models::TagPatch::default().name("Melange");
    wp.tags().update(tag, patch).await.unwrap();
    site.clear_log();
    let (code, printed) = exported(&site, &directory, &[]).await;
    let is_of_posts = |entry: &&wp_testkit::Entry| entry.method == "GET" && entry.path == "/wp/v2/posts";
    let whole =
        site.log().iter().filter(is_of_posts).filter(|entry| entry.query("_fields").is_none()).count();
    assert!(whole <= 3, "{whole}");
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("posts: 1 new or changed, 1 gone"), "{printed}");
    let posts = items(&directory, "posts");
    assert_eq!(titles_of(&posts), titles(&wp).await);
    assert_eq!(posts[&post.get()]["_names"]["tags"], serde_json::json!(["Melange"]));

    // A run without changes leaves the files.
    let (code, printed) = exported(&site, &directory, &[]).await;
    assert!(code == Some(0) && printed.contains("posts: 0 new or changed, 0 gone"), "{printed}");
    // Other options need another directory.
    let (code, printed) = exported(&site, &directory, &["--public"]).await;
    assert!(code == Some(3) && printed.contains("checkpoint"), "{printed}");
    assert_eq!(exported(&site, &directory, &["--no-such-option"]).await.0, Some(2));
    std::fs::remove_dir_all(directory).unwrap();
}

/// What visitors see takes no credential: an administrator would see more.
#[tokio::test]
async fn public_export_has_what_visitors_see() {
    let site = StandIn::builder().posts(3).start().await;
    let (wp, directory) = (client(&site), directory("public"));
    let draft = wp.posts().create(NewPost::titled("Draft").status(PostStatus::Draft)).await.unwrap().id;
    site.clear_log();
    let mut command = export(&site, &directory, &["--public"]);
    for name in ["WP_USER", "WP_PASSWORD", "WP_AUTH"] {
        command.env_remove(name);
    }
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(site.log().iter().all(|entry| entry.credential.is_none()));
    let posts = items(&directory, "posts");
    assert!(!posts.is_empty() && !posts.contains_key(&draft.get()));
    assert!(items(&directory, "users").len() < wp.users().list().await.unwrap().len());
    std::fs::remove_dir_all(directory).unwrap();
}

/// The program is killed when the site has seen a number of its requests, 20 times.
#[tokio::test]
async fn killed_export_goes_on_and_is_whole_in_the_end() {
    let site = StandIn::builder().posts(1_200).start().await;
    let (wp, directory) = (client(&site), directory("killed"));
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |end: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % end as u64).unwrap()
    };
    let ids: Vec<u64> = titles(&wp).await.into_keys().collect();
    let mut kills = 0;
    while kills < 20 {
        // The response to one of the requests is held until the program is dead.
        let hold = site.hold("/wp/v2/posts");
        let requests = 1 + below(16);
        hold.release(requests);
        let mut program: Child =
            export(&site, &directory, &["--type", "posts", "--concurrency", "2"]).spawn().unwrap();
        tokio::select! {
            () = hold.arrived(requests + 1) => {
                program.kill().await.unwrap(); // SIGKILL
                kills += 1;
            }
            ended = program.wait() => assert!(ended.unwrap().success()),
        }
        drop(hold);
        // The site changes between two runs.
        site.advance(std::time::Duration::from_secs(600));
        for edit in 0..5 {
            let id = PostId::new(ids[below(ids.len())]).unwrap();
            let title = format!("{kills}-{edit}");
            // What was deleted before is an error.
            drop(match edit {
                0 => wp.posts().delete(id).await.map(drop),
                1 => wp.posts().create(NewPost::titled(title).status(PostStatus::Publish)).await.map(drop),
                _ => wp.posts().update(id, PostPatch::default().title(title)).await.map(drop),
            });
        }
    }
    let (code, printed) = exported(&site, &directory, &["--type", "posts", "--concurrency", "2"]).await;
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(titles_of(&items(&directory, "posts")), titles(&wp).await);
    std::fs::remove_dir_all(directory).unwrap();
}

/// Without its state, an export begins with nothing: the file may have what is gone since, and what is of another site.
#[tokio::test]
async fn export_without_its_state_begins_anew() {
    let site = StandIn::builder().posts(12).start().await;
    let (wp, directory) = (client(&site), directory("anew"));
    let export = async || exported(&site, &directory, &["--type", "posts"]).await;
    assert_eq!(export().await.0, Some(0));
    let gone = PostId::new(*titles(&wp).await.keys().next().unwrap()).unwrap();
    wp.posts().delete(gone).await.unwrap();
    std::fs::remove_dir_all(directory.join(".export")).unwrap();
    let (code, printed) = export().await;
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(titles_of(&items(&directory, "posts")), titles(&wp).await);
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn nothing_is_written_for_wrong_arguments_or_for_another_site() {
    let (site, directory) = (StandIn::builder().posts(3).start().await, directory("wrong"));
    let (code, said) = exported(&site, &directory, &["--type", "books"]).await;
    assert!(code == Some(2) && said.contains("no type `books`") && said.contains("pages"), "{said}");
    assert!(!said.contains('('), "a list within an item is no type: {said}");
    assert!(!directory.exists());

    assert_eq!(exported(&site, &directory, &["--type", "posts"]).await.0, Some(0));
    // A list that the directory does not have is not of the other site, either.
    for name in ["tags.ndjson", ".export/tags.json", ".export/tags.journal"] {
        std::fs::remove_file(directory.join(name)).unwrap();
    }
    let files = || {
        let mut files = Vec::new();
        for directory in [directory.clone(), directory.join(".export")] {
            for file in std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path()) {
                files.push((std::fs::read(&file).unwrap_or_default(), file));
            }
        }
        files.sort();
        files
    };
    let before = files();
    let other = StandIn::builder().posts(1).start().await;
    let (code, said) = exported(&other, &directory, &[]).await;
    assert!(code == Some(1) && said.contains(&site.url()) && said.contains(&other.url()), "{said}");
    assert_eq!(files(), before);
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn line_that_is_no_item_is_named() {
    let (site, directory) = (StandIn::builder().posts(3).start().await, directory("line"));
    assert_eq!(exported(&site, &directory, &["--type", "posts"]).await.0, Some(0));
    for name in ["categories.ndjson", "posts.ndjson"] {
        let path = directory.join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, format!("{text}{{}}\n")).unwrap();
        let number = text.lines().count() + 1;
        if name == "posts.ndjson" {
            site.advance(std::time::Duration::from_secs(3_600));
            client(&site).posts().create(NewPost::titled("New")).await.unwrap();
        }
        let (code, said) = exported(&site, &directory, &["--type", "posts"]).await;
        assert!(code == Some(1) || code == Some(3), "{said}");
        assert!(said.contains(&format!("{name}: line {number} is no item: missing field `id`")), "{said}");
        std::fs::write(&path, text).unwrap();
    }
    std::fs::remove_dir_all(directory).unwrap();
}

#[tokio::test]
async fn second_run_at_the_same_time_is_refused() {
    let site = StandIn::builder().posts(300).start().await;
    let directory = directory("two-runs");
    let hold = site.hold("/wp/v2/posts");
    hold.release(1);
    let first = export(&site, &directory, &["--type", "posts"]).spawn().unwrap();
    hold.arrived(2).await;
    let (code, printed) = exported(&site, &directory, &["--type", "posts"]).await;
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("another run works with"), "{printed}");
    drop(hold);
    assert!(first.wait_with_output().await.unwrap().status.success());
    let (code, printed) = exported(&site, &directory, &["--type", "posts"]).await;
    assert_eq!(code, Some(0), "{printed}");
    let exported = items(&directory, "posts").into_keys();
    assert!(exported.eq(titles(&client(&site)).await.into_keys()));
}
