//! The program against the stand-in: what it uploads, and what is left when it is killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use wp_client::models::Media;
use wp_client::{Basic, Client};
use wp_testkit::StandIn;
use wp_testkit::wiremock::{Mock, Request, ResponseTemplate};

/// A folder that is removed with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("media-sync-{}-{name}", std::process::id()));
        _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("sub")).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

struct Program<'s> {
    site: &'s StandIn,
    user: &'static str,
    password: String,
}

impl<'s> Program<'s> {
    fn new(site: &'s StandIn) -> Self {
        Self::of(site, "admin")
    }

    fn of(site: &'s StandIn, user: &'static str) -> Self {
        Self { site, user, password: site.application_password(user) }
    }

    fn command(&self, folder: &Path, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_media_sync"));
        command
            .arg(folder)
            .args(options)
            .env("WP_URL", self.site.url())
            .env("WP_USER", self.user)
            .env("WP_PASSWORD", &self.password)
            .env("WP_AUTH", "app-password");
        command
    }

    async fn run(&self, folder: &Path, options: &[&str]) -> Output {
        let mut command = self.command(folder, options);
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }

    fn spawn(&self, folder: &Path, options: &[&str]) -> Child {
        self.command(folder, options).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    fn client(&self) -> Client {
        Client::builder(self.site.url())
            .auth(Basic::application_password(self.user, self.password.as_str()))
            .build()
            .unwrap()
    }

    /// The content of each file in the library, by its name.
    async fn library(&self) -> BTreeMap<String, Vec<String>> {
        let wp = self.client();
        let items: Vec<Media> = wp.media().list().per_page(100).await.unwrap().into_iter().collect();
        let mut files = BTreeMap::<_, Vec<_>>::new();
        for item in items {
            let content = wp.media().download(&item).bytes(1 << 20).await.unwrap();
            let name = item.source_url.rsplit('/').next().unwrap().to_owned();
            files.entry(name).or_default().push(String::from_utf8(content.to_vec()).unwrap());
        }
        files
    }
}

#[track_caller]
fn assert_exits(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
}

fn library<const N: usize>(files: [(&str, &str); N]) -> BTreeMap<String, Vec<String>> {
    files.map(|(name, content)| (name.to_owned(), vec![content.to_owned()])).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_or_changed_is_uploaded_once() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("changed"));
    folder.write("a.txt", "one");
    folder.write("sub/b.txt", "two");
    folder.write("sub/copy.txt", "one");
    folder.write(".hidden.txt", "hidden");
    let dry = program.run(&folder.0, &["--dry-run"]).await;
    assert_exits(&dry, 0);
    assert_eq!(String::from_utf8_lossy(&dry.stdout).lines().count(), 2);
    assert!(program.library().await.is_empty() && !folder.0.join(".media-sync.json").exists());

    assert_exits(&program.run(&folder.0, &[]).await, 0);
    let both = library([("a.txt", "one"), ("b.txt", "two")]);
    assert_eq!(program.library().await, both);

    site.clear_log();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!((site.count("POST", "/wp/v2/media"), program.library().await), (0, both.clone()));

