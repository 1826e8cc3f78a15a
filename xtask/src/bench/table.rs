//! The measured operations and their limits.

/// One operation by one program.
pub struct Row {
    /// The name of the operation in the table.
    pub what: &'static str,
    /// The name of the operation in the bench.
    pub operation: &'static str,
    /// The name of the program in the bench. [`SIMD`] follows it if the program is built with the feature `simd`.
    pub program: &'static str,
    /// The program that this row is compared with.
    pub beside: Option<&'static str>,
    /// The limit of instructions for an operation: the last measured value. [`SLACK`](super::verdict::SLACK) is added
    /// to it.
    pub instructions: Limit,
    /// The goal for instructions.
    pub goal: Option<Limit>,
    /// The limit of allocations for an operation: the last measured value.
    pub allocations: f64,
    pub allocations_goal: Option<f64>,
    /// The limit of connections of a run, if the number of the operation is a goal that is not reached yet.
    pub connections: Option<u64>,
    /// The limit of the time, as a multiple of the compared program's. Only without `--counted`.
    pub time: Option<f64>,
    /// The limit of the peak of memory, in MiB.
    pub peak: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// A multiple of the count of the compared program.
    Ratio(f64),
    /// Thousands.
    Thousand(f64),
    /// Thousands above the count of the compared program. The limit of allocations is then also above that program's.
    Above(f64),
    /// No limit: the count depends on the machine.
    Any,
    /// Not counted: with a thousand tasks on few connections, the number of polls is random.
    Uncounted,
}

use Limit::{Above, Any, Ratio, Thousand, Uncounted};

const SIMD: &str = " simd";

/// No limit, for allocations that depend on the machine, for example on the number of trusted certificates.
const ANY: f64 = f64::INFINITY;

/// How an operation is run.
pub struct Operation {
    pub name: &'static str,
    /// The two run lengths. Costs that are the same in both, such as the start of the program, cancel out in the
    /// difference.
    pub lengths: (u64, u64),
    /// The number of items in one operation: the posts of a page.
    pub each: u64,
    /// The length of the run whose time is measured.
    pub timed: u64,
    /// The exact number of requests in the long run, including warm-up; or [`RANDOM`].
    pub requests: u64,
    /// The number of those requests that fetch a token.
    pub tokens: u64,
    /// The maximum number of connections.
    pub connections: u64,
}

/// A count that is not looked at: it depends on the time, or on the program.
pub const RANDOM: u64 = u64::MAX;

#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    Operation { name: "get",          lengths: (20, 220),       each: 1,   timed: 220,    requests: 223,    tokens: 0, connections: 1 },
    Operation { name: "get-64",       lengths: (128, 512),      each: 1,   timed: 512,    requests: 512,    tokens: 0, connections: 64 },
    Operation { name: "create",       lengths: (20, 220),       each: 1,   timed: 220,    requests: 223,    tokens: 0, connections: 1 },
    Operation { name: "page",         lengths: (1, 5),          each: 100, timed: 5,      requests: 8,      tokens: 0, connections: 1 },
    Operation { name: "decode",       lengths: (1, 5),          each: 100, timed: 5,      requests: 0,      tokens: 0, connections: 0 },
    Operation { name: "export",       lengths: (2, 10),         each: 100, timed: 100,    requests: 11,     tokens: 0, connections: 1 },
    Operation { name: "export-8",     lengths: (16, 48),        each: 100, timed: 100,    requests: 49,     tokens: 0, connections: 8 },
    Operation { name: "export-50ms",  lengths: (8, 16),         each: 100, timed: 100,    requests: 17,     tokens: 0, connections: 8 },
    Operation { name: "first-item",   lengths: (5, 25),         each: 1,   timed: 25,     requests: RANDOM, tokens: 0, connections: RANDOM },
    Operation { name: "batch",        lengths: (100, 500),      each: 1,   timed: 1000,   requests: 21,     tokens: 0, connections: 1 },
    Operation { name: "create-20ms",  lengths: (25, 50),        each: 1,   timed: 250,    requests: RANDOM, tokens: 0, connections: 1 },
    Operation { name: "upload",       lengths: (8, 72),         each: 1,   timed: 72,     requests: 2,      tokens: 0, connections: 1 },
    Operation { name: "upload-file",  lengths: (8, 72),         each: 1,   timed: 1024,   requests: 2,      tokens: 0, connections: 1 },
    Operation { name: "fresh-token",  lengths: (100, 10_100),   each: 1,   timed: 10_100, requests: 0,      tokens: 0, connections: 0 },
    Operation { name: "waiters",      lengths: (100, 1000),     each: 1,   timed: 1000,   requests: 0,      tokens: 0, connections: 0 },
    Operation { name: "expired",      lengths: (100, 1000),     each: 1,   timed: 1000,   requests: 1001,   tokens: 1, connections: 8 },
    Operation { name: "build",        lengths: (1, 3),          each: 1,   timed: 3,      requests: 0,      tokens: 0, connections: 0 },
    Operation { name: "with-auth",    lengths: (100, 1100),     each: 1,   timed: 1100,   requests: 0,      tokens: 0, connections: 0 },
    Operation { name: "clone",        lengths: (100, 10_100),   each: 1,   timed: 10_100, requests: 0,      tokens: 0, connections: 0 },
    Operation { name: "layer",        lengths: (50, 1050),      each: 1,   timed: 1050,   requests: 0,      tokens: 0, connections: 0 },
];

