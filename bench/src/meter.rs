//! What operations took.

use std::fs;
use std::time::Instant;

use crate::alloc;

/// Counts from its making on.
pub struct Meter {
    allocations: (u64, u64),
    start: Instant,
}

impl Meter {
    pub fn start() -> Self {
        Self { allocations: alloc::so_far(), start: Instant::now() }
    }

    /// Prints what there was since, as JSON.
    pub fn print(self) {
        let nanoseconds = self.start.elapsed().as_nanos();
        let ((allocations, bytes), (allocations_before, bytes_before)) = (alloc::so_far(), self.allocations);
        println!(
            r#"{{"allocations":{},"bytes":{},"nanoseconds":{nanoseconds},"peak_kib":{}}}"#,
            allocations - allocations_before,
            bytes - bytes_before,
            peak_kib()
        );
    }
}

/// The most memory that this process had so far; 0 where the system does not tell.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}
