//! The results of a suite.

use std::fmt;

/// The result of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The transport keeps it.
    Passed,
    /// The transport breaks it, with what was observed instead.
    Failed(String),
    /// The rule was skipped, with the reason.
    NotRun(String),
}

/// The results of all rules. `Display` writes one line for each rule, and a summary.
#[derive(Debug, Clone, Default)]
pub struct Report(Vec<(String, Outcome)>);

impl Report {
    pub(super) fn add(&mut self, rule: &str, outcome: Outcome) {
        self.0.push((rule.to_owned(), outcome));
    }

    /// The name and the result of each rule, in order.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.0.iter().map(|(rule, outcome)| (rule.as_str(), outcome))
    }

    /// The rules that the transport breaks.
    pub fn broken(&self) -> impl Iterator<Item = &str> {
        self.outcomes().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).map(|(rule, _)| rule)
    }

    /// Whether the transport keeps all rules that were checked, and at least one was.
    pub fn is_conformant(&self) -> bool {
        self.broken().next().is_none() && self.outcomes().any(|(_, outcome)| *outcome == Outcome::Passed)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (rule, outcome) in self.outcomes() {
            match outcome {
                Outcome::Passed => writeln!(f, "ok      {rule}")?,
                Outcome::Failed(seen) => writeln!(f, "BROKEN  {rule}: {seen}")?,
                Outcome::NotRun(why) => writeln!(f, "not run {rule}: {why}")?,
            }
        }
        let of = |what: fn(&Outcome) -> bool| self.0.iter().filter(|(_, outcome)| what(outcome)).count();
        let passed = of(|outcome| *outcome == Outcome::Passed);
        let not_run = of(|outcome| matches!(outcome, Outcome::NotRun(_)));
        write!(f, "{passed} kept, {} broken, {not_run} not run", self.broken().count())
    }
}
