//! The files of a site: a seeded copy, its configuration and its plugins.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;
use xshell::Shell;

use super::{
    LIB,
    cache::{self, Cache},
    options::Options,
    runtime::Runtime,
    source,
};
use crate::Result;

/// Copies an installed and seeded WordPress into `dir`, and returns its path there.
pub fn lay(sh: &Shell, cache: &Cache, runtime: &Runtime, options: &Options, dir: &Path) -> Result<PathBuf> {
    let build = |to: &Path| seed(sh, cache, runtime, options, to);
    if options.wp_dir.is_some() {
        build(dir)?;
    } else {
        cache.copy(&seed_name(options)?, dir, build)?;
    }
    let site = dir.join("site");
    let Some(name) = &options.subdir else { return Ok(site) };
    // With a sub-directory, the web root is above WordPress.
    let (moved, below) = (dir.join("moved"), site.join(name));
    fs::rename(&site, &moved)?;
    fs::create_dir(&site)?;
    fs::rename(moved, &below)?;
    Ok(below)
}

/// Writes the `wp-config.php`, which reads the `instance.json` in `dir`.
pub fn configure(site: &Path, dir: &Path) -> Result {
    let template = fs::read_to_string(Path::new(LIB).join("wp-config.php"))?;
    let state = dir.join("instance.json").display().to_string().replace('\'', "\\'");
    Ok(fs::write(site.join("wp-config.php"), template.replace("@INSTANCE_JSON@", &state))?)
}

/// Installs the plugins, and returns the names of their directories.
pub fn plugins(sh: &Shell, cache: &Cache, plugins: &[String], site: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for plugin in plugins {
        let path = Path::new(plugin);
        let name = path.file_name().ok_or("a plugin without a name")?.to_string_lossy().into_owned();
        let to = site.join("wp-content/plugins").join(&name);
        if path.is_absolute() {
            cache::copy(path, &to)?;
        } else {
            cache.copy(&format!("plugins/{name}"), &to, |to| plugin_of(sh, cache, &name, to))?;
        }
        names.push(name);
    }
    Ok(names)
}

pub fn mu_plugins(files: &[PathBuf], site: &Path) -> Result {
    let to = site.join("wp-content/mu-plugins");
    fs::create_dir_all(&to)?;
    for file in files {
        fs::copy(file, to.join(file.file_name().ok_or("a file without a name")?))?;
    }
    Ok(())
}

/// Downloads a plugin from WordPress's plugin directory.
fn plugin_of(sh: &Shell, cache: &Cache, slug: &str, to: &Path) -> Result {
    let zip = cache.place(&format!("downloads/plugin-{slug}.zip"))?;
    let url = format!("https://downloads.wordpress.org/plugin/{slug}.latest-stable.zip");
    source::download(sh, &url, &zip)
        .map_err(|error| format!("no plugin {slug}: {error}\nWithout that address: --plugin DIR"))?;
    source::unzip(sh, &zip, to)
}

/// The cache's name for a seeded copy. It changes with everything that the copy is built from.
fn seed_name(options: &Options) -> Result<String> {
    let mut makers = Vec::new();
    for name in ["seed.php", "script.php", "wp-config.php"] {
        makers.extend(fs::read(Path::new(LIB).join(name))?);
    }
    Ok(format!("seeds/{}-{}-{}", options.wp, options.engine.name(), &cache::hash(&makers)[..8]))
}

/// Installs and seeds a WordPress in `dir/site`, independent of its address.
fn seed(sh: &Shell, cache: &Cache, runtime: &Runtime, options: &Options, dir: &Path) -> Result {
    let site = dir.join("site");
    source::lay(sh, cache, options, &site)?;
    eprintln!("seeding WordPress {} on {}", source::version(&site)?, options.engine.name());
    let state = json!({ "home": "http://127.0.0.1", "define": {} });
    fs::write(dir.join("instance.json"), state.to_string())?;
    configure(&site, dir)?;
    runtime.script(sh, dir, &site, "seed.php")
}
