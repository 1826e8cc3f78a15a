//! Where the stand-in differs from a real WordPress.
//!
//! `cargo xtask drift` boots a site and runs this with `WP_URL`. Each line of `shapes/*.txt` is sent to both, in order,
//! and the responses are compared: status, error code, the keys and types of the JSON, the headers that matter, and which
//! of the fixtures a list has, and the values that do not depend on the site. A difference without a reason in [`reasons`] fails. What the stand-in refuses with 501,
//! because it does not serve it, is counted.

// A test panics to fail.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod compare;
mod http;
mod kept;
mod reasons;
mod seed;
mod shape;
mod table;
mod values;

use std::{collections::BTreeMap, process::ExitCode};

use wp_testkit::StandIn;

use http::Server;
use kept::Kept;
use table::Shape;

/// Fewer request shapes are a failure, because the table was not read as a whole.
const MIN_SHAPES: usize = 300;

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let shapes = table::all();
    assert!(shapes.len() >= MIN_SHAPES, "only {} shapes are left", shapes.len());
    let verdict = match std::env::var("WP_URL") {
        Err(_) => "not run: no WP_URL was given: cargo xtask drift",
        Ok(url) if run(&url, &shapes, &words).await => "ok",
        Ok(_) => "FAILED",
    };
    println!("test drift ... {verdict}");
    let count = |wanted| usize::from(wanted == verdict);
    let (passed, failed) = (count("ok"), count("FAILED"));
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!(
        "\ntest result: {word}. {passed} passed; {failed} failed; {} ignored; 0 measured; 0 filtered out",
        1 - passed - failed
    );
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A request of the table, and its user.
type Request<'s> = (&'s Shape, &'s str);

/// Sends all shapes to both sites, and prints how they differ. `words` limit what is printed.
async fn run(url: &str, shapes: &[Shape], words: &[String]) -> bool {
    let site = StandIn::builder().plugin(None).posts(0).start().await;
    let set = |name: &str| std::env::var(name).unwrap_or_default();
    let version = set("WP_VERSION");
    let mut there = Server::new(url, &set("WP_APP_PASSWORD"));
    let mut here = Server::new(&site.url(), &site.application_password("admin"));
    let mut kept = Kept::open();
    kept.prepare(&mut there);
    seed::prepare(&mut here);
    let requests: Vec<Request<'_>> =
        shapes.iter().flat_map(|shape| shape.users.iter().map(move |who| (shape, who.as_str()))).collect();
    let (show, mut alike) = (std::env::var_os("WP_DRIFT_SHOW").is_some(), 0);
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut not_served, mut differences) = (Vec::new(), Vec::new());
    for group in requests.chunk_by(|(one, _), (next, _)| one.is_safe() && next.is_safe()) {
        let responses = kept.send(&there, group);
        for ((shape, who), response) in group.iter().zip(responses) {
            let responses = [response, here.send(shape, who)];
            there.note(shape, &responses[0]);
            here.note(shape, &responses[1]);
            let name = format!("{who} {} {}", shape.method, shape.target);
            if show && words.iter().any(|word| name.contains(&**word)) {
                println!("--- {name}\n{}\n{}", responses[0].text(), responses[1].text());
            }
            if responses[1].is_not_served() {
                not_served.push(format!("{name} ({} there)", responses[0].status));
                continue;
            }
            let mut without_reason = 0;
            for difference in compare::differences([&there, &here], &responses) {
                if let Some(reason) = reasons::of(&version, shape, &difference) {
                    *explained.entry(reason).or_default() += 1;
                } else {
                    without_reason += 1;
                    let body = shape.body.as_ref().map(ToString::to_string).unwrap_or_default();
                    differences.push(format!("{name} {body}: {difference}"));
                }
            }
            alike += usize::from(without_reason == 0);
        }
    }
    kept.close(&there);
    let wanted = |line: &&String| words.is_empty() || words.iter().any(|word| line.contains(&**word));
    for line in not_served.iter().filter(wanted) {
        println!("not served: {line}");
    }
    for line in differences.iter().filter(wanted) {
        println!("{line}");
    }
    for (reason, count) in &explained {
        println!("{count:>5} differ: {reason}");
    }
    println!(
        "WordPress {version}: {} shapes, {} requests, {alike} alike, {} not served, {} differences without a reason",
        shapes.len(),
        requests.len(),
        not_served.len(),
        differences.len()
    );
    differences.is_empty()
}
