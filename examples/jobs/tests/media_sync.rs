//! The program against the stand-in: what it uploads, and what is left when it is killed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use wp_client::models::Media;
use wp_client::{Basic, Client};
use wp_testkit::StandIn;

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
    password: String,
}

impl<'s> Program<'s> {
    fn new(site: &'s StandIn) -> Self {
        Self { site, password: site.application_password("admin") }
    }

    fn command(&self, folder: &Path, options: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_media_sync"));
        command
            .arg(folder)
            .args(options)
            .env("WP_URL", self.site.url())
            .env("WP_USER", "admin")
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

    /// The content of each file in the library, by its name.
    async fn library(&self) -> BTreeMap<String, Vec<String>> {
        let wp = Client::builder(self.site.url())
            .auth(Basic::application_password("admin", self.password.as_str()))
            .build()
            .unwrap();
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
    let wp = Client::builder(site.url())
        .auth(Basic::application_password("admin", program.password.as_str()))
        .build()
        .unwrap();
    let newest = wp.media().list().per_page(1).await.unwrap().into_iter().next().unwrap();
    wp.media().delete(newest.id).await.unwrap();
    assert_exits(&program.run(&folder.0, &[]).await, 0);
    assert_eq!(program.library().await, library([("a.txt", "one"), ("b.txt", "two")]));
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
