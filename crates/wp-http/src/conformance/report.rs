//! What came of the rules.

use std::fmt;

/// What came of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The transport keeps it.
    Passed,
    /// The transport breaks it: what was seen instead.
    Failed(String),
    /// It was left out: why.
    NotRun(String),
}

/// What came of all rules. `Display` is a table, a line a rule.
#[derive(Debug, Clone, Default)]
pub struct Report(Vec<(String, Outcome)>);

impl Report {
    pub(super) fn add(&mut self, rule: &str, outcome: Outcome) {
        self.0.push((rule.to_owned(), outcome));
    }

    /// The rules by name, and what came of each, in order.
    pub fn outcomes(&self) -> impl Iterator<Item = (&str, &Outcome)> {
        self.0.iter().map(|(rule, outcome)| (rule.as_str(), outcome))
    }

    /// The rules that the transport breaks.
    pub fn broken(&self) -> impl Iterator<Item = &str> {
        self.outcomes().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_))).map(|(rule, _)| rule)
    }

    /// Whether it keeps all rules that were checked.
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
