//! `publish` over the stand-in: created, updated in place, images once, and nothing of others destroyed.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wp_client::models::{Post, PostPatch, PostStatus};
use wp_client::{Basic, Client, Edit};
use wp_testkit::StandIn;

/// The smallest PNG: one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

struct Desk {
    site: StandIn,
    password: String,
    directory: PathBuf,
}

impl Desk {
    async fn new(name: &str) -> Self {
        let site = StandIn::start().await;
        let password = site.application_password("admin");
        let directory = std::env::temp_dir().join(format!("jobs-publish-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Self { site, password, directory }
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.directory.join(name), text).unwrap();
    }

    async fn publish(&self, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_publish"));
        command.args(arguments).current_dir(&self.directory);
        command.env("WP_URL", self.site.url()).env("WP_USER", "admin").env("WP_PASSWORD", &self.password);
        command.env_remove("WP_AUTH");
        let Output { status, stdout, stderr } =
            tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
    }

    fn client(&self) -> Client {
        let admin = Basic::application_password("admin", self.password.as_str());
        Client::builder(self.site.url()).auth(admin).build().unwrap()
    }

    async fn post(&self, slug: &str) -> Option<Post<Edit>> {
        let any =
            self.client().posts().list().slug(slug).status(PostStatus::from("any")).edit().await.unwrap();
        assert!(any.len() < 2, "{slug} is there twice");
        any.into_iter().next()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(Path::new(&self.directory));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_created_and_updated_in_place() {
    let desk = Desk::new("place").await;
    desk.write("dune.png", PNG);
    let file = |title: &str, text: &str| {
        format!(
            "---\ntitle: {title}\nslug: dunes\nstatus: publish\ndate: 2099-01-31 09:00\ncategories: [Sea & sand]\ntags: [rust, 'Q&A']\n\
             featured_image: dune.png\nexcerpt: Short\n---\n{text}\n\n![A dune](dune.png)\n"
        )
    };
    desk.write("post.md", file("Dunes", "Hello *you*."));
    let (code, said) = desk.publish(&["--dry-run", "post.md"]).await;
    assert!(code == 0 && said.contains("would create dunes"), "{said}");
    assert!(desk.post("dunes").await.is_none());

    let (code, said) = desk.publish(&["post.md"]).await;
    assert!(
        code == 0 && said.contains("created") && said.contains("scheduled for 2099-01-31T09:00:00"),
        "{said}"
    );
    let post = desk.post("dunes").await.unwrap();
    assert_eq!((&post.status, post.excerpt.raw.as_str(), post.tags.len()), (&PostStatus::Future, "Short", 2));
    let raw = post.content.raw.as_str();
    assert!(raw.starts_with("<!-- wp:paragraph -->\n<p>Hello <em>you</em>.</p>"), "{raw}");
    let image = post.featured_media.unwrap();
    assert!(raw.contains(&format!("wp:image {{\"id\":{image},")) && !raw.contains("\"dune.png\""), "{raw}");

    desk.write("post.md", file("Dunes again", "Hello all."));
    let (code, said) = desk.publish(&["post.md"]).await;
    assert!(code == 0 && said.contains("updated"), "{said}");
    let again = desk.post("dunes").await.unwrap();
    assert_eq!((again.id, again.title.raw.as_str()), (post.id, "Dunes again"));
    assert!(
        again.content.raw.contains("Hello all.")
            && again.categories == post.categories
            && again.tags == post.tags
    );
    assert_eq!(again.featured_media, Some(image));
    assert_eq!(desk.site.count("POST", "/wp/v2/media"), 1, "the image is uploaded once");

    // Without a change of the file or of the post, nothing is written.
    let path = format!("/wp/v2/posts/{}", again.id);
    let writes = desk.site.count("POST", &path);
    let (code, said) = desk.publish(&["post.md"]).await;
    assert!(code == 0 && said.contains("unchanged"), "{said}");
    assert_eq!(desk.site.count("POST", &path), writes);
    desk.site.advance(std::time::Duration::from_secs(5));
    desk.client().posts().update(again.id, PostPatch::default().title("By hand")).await.unwrap();
    let (code, said) = desk.publish(&["post.md"]).await;
    assert!(code == 0 && said.contains("updated"), "{said}");
    assert_eq!(desk.post("dunes").await.unwrap().title.raw, "Dunes again");
}

#[tokio::test(flavor = "multi_thread")]
async fn content_of_others_is_not_destroyed() {
    let desk = Desk::new("others").await;
    desk.write("page.md", "---\ntitle: Mine\n---\nOne.\n");
    let (code, said) = desk.publish(&["page.md"]).await;
    assert!(code == 0, "{said}");
    let post = desk.post("page").await.unwrap();
    let theirs = "<!-- wp:paragraph -->\n<p>By hand.</p>\n<!-- /wp:paragraph -->";
    desk.client().posts().update(post.id, PostPatch::default().content(theirs)).await.unwrap();

    desk.write("page.md", "---\ntitle: Mine\n---\nTwo.\n");
    for arguments in [&["page.md"][..], &["--dry-run", "page.md"]] {
        let (code, said) = desk.publish(arguments).await;
        assert!(code == 3 && said.contains("did not write"), "{said}");
    }
    assert_eq!(desk.post("page").await.unwrap().content.raw, theirs);
    // So it is without the state: nothing says that the content is this program's.
    std::fs::remove_file(desk.directory.join(".publish-state.json")).unwrap();
    assert_eq!(desk.publish(&["page.md"]).await.0, 3);
    let (code, said) = desk.publish(&["--force", "page.md"]).await;
    assert!(code == 0 && said.contains("updated"), "{said}");
    assert!(desk.post("page").await.unwrap().content.raw.contains("Two."));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_named_and_the_other_files_published() {
    let desk = Desk::new("faults").await;
    desk.write("bad.md", "no head");
    desk.write("no-image.md", "---\ntitle: x\n---\n![a](gone.png)\n");
    desk.write("no-date.md", "---\ntitle: x\ndate: soon\n---\n");
    desk.write("good.md", "---\ntitle: Good\n---\nText\n");
    let (code, said) = desk.publish(&["bad.md", "no-image.md", "no-date.md", "good.md"]).await;
    assert_eq!(code, 3, "{said}");
    for words in
        ["bad.md: it does not begin", "gone.png", "no-date.md: its date", "good.md: created", "3 failed"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(desk.post("good").await.unwrap().status, PostStatus::Draft);
    assert!(desk.post("no-image").await.is_none() && desk.post("no-date").await.is_none());
    assert_eq!(desk.publish(&[]).await.0, 2);
    let (code, said) = desk.publish(&["--url", "http://127.0.0.1:1", "good.md"]).await;
    assert!(code == 1 && said.contains("error:") && said.contains("hint:"), "{said}");
}

/// WordPress makes one sign of several in a slug, and cuts a long one.
#[tokio::test(flavor = "multi_thread")]
async fn images_with_any_name_are_uploaded_once() {
    let desk = Desk::new("names").await;
    let long = "long ".repeat(40);
    let mut text = "---\ntitle: Names\n---\n".to_owned();
    for name in ["photo - 1", "a _-_ b", "__", &long] {
        desk.write(&format!("{name}.png"), [PNG, name.as_bytes()].concat());
        text += &format!("![x](<{name}.png>)\n\n");
    }
    desk.write("names.md", text);
    for _ in 0..2 {
        let (code, said) = desk.publish(&["names.md"]).await;
        assert!(code == 0 && !said.contains("slug"), "{said}");
        assert_eq!(desk.site.count("POST", "/wp/v2/media"), 4, "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_checked_before_anything_is_written() {
    let desk = Desk::new("status").await;
    desk.write("dune.png", PNG);
    for (status, is_known) in [("published", false), ("trash", false), ("private", true)] {
        desk.write("post.md", format!("---\ntitle: x\nstatus: {status}\n---\n![x](dune.png)\n"));
        for options in [&["--dry-run", "post.md"][..], &["post.md"]] {
            let (code, said) = desk.publish(options).await;
            assert_eq!(code, if is_known { 0 } else { 3 }, "{said}");
            let expected = format!(
                "its status is `{status}`, and the site has draft, publish, pending, private, future"
            );
            assert_eq!(said.contains(&expected), !is_known, "{said}");
        }
        assert_eq!(desk.site.count("POST", "/wp/v2/media"), usize::from(is_known));
    }
}

/// What was written belongs to the folder of the files, wherever the program runs, and to one site.
#[tokio::test(flavor = "multi_thread")]
async fn state_is_of_the_folder_and_of_one_site() {
    let (desk, other) = (Desk::new("state").await, Desk::new("state-other").await);
    std::fs::create_dir(desk.directory.join("posts")).unwrap();
    desk.write("posts/a.md", "---\ntitle: A\n---\nOne.\n");
    assert_eq!(desk.publish(&["posts/a.md"]).await.0, 0);
    assert!(desk.directory.join("posts/.publish-state.json").exists());
    assert!(!desk.directory.join(".publish-state.json").exists());
    let path = desk.directory.join("posts/a.md");
    let (url, path) = (other.site.url(), path.to_str().unwrap());
    let (code, said) = desk.publish(&["--url", &desk.site.url(), path]).await;
    assert!(code == 0 && said.contains("unchanged"), "{said}");

    // The folder has one state, however its path is written.
    desk.write("posts/b.md", "---\ntitle: B\n---\nOne.\n");
    assert_eq!(desk.publish(&["posts/../posts/b.md", "./posts/a.md"]).await.0, 0);
    desk.write("posts/a.md", "---\ntitle: A\n---\nTwo.\n");
    desk.write("posts/b.md", "---\ntitle: B\n---\nTwo.\n");
    let (code, said) = desk.publish(&["posts/a.md", "posts/b.md"]).await;
    assert!(code == 0 && said.matches("updated").count() == 2, "{said}");

    let (code, said) = other.publish(&[path]).await;
    assert!(code == 1 && said.contains(&url) && said.contains(&desk.site.url()), "{said}");
    assert!(other.post("a").await.is_none());
    let (code, said) = other.publish(&["--state", "own.json", path]).await;
    assert!(code == 0 && said.contains("created"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn second_file_with_a_slug_is_not_published_over_the_first() {
    let desk = Desk::new("slugs").await;
    desk.write("a.md", "---\ntitle: A\n---\nOne.\n");
    desk.write("b.md", "---\ntitle: B\nslug: a\n---\nTwo.\n");
    for option in ["--dry-run", "--force"] {
        let (code, said) = desk.publish(&[option, "a.md", "b.md"]).await;
        assert!(code == 3 && said.contains("b.md: its slug a is that of a.md"), "{said}");
    }
    assert_eq!(desk.post("a").await.unwrap().title.raw, "A");
}
