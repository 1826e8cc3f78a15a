use std::time::Instant;

use crate::{COMMANDS, Context, Result, report};

/// Every leg, whether or not one before it failed.
pub fn run(context: &mut Context) -> Result {
    let mut rows = Vec::new();
    for leg in COMMANDS.iter().filter(|command| command.in_ci) {
        println!("\n=== {} ===", leg.name);
        let start = Instant::now();
        let outcome = (leg.run)(context);
        report(&outcome);
        let seconds = start.elapsed().as_secs_f64();
        println!("=== {}: {seconds:.1} s ===", leg.name);
        rows.push((leg.name, seconds, outcome.is_ok()));
    }

    println!("\n{:<9} {:>8}  verdict", "leg", "seconds");
    for (name, seconds, ok) in &rows {
        println!("{name:<9} {seconds:>8.1}  {}", if *ok { "ok" } else { "FAILED" });
    }
    println!("{:<9} {:>8}  held by the clippy leg (incompatible_msrv)", "msrv", "-");
    println!("{:<9} {:>8.1}\n", "all", rows.iter().map(|row| row.1).sum::<f64>());

    let failed: Vec<_> = rows.iter().filter(|row| !row.2).map(|row| row.0).collect();
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", ")).into()) }
}
