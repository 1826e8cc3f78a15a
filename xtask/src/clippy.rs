use xshell::cmd;

use crate::{Context, Result, fuzz, tools};

/// Each crate alone with no feature, with each feature and with all of them; and pairs of features that interact. In a
/// build of the whole workspace, cargo enables every feature that any member requests, which hides a feature that a
/// crate fails to request.
const FEATURE_SETS: &[&[&str]] = &[
    &["--workspace", "--ignore-private", "--each-feature"],
    &["-p=wp-http", "--feature-powerset", "--depth=2", "--include-features=reqwest,hyper,rustls,http2,proxy"],
    &["-p=wp-client", "--feature-powerset", "--depth=2", "--include-features=reqwest,hyper,file-store"],
];

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
