use xshell::cmd;

use crate::test::Counts;
use crate::{Context, Result};

/// Runs the table of faults alone. It is also one of the tests.
pub fn run(context: &mut Context) -> Result {
    let Context { sh, flags, .. } = &*context;
    let counts =
        Counts::of(cmd!(sh, "cargo test --quiet -p wp-client --all-features --test faults -- {flags...}"))?;
    context.tests.get_or_insert_default().add(&counts);
    counts.verdict()
}
