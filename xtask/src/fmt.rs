use xshell::cmd;

use crate::{Context, Result};

pub fn run(Context { sh, .. }: &mut Context) -> Result {
    Ok(cmd!(sh, "cargo fmt --all --check").run()?)
}
