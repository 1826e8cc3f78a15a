//! WordPress from Debian's package, of any suite, without installing the package.

use std::{fs, path::Path};

use xshell::{Shell, cmd};

use super::{
    cache::{self, Cache},
    tools::{need, run},
};
use crate::Result;

/// The packages to unpack. Debian's WordPress links to files of the others.
const PACKAGES: &[&str] = &[
    "wordpress",
    "wordpress-theme-twentytwentyfive",
    "php-getid3",
    "libphp-phpmailer",
    "libjs-cropper",
    "libjs-jquery-ui",
    "libjs-lodash",
    "libjs-underscore",
];

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Unpacks the suite's WordPress into `to`. apt verifies downloads, and does not repeat them.
pub fn unpack(sh: &Shell, cache: &Cache, suite: &str, to: &Path) -> Result {
    need(&["apt-get", "dpkg-deb"])?;
    let work = cache.place(&format!("downloads/debian-{suite}"))?;
    let (debs, root) = (work.join("debs"), work.join("root"));
    for directory in ["lists/partial", "cache/archives/partial", "debs", "root"] {
        fs::create_dir_all(work.join(directory))?;
    }
    let signed = if Path::new(KEYRING).exists() { format!("[signed-by={KEYRING}] ") } else { String::new() };
    fs::write(work.join("sources.list"), format!("deb {signed}{} {suite} main\n", mirror(sh)?))?;

    // apt uses the configuration of this machine, but its own lists, sources and state.
    let shown = work.display();
    let settings = [
        format!("Dir::Etc::SourceList={shown}/sources.list"),
        "Dir::Etc::SourceParts=/dev/null".to_owned(),
        format!("Dir::State::Lists={shown}/lists"),
        "Dir::State::Status=/dev/null".to_owned(),
        format!("Dir::Cache={shown}/cache"),
        "APT::Sandbox::User=root".to_owned(),
        "APT::Update::Error-Mode=any".to_owned(),
        "Debug::NoLocking=1".to_owned(),
    ];
    let settings: &Vec<_> = &settings.iter().flat_map(|setting| ["-o", setting]).collect();
    run(cmd!(sh, "apt-get update {settings...}"))?;
    {
        let _in = sh.push_dir(&debs);
        run(cmd!(sh, "apt-get download {settings...} {PACKAGES...}"))?;
    }

    for deb in fs::read_dir(&debs)? {
        let deb = deb?.path();
        run(cmd!(sh, "dpkg-deb -x {deb} {root}"))?;
    }
    let unpacked = root.join("usr/share/wordpress");
    lay_in(&root, &unpacked)?;
    cache::copy(&unpacked, to)?;
    Ok(fs::remove_dir_all(root)?)
}

/// The Debian mirror that this machine uses.
fn mirror(sh: &Shell) -> Result<String> {
    let format = "$(ORIGIN) $(LABEL) $(REPO_URI)";
    let targets = run(cmd!(sh, "apt-get indextargets --format {format} 'Created-By: Packages'"))?;
    let address = targets.lines().find_map(|line| line.strip_prefix("Debian Debian "));
    Ok(address.ok_or("apt has no Debian mirror configured; `apt-get update` may help")?.to_owned())
}

/// Replaces each link to a file outside the unpacked packages by that file, or removes the link.
fn lay_in(root: &Path, unpacked: &Path) -> Result {
    cache::walk(unpacked, &mut |path| {
        let Ok(target) = fs::read_link(path) else { return Ok(()) };
        let inside = root.join(target.strip_prefix("/").unwrap_or(&target));
        if target.is_absolute() && inside.is_file() {
            fs::remove_file(path)?;
            fs::copy(inside, path)?;
        } else if !path.exists() {
            // PHP needs its files; a missing script of the dashboard or picture does no harm.
            if path.extension().is_some_and(|extension| extension == "php") {
                let (path, target) = (path.display(), target.display());
                return Err(
                    format!("{path} links to {target}, which is in none of the unpacked packages").into()
                );
            }
            fs::remove_file(path)?;
        }
        Ok(())
    })?;
    Ok(())
}
