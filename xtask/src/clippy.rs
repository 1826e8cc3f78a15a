use xshell::cmd;

use crate::{Context, Result, bench, fuzz, tools};

/// Each crate alone, with no feature, each feature and all of them; and pairs of those that meet in the code. In one
/// build of the workspace cargo gives a crate every feature that any other member asks for, which hides what is missing.
const FEATURE_SETS: &[&[&str]] = &[
    &["--workspace", "--ignore-private", "--each-feature"],
    &["-p=wp-http", "--feature-powerset", "--depth=2", "--include-features=reqwest,hyper,rustls,http2,proxy"],
    &["-p=wp-client", "--feature-powerset", "--depth=2", "--include-features=reqwest,hyper,file-store"],
];

/// The fuzz targets and the bench, which are apart; the workspace as one; then the sets of features.
pub fn run(context: &mut Context) -> Result {
    let sh = &context.sh;
    for manifest in [fuzz::MANIFEST, bench::MANIFEST] {
        cmd!(sh, "cargo clippy --manifest-path {manifest} --all-targets -- -D warnings").run()?;
    }
    for features in [None, Some("--all-features")] {
        cmd!(sh, "cargo clippy --workspace --all-targets {features...} -- -D warnings").run()?;
    }
    let Some(hack) = tools::find(context, "cargo-hack") else { return Ok(()) };
    for set in FEATURE_SETS.iter().copied() {
        cmd!(context.sh, "{hack} hack clippy --lib {set...} -- -D warnings").run()?;
    }
    Ok(())
}
