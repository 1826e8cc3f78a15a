use std::{
    fmt,
    io::{self, BufRead, BufReader, Write},
    process::{Command, Stdio},
};

use xshell::cmd;

use crate::{Context, Result};

/// What all the test programs of a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Counts {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`; any other line is nothing.
    fn add(&mut self, line: &str) {
        let Some(result) = line.trim_start().strip_prefix("test result: ") else { return };
        let words: Vec<_> = result.split_whitespace().collect();
        for pair in words.windows(2) {
            let Ok(n) = pair[0].parse::<u64>() else { continue };
            match pair[1].trim_end_matches(';') {
                "passed" => self.passed += n,
                "failed" => self.failed += n,
                "ignored" => self.skipped += n,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

pub fn run(context: &mut Context) -> Result {
    let cmd = cmd!(context.sh, "cargo test --workspace --all-features --no-fail-fast");
    eprintln!("$ {cmd}");
    let mut child = Command::from(cmd).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;

    let mut counts = Counts::default();
    let output = child.stdout.take().ok_or("cargo test has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        counts.add(&String::from_utf8_lossy(&line));
        let mut out = io::stdout().lock();
        out.write_all(&line)?;
        out.write_all(b"\n")?;
    }
    let status = child.wait()?;
    if !status.success() {
        // What did not compile, or died before it could report, is a failure too.
        counts.failed = counts.failed.max(1);
    }
    context.tests = Some(counts);
    match counts {
        Counts { failed: 0, passed: 0, .. } => Err("no test ran".into()),
        Counts { failed: 0, .. } => Ok(()),
        Counts { .. } => Err("tests failed".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_add_up_and_others_do_not_count() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test counts::three ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "all doctests ran in 0.44s; merged doctests compilation took 0.43s",
            "5 passed; 5 failed",
        ] {
            counts.add(line);
        }
        assert_eq!(counts, Counts { passed: 9, failed: 1, skipped: 1 });
    }

    #[test]
    fn the_summary_names_what_was_skipped_only_if_something_was() {
        let counts = Counts { passed: 2, failed: 1, skipped: 0 };
        assert_eq!(counts.to_string(), "2 passed, 1 failed");
        assert_eq!(Counts { skipped: 3, ..counts }.to_string(), "2 passed, 1 failed, 3 skipped");
    }
}
