//! Programs that the checks need and cargo does not include: pinned in `xtask/tools.txt`, installed into
//! `target/tools`.

use std::path::PathBuf;

use xshell::{Shell, cmd};

use crate::{Context, Result};

const PINNED: &str = "xtask/tools.txt";
const DIRECTORY: &str = "target/tools";

/// The path of `program`, which is installed if necessary. If that fails, returns `None` and counts it as not run.
pub fn find(context: &mut Context, program: &str) -> Option<PathBuf> {
    match install(&context.sh) {
        Ok(programs) => Some(programs.join(program)),
        Err(error) => {
            context.not_run(format!("{program} cannot be installed: {error}"));
            None
        }
    }
}

/// The directory of the programs. They are installed again when the list has changed.
fn install(sh: &Shell) -> Result<PathBuf> {
    let directory = sh.current_dir().join(DIRECTORY);
    let pinned = sh.read_file(PINNED)?;
    let installed = directory.join("installed.txt");
    if !sh.read_file(&installed).is_ok_and(|text| text == pinned) {
        sh.remove_path(&directory)?;
        cmd!(sh, "python3 -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes")
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .args(["--only-binary", ":all:", "--requirement", PINNED, "--target", DIRECTORY])
            .run()?;
        sh.write_file(installed, pinned)?;
    }
    Ok(directory.join("bin"))
}