    // Without its state, it finds what is there.
    fs::remove_file(folder.0.join(".media-sync.json")).unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await, both);

    folder.write("a.txt", "another");
    fs::remove_file(folder.0.join("sub/copy.txt")).unwrap();
    fs::remove_file(folder.0.join("sub/b.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await.len(), 3, "nothing is deleted unless it is asked for");
    assert_exits(&program.run(&folder.0, &["--delete"]).await, 0);
    let old = [("a.txt", "one"), ("b.txt", "two")];
    assert_eq!(
        program.library().await,
        library([("a-1.txt", "another"), old[0], old[1]]),
        "what the library had is not deleted"
    );

    folder.write("c.txt", "three");
    fs::remove_file(folder.0.join("a.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &["--delete"]).await, 0);
    assert_eq!(program.library().await, library([old[0], old[1], ("c.txt", "three")]));

    // A folder that is not mounted, and another site.
    fs::remove_file(folder.0.join("c.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &["--delete"]).await, 1);
    let other = StandIn::start().await;
    folder.write("c.txt", "three");
    assert_exits(&Program::new(&other).run(&folder.0, &[]).await, 1);
    assert_eq!(program.library().await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_on_the_site_is_uploaded_again() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("deleted"));
    folder.write("a.txt", "one");
    folder.write("b.txt", "two");
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    let wp = program.client();
    let newest = wp.media().list().per_page(1).await.unwrap().into_iter().next().unwrap();
    wp.media().delete(newest.id).await.unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await, library([("a.txt", "one"), ("b.txt", "two")]));
}

/// Exchanged, in a circle, and changed back: the library has all of it already.
#[tokio::test(flavor = "multi_thread")]
async fn contents_that_change_places_are_not_uploaded_again() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("exchanged"));
    let write = |contents: [&str; 3]| {
        for (name, content) in ["a.txt", "b.txt", "c.txt"].into_iter().zip(contents) {
            folder.write(name, content);
        }
    };
    write(["1", "two", "three"]);
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    let all = library([("a.txt", "1"), ("b.txt", "two"), ("c.txt", "three")]);
    site.clear_log();
    // Each file has another size each time, so that no change is missed.
    for contents in
        [["two", "1", "three"], ["three", "two", "1"], ["1", "three", "two"], ["two", "two", "three"]]
    {
        write(contents);
        assert_exits(&program.run(&folder.0, &[]).await, 0);
        assert_eq!(program.library().await, all, "{contents:?}");
    }
    write(["1", "two", "three"]);
    assert_exits(&program.run(&folder.0, &["--delete"]).await, 0);
    assert_eq!((site.count("POST", "/wp/v2/media"), program.library().await), (0, all));
}

/// The program is killed after the site stored a file, and before the program knows; then the file gets another name.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_renamed_after_a_kill_is_not_uploaded_again() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("renamed"));
    folder.write("dune.txt", "sand");
    let hold = site.hold("/wp/v2/media");
    hold.release(1);
    let mut child = program.spawn(&folder.0, &[]);
    hold.arrived(2).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(hold);
    fs::rename(folder.0.join("dune.txt"), folder.0.join("desert.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await, library([("dune.txt", "sand")]));
}

/// As before, with a run in between which fails before it knows whether the site has the file.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_doubt_is_kept_by_a_run_that_cannot_look_it_up() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("doubt"));
    folder.write("dune.txt", "sand");
    let hold = site.hold("/wp/v2/media");
    hold.release(1);
    let mut child = program.spawn(&folder.0, &[]);
    hold.arrived(2).await;
    child.kill().unwrap();
    child.wait().unwrap();
    drop(hold);
    let is_search = |request: &Request| {
        request.method.as_str() == "GET" && request.url.query().is_some_and(|query| query.contains("search"))
    };
    let refusal = serde_json::json!({"code": "busy", "message": "", "data": {"status": 400}});
    let refused = ResponseTemplate::new(400).set_body_json(refusal);
    let refused = Mock::given(is_search).respond_with(refused).with_priority(1).up_to_n_times(1);
    refused.mount(site.server()).await;
    assert_exits(&program.run(&folder.0, &[]).await, 3);
    fs::rename(folder.0.join("dune.txt"), folder.0.join("desert.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await, library([("dune.txt", "sand")]));
}

/// A name that was refused is not kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_refused_and_renamed_is_uploaded_under_its_new_name() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("refused"));
    folder.write("dune.exe", "sand");
    assert_exits(&program.run(&folder.0, &[]).await, 3);
    fs::rename(folder.0.join("dune.exe"), folder.0.join("dune.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await, library([("dune.txt", "sand")]));
}

/// A list leaves out private files, and a plugin or a cache may leave out any.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_missing_in_the_list_alone_is_not_uploaded_again() {
    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("unlisted"));
    folder.write("a.txt", "one");
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    let is_list = |request: &Request| {
        request.method.as_str() == "GET"
            && request.url.path().ends_with("/wp/v2/media")
            && request.url.query().is_some_and(|query| query.contains("include"))
    };
    let empty = ResponseTemplate::new(200).insert_header("x-wp-total", "0").set_body_json([0; 0]);
    Mock::given(is_list).respond_with(empty).with_priority(1).expect(1).mount(site.server()).await;
    site.clear_log();
    fs::rename(folder.0.join("a.txt"), folder.0.join("b.txt")).unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    site.server().verify().await;
    assert_eq!(site.count("POST", "/wp/v2/media"), 0);
}

/// Two names that differ only in bytes which are not UTF-8.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_not_utf8_are_told_apart() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    let site = StandIn::start().await;
    let (program, folder) = (Program::new(&site), Folder::new("bytes"));
    for (name, content) in [(b"d\xfcne.txt", "one"), (b"d\xfdne.txt", "two")] {
        fs::write(folder.0.join(OsStr::from_bytes(name)), content).unwrap();
    }
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    let mut contents: Vec<_> = program.library().await.into_values().flatten().collect();
    contents.sort();
    assert_eq!(contents, ["one", "two"]);
    site.clear_log();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(site.count("POST", "/wp/v2/media"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_exit_code_says_what_failed() {
    let site = StandIn::start().await;
    let (mut program, folder) = (Program::new(&site), Folder::new("failed"));
    folder.write("a.txt", "one");
    folder.write("program.exe", "MZ");
    let output = program.run(&folder.0, &[]).await;
    assert_exits(&output, 3);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("program.exe") && errors.contains("1 failed"), "{errors}");
    assert_eq!(program.library().await, library([("a.txt", "one")]));
    assert_exits(&program.run(&folder.0, &["--concurrency", "0"]).await, 2);
    assert_exits(&program.run(&folder.0.join("missing"), &[]).await, 1);
    program.password = "hunter2".to_owned();
    let output = program.run(&folder.0, &[]).await;
    assert_exits(&output, 1);
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hunter2"));
}

/// The program is killed while the site holds back the response to its nth request of the library: the site has acted on
/// it, and the program does not know.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_was_killed_goes_on_and_makes_no_second_copy() {
    let names: Vec<String> = (0..10).map(|number| format!("file {number}.txt")).collect();
    let expected: BTreeMap<_, _> =
        names.iter().map(|name| (name.replace(' ', "-"), vec![format!("content of {name}")])).collect();
    // Each file takes two requests: it is looked up, and uploaded.
    for (point, concurrency) in (1..=20).map(|point| (point, 1)).chain([(2, 3), (5, 3), (8, 3)]) {
        let site = StandIn::start().await;
        let (program, folder) = (Program::new(&site), Folder::new(&format!("killed-{point}-{concurrency}")));
        for name in &names {
            folder.write(name, &format!("content of {name}"));
        }
        let hold = site.hold("/wp/v2/media");
        hold.release(point - 1);
        let mut child = program.spawn(&folder.0, &["--concurrency", &concurrency.to_string()]);
        hold.arrived(point + concurrency - 1).await;
        child.kill().unwrap();
        child.wait().unwrap();
        drop(hold);
        assert_exits(&program.run(&folder.0, &[]).await, 0);
        assert_eq!(program.library().await, expected, "killed at request {point}");
        site.clear_log();
        assert_exits(&program.run(&folder.0, &[]).await, 0);
        assert_eq!(site.count("POST", "/wp/v2/media"), 0, "killed at request {point}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_another_user_are_one_line_and_no_failure() {
    let site = StandIn::start().await;
    let (admin, author, folder) =
        (Program::new(&site), Program::of(&site, "author"), Folder::new("another-user"));
    folder.write("a.txt", "one");
    folder.write("b.txt", "two");
    assert_exits(&admin.run(&folder.0, &[]).await, 0);
    fs::remove_file(folder.0.join(".media-sync.json")).unwrap();
    folder.write("c.txt", "three");
    for uploads in ["1 uploaded", "0 uploaded"] {
        let output = author.run(&folder.0, &[]).await;
        assert_exits(&output, 0);
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(said.contains(uploads), "{said}");
        let line = said.lines().find(|line| line.starts_with("2 of another user")).expect(&said);
        assert!(line.contains("a.txt") && line.contains("b.txt") && !line.contains("c.txt"), "{said}");
    }
    assert_eq!(admin.library().await.len(), 3);
}
