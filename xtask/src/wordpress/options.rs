//! The command line of `cargo xtask wordpress up`.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::Result;

/// The version in Debian sid: the current release.
const DEFAULT_WP: &str = "7.1";

#[derive(Clone, Debug)]
pub struct Options {
    pub wp: String,
    pub wp_dir: Option<PathBuf>,
    pub php: Option<String>,
    pub engine: Engine,
    /// Directories or slugs of plugins.
    pub plugins: Vec<String>,
    pub mu_plugins: Vec<PathBuf>,
    pub defines: Vec<(String, Value)>,
    pub permalinks: &'static Permalinks,
    pub subdir: Option<String>,
    pub strip_authorization: bool,
    pub tls: bool,
    pub port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The PHP of this machine.
    Php,
    /// PHP as WebAssembly, on Node.
    Playground,
}

/// The form of a site's addresses.
#[derive(Debug, PartialEq, Eq)]
pub struct Permalinks {
    pub name: &'static str,
    /// The value of WordPress's setting.
    pub structure: &'static str,
    /// The URL to give to a client, relative to the site's address.
    pub url: &'static str,
    /// The index of the REST API, relative to the site's address.
    pub rest: &'static str,
}

#[rustfmt::skip]
pub const PERMALINKS: &[Permalinks] = &[
    Permalinks { name: "pretty", structure: "/%year%/%monthnum%/%day%/%postname%/", url: "", rest: "/wp-json/" },
    Permalinks { name: "index", structure: "/index.php/%year%/%monthnum%/%day%/%postname%/", url: "/index.php", rest: "/index.php/wp-json/" },
    Permalinks { name: "plain", structure: "", url: "/index.php?rest_route=/", rest: "/index.php?rest_route=/" },
];

/// One option: its name, the name of its value, and its description.
pub struct Opt {
    pub name: &'static str,
    /// `None` for a switch.
    pub value: Option<&'static str>,
    pub about: &'static str,
    set: fn(&mut Options, &str) -> Result,
}

#[rustfmt::skip]
pub const OPTIONS: &[Opt] = &[
    Opt { name: "--wp", value: Some("VERSION"), about: "6.2 … 6.5, beta, nightly, 6.8, 7.1 (default), trixie, sid; others are downloaded", set: |o, v| { o.wp = v.into(); Ok(()) } },
    Opt { name: "--wp-dir", value: Some("DIR"), about: "a local WordPress, which is copied", set: |o, v| { o.wp_dir = Some(path(v)?); Ok(()) } },
    Opt { name: "--php", value: Some("VERSION"), about: "such as 8.2; default: the version of the engine", set: |o, v| { o.php = Some(v.into()); Ok(()) } },
    Opt { name: "--engine", value: Some("php|playground"), about: "the PHP of this machine, or Node alone", set: |o, v| { o.engine = engine(v)?; Ok(()) } },
    Opt { name: "--plugin", value: Some("DIR|SLUG"), about: "copied, or downloaded, and activated; can be given several times", set: |o, v| { o.plugins.push(plugin(v)?); Ok(()) } },
    Opt { name: "--mu-plugin", value: Some("FILE"), about: "always active; can be given several times", set: |o, v| { o.mu_plugins.push(path(v)?); Ok(()) } },
    Opt { name: "--define", value: Some("NAME=VALUE"), about: "a constant, `true` and `false` as such; can be given several times", set: |o, v| { o.defines.push(define(v)?); Ok(()) } },
    Opt { name: "--permalinks", value: Some("pretty|index|plain"), about: "index: a server without URL rewriting", set: |o, v| { o.permalinks = permalinks(v)?; Ok(()) } },
    Opt { name: "--subdir", value: Some("NAME"), about: "the site is at /NAME/", set: |o, v| { o.subdir = Some(name(v)?); Ok(()) } },
    Opt { name: "--strip-authorization", value: None, about: "the server removes the header `Authorization`", set: |o, _| { o.strip_authorization = true; Ok(()) } },
    Opt { name: "--tls", value: None, about: "https, with a certificate authority of its own", set: |o, _| { o.tls = true; Ok(()) } },
    Opt { name: "--port", value: Some("N"), about: "default: a free port", set: |o, v| { o.port = Some(port(v)?); Ok(()) } },
];

impl Default for Options {
    fn default() -> Self {
        Self {
            wp: DEFAULT_WP.to_owned(),
            wp_dir: None,
            php: None,
            engine: Engine::Php,
            plugins: Vec::new(),
            mu_plugins: Vec::new(),
            defines: Vec::new(),
            permalinks: &PERMALINKS[0],
            subdir: None,
            strip_authorization: false,
            tls: false,
            port: None,
        }
    }
}

impl Options {
    /// Parses `--name value` and `--name=value`. Options for which `known` is false are rejected.
    pub fn parse(arguments: &[String], known: fn(&Opt) -> bool) -> Result<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(argument) = arguments.next() {
            let (name, inline) =
                argument.split_once('=').map_or((argument, None), |(name, value)| (name, Some(value)));
            let option = OPTIONS
                .iter()
                .find(|option| option.name == name && known(option))
                .ok_or_else(|| format!("`{name}` is not known here; `cargo xtask wordpress` says what is"))?;
            let value = match (option.value, inline) {
                (None, None) => "",
                (None, Some(_)) => return Err(format!("{name} takes no value").into()),
                (Some(_), Some(value)) => value,
                (Some(kind), None) => arguments
                    .next()
                    .filter(|value| !value.starts_with("--"))
                    .ok_or_else(|| format!("{name} needs a value: {kind}"))?,
            };
            (option.set)(&mut options, value).map_err(|error| format!("{name} {value}: {error}"))?;
        }
        Ok(options)
    }
}

