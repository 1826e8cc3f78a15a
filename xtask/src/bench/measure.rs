//! Runs the bench.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;
use xshell::{Shell, cmd};

use super::table::{Limit, Operation, Row};
use super::verdict::{float, per_operation};
use crate::Result;

/// The cost of one operation of a row.
#[derive(Debug, Default)]
pub struct Measured {
    pub instructions: f64,
    pub allocations: f64,
    pub bytes: f64,
    /// The requests of the whole run, like the next two fields.
    pub requests: u64,
    pub connections: u64,
    /// The requests for a token.
    pub tokens: u64,
    pub syscalls: Option<f64>,
    /// The minimum of all rounds.
    pub nanoseconds: Option<f64>,
    /// The maximum of all rounds.
    pub peak_kib: Option<u64>,
}

/// The built programs, and the directory for profiles.
pub struct Bench {
    program: PathBuf,
    /// The same, built with the feature `simd`, if a row needs it.
    with_simd: PathBuf,
    profiles: PathBuf,
}

/// The number of time measurements, alternating with the other programs.
const ROUNDS: usize = 9;

impl Bench {
    /// Builds what the rows need.
    pub fn build(sh: &Shell, rows: &[&Row]) -> Result<Self> {
        let target = sh.current_dir().join("target");
        let profiles = target.join("callgrind");
        fs::create_dir_all(&profiles)?;
        let bench = Self {
            program: target.join("release/wp-bench"),
            with_simd: target.join("release/wp-bench-simd"),
            profiles,
        };
        if rows.iter().any(|row| row.has_simd()) {
            cmd!(sh, "cargo build --release -p wp-bench --features wp-bench/simd").run()?;
            fs::copy(&bench.program, &bench.with_simd)?;
        }
        cmd!(sh, "cargo build --release -p wp-bench").run()?;
        Ok(bench)
    }

    fn program(&self, row: &Row) -> &Path {
        if row.has_simd() { &self.with_simd } else { &self.program }
    }

    /// Measures every count that has a limit.
    pub fn count(&self, row: &Row) -> Result<Measured> {
        let Operation { lengths: (short, long), each, .. } = *row.operation();
        let instructions = if row.instructions == Limit::Uncounted {
            0.0
        } else {
            let (few, many) = (self.instructions(row, short)?, self.instructions(row, long)?);
            per_operation((short, few), (long, many), each).ok_or("a longer run took no more instructions")?
        };
        let (printed, seen) = self.run(row, long)?;
        let operations = float(long * each);
        Ok(Measured {
            instructions,
            allocations: float(number(&printed, "allocations")?) / operations,
            bytes: float(number(&printed, "bytes")?) / operations,
            requests: number(&seen, "requests")?,
            connections: number(&seen, "connections")?,
            tokens: number(&seen, "tokens")?,
            peak_kib: Some(number(&printed, "peak_kib")?),
            ..Measured::default()
        })
    }

    /// Measures what depends on the machine: system calls, time, and the memory of a long run. The rows are timed in turns, so that a slow
    /// phase of the machine affects all of them.
    pub fn observe(&self, rows: &[&Row], measured: &mut [Measured]) -> Result {
        let has_strace = Command::new("strace").arg("--version").output().is_ok();
        if !has_strace {
            println!("syscalls: not run, there is no strace");
        }
        for (row, measured) in rows.iter().zip(&mut *measured).filter(|_| has_strace) {
            let Operation { lengths: (short, long), each, .. } = *row.operation();
            let (few, many) = (self.syscalls(row, short)?, self.syscalls(row, long)?);
            measured.syscalls = per_operation((short, few), (long, many.max(few)), each);
        }
        for _ in 0..ROUNDS {
            for (row, measured) in rows.iter().zip(&mut *measured) {
                let Operation { timed, each, .. } = *row.operation();
                let (printed, _) = self.run(row, timed)?;
                let time = float(number(&printed, "nanoseconds")?) / float(timed * each);
                measured.nanoseconds = Some(measured.nanoseconds.map_or(time, |least| least.min(time)));
                measured.peak_kib = measured.peak_kib.max(Some(number(&printed, "peak_kib")?));
            }
        }
        Ok(())
    }

