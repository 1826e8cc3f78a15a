//! Reports the results as a table and as JSON.

use std::fmt;

use serde_json::{Value, json};

use super::measure::Measured;
use super::table::{Limit, Row};
use super::verdict::{Line, SLACK};
use crate::Result;

pub struct Report<'r>(Vec<Line<'r>>);

impl<'r> Report<'r> {
    pub fn new(rows: &[&'r Row], measured: &'r [Measured]) -> Self {
        let beside = |row: &Row| measured.get(rows.iter().position(|other| row.is_beside(other))?);
        let lines = rows.iter().zip(measured);
        Self(lines.map(|(row, measured)| Line { row, measured, beside: beside(row) }).collect())
    }

    pub fn json(&self) -> String {
        let rows: Vec<Value> = self.0.iter().map(json).collect();
        format!("{:#}\n", json!({ "slack": SLACK, "rows": rows }))
    }

    /// Returns an error if a row exceeds a limit.
    pub fn outcome(&self) -> Result {
        let beyond = self.0.iter().map(|line| (line.row, line.excesses()));
        let beyond: Vec<_> = beyond
            .filter(|(_, excesses)| !excesses.is_empty())
            .map(|(row, excesses)| format!("{} ({})", row.title(), excesses.join(", ")))
            .collect();
        if beyond.is_empty() {
            return Ok(());
        }
        let advice =
            "`callgrind_annotate --inclusive=yes target/callgrind/OPERATION.PROGRAM.RUNS` reads a profile";
        Err(format!("beyond the limit:\n  {}\n{advice}", beyond.join("\n  ")).into())
    }
}

fn verdict(line: &Line<'_>) -> String {
    let excesses = line.excesses();
    match line.is_goal_met() {
        _ if !excesses.is_empty() => format!("FAIL: {}", excesses.join(", ")),
        Some(true) => "pass, goal met".to_owned(),
        _ if line.is_far_below() => "pass, lower the limit".to_owned(),
        _ => "pass".to_owned(),
    }
}

fn json(line: &Line<'_>) -> Value {
    let Line { row, measured, .. } = line;
    let limit = |limit: Limit| match limit {
        Limit::Ratio(ratio) => json!({ "ratio": ratio }),
        Limit::Thousand(thousand) => json!({ "instructions": thousand * 1000.0 }),
        Limit::Above(thousand) => json!({ "instructions_above": thousand * 1000.0 }),
        Limit::Any | Limit::Uncounted => Value::Null,
    };
    json!({
        "what": row.what,
        "operation": row.operation,
        "program": row.program,
        "beside": row.beside,
        "instructions": line.instructions().map(|_| measured.instructions),
        "ratio": line.ratio(),
        "instructions_limit": limit(row.instructions),
        "instructions_goal": row.goal.map(limit),
        "allocations": measured.allocations,
        "allocations_limit": row.allocations,
        "allocations_goal": row.allocations_goal,
        "allocated_bytes": measured.bytes,
        "requests": measured.requests,
        "token_requests": measured.tokens,
        "connections": measured.connections,
        "syscalls": measured.syscalls,
        "nanoseconds": measured.nanoseconds,
        "time_ratio": line.time_ratio(),
        "time_limit": row.time,
        "peak_kib": measured.peak_kib,
        "peak_limit_mib": row.peak,
        "beyond": line.excesses(),
        "goal_met": line.is_goal_met(),
    })
}

fn shown(limit: Limit) -> String {
    match limit {
        Limit::Ratio(ratio) => format!("{ratio:.2}x"),
        Limit::Thousand(thousand) => thousands(thousand * 1000.0),
        Limit::Above(thousand) => format!("+{}", thousands(thousand * 1000.0)),
        Limit::Any | Limit::Uncounted => "-".to_owned(),
    }
}

/// `50.8k`.
fn thousands(count: f64) -> String {
    if count.abs() < 1000.0 { format!("{count:.0}") } else { format!("{:.1}k", count / 1000.0) }
}

fn or_dash<T>(value: Option<T>, show: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), show)
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<29} {:<14} {:>8} {:>7} {:>7} {:>7} | {:>7} {:>7} {:>7} {:>8} | {:>5} {:>5} {:>5} | {:>8} {:>6} {:>5}  verdict",
            "an operation",
            "program",
            "instr.",
            "ratio",
            "limit",
            "goal",
            "alloc.",
            "limit",
            "goal",
            "bytes",
            "reqs",
            "conns",
            "limit",
            "syscalls",
            "time",
            "MiB"
        )?;
        for line in &self.0 {
            let Line { row, measured, .. } = line;
            writeln!(
                f,
                "{:<29} {:<14} {:>8} {:>7} {:>7} {:>7} | {:>7.1} {:>7} {:>7} {:>8} | {:>5} {:>5} {:>5} | {:>8} {:>6} {:>5}  {}",
                row.what,
                row.program,
                or_dash(line.instructions(), thousands),
                or_dash(line.ratio(), |ratio| format!("{ratio:.2}x")),
                shown(row.instructions),
                or_dash(row.goal, shown),
                line.allocations(),
                or_dash(Some(row.allocations).filter(|limit| limit.is_finite()), |limit| format!(
                    "{limit:.1}"
                )),
                or_dash(row.allocations_goal.filter(|goal| goal.is_finite()), |goal| format!("{goal:.1}")),
                thousands(measured.bytes),
                measured.requests,
                measured.connections,
                row.connections.unwrap_or(row.operation().connections),
                or_dash(measured.syscalls, |calls| format!("{calls:.1}")),
                or_dash(line.time_ratio(), |ratio| format!("{ratio:.2}x")),
                or_dash(line.peak_mib(), |mib| format!("{mib:.1}")),
                verdict(line),
            )?;
        }
        write!(
            f,
            "Instructions, allocations, bytes and syscalls are those of one operation; requests, connections and the peak of \
             memory those of a run. Limits of counts have {:.0} % of slack; goals and limits of time and memory none.",
            SLACK * 100.0
        )
    }
}
