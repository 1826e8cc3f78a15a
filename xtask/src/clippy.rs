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

/// Checks the fuzz targets, which are a workspace of their own; the workspace; and the feature sets.
pub fn run(context: &mut Context) -> Result {
    let sh = &context.sh;
    let fuzz = fuzz::MANIFEST;
    cmd!(sh, "cargo clippy --manifest-path {fuzz} --all-targets -- -D warnings").run()?;
    for features in [None, Some("--all-features")] {
        cmd!(sh, "cargo clippy --workspace --all-targets {features...} -- -D warnings").run()?;
    }
    let Some(hack) = tools::find(context, "cargo-hack") else { return Ok(()) };
    for set in FEATURE_SETS.iter().copied() {
        cmd!(context.sh, "{hack} hack clippy --lib {set...} -- -D warnings").run()?;
    }
    Ok(())
}
