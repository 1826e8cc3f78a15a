//! What the client types of WordPress's API, compared with what a site offers.
//!
//! Each call of [`calls`] is sent over a transport that notes it, once with pretty permalinks and once with plain ones.
//! `golden.txt` holds what was sent. After a change that is meant, write it again: `WP_GOLDEN=write`.
//!
//! `cargo xtask routes` and `cargo xtask schema` run the other two parts with `WP_INDEX`, the file of a site's index in
//! the context `help`:
//!
//! - `routes`: each method, route and parameter of the index that no call sends;
//! - `schema`: each property of an item that its model does not read, or reads as another type.
//!
//! The part `captures` runs with `WP_CAPTURES`, a directory of recorded exchanges: each successful response is read by the
//! request of the client that it responds to, strictly, and what its model writes is compared with it.
//!
//! What is missing for a reason is in [`reasons`]. Nothing is typed by being in a list: a route, parameter or property
//! counts only if it was sent or read.

// A test panics to fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod calls;
mod captures;
mod index;
mod models;
mod reasons;
mod record;
mod routes;
mod schema;

use std::process::ExitCode;

use index::Index;
use record::Record;

/// A check, with what it found; an error says what it needs to run.
type Check<'c> = dyn Fn() -> Result<Vec<String>, &'static str> + 'c;

const NO_INDEX: &str = "no WP_INDEX was given: cargo xtask routes, cargo xtask schema";
const NO_CAPTURES: &str = "no WP_CAPTURES was given: cargo xtask captures";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted =
        |name: &str| arguments.is_empty() || arguments.iter().any(|argument| name.contains(&**argument));
    let records = record::all().await;
    let index = std::env::var("WP_INDEX").ok().map(|file| Index::read(&file));
    let recorded = match std::env::var("WP_CAPTURES").ok().filter(|_| is_wanted("captures")) {
        Some(directory) => Ok(captures::faults(&directory).await),
        None => Err(NO_CAPTURES),
    };
    let (mut passed, mut failed, mut not_run) = (0, 0, 0);
    let checks: [(&str, &Check<'_>); 4] = [
        ("golden", &|| Ok(golden(&records))),
        ("routes", &|| index.as_ref().ok_or(NO_INDEX).map(|index| routes::missing(index, &records))),
        ("schema", &|| index.as_ref().ok_or(NO_INDEX).map(schema::differences)),
        ("captures", &|| recorded.clone()),
    ];
    for (name, check) in checks.into_iter().filter(|(name, _)| is_wanted(name)) {
        let verdict = match check() {
            Err(needed) => {
                not_run += 1;
                format!("not run: {needed}")
            }
            Ok(faults) if faults.is_empty() => {
                passed += 1;
                "ok".to_owned()
            }
            Ok(faults) => {
                for fault in &faults {
                    println!("{fault}");
                }
                println!("{} differences", faults.len());
                failed += 1;
                "FAILED".to_owned()
            }
        };
        println!("test {name} ... {verdict}");
    }
    let verdict = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {not_run} ignored; 0 measured; 0 filtered out"
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Compares what was sent with `golden.txt`.
fn golden(records: &[Record]) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/coverage/golden.txt");
    let sent: String = records.iter().map(ToString::to_string).collect();
    if std::env::var("WP_GOLDEN").is_ok_and(|mode| mode == "write") {
        std::fs::write(path, &sent).unwrap();
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    let (old, new): (Vec<_>, Vec<_>) = (golden.lines().collect(), sent.lines().collect());
    let lost = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}"));
    let added = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}"));
    let mut faults: Vec<_> = lost.chain(added).collect();
    if faults.is_empty() && old != new {
        faults.push("golden.txt has the same lines in another order".to_owned());
    }
    faults
}
