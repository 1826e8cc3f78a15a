use xshell::cmd;

use crate::{Context, Result, fuzz, tools};

/// Each crate alone with no feature, with each feature that its own code names, and pairs of those that interact: the
/// others only forward to the crates below. In a build of the whole workspace, cargo enables every feature that any
/// member requests, which hides a feature that a crate fails to request.
const FEATURE_SETS: &[&[&str]] = &[
    &[
        "--workspace",
        "--ignore-private",
        "--exclude=wp-http",
        "--exclude=wp-client",
        "--each-feature",
        NOT_ALL,
    ],
    &["-p=wp-http", "-p=wp-client", "--no-default-features"],
    &["-p=wp-http", "--each-feature", "--include-features=gzip,idn,tokio,tracing,conformance"],
    &[
        "-p=wp-http",
        "--feature-powerset",
        "--depth=2",
        "--include-features=reqwest,hyper,rustls,http2,proxy",
        STACK_ONLY,
    ],
    &["-p=wp-client", "--each-feature", "--include-features=default,file,file-store"],
    &["-p=wp-client", "--feature-powerset", "--include-features=reqwest,hyper"],
];

/// With all features, the workspace is linted as a whole.
const NOT_ALL: &str = "--exclude-all-features";

/// What says which TLS, HTTP version or proxy a stack uses interacts with the stack, not with each other.
const STACK_ONLY: &str = "--mutually-exclusive-features=rustls,http2,proxy";

/// With all features, all lints hold. A feature set is checked only for what it does to the code: whether it compiles,
/// and what is unused. That takes two thirds of the time.
const LINTS_OF_A_SET: &[&str] = &["-A", "clippy::all", "-A", "clippy::pedantic", "-D", "warnings"];

/// Checks the fuzz targets, which are a workspace of their own; the workspace; and the feature sets, of which one is the
/// default.
pub fn run(context: &mut Context) -> Result {
    let sh = &context.sh;
    let fuzz = fuzz::MANIFEST;
    cmd!(sh, "cargo clippy --manifest-path {fuzz} --all-targets -- -D warnings").run()?;
    cmd!(sh, "cargo clippy --workspace --all-targets --all-features -- -D warnings").run()?;
    let Some(hack) = tools::find(context, "cargo-hack") else { return Ok(()) };
    for set in FEATURE_SETS.iter().copied() {
        cmd!(context.sh, "{hack} hack clippy --lib {set...} -- {LINTS_OF_A_SET...}").run()?;
    }
    Ok(())
}
