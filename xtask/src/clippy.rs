use xshell::cmd;

use crate::{Context, Result, bench, deps, fuzz};

/// The fuzz targets and the bench, which are apart; the workspace as one, then each crate alone with each of its feature sets: in one build of the workspace
/// cargo gives a crate every feature that any other member asks for, which hides what is missing.
pub fn run(Context { sh, .. }: &mut Context) -> Result {
    for manifest in [fuzz::MANIFEST, bench::MANIFEST] {
        cmd!(sh, "cargo clippy --manifest-path {manifest} --all-targets -- -D warnings").run()?;
    }
    for features in [None, Some("--all-features")] {
        cmd!(sh, "cargo clippy --workspace --all-targets {features...} -- -D warnings").run()?;
    }
    for row in deps::ROWS {
        let (package, features) = (row.package, row.flags());
        cmd!(sh, "cargo clippy --lib -p {package} {features...} -- -D warnings").run()?;
    }
    Ok(())
}
