//! What is measured, and how much it may take.

/// One operation by one program.
pub struct Row {
    /// What is done.
    pub what: &'static str,
    /// As the bench calls it.
    pub operation: &'static str,
    pub program: &'static str,
    /// The program beside which it is measured.
    pub beside: Option<&'static str>,
    /// The most instructions an operation may take: what was measured last. [`SLACK`](super::verdict::SLACK) comes on top.
    pub instructions: Limit,
    /// What they are to come to.
    pub goal: Option<Limit>,
    /// The most allocations, in the same way.
    pub allocations: f64,
    pub allocations_goal: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// Times what the program beside it takes.
    Ratio(f64),
    /// In thousands.
    Thousand(f64),
}

use Limit::{Ratio, Thousand};

/// How an operation is run.
pub struct Operation {
    pub name: &'static str,
    /// The two run lengths. What is the same in both, such as the start of the program, falls out of their difference.
    pub lengths: (u64, u64),
    /// How many things one of the runs is: posts of a page.
    pub each: u64,
}

pub const OPERATIONS: &[Operation] = &[
    Operation { name: "get", lengths: (20, 220), each: 1 },
    Operation { name: "create", lengths: (20, 220), each: 1 },
    Operation { name: "page", lengths: (1, 5), each: 100 },
    Operation { name: "decode", lengths: (1, 5), each: 100 },
    Operation { name: "upload", lengths: (8, 72), each: 1 },
];

const fn raw(what: &'static str, operation: &'static str, program: &'static str, thousand: f64, allocations: f64) -> Row {
    let instructions = Thousand(thousand);
    Row { what, operation, program, beside: None, instructions, goal: None, allocations, allocations_goal: None }
}

#[expect(clippy::too_many_arguments, reason = "the columns of the table")]
const fn ours(
    what: &'static str,
    operation: &'static str,
    program: &'static str,
    beside: &'static str,
    ratio: f64,
    goal: f64,
    allocations: f64,
    allocations_goal: f64,
) -> Row {
    let (instructions, goal) = (Ratio(ratio), Some(Ratio(goal)));
    let allocations_goal = Some(allocations_goal);
    Row { what, operation, program, beside: Some(beside), instructions, goal, allocations, allocations_goal }
}

/// The limits. A row that got better has its limit lowered here.
#[rustfmt::skip]
pub const ROWS: &[Row] = &[
    //   what                             operation  program         beside          instr.  goal   alloc.  goal
    raw("small GET",                     "get",     "raw-hyper",                     50.8,          35.0),
    raw("small GET",                     "get",     "raw-reqwest",                   85.8,          70.0),
    ours("small GET",                    "get",     "over-hyper",   "raw-hyper",     2.42,  1.10,   132.0,  40.0),
    ours("small GET",                    "get",     "over-reqwest", "raw-reqwest",   1.84,  1.05,   166.0,  72.0),
    raw("create a post",                 "create",  "raw-hyper",                     89.7,          39.0),
    raw("create a post",                 "create",  "raw-reqwest",                  122.3,          73.0),
    ours("create a post",                "create",  "over-hyper",   "raw-hyper",     3.35,  1.10,   292.0,  44.0),
    ours("create a post",                "create",  "over-reqwest", "raw-reqwest",   2.73,  1.05,   326.0,  75.0),
    raw("page of 100, a post",           "page",    "raw-hyper",                    101.6,          16.4),
    raw("page of 100, a post",           "page",    "raw-reqwest",                   99.2,          16.8),
    ours("page of 100, a post",          "page",    "over-hyper",   "raw-hyper",     1.03,  0.92,   27.0,   16.4),
    ours("page of 100, a post",          "page",    "over-reqwest", "raw-reqwest",   1.07,  0.92,   27.4,   16.8),
    raw("decode of 100, a post",         "decode",  "plain",                        101.6,          16.4),
    ours("decode of 100, a post",        "decode",  "models",       "plain",         1.03,  0.92,   27.0,   16.4),
    raw("upload from memory, a MiB",     "upload",  "raw-hyper",                      9.1,           1.0),
    raw("upload from memory, a MiB",     "upload",  "raw-reqwest",                    9.8,           1.0),
    ours("upload from memory, a MiB",    "upload",  "over-hyper",   "raw-hyper",     4.7,   1.10,   70.0,   1.0),
    ours("upload from memory, a MiB",    "upload",  "over-reqwest", "raw-reqwest",   4.9,   1.10,   70.0,   1.0),
];

impl Row {
    pub fn title(&self) -> String {
        format!("{}, {}", self.what, self.program)
    }

    /// Whether `other` is the program that this one is measured beside.
    pub fn is_beside(&self, other: &Self) -> bool {
        self.operation == other.operation && self.beside == Some(other.program)
    }

    pub fn operation(&self) -> Option<&'static Operation> {
        OPERATIONS.iter().find(|operation| operation.name == self.operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_an_operation_and_what_it_stands_beside() {
        for row in ROWS {
            assert!(row.operation().is_some(), "{}", row.title());
            let has_other = row.beside.is_none() || ROWS.iter().any(|other| row.is_beside(other));
            assert!(has_other, "{}", row.title());
        }
    }
}
