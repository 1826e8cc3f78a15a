use xshell::cmd;

use crate::{Context, Result};

pub fn run(Context { sh, .. }: &mut Context) -> Result {
    for private in [None, Some("--document-private-items")] {
        cmd!(sh, "cargo doc --workspace --no-deps --all-features {private...}")
            .env("RUSTDOCFLAGS", "-D warnings")
            .run()?;
    }
    Ok(())
}
