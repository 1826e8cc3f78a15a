//! The repository's own commands: `cargo xtask help` lists them, `cargo xtask ci` runs every check.
//!
//! One file a command, one row of [`COMMANDS`] each. Avoid adding dependencies to this crate.

mod api;
mod bench;
mod ci;
mod clippy;
mod deps;
mod doc;
mod examples;
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
    /// The flags it knows, empty for most; [`OWN`] if it reads its arguments itself.
    flags: &'static [&'static str],
    about: &'static str,
    /// With which arguments `cargo xtask ci` runs it. The order of the table is the order of the run.
    in_ci: &'static [&'static [&'static str]],
    run: fn(&mut Context) -> Result,
}

const OWN: &[&str] = &["…"];

const ONCE: &[&[&str]] = &[&[]];

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { name: "fmt", flags: &[], in_ci: ONCE, run: fmt::run, about: "is the code formatted?" },
    Command { name: "clippy", flags: &[], in_ci: ONCE, run: clippy::run, about: "lints: defaults, all features, and each crate with each of its features alone" },
    Command { name: "doc", flags: &[], in_ci: ONCE, run: doc::run, about: "do the public and the private docs build without a warning, and the README's programs?" },
    Command { name: "test", flags: &[], in_ci: ONCE, run: test::run, about: "unit, integration and doc tests; needs nothing prepared; ends with their count" },
    Command { name: "deps", flags: &["--list"], in_ci: ONCE, run: deps::run, about: "licences, sources and who may depend on what; how many crates each crate brings (--list names them)" },
    Command { name: "api", flags: &["--bless"], in_ci: ONCE, run: api::run, about: "the public API against crates/*/public-api.txt, and no foreign types in it (--bless writes the files)" },
    Command { name: "portable", flags: &[], in_ci: ONCE, run: portable::run, about: "the MSRV, Windows, and the oldest dependencies that the manifests allow" },
    Command { name: "tidy", flags: &[], in_ci: ONCE, run: tidy::run, about: "what rustc cannot check: typos, no ignored test, no stale figure, ..." },
    Command { name: "examples", flags: &[], in_ci: ONCE, run: examples::run, about: "runs every example against the stand-in" },
    Command { name: "fuzz", flags: OWN, in_ci: fuzz::IN_CI, run: fuzz::run, about: "the fuzz targets: by libFuzzer, or by mutations on a stable compiler (--seconds N each, TARGETS)" },
    Command { name: "bench", flags: OWN, in_ci: bench::IN_CI, run: bench::run, about: "what a request costs beside raw hyper and reqwest, against limits (--counted: without time; --json FILE; WORDS)" },
    Command { name: "live", flags: OWN, in_ci: live::IN_CI, run: live::run, about: "the behaviour suite over a real WordPress, booted or named by WP_URL" },
    Command { name: "faults", flags: OWN, in_ci: &[], run: faults::run, about: "the table of faults, over both transports; `test` runs it, too (WORDS: rows that have any of them)" },
    Command { name: "ci", flags: &[], in_ci: &[], run: ci::run, about: "all of the above, timed; ends with the count of the tests" },
    Command { name: "wordpress", flags: OWN, in_ci: &[], run: wordpress::run, about: "up|down|status: a real WordPress on this machine" },
    Command { name: "help", flags: &[], in_ci: &[], run: help, about: "this list" },
];

/// What a command works with.
struct Context {
    /// Stands in the root of the repository.
    sh: Shell,
    flags: Vec<String>,
    /// What the tests came to, once any ran. Printed last, whatever ran after them.
    tests: Option<test::Counts>,
}

impl Context {
    /// Counts one check that this machine cannot run.
    fn not_run(&mut self, reason: String) {
        println!("not run: {reason}");
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
