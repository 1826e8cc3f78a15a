use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on the terminal. It prints nothing if the standard error is not a terminal.
#[derive(Clone, Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar for a number of items, or a spinner if the number is not known yet.
    pub fn items(what: &str, total: Option<u64>) -> Self {
        Self::new(what, total, "{pos}/{len}")
    }

    /// A bar for a number of bytes.
    pub fn bytes(what: &str, total: Option<u64>) -> Self {
        Self::new(what, total, "{bytes}/{total_bytes} {bytes_per_sec}")
    }

    fn new(what: &str, total: Option<u64>, numbers: &str) -> Self {
        let template = format!("{{msg}} [{{wide_bar}}] {numbers} {{eta}}");
        let bar = ProgressBar::no_length().with_message(what.to_owned());
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        if let Some(total) = total {
            bar.set_length(total);
        }
        Self(bar)
    }

    /// Sets the total, once it is known.
    pub fn total(&self, total: u64) {
        self.0.set_length(total);
    }

    /// Adds to what is done.
    pub fn add(&self, done: u64) {
        self.0.inc(done);
    }

    /// Sets what is done.
    pub fn set(&self, done: u64) {
        self.0.set_position(done);
    }

    /// Prints a result above the bar, to the standard output.
    pub fn result(&self, line: &str) {
        self.0.suspend(|| print(line));
    }

    /// Prints a problem above the bar, to the standard error.
    pub fn problem(&self, line: &str) {
        if self.0.is_hidden() { eprintln!("{line}") } else { self.0.println(line) }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        self.0.finish_and_clear();
    }
}

/// Prints a result to the standard output. Who reads no more of it, such as `head`, does not end the work.
pub fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
