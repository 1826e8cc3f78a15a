use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use futures_util::FutureExt;

use crate::{Error, Result};

/// What `--help` says at the end.
pub const AFTER_HELP: &str = "\
Results are printed to the standard output, and progress and problems to the standard error. An option with an \
environment variable may be set there. See README.md for the ways to sign in.

Exit codes: 0 all was done; 1 it could not go on; 2 wrong arguments; 3 some items failed, or may be missing; 130 it was \
interrupted, and goes on when it is run again.";

/// Hints are for programmers: what they name, and what a user of these programs has in its place.
const IN_OPTIONS: &[(&str, &str)] = &[
    ("call `allow_plain_http`", "say `--allow-plain-http`"),
    ("(`ConnectOptions::root_certificates`)", "(`--ca FILE`)"),
    ("`root_certificates`", "`--ca`"),
    ("; on a network that you trust: `ConnectOptions::danger_accept_invalid_certificate_of`", ""),
    (" (or with `Discovery::authorize`)", ""),
    ("`Client::diagnose` finds out more", "the example `doctor` finds out more"),
    ("`Client::discover` finds out", "the index of the API is linked in each page of the site"),
];

/// How a job ended. The exit code is 0 if all was done, 3 if some items failed, and 1 if the job could not go on. Wrong
/// arguments end with 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All items were done, or there was nothing to do.
    Done,
    /// The other items were done. Each failure was printed.
    SomeFailed(u64),
}

impl Outcome {
    /// The outcome after a number of failures.
    pub fn after(failures: u64) -> Self {
        if failures == 0 { Self::Done } else { Self::SomeFailed(failures) }
    }
}

/// The error of a wrong argument: the program ends with 2.
pub fn wrong_argument(message: impl Display) -> Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{message}\n")).into()
}

/// An error and the hint to it, in the words of the options.
pub fn explain(error: &Error) -> String {
    let hint = error.downcast_ref::<wp_client::Error>().and_then(wp_client::Error::hint);
    let text = hint.map_or_else(|| format!("{error:#}"), |hint| format!("{error:#}\nhint: {hint}"));
    IN_OPTIONS.iter().fold(text, |text, (name, option)| text.replace(name, option))
}

/// Parses the arguments, runs the job, prints its error with the hint to it, and returns the exit code.
///
/// A job can be ended at any time, and goes on when it is run again. So an interrupt ends it at once, and says so.
pub fn run<A: Parser, F: Future<Output = Result<Outcome>>>(job: impl FnOnce(A) -> F) -> ExitCode {
    let arguments = A::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        let mut interrupt = Box::pin(tokio::signal::ctrl_c());
        // It is polled once, so that it is known from now on.
        if (&mut interrupt).now_or_never().is_none() {
            tokio::spawn(async {
                if interrupt.await.is_ok() {
                    eprintln!("\ninterrupted: run it again to go on");
                    std::process::exit(130);
                }
            });
        }
        job(arguments).await
    });
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeFailed(failures)) => {
            eprintln!("{failures} failed");
            ExitCode::from(3)
        }
        Err(error) => {
            if let Some(error) = error.downcast_ref::<clap::Error>() {
                eprint!("{error}");
                return ExitCode::from(2);
            }
            eprintln!("error: {}", explain(&error));
            ExitCode::FAILURE
        }
    }
}
