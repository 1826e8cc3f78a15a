//! Programs that must be installed on this machine.

use std::{
    env,
    path::{Path, PathBuf},
};

use xshell::Cmd;

use crate::Result;

/// The Debian package to install for a program.
const PACKAGES: &[(&str, &str)] = &[
    ("php", "php-cli php-sqlite3 php-mbstring php-xml php-gd php-zip"),
    ("node", "nodejs"),
    ("npm", "npm"),
    ("unzip", "unzip"),
    ("tar", "tar"),
    ("openssl", "openssl"),
    ("curl", "curl"),
    ("apt-get", "apt"),
    ("dpkg-deb", "dpkg"),
];

/// The path of a program, if it is installed.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|file| file.is_file())
}

/// Returns an error that names the packages to install, unless all `programs` are installed.
pub fn need(programs: &[&str]) -> Result {
    for program in programs {
        if find(program).is_none() {
            let row = PACKAGES.iter().find(|row| row.0 == *program);
            let packages = row.map_or(*program, |row| row.1);
            return Err(format!("`{program}` is not installed; on Debian: apt-get install {packages}").into());
        }
    }
    Ok(())
}

/// Runs a command to its end without showing its output. Returns the output; an error includes it.
pub fn run(command: Cmd<'_>) -> Result<String> {
    let shown = command.to_string();
    let output = command.quiet().ignore_status().output()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(text);
    }
    let said = text + &String::from_utf8_lossy(&output.stderr);
    Err(format!("`{}` failed:\n{}", short(&shown), last(&said, 8)).into())
}

/// The last lines of a text.
pub fn last(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// The last lines of a file, which may be missing.
pub fn last_of(file: &Path, count: usize) -> String {
    last(&std::fs::read_to_string(file).unwrap_or_default(), count)
}

/// The first words of a command, which identify it in a message.
fn short(command: &str) -> String {
    let words: Vec<_> = command.split(' ').collect();
    if words.len() <= 6 { command.to_owned() } else { format!("{} …", words[..6].join(" ")) }
}
