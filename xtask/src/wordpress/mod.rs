//! `cargo xtask wordpress`: a real WordPress on this machine, without Docker and without a database server.
//!
//! All files are below `target/wordpress`: `downloads`, `sources` and `seeds` are a cache that may be deleted, and
//! `instances/PORT` is one site.

mod cache;
mod debian;
mod instance;
mod options;
mod probe;
mod process;
mod runtime;
mod site;
mod source;
mod tls;
mod tools;

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use xshell::Shell;

use crate::{Context, Result};

use options::Opt;
pub use {
    instance::Instance,
    options::{Engine, OPTIONS, Options},
    runtime::Runtime,
};

/// The directory of our PHP scripts.
pub const LIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wordpress");

struct Verb {
    name: &'static str,
    about: &'static str,
    takes: fn(&Opt) -> bool,
    run: fn(&Shell, &Options) -> Result,
}

#[rustfmt::skip]
const VERBS: &[Verb] = &[
    Verb { name: "up", takes: |_| true, run: up, about: "boots one, and prints its environment: eval \"$(cargo xtask wordpress up)\"" },
    Verb { name: "down", takes: |option| option.name == "--port", run: down, about: "stops the one at --port, or all" },
    Verb { name: "status", takes: |_| false, run: status, about: "lists them" },
];

pub fn run(Context { sh, flags, .. }: &mut Context) -> Result {
    let is_help = |flag: &String| matches!(flag.as_str(), "--help" | "-h" | "help");
    let Some((name, arguments)) = flags.split_first().filter(|_| !flags.iter().any(is_help)) else {
        println!("{}", usage());
        return Ok(());
    };
    let verb = VERBS.iter().find(|verb| verb.name == name);
    let verb = verb.ok_or_else(|| format!("`{name}` is not up, down or status"))?;
    (verb.run)(sh, &Options::parse(arguments, verb.takes)?)
}

/// The directory for all files of this command.
fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("target").join("wordpress")
}

fn up(sh: &Shell, options: &Options) -> Result {
    let start = Instant::now();
    let instance = Instance::boot(sh, options)?;
    let [wp, php, engine, url] = ["wp", "php", "engine", "url"].map(|key| instance.text(key));
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("WordPress {wp} on PHP {php} ({engine}) is at {url}, after {seconds:.1} s");
    for (name, value) in instance.environment() {
        println!("export {name}={}", quoted(&value));
    }
    Ok(())
}

fn down(_: &Shell, options: &Options) -> Result {
    let mut found = Instance::all()?;
    found.retain(|instance| options.port.is_none_or(|port| port == instance.port()));
    if let (Some(port), true) = (options.port, found.is_empty()) {
        return Err(format!("there is no instance at port {port}").into());
    }
    for instance in &found {
        instance.stop()?;
        eprintln!("{} is down", instance.port());
    }
    Ok(())
}

fn status(_: &Shell, _: &Options) -> Result {
    println!("{:<6} {:<5} {:<10} {:<8} {:<10} url", "port", "state", "WordPress", "PHP", "engine");
    for instance in Instance::all()? {
        let state = if instance.is_up() { "up" } else { "down" };
        let [wp, php, engine, url] = ["wp", "php", "engine", "url"].map(|key| instance.text(key));
        println!("{:<6} {state:<5} {wp:<10} {php:<8} {engine:<10} {url}", instance.port());
    }
    Ok(())
}

fn usage() -> String {
    let row = |head: &str, about: &str| format!("  {head:<32} {about}");
    let verbs = VERBS.iter().map(|verb| row(verb.name, verb.about));
    let options = OPTIONS.iter().map(|option| {
        let head = format!("{} {}", option.name, option.value.unwrap_or_default());
        row(&head, option.about)
    });
    let head = ["cargo xtask wordpress up|down|status [OPTION]…".to_owned(), String::new()];
    let lines: Vec<_> = head.into_iter().chain(verbs).chain([String::new()]).chain(options).collect();
    lines.join("\n")
}

/// Quotes a value for a shell.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_can_be_sourced_by_a_shell() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }

    #[test]
    fn the_usage_names_every_option() {
        assert!(OPTIONS.iter().all(|option| usage().contains(option.name)));
    }
}
