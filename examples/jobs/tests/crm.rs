//! `crm` over the stand-in: contacts to users and back.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;
use std::process::{Command, Output};

use wp_client::models::{User, UserPatch};
use wp_client::{Basic, Client};
use wp_testkit::StandIn;
use wp_testkit::wiremock::{Mock, Request, ResponseTemplate};

struct Desk {
    site: StandIn,
    password: String,
    file: PathBuf,
}

impl Desk {
    async fn new(name: &str) -> Self {
        let site = StandIn::start().await;
        let password = site.application_password("admin");
        let file = std::env::temp_dir().join(format!("jobs-crm-{name}-{}.csv", std::process::id()));
        Self { site, password, file }
    }

    async fn crm(&self, arguments: &[&str]) -> (i32, String) {
        self.crm_as("admin", arguments).await
    }

    async fn crm_as(&self, user: &str, arguments: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crm"));
        command.args(arguments).arg(&self.file);
        command.env("WP_URL", self.site.url()).env("WP_USER", user);
        let password = match user {
            "admin" => self.password.clone(),
            user => self.site.application_password(user),
        };
        command.env("WP_PASSWORD", password);
        command.env_remove("WP_AUTH");
        let Output { status, stdout, stderr } =
            tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        (status.code().unwrap(), String::from_utf8([stdout, stderr].concat()).unwrap())
    }

    fn write(&self, text: &str) {
        std::fs::write(&self.file, text).unwrap();
    }

    fn client(&self) -> Client {
        let admin = Basic::application_password("admin", self.password.as_str());
        Client::builder(self.site.url()).auth(admin).build().unwrap()
    }

    async fn user(&self, email: &str) -> Option<User> {
        let users = self.client().users().list().search(email).edit().await.unwrap();
        users.into_iter().find(|user| user.email.as_deref() == Some(email))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_created_updated_and_exported() {
    let desk = Desk::new("round").await;
    desk.write("\u{feff}email,first_name,last_name,name\nana@example.org,Ana,Lee,\"Lee, Ana\"\nbob+x@example.org, Bob ,,\n");
    let (code, said) = desk.crm(&["import", "--dry-run"]).await;
    assert!(code == 0 && said.matches("would be created").count() == 2, "{said}");
    assert!(desk.user("ana@example.org").await.is_none());

    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 0 && said.matches("created").count() == 2, "{said}");
    let ana = desk.user("ana@example.org").await.unwrap();
    assert_eq!((ana.name.as_str(), ana.last_name.as_deref()), ("Lee, Ana", Some("Lee")));
    assert_eq!(ana.roles, Some(vec!["subscriber".to_owned()]));
    assert_eq!(desk.user("bob+x@example.org").await.unwrap().first_name.as_deref(), Some("Bob"));

    let writes = || {
        desk.site
            .log()
            .iter()
            .filter(|entry| {
                entry.method == "POST"
                    && entry.path.starts_with("/wp/v2/users")
                    && !entry.path.ends_with("/me")
            })
            .count()
    };
    let before = writes();
    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 0 && said.matches("unchanged").count() == 2, "{said}");
    assert_eq!(writes(), before, "nothing is written again");

    desk.write("email,last_name,first_name\nANA@example.org,Li,\n");
    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 0 && said.contains("updated"), "{said}");
    let ana = desk.user("ana@example.org").await.unwrap();
    assert_eq!((ana.last_name.as_deref(), ana.first_name.as_deref()), (Some("Li"), Some("Ana")));

    let (code, said) = desk.crm(&["export"]).await;
    assert_eq!(code, 0, "{said}");
    let text = std::fs::read_to_string(&desk.file).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("email,username,first_name,last_name,name,url,description,role"));
    assert!(text.contains("ana@example.org,ana@example.org,Ana,Li,\"Lee, Ana\",,,subscriber"), "{text}");
    assert!(lines.all(|line| line.ends_with(",subscriber")), "{text}");
    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 0 && !said.contains("updated") && !said.contains("created"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_limited() {
    let desk = Desk::new("roles").await;
    let wp = desk.client();
    let admin = wp.users().me().edit().await.unwrap();
    wp.users().update(admin.id, UserPatch::default().name("The administrator")).await.unwrap();
    let address = admin.email.unwrap();
    desk.write(&format!("email,name,role\n{address},Renamed,\neve@example.org,Eve,administrator\nok@example.org,Ok,subscriber\n"));
    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 3 && said.contains("2 failed"), "{said}");
    assert!(said.contains("line 3, eve@example.org: the role administrator is not allowed"), "{said}");
    assert_eq!(wp.users().me().await.unwrap().name, "The administrator");
    assert!(desk.user("eve@example.org").await.is_none() && desk.user("ok@example.org").await.is_some());

    desk.write("email,role\nok@example.org,author\n");
    let (code, said) = desk.crm(&["import", "--role", "subscriber", "--role", "author"]).await;
    assert!(code == 0 && said.contains("updated"), "{said}");
    assert_eq!(desk.user("ok@example.org").await.unwrap().roles, Some(vec!["author".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_file_changes_nothing() {
    let desk = Desk::new("wrong").await;
    for (text, words) in [
        ("email,phone\na@example.org,1\n", "phone"),
        ("name\nAna\n", "no column `email`"),
        ("Email,name\na@example.org,Ana\n", "its column `Email` must be `email`"),
        ("email;name\na@example.org;Ana\n", "separated by semicolons"),
        ("name\temail\nAna\ta@example.org\n", "separated by tabs"),
        ("email\na@example.org\nA@example.org\n", "line 3: A@example.org is there twice"),
        ("email,name\na@example.org\n", "previous record has 2 fields"),
    ] {
        desk.write(text);
        let (code, said) = desk.crm(&["import"]).await;
        assert!(code == 1 && said.contains(words), "{words}: {said}");
    }
    assert_eq!(desk.site.count("POST", "/wp/v2/users"), 0);
    desk.write("email,name\nnobody,No\n,Body\n");
    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 3 && said.contains("line 2, nobody: `nobody` is no e-mail address"), "{said}");
    assert!(said.contains("line 3, : it has no e-mail address"), "{said}");
    assert_eq!(desk.crm(&["fetch"]).await.0, 2);
}

/// A user without the right gets one message, and the site one request.
#[tokio::test(flavor = "multi_thread")]
async fn user_without_the_right_is_told_once() {
    let desk = Desk::new("rights").await;
    let lines: String = (0..20).map(|number| format!("c{number}@example.org\n")).collect();
    desk.write(&format!("email\n{lines}"));
    for options in [&["import"][..], &["import", "--dry-run"]] {
        let (code, said) = desk.crm_as("author", options).await;
        assert!(code == 1 && said.matches("403").count() == 1 && !said.contains("line "), "{said}");
    }

    // One who may look users up, and not create them.
    let may_not =
        serde_json::json!({"code": "rest_cannot_create_user", "message": "No.", "data": {"status": 403}});
    let may_not = ResponseTemplate::new(403).set_body_json(may_not);
    let is_create =
        |request: &Request| request.method.as_str() == "POST" && request.url.path().ends_with("/wp/v2/users");
    Mock::given(is_create).respond_with(may_not).with_priority(1).mount(desk.site.server()).await;
    let (code, said) = desk.crm(&["import"]).await;
    assert!(code == 3 && said.matches("rest_cannot_create_user").count() == 2, "{said}");
    assert!(said.contains("line 2, c0@example.org: ") && said.contains("19 more: "), "{said}");
}