/// The limits. When a row improves, its limit is lowered here.
///
/// The limits of the raw programs are fixed, so that these programs stay lean.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    // The goals of memory for exports are 8 MiB, and 16 MiB with 8 in flight; for a file 8 MiB.
    // What, operation, program, the program beside it,              instructions: limit, goal; allocations: limit, goal
    raw("small GET",                 "get", "raw-hyper",                        50.8,                35.0),
    raw("small GET",                 "get", "raw-reqwest",                      85.8,                70.0),
    row("small GET",                 "get", "over-hyper", "raw-hyper",          Ratio(1.44), 1.10,   46.0,  40.0),
    row("small GET",                 "get", "over-reqwest", "raw-reqwest",      Ratio(1.25), 1.05,   79.0,  72.0),
    raw("small GET, 64 in flight",   "get-64", "raw-hyper",                     55.0,                38.0),
    raw("small GET, 64 in flight",   "get-64", "raw-reqwest",                   92.0,                70.0),
    row("small GET, 64 in flight",   "get-64", "over-hyper", "raw-hyper",       Ratio(1.49), 1.10,   50.0,  40.0),
    row("small GET, 64 in flight",   "get-64", "over-reqwest", "raw-reqwest",   Ratio(1.26), 1.05,   83.0,  72.0),
    raw("create a post",             "create", "raw-hyper",                     89.7,                39.0),
    raw("create a post",             "create", "raw-reqwest",                  122.3,                73.0),
    row("create a post",             "create", "over-hyper", "raw-hyper",       Ratio(1.29), 1.10,   55.0,  44.0),
    row("create a post",             "create", "over-reqwest", "raw-reqwest",   Ratio(1.21), 1.05,   89.0,  77.0),
    raw("page of 100, a post",       "page", "raw-hyper",                      101.6,                16.4),
    raw("page of 100, a post",       "page", "raw-reqwest",                    101.6,                16.8),
    row("page of 100, a post",       "page", "over-hyper", "raw-hyper",         Ratio(0.91), 0.92,   15.0,  16.4),
    row("page of 100, a post",       "page", "over-reqwest", "raw-reqwest",     Ratio(0.91), 0.92,   15.3,  16.8),
    raw("decode of 100, a post",     "decode", "plain",                        101.6,                16.4),
    row("decode of 100, a post",     "decode", "models", "plain",               Ratio(0.90), 0.92,   14.5,  16.4),
    row("decode of 100, a post",     "decode", "models simd", "plain",          Ratio(0.71), 0.72,   14.5,  16.4),
    raw("export, a post",            "export", "raw-hyper",                    101.6,                16.4).peak(8.0),
    row("export, a post",            "export", "over-hyper", "raw-hyper",       Ratio(0.92), 0.95,   15.0,  18.0).time(1.05).peak(12.0),
    row("export, a post",            "export", "over-hyper simd", "raw-hyper",  Ratio(0.745), 0.75,   15.0,  18.0),
    row("export, a post",            "export", "over-reqwest", "raw-hyper",     Ratio(0.92), 0.95,   15.3,  18.0).peak(12.5),
    raw("export, 8 in flight, a post", "export-8", "raw-hyper",                101.6,                16.4).peak(18.0),
    row("export, 8 in flight, a post", "export-8", "over-hyper", "raw-hyper",   Ratio(0.92), 0.95,   15.0,  18.0).time(1.05).peak(26.0),
    own("export, 50 ms, 8 in flight", "export-50ms", "raw-hyper",               Uncounted, 0.0,      ANY,   ANY),
    timed("export, 50 ms, 8 in flight", "export-50ms", "over-hyper", "raw-hyper", 1.05),
    own("first item, 8 in flight",   "first-item", "raw-hyper",                 Uncounted, 0.0,      ANY,   ANY),
    timed("first item, 8 in flight", "first-item", "over-hyper", "raw-hyper",   1.1),
    raw("create by batches of 25",   "batch", "raw-hyper",                      60.0,                12.5),
    own("create by batches of 25",   "batch", "over-hyper",                     Thousand(60.2), 60.0, 21.9, 12.0),
    // The raw program sends one after the other.
    own("create at 20 ms",           "create-20ms", "raw-hyper",                Uncounted, 0.0,      ANY,   ANY),
    timed("create at 20 ms",         "create-20ms", "over-hyper", "raw-hyper",  1.0 / 23.0),
    raw("upload from memory, a MiB", "upload", "raw-hyper",                      9.1,                 1.0),
    raw("upload from memory, a MiB", "upload", "raw-reqwest",                    9.8,                 1.0),
    row("upload from memory, a MiB", "upload", "over-hyper", "raw-hyper",       Thousand(10.0), 10.0, 1.5,   1.5),
    row("upload from memory, a MiB", "upload", "over-reqwest", "raw-reqwest",   Thousand(10.8), 10.8, 2.0,   2.0),
    // Nearly all of it is copying what was read.
    raw("upload from a file, a MiB", "upload-file", "raw-hyper",              1071.0,                 9.3),
    raw("upload from a file, a MiB", "upload-file", "raw-reqwest",            1071.0,                 9.3),
    row("upload from a file, a MiB", "upload-file", "over-hyper", "raw-hyper",  Ratio(1.01), 1.10,   10.3,  10.3).time(1.05).peak(9.5),
    row("upload from a file, a MiB", "upload-file", "over-reqwest", "raw-reqwest", Ratio(1.01), 1.10, 10.7,  10.7),
    own("a fresh token",             "fresh-token", "any",                      Thousand(0.17), 0.3,  0.0,   0.0),
    own("a waiter for a token",      "waiters", "any",                          Thousand(1.25), 2.0,  0.1,   2.0),
    own("1,000 at once, expired token", "expired", "over-hyper",                Uncounted, 0.0,      57.0,  44.0).connections(12),
    own("1,000 at once, expired token", "expired", "over-reqwest",              Uncounted, 0.0,      90.0,  76.0).connections(12),
    own("build()",                   "build", "raw-hyper",                      Any, 0.0,             ANY,   ANY),
    own("build()",                   "build", "raw-reqwest",                    Any, 0.0,             ANY,   ANY),
    row("build()",                   "build", "over-hyper", "raw-hyper",        Ratio(1.0), 1.02,     ANY,   ANY),
    row("build()",                   "build", "over-reqwest", "raw-reqwest",    Ratio(1.0), 1.02,     ANY,   ANY),
    own("with_auth",                 "with-auth", "over-hyper",                 Thousand(1.4), 1.1,   3.0,   3.0),
    own("a clone of the client",     "clone", "over-hyper",                     Thousand(0.01), 0.01, 0.0,   0.0),
    // What each protection costs a small GET: its decorator alone, so with a box of its own that the stack does without.
    own("a GET without the network", "layer", "bare",                           Thousand(3.3), 3.3,   7.0,   7.0),
    row("… more for a protection",   "layer", "retry", "bare",                  Above(3.1), 1.0,       3.0,   0.0),
    row("… more for a protection",   "layer", "limiter", "bare",                Above(4.7), 1.0,       8.0,   0.0),
    row("… more for a protection",   "layer", "timeouts", "bare",               Above(2.85), 1.0,      4.0,   0.0),
    row("… more for a protection",   "layer", "redirects", "bare",              Above(2.45), 1.0,      3.0,   0.0),
    row("… more for a protection",   "layer", "gzip", "bare",                   Above(2.2), 1.0,       2.0,   0.0),
    row("… more for a protection",   "layer", "body cap", "bare",               Above(1.35), 1.0,     2.0,   0.0),
    row("… more for a protection",   "layer", "exposure guard", "bare",         Above(0.64), 0.3,     1.0,   0.0),
    row("… more for a protection",   "layer", "all of these", "bare",           Above(7.9), 5.0,       6.0,   5.0),
    row("… more for a protection",   "layer", "authorization", "bare",          Above(6.6), 2.0,       7.0,   2.0),
];

