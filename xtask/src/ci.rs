use std::time::Instant;

use crate::{COMMANDS, Context, Result, report};

/// Runs every check, even after one has failed.
pub fn run(context: &mut Context) -> Result {
    let mut rows = Vec::new();
    let legs = COMMANDS.iter().flat_map(|command| command.in_ci.iter().map(move |flags| (command, *flags)));
    for (command, flags) in legs {
        let name = [&[command.name], flags].concat().join(" ");
        println!("\n=== {name} ===");
        let start = Instant::now();
        context.flags = flags.iter().copied().map(str::to_owned).collect();
        let outcome = (command.run)(context);
        report(&outcome);
        let minutes = start.elapsed().as_secs_f64() / 60.0;
        println!("=== {name}: {minutes:.1} min ===");
        rows.push((name, minutes, outcome.is_ok()));
    }

    println!("\nminutes  verdict  leg");
    for (name, minutes, ok) in &rows {
        println!("{minutes:>7.1}  {:<7}  {name}", if *ok { "ok" } else { "FAILED" });
    }
    println!("{:>7.1}  {:<7}  all\n", rows.iter().map(|row| row.1).sum::<f64>(), "");

    let failed: Vec<_> = rows.iter().filter(|row| !row.2).map(|row| row.0.as_str()).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}
