use xshell::cmd;

use crate::{Context, Result, readme};

/// A script that runs rustdoc with its unstable features on a stable compiler.
pub const UNSTABLE_RUSTDOC: &str = "xtask/unstable-rustdoc";

/// Builds the public docs as docs.rs does, with the features of each item; the private docs; and the README's programs.
pub fn run(Context { sh, .. }: &mut Context) -> Result {
    let rustdoc = sh.current_dir().join(UNSTABLE_RUSTDOC);
    cmd!(sh, "cargo doc --workspace --no-deps --all-features")
        .env("RUSTDOC", rustdoc)
        .env("RUSTDOCFLAGS", "-D warnings --cfg docsrs")
        .run()?;
    cmd!(sh, "cargo doc --workspace --no-deps --all-features --document-private-items")
        .env("RUSTDOCFLAGS", "-D warnings")
        .run()?;
    readme::check(sh)
}