/// A straight-line program, in thousands.
const fn raw(
    what: &'static str,
    operation: &'static str,
    program: &'static str,
    limit: f64,
    allocations: f64,
) -> Row {
    let instructions = Thousand(limit);
    Row {
        what,
        operation,
        program,
        beside: None,
        instructions,
        goal: None,
        allocations,
        allocations_goal: None,
        connections: None,
        time: None,
        peak: None,
    }
}

/// A row that is compared with another program. The goal is in the unit of the limit.
#[expect(clippy::too_many_arguments, reason = "the columns of the table")]
const fn row(
    what: &'static str,
    operation: &'static str,
    program: &'static str,
    beside: &'static str,
    instructions: Limit,
    goal: f64,
    allocations: f64,
    allocations_goal: f64,
) -> Row {
    Row {
        beside: Some(beside),
        instructions,
        goal: Some(instructions.unit(goal)),
        allocations_goal: Some(allocations_goal),
        ..raw(what, operation, program, 0.0, allocations)
    }
}

/// A row that is not compared with another program.
const fn own(
    what: &'static str,
    operation: &'static str,
    program: &'static str,
    instructions: Limit,
    goal: f64,
    allocations: f64,
    allocations_goal: f64,
) -> Row {
    Row {
        beside: None,
        ..row(what, operation, program, "", instructions, goal, allocations, allocations_goal)
    }
}

