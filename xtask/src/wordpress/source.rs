//! The sources of WordPress releases.

use std::{fs, path::Path};

use xshell::{Shell, cmd};

use super::{
    cache::{self, Cache},
    debian,
    options::Options,
    tools::{need, run},
};
use crate::Result;

enum Origin {
    /// A zip in the npm package, and its SHA-256.
    Npm(&'static str, &'static str),
    /// The package `wordpress` of this suite of Debian.
    Debian(&'static str),
}
use Origin::{Debian, Npm};

const BUILDS: &str = "@wp-playground/wordpress-builds@0.9.19";

#[rustfmt::skip]
const VERSIONS: &[(&str, Origin)] = &[
    ("6.2", Npm("wordpress/wp-6.2.zip", "d4512a2374e3ec9191b08d68f1474724a61596469dd9dc53ef02b1e01ca8a23a")),
    ("6.3", Npm("wordpress/wp-6.3.zip", "cad7e42ece26fb462d40b2b249bf80a2f791c1fca3f9b986ff9bce277ed89a50")),
    ("6.4", Npm("wordpress/wp-6.4.zip", "f4f06f3b0c3480d2c01576f20abfbe662e72c8f38012d119b04e702489d02785")),
    ("6.5", Npm("wordpress/wp-6.5.zip", "264f163157658da2a4df8f9979f527fc806fd963039b4a14062ab99e8f44ecd9")),
    ("beta", Npm("wordpress/wp-beta.zip", "a15b7f491acb6f0bb3ed5668ef3bf4ffb54aafa2dac80d94c58a7a902a3ab390")),
    ("nightly", Npm("wordpress/wp-nightly.zip", "bbe7265363155a5b48d0db614f5cddec3f3721ea85d51ab687ef9ae39a5ef28b")),
    ("6.8", Debian("trixie")),
    ("7.1", Debian("sid")),
    // The current version of each suite.
    ("trixie", Debian("trixie")),
    ("sid", Debian("sid")),
];

/// The drop-in that makes WordPress use `SQLite`.
const SQLITE: (&str, &str) = (
    "sqlite-database-integration/sqlite-database-integration.zip",
    "fd6f40639954a24161f465620837326a75e0bb43029f9e734e64418d991001b2",
);

/// Puts the files of the requested WordPress into `site`, with `SQLite`, not yet installed.
pub fn lay(sh: &Shell, cache: &Cache, options: &Options, site: &Path) -> Result {
    if let Some(directory) = &options.wp_dir {
        version(directory)?;
        cache::copy(directory, site)?;
    } else {
        let wp = &options.wp;
        cache.copy(&format!("sources/{wp}"), site, |to| fetch(sh, cache, wp, to))?;
    }
    // A copied WordPress may already be installed: its data is removed, so that it is installed again.
    let content = site.join("wp-content");
    for leftover in ["database", "uploads"].map(|name| content.join(name)) {
        let _ = fs::remove_dir_all(leftover);
    }
    let drop_in = content.join("plugins/sqlite-database-integration");
    cache.copy("sources/sqlite", &drop_in, |to| unzip(sh, &npm(sh, cache, SQLITE.0, SQLITE.1)?, to))?;
    fs::copy(drop_in.join("db.copy"), content.join("db.php"))?;
    Ok(())
}

/// Reads the version from `version.php`.
pub fn version(site: &Path) -> Result<String> {
    let text = fs::read_to_string(site.join("wp-includes/version.php"))
        .map_err(|_| format!("{} holds no WordPress", site.display()))?;
    let value = text.split_once("$wp_version").and_then(|(_, rest)| rest.split('\'').nth(1));
    Ok(value.ok_or("version.php names no version")?.to_owned())
}

/// Downloads an archive from the internet, and resumes an interrupted download.
pub fn download(sh: &Shell, url: &str, to: &Path) -> Result {
    need(&["curl", "unzip"])?;
    let part = to.with_extension("part");
    run(cmd!(sh, "curl -fsSL --connect-timeout 10 --retry 2 -C - -o {part} {url}"))?;
    if let Err(error) = run(cmd!(sh, "unzip -tqq {part}")) {
        fs::remove_file(part)?;
        return Err(error);
    }
    Ok(fs::rename(part, to)?)
}

/// Unpacks a zip, without the single directory that may contain everything.
pub fn unzip(sh: &Shell, zip: &Path, to: &Path) -> Result {
    need(&["unzip"])?;
    run(cmd!(sh, "unzip -qo {zip} -d {to}"))?;
    let entries = fs::read_dir(to)?.collect::<std::io::Result<Vec<_>>>()?;
    if let [only] = &entries[..] {
        for inner in fs::read_dir(only.path())? {
            let inner = inner?;
            fs::rename(inner.path(), to.join(inner.file_name()))?;
        }
        fs::remove_dir(only.path())?;
    }
    Ok(())
}

fn fetch(sh: &Shell, cache: &Cache, wp: &str, to: &Path) -> Result {
    eprintln!("fetching WordPress {wp}");
    match VERSIONS.iter().find(|row| row.0 == wp) {
        Some((_, Npm(file, sha256))) => unzip(sh, &npm(sh, cache, file, sha256)?, to)?,
        Some((_, Debian(suite))) => {
            let missing = match debian::unpack(sh, cache, suite, to).and_then(|()| version(to)) {
                Ok(found) if is(&found, wp) => return Ok(()),
                Ok(found) => format!("Debian's {suite} has WordPress {found} now, not {wp}: --wp {suite}"),
                Err(error) => format!("Debian's {suite}: {error}"),
            };
            fs::remove_dir_all(to)?;
            released(sh, cache, wp, to).map_err(|error| format!("{missing}\n{error}"))?;
        }
        None => released(sh, cache, wp, to)?,
    }
    let found = version(to)?;
    if is(&found, wp) {
        Ok(())
    } else {
        Err(format!("WordPress {wp} was requested, but {found} was found").into())
    }
}

/// Whether `found`, such as 6.5.5, satisfies `asked`, such as 6.5. A name is satisfied by any version.
fn is(found: &str, asked: &str) -> bool {
    let rest = found.strip_prefix(asked);
    !asked.starts_with(|c: char| c.is_ascii_digit())
        || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '-']))
}