    /// The instructions of a whole run.
    fn instructions(&self, row: &Row, count: u64) -> Result<u64> {
        let profile =
            self.profiles.join(format!("{}.{}.{count}", row.operation, row.program.replace(' ', "-")));
        let mut valgrind = Command::new("valgrind");
        valgrind.arg("--tool=callgrind").arg(format!("--callgrind-out-file={}", profile.display()));
        self.under(valgrind, row, count)?;
        total(&fs::read_to_string(&profile)?).ok_or_else(|| "callgrind wrote no total".into())
    }

    /// The system calls of a whole run, counted by strace.
    fn syscalls(&self, row: &Row, count: u64) -> Result<u64> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-c", "-U", "calls"]);
        let output = self.under(strace, row, count)?;
        calls(&String::from_utf8_lossy(&output.stderr)).ok_or_else(|| "strace counted nothing".into())
    }

    fn run(&self, row: &Row, count: u64) -> Result<(Value, Value)> {
        let site = Site::start(&self.program)?;
        let output = finish(Self::command(Command::new(self.program(row)), row, count, &site))?;
        Ok((serde_json::from_slice(&output.stdout)?, site.stop()?))
    }

    /// Runs the bench inside a tool.
    fn under(&self, mut tool: Command, row: &Row, count: u64) -> Result<Output> {
        tool.arg(self.program(row));
        let site = Site::start(&self.program)?;
        let output = finish(Self::command(tool, row, count, &site))?;
        site.stop()?;
        Ok(output)
    }

    fn command(mut command: Command, row: &Row, count: u64, site: &Site) -> Command {
        command.args(["run", row.operation, row.name_in_bench(), &count.to_string(), &site.address]);
        command
    }
}

fn finish(mut command: Command) -> Result<Output> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}\n{said}", output.status).into())
}

/// The server for one run.
struct Site {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Site {
    fn start(program: &Path) -> Result<Self> {
        let mut process =
            Command::new(program).arg("serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut output = BufReader::new(process.stdout.take().ok_or("the server has no output")?);
        let mut address = String::new();
        output.read_line(&mut address)?;
        Ok(Self { process, output, address: address.trim().to_owned() })
    }

    /// Stops the server, and returns its counts.
    fn stop(mut self) -> Result<Value> {
        drop(self.process.stdin.take());
        let mut seen = String::new();
        self.output.read_to_string(&mut seen)?;
        Ok(serde_json::from_str(&seen)?)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        // The server exits when its input ends; a failure to exit cannot be handled here.
        let _ = self.process.wait();
    }
}

fn number(value: &Value, name: &str) -> Result<u64> {
    value[name].as_u64().ok_or_else(|| format!("the bench printed no `{name}`").into())
}

/// The number of instructions in a profile of callgrind.
fn total(profile: &str) -> Option<u64> {
    let total = profile.lines().rev().find_map(|line| line.strip_prefix("totals:"));
    total?.trim().parse().ok()
}

/// The number of calls in the table of strace, whose last line holds the sum.
fn calls(table: &str) -> Option<u64> {
    let total = table.lines().rev().find(|line| line.trim_end().ends_with("total"))?;
    total.split_whitespace().find_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_of_a_profile_is_found() {
        assert_eq!(total("version: 1\nsummary: 7\nfn=(1) main\n12 3\ntotals: 4711\n"), Some(4711));
        assert_eq!(total("version: 1\n"), None);
    }

    #[test]
    fn the_sum_of_system_calls_is_found() {
        let table = "    calls\n---------\n      105 read\n       10 write\n---------\n      115 total\n";
        assert_eq!(calls(table), Some(115));
        assert_eq!(calls(""), None);
    }
}