/// A row of which only the time is compared.
const fn timed(
    what: &'static str,
    operation: &'static str,
    program: &'static str,
    beside: &'static str,
    time: f64,
) -> Row {
    row(what, operation, program, beside, Uncounted, 0.0, ANY, ANY).time(time)
}

impl Row {
    /// Sets a limit of the time, as a multiple of the compared program's.
    const fn time(self, ratio: f64) -> Self {
        Self { time: Some(ratio), ..self }
    }

    /// Sets a limit of the peak of memory, in MiB.
    const fn peak(self, mib: f64) -> Self {
        Self { peak: Some(mib), ..self }
    }

    /// Sets a separate limit of connections; the number of the operation is then the goal.
    const fn connections(self, most: u64) -> Self {
        Self { connections: Some(most), ..self }
    }

    pub fn title(&self) -> String {
        format!("{}, {}", self.what, self.program)
    }

    /// The name of the program in the bench.
    pub fn name_in_bench(&self) -> &'static str {
        self.program.strip_suffix(SIMD).unwrap_or(self.program)
    }

    /// Whether the program is built with the feature `simd`.
    pub fn has_simd(&self) -> bool {
        self.program.ends_with(SIMD)
    }

    /// Whether this row is compared with `other`.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.operation == other.operation && self.beside == Some(other.program)
    }

    pub fn operation(&self) -> &'static Operation {
        let found = OPERATIONS.iter().find(|operation| operation.name == self.operation);
        found.unwrap_or(&OPERATIONS[0])
    }
}

impl Limit {
    pub const fn value(self) -> f64 {
        match self {
            Ratio(value) | Thousand(value) | Above(value) => value,
            Any | Uncounted => f64::INFINITY,
        }
    }

    /// Another value in the same unit.
    const fn unit(self, value: f64) -> Self {
        match self {
            Ratio(_) => Ratio(value),
            Thousand(_) => Thousand(value),
            Above(_) => Above(value),
            Any | Uncounted => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_an_operation_and_the_program_beside_it() {
        for row in ROWS {
            assert_eq!(row.operation().name, row.operation, "{}", row.title());
            let has_other = row.beside.is_none() || ROWS.iter().any(|other| row.is_beside(other));
            assert!(has_other, "{}", row.title());
        }
    }

    #[test]
    fn rows_are_unique() {
        for (at, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..at].iter().all(|other| other.title() != row.title()), "{}", row.title());
        }
    }
}
