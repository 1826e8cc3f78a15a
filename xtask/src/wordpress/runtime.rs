//! The two engines that run PHP.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use xshell::{Shell, cmd};

use super::{
    LIB,
    cache::Cache,
    home,
    options::{Engine, Options},
    tools::{self, last, need, run},
};
use crate::Result;

const PLAYGROUND: &str = "@wp-playground/cli@3.1.56";
const OLDEST_NODE: u32 = 20;

/// The PHP modules that WordPress needs, and Debian's packages for them.
const MODULES: &[(&str, &str)] =
    &[("pdo_sqlite", "sqlite3"), ("mbstring", "mbstring"), ("dom", "xml"), ("gd", "gd"), ("zip", "zip")];

/// Settings that hosts usually have. The built-in server reads no other configuration.
const SETTINGS: &[&str] = &[
    "memory_limit=256M",
    // PHP's defaults, which the tests of uploads exceed.
    "post_max_size=8M",
    "upload_max_filesize=2M",
    "display_errors=0",
    "log_errors=1",
    "opcache.enable_cli=1",
];

pub enum Runtime {
    Php(PathBuf),
    Playground { cli: PathBuf, php: Option<String> },
}

impl Runtime {
    /// Finds the requested engine, and checks that all it needs is installed.
    pub fn find(sh: &Shell, options: &Options) -> Result<Self> {
        match options.engine {
            Engine::Php => php(sh, options.php.as_deref()).map(Self::Php),
            Engine::Playground => Ok(Self::Playground { cli: playground(sh)?, php: options.php.clone() }),
        }
    }

    /// Runs one of our scripts, which prints a line at its end, on the WordPress in `site`, below `directory`.
    pub fn script(&self, sh: &Shell, directory: &Path, site: &Path, name: &str) -> Result {
        let script = Path::new(LIB).join(name);
        let said = match self {
            Self::Php(php) => run(cmd!(sh, "{php} -d memory_limit=512M {script} {site}"))?,
            Self::Playground { cli, .. } => {
                let arguments = self.playground("php", directory, site);
                run(cmd!(sh, "{cli} {arguments...} -- {script} /wordpress"))?
            }
        };
        if said.trim_end().ends_with("ok") {
            return Ok(());
        }
        Err(format!("{name} did not complete:\n{}", last(&said, 8)).into())
    }

    /// The server for the WordPress in `site`. Its web root is `directory/site`.
    pub fn server(&self, directory: &Path, site: &Path, port: u16, home: &str) -> Command {
        match self {
            Self::Php(php) => {
                let mut command = Command::new(php);
                command.args(SETTINGS.iter().flat_map(|setting| ["-d", setting]));
                command.args(["-S", &format!("127.0.0.1:{port}"), "-t"]);
                command.arg(directory.join("site")).arg(Path::new(LIB).join("router.php"));
                command.env("PHP_CLI_SERVER_WORKERS", "6");
                command
            }
            Self::Playground { cli, .. } => {
                let mut command = Command::new(cli);
                command.args(self.playground("server", directory, site));
                command.args(["--port", &port.to_string(), "--site-url", home, "--workers", "6"]);
                command
            }
        }
    }

    /// The arguments that both commands of Playground take. Paths outside WordPress are those of this machine.
    fn playground(&self, command: &str, directory: &Path, site: &Path) -> Vec<String> {
        let mut arguments = vec![command.to_owned()];
        let shown = |path: &Path| path.display().to_string();
        let (directory, lib) = (shown(directory), LIB.to_owned());
        for (from, to) in [(&shown(site), "/wordpress"), (&directory, &directory), (&lib, &lib)] {
            arguments.extend(["--mount-dir-before-install".to_owned(), from.clone(), to.to_owned()]);
        }
        if let Self::Playground { php: Some(php), .. } = self {
            arguments.extend(["--php".to_owned(), php.clone()]);
        }
        arguments.extend(
            ["--skip-sqlite-setup", "--wordpress-install-mode", "do-not-attempt-installing"]
                .map(str::to_owned),
        );
        arguments
    }
}

/// Finds a PHP of this version with all modules.
fn php(sh: &Shell, version: Option<&str>) -> Result<PathBuf> {
    let named = version.and_then(|version| tools::find(&format!("php{version}")));
    if named.is_none() {
        need(&["php"])?;
    }
    let php = named.or_else(|| tools::find("php")).ok_or("PHP is not installed")?;
    let found = run(cmd!(sh, "{php} -r 'echo PHP_MAJOR_VERSION, \".\", PHP_MINOR_VERSION;'"))?;
    if let Some(version) = version.filter(|version| *version != found) {
        let packages: Vec<_> = MODULES.iter().map(|row| format!("php{version}-{}", row.1)).collect();
        return Err(format!(
            "there is no PHP {version}, only {found}; where Debian has it: apt-get install php{version}-cli {}, \
             or take --engine playground",
            packages.join(" ")
        )
        .into());
    }
    let modules = run(cmd!(sh, "{php} -m"))?.to_lowercase();
    for (module, package) in MODULES {
        if !modules.lines().any(|line| line == *module) {
            return Err(format!("PHP has no {module}; on Debian: apt-get install php-{package}").into());
        }
    }
    Ok(php)
}

/// Installs Playground once, below `target`.
fn playground(sh: &Shell) -> Result<PathBuf> {
    need(&["node", "npm"])?;
    let node = run(cmd!(sh, "node --version"))?;
    let major = node.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < OLDEST_NODE) {
        return Err(
            format!("Playground needs Node {OLDEST_NODE} or later, and this is {}", node.trim()).into()
        );
    }
    let prefix = Cache::open(home())?.tree("playground", |to| {
        eprintln!("installing the npm package {PLAYGROUND}");
        run(cmd!(sh, "npm install --no-audit --no-fund --prefix {to} {PLAYGROUND}")).map(drop)
    })?;
    Ok(prefix.join("node_modules/.bin/wp-playground-cli"))
}