/// Downloads a release from the WordPress project.
fn released(sh: &Shell, cache: &Cache, wp: &str, to: &Path) -> Result {
    let zip = cache.place(&format!("downloads/wordpress-{wp}.zip"))?;
    let url = format!("https://wordpress.org/wordpress-{wp}.zip");
    download(sh, &url, &zip).map_err(|error| {
        let names: Vec<_> = VERSIONS.iter().map(|row| row.0).collect();
        format!(
            "no WordPress {wp}: {error}\nWithout that address there are {}, and --wp-dir for one at hand.",
            names.join(", ")
        )
    })?;
    unzip(sh, &zip, to)
}

/// Gets a file of the npm package, which holds all of them.
fn npm(sh: &Shell, cache: &Cache, file: &str, sha256: &str) -> Result<std::path::PathBuf> {
    cache.file(&format!("downloads/{file}"), sha256, |path| {
        need(&["npm", "tar"])?;
        eprintln!("fetching the npm package {BUILDS}");
        let downloads = cache.place("downloads/")?;
        // npm verifies the archive with the hash in the registry.
        let name = run(cmd!(sh, "npm pack --silent --pack-destination {downloads} {BUILDS}"))?;
        let archive = downloads.join(name.trim());
        let wanted = ["wordpress", "sqlite-database-integration"].map(|name| format!("package/src/{name}"));
        run(cmd!(sh, "tar -xzf {archive} -C {downloads} --strip-components 2 {wanted...}"))?;
        fs::remove_file(archive)?;
        if path.exists() { Ok(()) } else { Err(format!("{BUILDS} has no {file}").into()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_matches_its_prefix() {
        for (found, asked, same) in [
            ("6.5.5", "6.5", true),
            ("6.5", "6.5", true),
            ("7.1-beta1", "7.1", true),
            ("6.50", "6.5", false),
            ("7.2", "7.1", false),
            ("6.7-alpha-58576", "nightly", true),
        ] {
            assert_eq!(is(found, asked), same, "{found} {asked}");
        }
    }
}
