//! `cargo xtask drift`: the same requests to the stand-in and to a real WordPress, and how the responses differ. The table
//! of requests and the comparison are a test program: `crates/wp-testkit/tests/drift`.

use xshell::cmd;

use crate::{
    Context, Result,
    test::Counts,
    wordpress::{Instance, Options, Runtime},
};

/// The release that the stand-in follows.
pub const IN_CI: &[&[&str]] = &[&["--wp", "7.1"]];

/// Boots a site with the options of `cargo xtask wordpress up`; after `--` come words of the differences to print.
pub fn run(context: &mut Context) -> Result {
    let sh = &context.sh;
    let at = context.flags.iter().position(|flag| flag == "--").unwrap_or(context.flags.len());
    let (flags, words) = context.flags.split_at(at);
    let words = words.get(1..).unwrap_or_default();
    let options = Options::parse(flags, |option| !matches!(option.name, "--tls" | "--strip-authorization"))?;
    let counts = if let Err(error) = Runtime::find(sh, &options) {
        Counts::not_run(error.to_string())
    } else {
        // The same features as in the other test runs, so that nothing is built twice.
        let mut test = cmd!(sh, "cargo test --quiet --workspace --all-features --test drift -- {words...}");
        let site = Instance::boot(sh, &options)?;
        for (name, value) in site.environment() {
            test = test.env(name, value);
        }
        let counts = Counts::of(test.env("WP_VERSION", site.text("wp")));
        site.stop()?;
        counts?
    };
    context.tests.get_or_insert_default().add(&counts);
    counts.verdict()
}
