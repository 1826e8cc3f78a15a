//! Compares the counts with their limits.

use super::measure::Measured;
use super::table::{Limit, RANDOM, Row};

/// The fraction by which a count may exceed its recorded value, because of random variation.
pub const SLACK: f64 = 0.03;
/// The slack for allocations, which hardly vary: one more in two operations exceeds it.
const ALLOCATIONS_SLACK: f64 = 0.5;

/// The cost of one operation: the difference between the costs of a long and a short run, divided by the difference
/// of their lengths. Each run is given as its number of operations and its cost.
pub fn per_operation(short: (u64, u64), long: (u64, u64), each: u64) -> Option<f64> {
    let runs = long.0.checked_sub(short.0)?.checked_mul(each).filter(|runs| *runs > 0)?;
    Some(float(long.1.checked_sub(short.1)?) / float(runs))
}

/// A row, its measured values, and those of the program that it is compared with.
#[derive(Clone, Copy)]
pub struct Line<'r> {
    pub row: &'r Row,
    pub measured: &'r Measured,
    pub beside: Option<&'r Measured>,
}

impl Line<'_> {
    /// The instructions in the unit of a limit. Infinite if the compared program was not measured.
    fn instructions_in(&self, unit: Limit) -> f64 {
        let instructions = self.measured.instructions;
        let other = self.beside.map(|beside| beside.instructions).filter(|other| *other > 0.0);
        match unit {
            Limit::Ratio(_) => other.map_or(f64::INFINITY, |other| instructions / other),
            Limit::Thousand(_) => instructions / 1000.0,
            Limit::Above(_) => other.map_or(f64::INFINITY, |other| (instructions - other) / 1000.0),
            Limit::Any | Limit::Uncounted => 0.0,
        }
    }

    pub fn ratio(&self) -> Option<f64> {
        self.beside.map(|_| self.instructions_in(Limit::Ratio(1.0)))
    }

    /// The instructions of an operation, or those above the compared program's. `None` if they are not counted.
    pub fn instructions(&self) -> Option<f64> {
        match self.row.instructions {
            limit @ Limit::Above(_) => Some(self.instructions_in(limit) * 1000.0),
            Limit::Uncounted => None,
            Limit::Ratio(_) | Limit::Thousand(_) | Limit::Any => Some(self.measured.instructions),
        }
    }

    pub fn allocations(&self) -> f64 {
        let other = self.beside.filter(|_| matches!(self.row.instructions, Limit::Above(_)));
        self.measured.allocations - other.map_or(0.0, |other| other.allocations)
    }

    /// The time as a multiple of the compared program's, if both were timed.
    pub fn time_ratio(&self) -> Option<f64> {
        Some(self.measured.nanoseconds? / self.beside?.nanoseconds?)
    }

    /// The peak of memory, if it was measured.
    pub fn peak_mib(&self) -> Option<f64> {
        self.measured.peak_kib.map(|kib| float(kib) / 1024.0)
    }

    /// The names of the counts that exceed their limits.
    pub fn excesses(&self) -> Vec<&'static str> {
        let Self { row, measured, .. } = self;
        let operation = row.operation();
        let is_within = |limit: Limit| self.instructions_in(limit) <= limit.value() * (1.0 + SLACK);
        let slack = (row.allocations * SLACK).clamp(0.02, ALLOCATIONS_SLACK);
        let checks = [
            ("instructions", is_within(row.instructions)),
            ("allocations", self.allocations() <= row.allocations + slack),
            ("requests", [measured.requests, RANDOM].contains(&operation.requests)),
            ("token requests", measured.tokens == operation.tokens),
            ("connections", measured.connections <= row.connections.unwrap_or(operation.connections)),
            ("time", row.time.zip(self.time_ratio()).is_none_or(|(limit, ratio)| ratio <= limit)),
            ("peak", row.peak.zip(self.peak_mib()).is_none_or(|(limit, peak)| peak <= limit)),
        ];
        checks.iter().filter(|(_, is_within)| !is_within).map(|(name, _)| *name).collect()
    }

    /// Whether the instructions are so far below their limit that it should be lowered. Never for raw programs, whose
    /// limit is fixed.
    pub fn is_far_below(&self) -> bool {
        let limit = self.row.instructions;
        let is_fixed = self.row.goal.is_none() || matches!(limit, Limit::Any | Limit::Uncounted);
        !is_fixed && self.instructions_in(limit) < limit.value() * (1.0 - SLACK)
    }

    /// Whether the row meets its goals, which have no slack.
    pub fn is_goal_met(&self) -> Option<bool> {
        let goal = self.row.goal.filter(|goal| !matches!(goal, Limit::Any | Limit::Uncounted))?;
        let allocations = self.row.allocations_goal.is_none_or(|goal| self.allocations() <= goal);
        let connections = self.measured.connections <= self.row.operation().connections;
        Some(self.instructions_in(goal) <= goal.value() && allocations && connections)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no count has so many digits")]
pub fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row {
        what: "",
        operation: "get",
        program: "",
        beside: Some(""),
        instructions: Limit::Ratio(2.0),
        goal: Some(Limit::Ratio(1.1)),
        allocations: 132.0,
        allocations_goal: Some(40.0),
        connections: None,
        time: Some(1.05),
        peak: Some(8.0),
    };

    fn measured(instructions: f64, allocations: f64) -> Measured {
        let operation = ROW.operation();
        let (requests, connections, tokens) = (operation.requests, operation.connections, operation.tokens);
        Measured { instructions, allocations, requests, connections, tokens, ..Measured::default() }
    }

    /// The excesses if the compared program takes 100,000 instructions and 30 allocations.
    fn excesses(row: &Row, measured: &Measured) -> Vec<&'static str> {
        let other = self::measured(100_000.0, 30.0);
        Line { row, measured, beside: row.beside.map(|_| &other) }.excesses()
    }

    #[test]
    fn difference_of_two_runs_removes_the_constant_part() {
        assert_eq!(per_operation((20, 1_000_000), (220, 11_000_000), 1), Some(50_000.0));
        assert_eq!(per_operation((1, 10), (3, 410), 100), Some(2.0));
        // The longer run must be longer, and must cost more.
        assert_eq!(per_operation((20, 10), (20, 20), 1), None);
        assert_eq!(per_operation((20, 10), (10, 20), 1), None);
        assert_eq!(per_operation((10, 20), (20, 10), 1), None);
    }

    #[test]
    fn a_ratio_has_three_percent_and_no_more() {
        assert!(excesses(&ROW, &measured(206_000.0, 0.0)).is_empty());
        assert_eq!(excesses(&ROW, &measured(206_100.0, 0.0)), ["instructions"]);
        let measured = measured(1.0, 0.0);
        let alone = Line { row: &ROW, measured: &measured, beside: None };
        assert_eq!(alone.excesses(), ["instructions"]);
    }

    #[test]
    fn a_number_has_three_percent_and_no_more() {
        let row = Row { instructions: Limit::Thousand(10.0), beside: None, ..ROW };
        assert!(excesses(&row, &measured(10_300.0, 0.0)).is_empty());
        assert_eq!(excesses(&row, &measured(10_301.0, 0.0)), ["instructions"]);
    }

    #[test]
    fn limit_above_the_compared_program_uses_the_difference() {
        let row = Row { instructions: Limit::Above(5.0), allocations: 2.0, ..ROW };
        assert!(excesses(&row, &measured(105_150.0, 32.0)).is_empty());
        assert_eq!(excesses(&row, &measured(105_151.0, 33.0)), ["instructions", "allocations"]);
    }

    #[test]
    fn one_more_allocation_is_too_many() {
        assert!(excesses(&ROW, &measured(0.0, 132.4)).is_empty());
        assert_eq!(excesses(&ROW, &measured(0.0, 133.0)), ["allocations"]);
        let none = Row { allocations: 0.0, ..ROW };
        assert_eq!(excesses(&none, &measured(0.0, 0.1)), ["allocations"]);
    }

    #[test]
    fn requests_and_connections_are_checked() {
        let good = measured(0.0, 0.0);
        let Measured { requests, connections, tokens, .. } = good;
        assert_eq!(excesses(&ROW, &Measured { requests: requests + 1, ..measured(0.0, 0.0) }), ["requests"]);
        assert_eq!(
            excesses(&ROW, &Measured { tokens: tokens + 1, ..measured(0.0, 0.0) }),
            ["token requests"]
        );
        let more = Measured { connections: connections + 1, ..good };
        assert_eq!(excesses(&ROW, &more), ["connections"]);
        let row = Row { connections: Some(more.connections), ..ROW };
        assert!(excesses(&row, &more).is_empty());
    }

    #[test]
    fn time_and_memory_are_checked_if_they_were_measured() {
        let other = Measured { nanoseconds: Some(100.0), ..measured(100_000.0, 30.0) };
        let excesses = |nanoseconds, peak_kib| {
            let measured = Measured { nanoseconds, peak_kib, ..measured(1.0, 0.0) };
            Line { row: &ROW, measured: &measured, beside: Some(&other) }.excesses()
        };
        assert_eq!(excesses(None, None), [""; 0]);
        assert_eq!(excesses(Some(105.0), Some(8192)), [""; 0]);
        assert_eq!(excesses(Some(105.1), Some(8193)), ["time", "peak"]);
    }

    #[test]
    fn goals_have_no_slack_and_loose_limits_are_reported() {
        let other = measured(100_000.0, 0.0);
        let told = |instructions, allocations| {
            let line =
                Line { row: &ROW, measured: &measured(instructions, allocations), beside: Some(&other) };
            (line.is_goal_met() == Some(true), line.is_far_below())
        };
        assert_eq!(told(110_000.0, 40.0), (true, true));
        assert_eq!(told(110_100.0, 40.0), (false, true));
        assert_eq!(told(110_000.0, 40.5), (false, true));
        assert_eq!(told(193_000.0, 0.0), (false, true));
        assert_eq!(told(195_000.0, 0.0), (false, false));
    }
}
