use xshell::cmd;

use crate::{Context, Result, bench, fuzz};

pub fn run(Context { sh, .. }: &mut Context) -> Result {
    cmd!(sh, "cargo fmt --all --check").run()?;
    for manifest in [fuzz::MANIFEST, bench::MANIFEST] {
        cmd!(sh, "cargo fmt --manifest-path {manifest} --check").run()?;
    }
    Ok(())
}
