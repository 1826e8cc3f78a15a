//! `cargo xtask fuzz [--seconds N] [TARGET…]`: runs the targets of `fuzz/`, with libFuzzer if it is available. On a
//! stable compiler, the targets run with mutations of recorded inputs; then `--seed S` repeats a run, and
//! `--seed S --executions N` runs the same N inputs on every machine.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::{Context, Result, test::Counts};

/// The inputs are the same in every run, so CI fails only because of a change. New inputs are tried in manual runs.
pub const IN_CI: &[&[&str]] = &[&["--seed", "1", "--executions", "10000"]];

pub const MANIFEST: &str = "fuzz/Cargo.toml";

pub fn run(context: &mut Context) -> Result {
    let sh = &context.sh;
    let flags = &context.flags;
    let repeats = flags.iter().any(|flag| flag == "--seed");
    let counts = if !repeats && has_libfuzzer(sh) {
        by_libfuzzer(sh, flags)?
    } else {
        let mut counts =
            Counts::of(cmd!(sh, "cargo run --release --manifest-path {MANIFEST} -- {flags...}"))?;
        counts.add(&Counts::not_run("no nightly with cargo-fuzz".to_owned()));
        counts
    };
    context.tests.get_or_insert_default().add(&counts);
    counts.verdict()
}

fn has_libfuzzer(sh: &Shell) -> bool {
    cmd!(sh, "cargo +nightly fuzz --version").quiet().ignore_stdout().ignore_stderr().run().is_ok()
}

/// Runs each target with libFuzzer, on a corpus that starts with the seeds.
fn by_libfuzzer(sh: &Shell, flags: &[String]) -> Result<Counts> {
    let mut seconds = "10";
    let mut wanted = Vec::new();
    let mut flags = flags.iter().map(String::as_str);
    while let Some(flag) = flags.next() {
        match flag {
            "--seconds" => seconds = flags.next().ok_or("`--seconds` needs a value")?,
            target => wanted.push(target),
        }
    }
    let corpus = "fuzz/corpus";
    cmd!(sh, "cargo run --release --manifest-path {MANIFEST} -- --write {corpus}").run()?;
    let all = cmd!(sh, "cargo +nightly fuzz list --fuzz-dir fuzz").read()?;
    if let Some(unknown) = wanted.iter().find(|name| !all.lines().any(|target| target == **name)) {
        return Err(format!("no target `{unknown}`").into());
    }
    let mut counts = Counts::default();
    for target in all.lines().filter(|target| wanted.is_empty() || wanted.contains(target)) {
        let corpus = Path::new(corpus).join(target);
        let ran = cmd!(
            sh,
            "cargo +nightly fuzz run --fuzz-dir fuzz --features libfuzzer {target} {corpus} --
            -max_total_time={seconds} -max_len=65536 -timeout=10"
        );
        let ok = ran.run().is_ok();
        println!("test fuzz::{target} ... {}", if ok { "ok" } else { "FAILED" });
        counts.add(&Counts { passed: u64::from(ok), failed: u64::from(!ok), ..Counts::default() });
    }
    Ok(counts)
}
