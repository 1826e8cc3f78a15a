//! `cargo xtask portable`: checks that the code builds on the platforms and with the versions that its manifests
//! promise.

use std::{env, path::Path};

use serde_json::Value;
use xshell::cmd;

use crate::{Context, Result, report};

/// The published libraries.
const LIBRARIES: &[&str] =
    &["-p=wp-core", "-p=wp-auth", "-p=wp-auth-redis", "-p=wp-http", "-p=wp-client", "-p=wp-testkit"];

const WINDOWS: &str = "x86_64-pc-windows-gnu";
/// The C compiler for Windows, which https needs.
const WINDOWS_C: &str = "x86_64-w64-mingw32-gcc";
/// All features except `rustls` and those that depend on it.
const WITHOUT_TLS: &[&str] = &[
    "--no-default-features",
    "--features=wp-client/hyper,wp-client/reqwest,wp-client/proxy,wp-client/gzip,wp-client/idn",
    "--features=wp-client/file-store,wp-client/jiff,wp-client/tracing,wp-http/conformance",
];

type Part = fn(&mut Context) -> Result;

const PARTS: &[(&str, Part)] = &[
    ("the MSRV of dependencies", msrv_of_dependencies),
    ("the MSRV", msrv),
    ("Windows", windows),
    ("the oldest dependencies", oldest_dependencies),
];

pub fn run(context: &mut Context) -> Result {
    let mut failed = Vec::new();
    for &(name, part) in PARTS {
        println!("--- {name} ---");
        let outcome = part(context);
        report(&outcome);
        failed.extend(outcome.is_err().then_some(name));
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

/// Checks that no package in the lock file requires a newer Rust.
fn msrv_of_dependencies(Context { sh, .. }: &mut Context) -> Result {
    let metadata = cmd!(sh, "cargo metadata --format-version 1 --all-features").quiet().read()?;
    let newer = newer_than_msrv(&serde_json::from_str(&metadata)?);
    if newer.is_empty() { Ok(()) } else { Err(newer.join("\n").into()) }
}

fn newer_than_msrv(metadata: &Value) -> Vec<String> {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let version = |package: &Value| -> Vec<u32> {
        let text = package["rust_version"].as_str().unwrap_or_default();
        text.split('.').filter_map(|part| part.parse().ok()).take(2).collect()
    };
    let own = packages.iter().filter(|package| package["source"].is_null()).map(version).max();
    let newer = packages.iter().filter(|package| Some(version(package)) > own);
    newer.map(|it| format!("{} {} needs Rust {}", it["name"], it["version"], it["rust_version"])).collect()
}

/// Builds with the compiler version in the manifests, if rustup has it.
fn msrv(context: &mut Context) -> Result {
    let sh = &context.sh;
    let manifest = sh.read_file("Cargo.toml")?;
    let msrv = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \"")?.strip_suffix('"'));
    let msrv = msrv.ok_or("no rust-version in Cargo.toml")?;
    let installed =
        cmd!(sh, "rustup toolchain list --quiet").quiet().ignore_stderr().read().unwrap_or_default();
    let is_msrv = |name: &&str| name.strip_prefix(msrv).is_some_and(|rest| rest.starts_with(['.', '-']));
    let Some(toolchain) = installed.lines().find(is_msrv) else {
        context.not_run(format!(
            "a build with Rust {msrv}: there is no such toolchain (a lint holds the standard library's part)"
        ));
        return Ok(());
    };
    let toolchain = format!("+{toolchain}");
    cmd!(sh, "cargo {toolchain} check --all-features --target-dir target/msrv {LIBRARIES...}").run()?;
    Ok(())
}

fn windows(context: &mut Context) -> Result {
    let sh = &context.sh;
    let sysroot = cmd!(sh, "rustc --print sysroot").quiet().read()?;
    if !Path::new(&sysroot).join("lib/rustlib").join(WINDOWS).join("lib").is_dir() {
        context.not_run(format!("Windows: no target {WINDOWS}"));
        return Ok(());
    }
    let has_c =
        env::split_paths(&env::var_os("PATH").unwrap_or_default()).any(|dir| dir.join(WINDOWS_C).is_file());
    let features = if has_c { &["--all-features"][..] } else { WITHOUT_TLS };
    cmd!(sh, "cargo check --target {WINDOWS} {LIBRARIES...} {features...}").run()?;
    if !has_c {
        context.not_run(format!("https on Windows: no {WINDOWS_C}"));
    }
    Ok(())
}

/// Builds with the oldest dependencies that the manifests allow, in a copy, so that the lock file is not changed.
fn oldest_dependencies(Context { sh, .. }: &mut Context) -> Result {
    let copy = "target/oldest";
    sh.remove_path(copy)?;
    let files = cmd!(sh, "git ls-files --cached --others --exclude-standard").quiet().read()?;
    for file in files.lines().filter(|file| sh.path_exists(file)) {
        let to = Path::new(copy).join(file);
        sh.create_dir(to.parent().unwrap_or(&to))?;
        sh.copy_file(file, to)?;
    }
    let target = sh.current_dir().join("target");
    let _copy = sh.push_dir(copy);
    // This allows the flag on a stable compiler. It is set only here, since it makes some build scripts run again.
    cmd!(sh, "cargo update --quiet -Z direct-minimal-versions").env("RUSTC_BOOTSTRAP", "1").run()?;
    cmd!(sh, "cargo check --all-features --target-dir {target} {LIBRARIES...}").run()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_may_not_ask_for_a_newer_rust() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "ours", "version": "0.1.0", "source": null, "rust_version": "1.89" },
            { "name": "old", "version": "1.0.0", "source": "registry", "rust_version": "1.9.1" },
            { "name": "same", "version": "1.0.0", "source": "registry", "rust_version": "1.89.0" },
            { "name": "silent", "version": "1.0.0", "source": "registry", "rust_version": null },
            { "name": "new", "version": "2.0.0", "source": "registry", "rust_version": "1.100" },
        ] });
        assert_eq!(newer_than_msrv(&metadata), [r#""new" "2.0.0" needs Rust "1.100""#]);
    }
}
