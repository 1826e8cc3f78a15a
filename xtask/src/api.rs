//! `cargo xtask api`: compares the public API of each library with `crates/*/public-api.txt`, and finds foreign
//! types in it.

use std::collections::BTreeSet;

use serde_json::Value;
use xshell::{Shell, cmd};

use crate::{Context, Result, doc::UNSTABLE_RUSTDOC};

const LIBRARIES: &[&str] = &["wp-core", "wp-auth", "wp-auth-redis", "wp-http", "wp-client", "wp-testkit"];

/// The format version of rustdoc's JSON that `public-api` reads. Other compilers may write another version.
const FORMAT: u64 = 57;

/// Crates whose types must not be in a public API, since another transport or runtime would not have them.
const FOREIGN: &[&str] = &[
    "h2",
    "hyper",
    "hyper_rustls",
    "hyper_util",
    "redis",
    "reqwest",
    "rustls",
    "socket2",
    "tokio",
    "tower_service",
];

/// The exceptions: the beginnings of items that may name foreign types, by library.
const ALLOWED: &[(&str, &str)] = &[
    // These wrap a client, or a connector, that the user configured.
    ("wp-http", "pub fn wp_http::HyperTransport::from_client<"),
    ("wp-http", "pub fn wp_http::HyperTransport::with_connector<"),
    (
        "wp-http",
        "impl core::convert::From<reqwest::async_impl::client::Client> for wp_http::ReqwestTransport",
    ),
    ("wp-http", "pub fn wp_http::ReqwestTransport::from(reqwest::"),
];

pub fn run(context: &mut Context) -> Result {
    let bless = context.flags.iter().any(|flag| flag == "--bless");
    let mut problems = Vec::new();
    let rustdoc = context.sh.current_dir().join(UNSTABLE_RUSTDOC);
    // The features of the whole workspace, as for `doc`, so that nothing is compiled twice.
    cmd!(context.sh, "cargo doc --quiet --workspace --lib --no-deps --all-features")
        .env("RUSTDOC", rustdoc)
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json")
        .run()?;
    for library in LIBRARIES {
        let Some(items) = items(&context.sh, library)? else {
            context.not_run(format!("the public API: this rustdoc's JSON is not of version {FORMAT}"));
            return Ok(());
        };
        let foreign: Vec<_> = items.iter().filter(|item| is_foreign(library, item)).collect();
        problems
            .extend(foreign.iter().map(|item| format!("{library}: names a type of another crate: {item}")));

        let file = format!("crates/{library}/public-api.txt");
        let expected = context.sh.read_file(&file).unwrap_or_default();
        let diff = diff(&expected, &items);
        println!("{library:<13} {:>5} items, {:>4} differ from {file}", items.len(), diff.len());
        if bless {
            context.sh.write_file(&file, items.join("\n") + "\n")?;
        } else if !diff.is_empty() {
            problems.push(format!("{file} is not up to date; `cargo xtask api --bless` makes it so:"));
            problems.extend(diff);
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

/// The public items in the JSON of `library`, one on a line. Traits that every type has, and auto traits, are omitted.
fn items(sh: &Shell, library: &str) -> Result<Option<Vec<String>>> {
    let json = sh.current_dir().join(format!("target/doc/{}.json", library.replace('-', "_")));
    if serde_json::from_str::<Value>(&sh.read_file(&json)?)?["format_version"] != FORMAT {
        return Ok(None);
    }
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()?;
    Ok(Some(api.items().map(ToString::to_string).collect()))
}

/// The difference: removed items with `-`, new items with `+`.
fn diff(expected: &str, items: &[String]) -> Vec<String> {
    let old: BTreeSet<_> = expected.lines().collect();
    let new: BTreeSet<_> = items.iter().map(String::as_str).collect();
    let gone = old.difference(&new).map(|item| format!("- {item}"));
    gone.chain(new.difference(&old).map(|item| format!("+ {item}"))).collect()
}

fn is_foreign(library: &str, item: &str) -> bool {
    let is_allowed = ALLOWED.iter().any(|(of, start)| *of == library && item.starts_with(start));
    !is_allowed && FOREIGN.iter().any(|krate| names(item, krate))
}

/// Whether `item` has a path that starts with `krate::`.
fn names(item: &str, krate: &str) -> bool {
    let path = format!("{krate}::");
    item.match_indices(&path).any(|(at, _)| {
        let before = item[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_path_starts_with_the_crate() {
        for (item, foreign) in [
            ("pub fn wp_core::send(client: reqwest::Client)", true),
            ("impl core::convert::From<hyper::Uri> for wp_core::Site", true),
            ("pub fn wp_core::hyper::send(uri: http::Uri)", false),
            ("pub fn wp_core::send(it: not_hyper::Uri)", false),
            ("pub fn wp_core::hyper(&self)", false),
        ] {
            assert_eq!(is_foreign("wp-core", item), foreign, "{item}");
        }
    }

    #[test]
    fn removed_lines_come_before_added_ones() {
        let items = ["pub fn a()".to_owned(), "pub fn c()".to_owned()];
        assert_eq!(diff("pub fn a()\npub fn b()\n", &items), ["- pub fn b()", "+ pub fn c()"]);
    }
}
