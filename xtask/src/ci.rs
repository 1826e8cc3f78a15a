use std::{
    env,
    io::{self, Write},
    process::{self, Stdio},
    thread,
    time::Instant,
};

use crate::{COMMANDS, Command, Context, Result, report, test::Counts};

/// Commands that mostly run programs. They run beside the others, which mostly compile: a compiler that checks one crate
/// after the other, or links, leaves a core idle.
const BESIDE: &[&str] = &["fuzz", "bench", "live", "routes", "schema", "drift"];

/// A command, with the arguments that it has here.
struct Leg(&'static Command, &'static [&'static str]);

struct Row {
    name: String,
    minutes: f64,
    ok: bool,
}

/// Runs every check, even after one has failed.
pub fn run(context: &mut Context) -> Result {
    let legs = COMMANDS.iter().flat_map(|command| command.in_ci.iter().map(move |flags| Leg(command, flags)));
    let (beside, legs): (Vec<_>, Vec<_>) = legs.partition(|leg| BESIDE.contains(&leg.0.name));
    let start = Instant::now();
    let rows = thread::scope(|scope| -> Result<Vec<Row>> {
        let beside = scope.spawn(|| beside.iter().map(Leg::apart).collect::<io::Result<Vec<_>>>());
        let mut rows: Vec<_> = legs.iter().map(|leg| leg.here(context)).collect();
        for (row, counts, output) in beside.join().map_err(|_| "the second lane panicked")?? {
            println!("\n=== {}: {:.1} min ===", row.name, row.minutes);
            io::stdout().write_all(&output)?;
            context.tests.get_or_insert_default().add(&counts);
            rows.push(row);
        }
        Ok(rows)
    })?;

    println!("\nminutes  verdict  leg");
    for Row { name, minutes, ok } in &rows {
        println!("{minutes:>7.1}  {:<7}  {name}", if *ok { "ok" } else { "FAILED" });
    }
    println!("{:>7.1}  {:<7}  all\n", minutes(start), "");

    let failed: Vec<_> = rows.iter().filter(|row| !row.ok).map(|row| row.name.as_str()).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}

impl Leg {
    fn name(&self) -> String {
        [&[self.0.name], self.1].concat().join(" ")
    }

    fn row(&self, start: Instant, ok: bool) -> Row {
        Row { name: self.name(), minutes: minutes(start), ok }
    }

    fn here(&self, context: &mut Context) -> Row {
        println!("\n=== {} ===", self.name());
        let start = Instant::now();
        context.flags = self.1.iter().copied().map(str::to_owned).collect();
        let outcome = (self.0.run)(context);
        report(&outcome);
        self.row(start, outcome.is_ok())
    }

    /// Runs in a process of its own, whose output is returned.
    fn apart(&self) -> io::Result<(Row, Counts, Vec<u8>)> {
        let start = Instant::now();
        let (from, to) = io::pipe()?;
        let mut child = process::Command::new(env::current_exe()?)
            .arg(self.0.name)
            .args(self.1)
            .stdin(Stdio::null())
            .stdout(to.try_clone()?)
            .stderr(to)
            .spawn()?;
        let mut output = Vec::new();
        let counts = Counts::read(from, &mut output)?;
        let ok = child.wait()?.success();
        Ok((self.row(start, ok), counts, output))
    }
}

fn minutes(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() / 60.0
}
