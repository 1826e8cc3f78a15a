use xshell::cmd;

use crate::{Context, Result, fuzz};

pub fn run(Context { sh, .. }: &mut Context) -> Result {
    cmd!(sh, "cargo fmt --all --check").run()?;
    let fuzz = fuzz::MANIFEST;
    cmd!(sh, "cargo fmt --manifest-path {fuzz} --check").run()?;
    Ok(())
}
