use xshell::cmd;

use crate::{Context, Result, fuzz::MANIFEST};

pub fn run(Context { sh, .. }: &mut Context) -> Result {
    cmd!(sh, "cargo fmt --all --check").run()?;
    Ok(cmd!(sh, "cargo fmt --manifest-path {MANIFEST} --check").run()?)
}
