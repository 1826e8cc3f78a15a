//! The commands of this repository: `cargo xtask help` lists them, `cargo xtask ci` runs every check.
//!
//! Each command is one file and one row of [`COMMANDS`]. Avoid adding dependencies to this crate.

mod api;
mod bench;
mod ci;
mod clippy;
mod coverage;
mod deps;
mod doc;
mod drift;
mod examples;
mod exercised;
mod faults;
mod fmt;
mod fuzz;
mod live;
mod portable;
mod readme;
mod test;
mod tidy;
mod tools;
mod wordpress;

use std::{env, process::ExitCode};

use xshell::Shell;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

struct Command {
    name: &'static str,
    /// The flags of the command, empty for most; [`OWN`] if the command parses its arguments itself.
    flags: &'static [&'static str],
    about: &'static str,
    /// The argument lists with which `cargo xtask ci` runs the command. CI follows the order of the table.
    in_ci: &'static [&'static [&'static str]],
    run: fn(&mut Context) -> Result,
}

const OWN: &[&str] = &["…"];

const ONCE: &[&[&str]] = &[&[]];

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { name: "fmt", flags: &[], in_ci: ONCE, run: fmt::run, about: "checks that the code is formatted" },
    Command { name: "clippy", flags: &[], in_ci: ONCE, run: clippy::run, about: "lints with all features; each crate with each of its features alone" },
    Command { name: "doc", flags: &[], in_ci: ONCE, run: doc::run, about: "builds the public and the private docs, and the README's programs, without a warning" },
    Command { name: "test", flags: &[], in_ci: ONCE, run: test::run, about: "unit, integration and doc tests; needs nothing prepared; ends with their count" },
    Command { name: "deps", flags: &["--list"], in_ci: ONCE, run: deps::run, about: "licences, sources, forbidden dependencies; how many crates each crate depends on (--list names them)" },
    Command { name: "api", flags: &["--bless"], in_ci: ONCE, run: api::run, about: "compares the public API with crates/*/public-api.txt; no foreign types in it (--bless writes the files)" },
    Command { name: "portable", flags: &[], in_ci: ONCE, run: portable::run, about: "the MSRV, Windows, and the oldest dependencies that the manifests allow" },
    Command { name: "tidy", flags: &[], in_ci: ONCE, run: tidy::run, about: "checks that rustc does not offer: typos, ignored tests, stale figures, ..." },
    Command { name: "examples", flags: &[], in_ci: ONCE, run: examples::run, about: "runs every example against the stand-in" },
    Command { name: "fuzz", flags: OWN, in_ci: fuzz::IN_CI, run: fuzz::run, about: "the fuzz targets: by libFuzzer, or by mutations on a stable compiler (--seconds N each, TARGETS)" },
    Command { name: "bench", flags: OWN, in_ci: bench::IN_CI, run: bench::run, about: "the cost of a request compared with raw hyper and reqwest (--counted: without time; --json FILE; WORDS)" },
    Command { name: "live", flags: OWN, in_ci: live::IN_CI, run: live::run, about: "the behaviour suite against a real WordPress, booted or named by WP_URL" },
    Command { name: "routes", flags: OWN, in_ci: coverage::IN_CI, run: coverage::routes, about: "routes and parameters of a site's index that the client does not type (--index FILE-or-URL, or the options of `wordpress up`)" },
    Command { name: "schema", flags: OWN, in_ci: coverage::IN_CI, run: coverage::schema, about: "properties of a site's schema that the models do not read, or read as another type (same options)" },
    Command { name: "captures", flags: OWN, in_ci: &[], run: coverage::captures, about: "recorded responses that the models do not read strictly (DIRECTORY)" },
    Command { name: "drift", flags: OWN, in_ci: drift::IN_CI, run: drift::run, about: "where the stand-in differs from a real WordPress (the options of `wordpress up`; after `--`, words of the lines to print)" },
    Command { name: "faults", flags: OWN, in_ci: &[], run: faults::run, about: "the table of faults, over both transports; also run by `test` (WORDS: rows with any of them)" },
    Command { name: "ci", flags: &[], in_ci: &[], run: ci::run, about: "all of the above, timed; ends with the count of the tests" },
    Command { name: "wordpress", flags: OWN, in_ci: &[], run: wordpress::run, about: "up|down|status: a real WordPress on this machine" },
    Command { name: "help", flags: &[], in_ci: &[], run: help, about: "this list" },
];

/// The state that commands share.
struct Context {
    /// A shell in the root of the repository.
    sh: Shell,
    flags: Vec<String>,
    /// The results of the tests, once they have run. Printed at the end, after all other checks.
    tests: Option<test::Counts>,
}

impl Context {
    /// Counts one check that this machine cannot run.
    fn not_run(&mut self, reason: String) {
        self.tests.get_or_insert_default().add(&test::Counts::not_run(reason));
    }
}

fn main() -> ExitCode {
    let (command, mut context) = match parse_args() {
        Ok(parsed) => parsed,
        Err(error) => return report(&Err(error)),
    };
    let outcome = (command.run)(&mut context);
    let code = report(&outcome);
    if let Some(counts) = context.tests {
        println!("{counts}");
    }
    code
}

fn parse_args() -> Result<(&'static Command, Context)> {
    let mut args = env::args().skip(1);
    let name = args.next().unwrap_or_else(|| "help".to_owned());
    let command = COMMANDS
        .iter()
        .find(|command| command.name == name)
        .ok_or_else(|| format!("no command `{name}`; `cargo xtask help` lists them"))?;
    let flags: Vec<_> = args.collect();
    let is_known = |flag: &&String| command.flags == OWN || command.flags.contains(&flag.as_str());
    if let Some(flag) = flags.iter().find(|flag| !is_known(flag)) {
        return Err(format!("`cargo xtask {name}` takes no `{flag}`").into());
    }
    let sh = Shell::new()?;
    sh.change_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    Ok((command, Context { sh, flags, tests: None }))
}

fn report(outcome: &Result) -> ExitCode {
    let Err(error) = outcome else { return ExitCode::SUCCESS };
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
fn help(_: &mut Context) -> Result {
    println!("cargo xtask COMMAND\n");
    for Command { name, about, .. } in COMMANDS {
        println!("  {name:<9} {about}");
    }
    Ok(())
}
