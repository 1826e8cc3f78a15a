//! What all programs have in common: options, the environment, the two outputs, and the exit codes.

// A test may panic to fail.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use wp_testkit::StandIn;

/// Each program, with arguments and the file that it needs.
fn programs(directory: &Path) -> [(Command, &'static [&'static str]); 5] {
    std::fs::write(directory.join("a.md"), "---\ntitle: A\n---\nText\n").unwrap();
    std::fs::write(directory.join("a.csv"), "email\nana@example.org\n").unwrap();
    std::fs::create_dir_all(directory.join("images")).unwrap();
    std::fs::write(directory.join("images/a.txt"), "one").unwrap();
    [
        (env!("CARGO_BIN_EXE_export"), &["out", "--type", "posts"][..]),
        (env!("CARGO_BIN_EXE_publish"), &["a.md"]),
        (env!("CARGO_BIN_EXE_media_sync"), &["images"]),
        (env!("CARGO_BIN_EXE_crm"), &["import", "a.csv"]),
        (env!("CARGO_BIN_EXE_orders"), &["orders.ndjson"]),
    ]
    .map(|(program, arguments)| {
        let mut command = Command::new(program);
        command.current_dir(directory);
        for name in ["URL", "USER", "PASSWORD", "APP_PASSWORD", "AUTH", "CA", "ALLOW_PLAIN_HTTP"] {
            command.env_remove(format!("WP_{name}"));
        }
        (command, arguments)
    })
}

fn directory(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("common-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

async fn run(mut command: Command) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8(text).unwrap());
    (status.code().unwrap(), stdout, stderr)
}

#[tokio::test]
async fn help_says_what_the_exit_codes_and_the_variables_are() {
    let directory = directory("help");
    for option in ["--help", "-V"] {
        for (mut program, _) in programs(&directory) {
            program.arg(option).env("WP_URL", "https://ana:hunter2@example.org").env("WP_USER", "ck_hunter2");
            let (code, said, _) = run(program).await;
            assert!(code == 0 && !said.contains("hunter2"), "{said}");
            if option == "-V" {
                assert!(said.contains(env!("CARGO_PKG_VERSION")), "{said}");
                continue;
            }
            let words =
                ["130", "3 some", "WP_URL", "WP_USER", "WP_PASSWORD", "WP_APP_PASSWORD", "WP_AUTH", "WP_CA"];
            for word in words.into_iter().chain(["consumer-key", "--allow-plain-http"]) {
                assert!(said.contains(word), "{word}: {said}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_named_with_its_variable() {
    let directory = directory("missing");
    let site = ("WP_URL", "http://127.0.0.1:1");
    for (set, words) in [
        (&[][..], &["--url", "WP_URL"][..]),
        (&[site], &["WP_USER"]),
        (&[site, ("WP_USER", "ana")], &["WP_PASSWORD"]),
        (&[site, ("WP_AUTH", "digest")], &["digest", "app-password", "consumer-key"]),
        (&[site, ("WP_USER", "ana"), ("WP_PASSWORD", "x"), ("WP_CA", "gone.pem")], &["gone.pem"]),
    ] {
        for (mut program, arguments) in programs(&directory) {
            program.args(arguments).envs(set.iter().copied());
            let (code, stdout, said) = run(program).await;
            assert!(code == 2 && stdout.is_empty(), "{set:?}: {code} {said}");
            assert!(words.iter().all(|word| said.contains(word)), "{words:?}: {said}");
        }
    }
    assert!(!directory.join("out").exists() && !directory.join("orders.ndjson").exists());
}

/// A message names what the program has, and no function of the library.
#[tokio::test]
async fn messages_name_the_options() {
    let directory = directory("options");
    for (variable, value, option, function) in [
        ("WP_URL", "http://192.0.2.1", "`--allow-plain-http`", "allow_plain_http"),
        ("WP_CA", "a.csv", "`--ca`", "root_certificates"),
    ] {
        for (mut program, arguments) in programs(&directory) {
            program.args(arguments).env("WP_URL", "https://127.0.0.1:1").env(variable, value);
            program.env("WP_USER", "ana").env("WP_PASSWORD", "x");
            let (code, _, said) = run(program).await;
            assert!(code == 1 && said.contains(option) && !said.contains(function), "{said}");
        }
    }
}

/// The environment that `cargo xtask wordpress up` prints: the password of the account and an application password.
#[tokio::test(flavor = "multi_thread")]
async fn programs_run_in_the_environment_of_a_site_and_print_results_alone() {
    let (site, directory) = (StandIn::start().await, directory("environment"));
    let password = site.application_password("admin");
    for (mut program, arguments) in programs(&directory).into_iter().take(4) {
        program
            .args(arguments)
            .env("WP_URL", site.url())
            .env("WP_USER", "admin")
            .env("WP_PASSWORD", "password");
        program.env("WP_APP_PASSWORD", &password).env("WP_CA", "");
        let (code, stdout, stderr) = run(program).await;
        assert_eq!(code, 0, "{stderr}");
        assert!(!stdout.is_empty() && stderr.is_empty(), "{stdout}\n---\n{stderr}");
    }
}

/// The program waits for a response when it is interrupted.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_program_says_that_it_can_go_on() {
    let (site, directory) = (StandIn::start().await, directory("interrupted"));
    let password = site.application_password("admin");
    for (mut program, arguments) in programs(&directory).into_iter().take(4) {
        let hold = site.hold("/wp/v2/users/me");
        program
            .args(arguments)
            .env("WP_URL", site.url())
            .env("WP_USER", "admin")
            .env("WP_PASSWORD", &password);
        let child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        hold.arrived(1).await;
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let ended = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.code() == Some(130) && said.contains("run it again to go on"), "{said}");
    }
}
