use std::future::Future;
use std::process::ExitCode;

use clap::Parser;

use crate::Result;

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

/// Parses the arguments, runs the job, prints its error with the hint to it, and returns the exit code.
pub fn run<A: Parser, F: Future<Output = Result<Outcome>>>(job: impl FnOnce(A) -> F) -> ExitCode {
    let arguments = A::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(job(arguments)) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomeFailed(failures)) => {
            eprintln!("{failures} failed");
            ExitCode::from(3)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            if let Some(hint) = error.downcast_ref::<wp_client::Error>().and_then(wp_client::Error::hint) {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}