/// Prints the options that distinguish a site from others.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wp_dir {
            Some(directory) => write!(f, "{}", directory.display())?,
            None => write!(f, "WordPress {}", self.wp)?,
        }
        write!(f, ", {}", self.engine.name())?;
        if let Some(php) = &self.php {
            write!(f, " {php}")?;
        }
        let plugins = self.plugins.iter().filter_map(|plugin| Path::new(plugin).file_name());
        let plugins: Vec<_> = plugins.map(|name| name.to_string_lossy()).collect();
        let permalinks = Some(self.permalinks.name).filter(|name| *name != PERMALINKS[0].name);
        let words = plugins.iter().map(AsRef::as_ref).chain(permalinks).chain(self.subdir.as_deref());
        for word in words.chain(self.tls.then_some("tls")) {
            write!(f, ", {word}")?;
        }
        Ok(())
    }
}

impl Engine {
    pub fn name(self) -> &'static str {
        match self {
            Self::Php => "php",
            Self::Playground => "playground",
        }
    }
}

fn engine(value: &str) -> Result<Engine> {
    let found = [Engine::Php, Engine::Playground].into_iter().find(|engine| engine.name() == value);
    found.ok_or_else(|| "neither php nor playground".into())
}

fn permalinks(value: &str) -> Result<&'static Permalinks> {
    PERMALINKS.iter().find(|form| form.name == value).ok_or_else(|| "not pretty, index or plain".into())
}

/// Makes a path absolute, relative to the user's working directory and not to the repository.
fn path(value: &str) -> Result<PathBuf> {
    Ok(Path::new(value).canonicalize().map_err(|error| error.to_string())?)
}

/// A directory if it exists, or else a slug.
fn plugin(value: &str) -> Result<String> {
    if Path::new(value).is_dir() {
        return Ok(path(value)?.display().to_string());
    }
    name(value).map_err(|_| "no such directory".into())
}

fn define(value: &str) -> Result<(String, Value)> {
    let (name, value) = value.split_once('=').ok_or("not NAME=VALUE")?;
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(is_word) || name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(format!("`{name}` is not a valid name of a constant").into());
    }
    // These types are written without quotes in a `wp-config.php`, where they differ from their text.
    let value = value.parse::<bool>().map_or_else(|_| Value::from(value), Value::from);
    Ok((name.to_owned(), value))
}

/// Validates the name of a directory or of a path in a URL.
fn name(value: &str) -> Result<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if value.is_empty() || !value.chars().all(is_plain) {
        return Err("letters, digits, `-` and `_` only".into());
    }
    Ok(value.to_owned())
}

fn port(value: &str) -> Result<u16> {
    match value.parse() {
        Ok(0) | Err(_) => Err("not a port".into()),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options> {
        let arguments: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Options::parse(&arguments, |_| true)
    }

    #[test]
    fn defaults_are_the_current_release_on_php() {
        let options = parse("").unwrap();
        assert_eq!((options.wp.as_str(), options.engine, options.port), (DEFAULT_WP, Engine::Php, None));
        assert_eq!(options.permalinks.name, "pretty");
        assert!(!options.tls && !options.strip_authorization && options.subdir.is_none());
    }

    #[test]
    fn every_option_takes_effect() {
        let here = env!("CARGO_MANIFEST_DIR");
        let line = format!(
            "--wp 6.5 --wp-dir {here} --php 8.2 --engine playground --plugin {here} --plugin jwt-auth \
             --mu-plugin {here}/Cargo.toml --define A=b=c --define B=true --permalinks plain --subdir blog \
             --strip-authorization --tls --port 8088"
        );
        let options = parse(&line).unwrap();
        assert_eq!((options.wp.as_str(), options.php.as_deref()), ("6.5", Some("8.2")));
        assert_eq!(options.wp_dir.as_deref(), Some(Path::new(here)));
        assert_eq!((options.engine, options.permalinks.name), (Engine::Playground, "plain"));
        assert_eq!(options.plugins, [here, "jwt-auth"]);
        assert_eq!(options.mu_plugins, [Path::new(here).join("Cargo.toml")]);
        assert_eq!(options.defines, [("A".into(), "b=c".into()), ("B".into(), true.into())]);
        assert_eq!((options.subdir.as_deref(), options.port), (Some("blog"), Some(8088)));
        assert!(options.tls && options.strip_authorization);
        assert_eq!(parse("--wp=6.5 --define=A=b").unwrap().defines, [("A".into(), "b".into())]);
    }

    #[test]
    fn invalid_option_is_named() {
        for (line, said) in [
            ("--nothing", "`--nothing` is not known"),
            ("6.5", "`6.5` is not known"),
            ("--wp", "--wp needs a value: VERSION"),
            ("--wp --tls", "--wp needs a value"),
            ("--tls=yes", "--tls takes no value"),
            ("--engine apache", "neither php nor playground"),
            ("--permalinks ugly", "not pretty"),
            ("--port 0", "not a port"),
            ("--port 99999", "not a port"),
            ("--define A", "not NAME=VALUE"),
            ("--define 1=2", "not a valid name of a constant"),
            ("--subdir a/b", "letters"),
            ("--plugin ./not/there", "no such directory"),
            ("--mu-plugin not-there.php", "No such file"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn a_command_takes_its_own_options_only() {
        let arguments = ["--tls".to_owned()];
        assert!(Options::parse(&arguments, |option| option.name == "--port").is_err());
    }
}
