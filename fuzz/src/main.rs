//! Runs the targets with the seeds, and with what mutations make of them: `cargo xtask fuzz`.
//!
//! `wp-fuzz [--seconds N | --seed S [--executions N]] [TARGET…]`; `wp-fuzz --write DIRECTORY` writes the seeds for
//! libFuzzer.

#![forbid(unsafe_code)]

mod mutate;

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{env, fs, process, thread};

use wp_fuzz::{TARGETS, Target};

/// No input takes longer, however slow the machine is.
const MAX_RUN_TIME: Duration = Duration::from_secs(60);

/// What runs now, and since when.
static RUNNING: Mutex<Option<(Instant, String)>> = Mutex::new(None);

struct Options {
    seconds: u64,
    /// Of the first mutated input, to repeat it.
    seed: Option<u64>,
    /// How many mutated inputs from the seed on.
    executions: usize,
    write: Option<String>,
    targets: Vec<String>,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options { seconds: 10, seed: None, executions: 1, write: None, targets: Vec::new() };
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("`{argument}` needs a value"));
        match argument.as_str() {
            "--seconds" => options.seconds = value()?.parse()?,
            "--seed" => options.seed = Some(value()?.parse()?),
            "--executions" => options.executions = value()?.parse()?,
            "--write" => options.write = Some(value()?),
            name if TARGETS.iter().any(|target| target.name == name) => options.targets.push(argument),
            _ => return Err(format!("no target `{argument}`").into()),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    let outcome = options().and_then(|options| match &options.write {
        Some(directory) => write(Path::new(directory)).map(|()| 0),
        None => Ok(run_all(&options)),
    });
    match outcome {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// How many targets found something.
fn run_all(options: &Options) -> usize {
    thread::spawn(watch);
    let is_wanted = |target: &&Target| {
        options.targets.is_empty() || options.targets.iter().any(|name| name == target.name)
    };
    let verdicts: Vec<_> = TARGETS.iter().filter(is_wanted).map(|target| run(target, options)).collect();
    let failed = verdicts.iter().filter(|ok| !**ok).count();
    let (passed, verdict) = (verdicts.len() - failed, if failed == 0 { "ok" } else { "FAILED" });
    println!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; 0 ignored; 0 measured; 0 filtered out"
    );
    failed
}

/// Ends the program over an input that takes too long: it cannot be stopped otherwise.
fn watch() {
    loop {
        thread::sleep(Duration::from_secs(1));
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, what)) = running.as_ref().filter(|(since, _)| since.elapsed() > MAX_RUN_TIME) {
            println!("{what}\n  takes longer than {MAX_RUN_TIME:?}");
            process::exit(1);
        }
    }
}

/// One directory a target.
fn write(directory: &Path) -> Result<(), Box<dyn Error>> {
    for target in TARGETS {
        let directory = directory.join(target.name);
        fs::create_dir_all(&directory)?;
        for (index, seed) in (target.seeds)().iter().enumerate() {
            fs::write(directory.join(format!("seed-{index}")), seed)?;
        }
    }
    Ok(())
}

/// Whether nothing was found.
fn run(target: &Target, options: &Options) -> bool {
    let Target { name, .. } = target;
    let seeds = (target.seeds)();
    let start = Instant::now();
    let first = options.seed.unwrap_or_else(|| fastrand::u64(..u64::MAX / 2));
    // The seeds as they are, and then what becomes of them.
    let whole =
        seeds.iter().enumerate().map(|(index, seed)| (format!("its own input {index}"), seed.clone()));
    let mutated =
        (first..).map(|seed| (format!("cargo xtask fuzz {name} --seed {seed}"), mutate::input(&seeds, seed)));
    let is_over = |executions: usize| match options.seed {
        Some(_) => executions >= seeds.len() + options.executions,
        None => executions >= seeds.len() && start.elapsed() >= Duration::from_secs(options.seconds),
    };
    let (mut executions, mut longest) = (0, Duration::ZERO);
    for (what, input) in whole.chain(mutated) {
        if is_over(executions) {
            break;
        }
        let Some(took) = execute(target, &what, &input) else {
            println!("  {what}\n  {} bytes: {}", input.len(), shown(&input));
            println!("test fuzz::{name} ... FAILED");
            return false;
        };
        longest = longest.max(took);
        executions += 1;
    }
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "test fuzz::{name} ... ok ({executions} executions in {seconds:.1} s, the longest {longest:.1?})"
    );
    true
}

/// How long it took; `None` for a panic, whose message is out already.
fn execute(target: &Target, what: &str, input: &[u8]) -> Option<Duration> {
    let start = Instant::now();
    let running = |now| *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) = now;
    running(Some((start, format!("{}: {what}", target.name))));
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    running(None);
    outcome.ok().map(|()| start.elapsed())
}

/// Its beginning, in characters that a terminal has.
fn shown(input: &[u8]) -> String {
    input[..input.len().min(2000)].escape_ascii().to_string()
}
