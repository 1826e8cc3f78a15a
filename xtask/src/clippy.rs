use xshell::cmd;

use crate::{Context, Result, deps, fuzz::MANIFEST};

/// Checks the fuzz targets, which are a workspace of their own; the workspace; and each crate alone with each of its
/// feature sets. In a build of the whole workspace, cargo enables every feature that any member requests, which hides
/// a feature that a crate fails to request.
pub fn run(Context { sh, .. }: &mut Context) -> Result {
    cmd!(sh, "cargo clippy --manifest-path {MANIFEST} --all-targets -- -D warnings").run()?;
    for features in [None, Some("--all-features")] {
        cmd!(sh, "cargo clippy --workspace --all-targets {features...} -- -D warnings").run()?;
    }
    for row in deps::ROWS {
        let (package, features) = (row.package, row.flags());
        cmd!(sh, "cargo clippy --lib -p {package} {features...} -- -D warnings").run()?;
    }
    Ok(())
}
