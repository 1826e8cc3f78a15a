//! `cargo xtask bench [--counted] [--json FILE] [WORD…]`: compares the cost of a request with that of straight-line
//! programs on raw hyper and raw reqwest, on the same server and in the same build. The words select rows.
//!
//! Only counts decide pass or fail (instructions, allocations, requests, connections), since they are the same on every
//! machine. With `--counted`, nothing else is measured. The limits are in [`table`].

mod measure;
mod report;
mod table;
mod verdict;

use std::fs;
use std::sync::Mutex;
use std::thread;

use xshell::cmd;

use crate::{Context, Result};
use measure::{Bench, Measured};
use table::ROWS;

pub const IN_CI: &[&[&str]] = &[&["--counted"]];

struct Options {
    counted: bool,
    json: Option<String>,
    words: Vec<String>,
}

impl Options {
    fn parse(flags: &[String]) -> Result<Self> {
        let mut options = Self { counted: false, json: None, words: Vec::new() };
        let mut flags = flags.iter();
        while let Some(flag) = flags.next() {
            match flag.as_str() {
                "--counted" => options.counted = true,
                "--json" => options.json = Some(flags.next().ok_or("`--json` needs a file")?.clone()),
                flag if flag.starts_with('-') => return Err(format!("`bench` takes no `{flag}`").into()),
                word => options.words.push(word.to_owned()),
            }
        }
        Ok(options)
    }
}

pub fn run(Context { sh, flags, .. }: &mut Context) -> Result {
    let options = Options::parse(flags)?;
    let is_wanted = |what: &str| options.words.iter().all(|word| what.contains(word.as_str()));
    let chosen: Vec<_> = ROWS.iter().filter(|row| is_wanted(&row.title())).collect();
    // A ratio needs the row that it refers to.
    let rows: Vec<_> = ROWS
        .iter()
        .filter(|row| chosen.iter().any(|it| it.title() == row.title() || it.is_beside(row)))
        .collect();
    if rows.is_empty() {
        return Err("no row has all of these words".into());
    }
    if cmd!(sh, "valgrind --version").quiet().ignore_stdout().run().is_err() {
        return Err("the instructions are counted by valgrind, which is not installed".into());
    }
    let bench = Bench::build(sh, &rows)?;

    let queue = Mutex::new(rows.iter().enumerate());
    let done = Mutex::new(Vec::new());
    let next = || queue.lock().ok().and_then(|mut rows| rows.next());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while let Some((at, row)) = next() {
                    let measured = bench.count(row).map_err(|error| format!("{}: {error}", row.title()));
                    if let Ok(mut done) = done.lock() {
                        done.push((at, measured));
                    }
                }
            });
        }
    });
    let mut done = done.into_inner().map_err(|_| "a measurement panicked")?;
    done.sort_by_key(|(at, _)| *at);
    let mut measured: Vec<Measured> =
        done.into_iter().map(|(_, it)| it).collect::<std::result::Result<_, _>>()?;
    if !options.counted {
        bench.observe(&rows, &mut measured)?;
    }

    let report = report::Report::new(&rows, &measured);
    println!("{report}");
    if let Some(file) = options.json {
        fs::write(&file, report.json())?;
    }
    report.outcome()
}
