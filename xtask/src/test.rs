use std::{
    collections::BTreeMap,
    env, fmt,
    io::{self, BufRead, BufReader, Read, Write},
    process::{Command, Stdio},
};

use xshell::{Cmd, cmd};

use crate::{Context, Result};

const NOT_RUN: &str = "not run: ";

/// The results of all test programs of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
    /// The names of cases that failed (`test NAME ... FAILED`), and the commands that failed without such a line.
    pub failures: Vec<String>,
    /// The reasons for cases that were not run (`test NAME ... not run: WHY`), with the number of cases.
    pub reasons: BTreeMap<String, u64>,
    /// Parts that a program leaves to another command: `left out: WHAT`.
    pub left_out: Vec<String>,
}

impl Counts {
    /// Adds a line such as `test result: ok. 12 passed; 0 failed; 1 ignored; …`, or one of the lines that the fields
    /// describe. Any other line is ignored.
    fn add_line(&mut self, line: &str) {
        if let Some((_, reason)) = line.split_once(" ... not run: ").filter(|_| line.starts_with("test ")) {
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        }
        let case = line.strip_prefix("test ").and_then(|line| line.strip_suffix(" ... FAILED"));
        self.failures.extend(case.map(str::to_owned));
        if let Some(reason) = line.strip_prefix(NOT_RUN) {
            self.skipped += 1;
            *self.reasons.entry(reason.to_owned()).or_default() += 1;
        }
        self.left_out.extend(line.strip_prefix("left out: ").map(str::to_owned));
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

    /// Adds the results of another run.
    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.failures.extend_from_slice(&other.failures);
        self.left_out.extend_from_slice(&other.left_out);
        for (reason, count) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += count;
        }
    }

    /// One case, or a group of cases, that was not run. Prints a line that counts as such.
    pub fn not_run(reason: String) -> Self {
        println!("{NOT_RUN}{reason}");
        Self { skipped: 1, reasons: [(reason, 1)].into(), ..Self::default() }
    }

    /// Runs a program that prints such lines, shows its output, and counts.
    pub fn of(cmd: Cmd<'_>) -> Result<Self> {
        let name = cmd.to_string();
        eprintln!("$ {name}");
        let mut child = Command::from(cmd).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the program has no output")?;
        let mut counts = Self::read(output, &mut io::stdout())?;
        let status = child.wait()?;
        if !status.success() && counts.failed == 0 {
            // A program that did not compile or crashed before its report counts as a failure.
            counts.failed = 1;
            counts.failures.push(format!("{name} ({status})"));
        }
        Ok(counts)
    }

    /// Counts such lines, and copies all lines.
    pub fn read(from: impl Read, to: &mut impl Write) -> io::Result<Self> {
        let mut counts = Self::default();
        for line in BufReader::new(from).split(b'\n') {
            let line = line?;
            counts.add_line(&String::from_utf8_lossy(&line));
            to.write_all(&[&line[..], b"\n"].concat())?;
        }
        Ok(counts)
    }

    /// An error unless at least one test ran and all passed.
    pub fn verdict(&self) -> Result {
        match self {
            Self { failed: 0, passed: 0, .. } => Err("no test ran".into()),
            Self { failed: 0, .. } => Ok(()),
            Self { .. } => Err("tests failed".into()),
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for what in &self.left_out {
            writeln!(f, "left out: {what}")?;
        }
        for (reason, count) in &self.reasons {
            writeln!(f, "{count} not run: {reason}")?;
        }
        for name in &self.failures {
            writeln!(f, "failed: {name}")?;
        }
        write!(f, "{} passed, {} failed", self.passed, self.failed)?;
        if self.skipped > 0 {
            write!(f, ", {} skipped", self.skipped)?;
        }
        Ok(())
    }
}

pub fn run(context: &mut Context) -> Result {
    let mut cmd = cmd!(context.sh, "cargo test --workspace --all-features --no-fail-fast");
    // A shell in which `wordpress up` was evaluated names a real site, to which the tests would write.
    for (name, _) in env::vars_os().filter(|(name, _)| names_a_site(&name.to_string_lossy())) {
        cmd = cmd.env_remove(name);
    }
    let counts = Counts::of(cmd)?;
    context.tests.get_or_insert_default().add(&counts);
    counts.verdict()
}

fn names_a_site(variable: &str) -> bool {
    variable.starts_with("WP_") || variable.starts_with("WC_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_result_lines_are_counted() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test counts::three ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.01s",
            "test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s",
            "test result: \u{1b}[32mok\u{1b}(B\u{1b}[m. 4 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
            "all doctests ran in 0.44s; merged doctests compilation took 0.43s",
            "5 passed; 5 failed",
            "test a::d ... FAILED",
            "test a::b (hyper) ... not run: no plugin",
            "test a::c (hyper) ... not run: no plugin",
            "not run: no nightly",
            "left out: 3 things",
        ] {
            counts.add_line(line);
        }
        let reasons = [("no plugin".to_owned(), 2), ("no nightly".to_owned(), 1)].into();
        let left_out = vec!["3 things".to_owned()];
        let failures = vec!["a::d".to_owned()];
        assert_eq!(counts, Counts { passed: 9, failed: 1, skipped: 2, failures, reasons, left_out });
        let mut twice = counts.clone();
        twice.add(&counts);
        assert_eq!((twice.passed, twice.failed, twice.skipped), (18, 2, 4));
        assert_eq!(twice.reasons["no plugin"], 4);
    }

    #[test]
    fn the_summary_names_what_was_skipped_only_if_something_was() {
        let counts = Counts { passed: 2, failed: 1, ..Counts::default() };
        assert_eq!(counts.to_string(), "2 passed, 1 failed");
        let named = Counts { failures: vec!["a::d".to_owned()], ..counts.clone() };
        assert_eq!(named.to_string(), "failed: a::d\n2 passed, 1 failed");
        let mut all = Counts::not_run("no PHP".to_owned());
        all.add(&counts);
        all.left_out.push("3 things".to_owned());
        assert_eq!(all.to_string(), "left out: 3 things\n1 not run: no PHP\n2 passed, 1 failed, 1 skipped");
    }

    #[test]
    fn no_test_or_a_failed_test_is_a_failure() {
        assert!(Counts::default().verdict().is_err());
        assert!(Counts { passed: 1, failed: 1, ..Counts::default() }.verdict().is_err());
        assert!(Counts { passed: 1, ..Counts::default() }.verdict().is_ok());
    }
}
