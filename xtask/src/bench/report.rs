//! The table, and the same as JSON.

use std::fmt;

use serde_json::{Value, json};

use super::measure::Measured;
use super::table::{Limit, Row};
use super::verdict;
use crate::Result;

pub struct Report<'r>(Vec<Line<'r>>);

struct Line<'r> {
    row: &'r Row,
    measured: &'r Measured,
    /// The program beside it.
    beside: Option<&'r Measured>,
}

impl<'r> Report<'r> {
    pub fn new(rows: &[&'r Row], measured: &'r [Measured]) -> Self {
        let beside = |row: &Row| {
            let at = rows.iter().position(|other| row.is_beside(other))?;
            measured.get(at)
        };
        let lines = rows.iter().zip(measured);
        Self(lines.map(|(row, measured)| Line { row, measured, beside: beside(row) }).collect())
    }

    pub fn json(&self) -> String {
        let rows: Vec<Value> = self.0.iter().map(Line::json).collect();
        format!("{:#}\n", json!({ "slack": verdict::SLACK, "rows": rows }))
    }

    /// An error where a row exceeds its limit.
    pub fn outcome(&self) -> Result {
        let failed: Vec<_> =
            self.0.iter().filter(|line| !line.is_within()).map(|line| line.row.title()).collect();
        if failed.is_empty() { Ok(()) } else { Err(format!("beyond the limit: {}", failed.join("; ")).into()) }
    }
}

impl Line<'_> {
    fn other(&self) -> Option<f64> {
        self.beside.map(|beside| beside.instructions)
    }

    fn ratio(&self) -> Option<f64> {
        self.other().map(|other| self.measured.instructions / other)
    }

    fn are_instructions_within(&self) -> bool {
        verdict::is_within(self.measured.instructions, self.other(), self.row.instructions)
    }

    fn are_allocations_within(&self) -> bool {
        verdict::are_allocations_within(self.measured.allocations, self.row.allocations)
    }

    fn is_within(&self) -> bool {
        self.are_instructions_within() && self.are_allocations_within()
    }

    fn is_goal_met(&self) -> Option<bool> {
        let instructions =
            self.row.goal.map(|goal| verdict::is_met(self.measured.instructions, self.other(), goal));
        let allocations = self.row.allocations_goal.map(|goal| self.measured.allocations <= goal);
        match (instructions, allocations) {
            (None, None) => None,
            (instructions, allocations) => Some(instructions.unwrap_or(true) && allocations.unwrap_or(true)),
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.is_within(), self.is_goal_met()) {
            (false, _) => "FAIL",
            (true, Some(true)) => "pass, goal met",
            (true, _) if verdict::is_far_below(self.measured.instructions, self.other(), self.row.instructions) => {
                "pass, lower the limit"
            }
            (true, _) => "pass",
        }
    }

    fn json(&self) -> Value {
        let Self { row, measured, .. } = self;
        json!({
            "what": row.what, "operation": row.operation, "program": row.program, "beside": row.beside,
            "instructions": measured.instructions, "ratio": self.ratio(),
            "instructions_limit": limit_json(row.instructions), "instructions_goal": row.goal.map(limit_json),
            "allocations": measured.allocations, "allocations_limit": row.allocations,
            "allocations_goal": row.allocations_goal, "allocated_bytes": measured.bytes,
            "syscalls": measured.syscalls, "requests": measured.requests, "connections": measured.connections,
            "token_requests": measured.tokens,
            "peak_kib": (measured.peak_kib > 0).then_some(measured.peak_kib),
            "nanoseconds": measured.nanoseconds,
            "time_ratio": self.time_ratio(),
            "pass": self.is_within(), "goal_met": self.is_goal_met(),
        })
    }

    fn time_ratio(&self) -> Option<f64> {
        Some(self.measured.nanoseconds? / self.beside?.nanoseconds?)
    }
}

fn limit_json(limit: Limit) -> Value {
    match limit {
        Limit::Ratio(ratio) => json!({ "ratio": ratio }),
        Limit::Thousand(thousand) => json!({ "instructions": thousand * 1000.0 }),
    }
}

fn limit(limit: Limit) -> String {
    match limit {
        Limit::Ratio(ratio) => format!("{ratio:.2} x"),
        Limit::Thousand(thousand) => thousands(thousand * 1000.0),
    }
}

/// `50.8k`.
fn thousands(count: f64) -> String {
    if count < 1000.0 { format!("{count:.0}") } else { format!("{:.1}k", count / 1000.0) }
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "-".to_owned())
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<28} {:<13} {:>8} {:>7} {:>8} {:>7} | {:>7} {:>6} {:>5} {:>8} | {:>8} {:>5} {:>5} | {:>6} {:>8}  verdict",
            "an operation", "program", "instr.", "ratio", "limit", "goal", "alloc.", "limit", "goal", "bytes",
            "syscalls", "reqs", "conns", "time", "peak MiB"
        )?;
        for line in &self.0 {
            let Line { row, measured, .. } = line;
            writeln!(
                f,
                "{:<28} {:<13} {:>8} {:>7} {:>8} {:>7} | {:>7.1} {:>6.1} {:>5} {:>8} | {:>8} {:>5} {:>5} | {:>6} {:>8}  {}",
                row.what,
                row.program,
                thousands(measured.instructions),
                or_dash(line.ratio().map(|ratio| format!("{ratio:.2} x"))),
                limit(row.instructions),
                or_dash(row.goal.map(limit)),
                measured.allocations,
                row.allocations,
                or_dash(row.allocations_goal.map(|goal| format!("{goal:.0}"))),
                thousands(measured.bytes),
                measured.syscalls.map_or_else(|| "not run".to_owned(), |calls| format!("{calls:.1}")),
                measured.requests,
                measured.connections,
                or_dash(line.time_ratio().map(|ratio| format!("{ratio:.2} x"))),
                or_dash(
                    (measured.peak_kib > 0)
                        .then(|| format!("{:.1}", verdict::float(measured.peak_kib) / 1024.0))
                ),
                line.verdict(),
            )?;
        }
        write!(f, "Instructions, allocations, bytes and syscalls are those of one operation; requests and connections those of a run.")
    }
}
