//! `cargo xtask routes`, `cargo xtask schema` and `cargo xtask captures`: what the client types of WordPress's API, compared
//! with the index of a site, and with recorded responses. The comparison is a test program: `crates/wp-client/tests/coverage`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use xshell::{Shell, cmd};

use crate::{
    Context, Result,
    test::Counts,
    wordpress::{Instance, Options, Runtime},
};

/// The minimum version, two in between, and the current release.
pub const IN_CI: &[&[&str]] = &[&["--wp", "6.2"], &["--wp", "6.5"], &["--wp", "6.8"], &["--wp", "7.1"]];

pub fn routes(context: &mut Context) -> Result {
    run(context, "routes")
}

pub fn schema(context: &mut Context) -> Result {
    run(context, "schema")
}

/// Reads the successes among recorded exchanges: files `*.http` in a directory, each request after a line that begins
/// with `>>> REQUEST`, and its response after one that begins with `<<< RESPONSE`.
pub fn captures(context: &mut Context) -> Result {
    let [directory] = &context.flags[..] else { return Err("name the directory of the exchanges".into()) };
    let directory = fs::canonicalize(directory).map_err(|error| format!("{directory}: {error}"))?;
    let counts = compare(&context.sh, "captures", "WP_CAPTURES", &directory)?;
    context.tests.get_or_insert_default().add(&counts);
    counts.verdict()
}

/// The index is that of `--index FILE-or-URL` (`--url URL` is the same), or of a site that this boots with the options of
/// `cargo xtask wordpress up`.
fn run(context: &mut Context, check: &str) -> Result {
    let sh = &context.sh;
    let flags: Vec<_> = context.flags.iter().map(String::as_str).collect();
    let counts = if let ["--index" | "--url", site] = flags[..] {
        compare(sh, check, "WP_INDEX", &index_of(sh, site)?)?
    } else {
        let options = Options::parse(&context.flags, |option| option.name != "--strip-authorization")?;
        if let Err(error) = Runtime::find(sh, &options) {
            Counts::not_run(error.to_string())
        } else {
            let site = Instance::boot(sh, &options)?;
            println!("WordPress {} on PHP {}", site.text("wp"), site.text("php"));
            let index = index_of(sh, &site.text("home"));
            site.stop()?;
            compare(sh, check, "WP_INDEX", &index?)?
        }
    };
    context.tests.get_or_insert_default().add(&counts);
    counts.verdict()
}

/// A file with the index: `site` itself, or what the site at this URL responds with.
fn index_of(sh: &Shell, site: &str) -> Result<PathBuf> {
    if !site.starts_with("http") {
        return Ok(fs::canonicalize(site).map_err(|error| format!("{site}: {error}"))?);
    }
    // In this context, the index has the schema of each route.
    let index = format!("{}/?rest_route=/&context=help", site.trim_end_matches('/'));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("index.json");
    // WordPress has all of its routes at this name only, as it has over https.
    let index = index.replacen("//127.0.0.1:", "//localhost:", 1);
    cmd!(sh, "curl -fsS -L -o {file} {index}").run()?;
    Ok(file)
}

fn compare(sh: &Shell, check: &str, variable: &str, with: &Path) -> Result<Counts> {
    // The same features as in the other test runs, so that nothing is built twice.
    let test = cmd!(sh, "cargo test --quiet --workspace --all-features --test coverage -- {check}");
    Counts::of(test.env(variable, with))
}
