//! `cargo xtask live`: runs the behaviour suite (`crates/wp-client/tests/behaviour`) against a real WordPress.

use std::{env, fs, path::Path, time::Instant};

use xshell::{Shell, cmd};

use crate::{
    Context, Result, exercised, report,
    test::Counts,
    wordpress::{Engine, Instance, LIB, Options, Runtime},
};

/// The minimum version, one in between, and the current release; and a few cases of each kind on the slow engine. What a
/// version changes does not depend on the HTTP stack, so that only one version runs over both.
pub const IN_CI: &[&[&str]] = &[
    &["--wp", "6.2", "--stack", "hyper"],
    &["--wp", "6.5"],
    &["--wp", "sid", "--stack", "reqwest"],
    &["--wp", "6.5", "--noise", "--stack", "reqwest"],
    &["--wp", "sid", "--noise", "--stack", "hyper"],
    &[
        "--wp",
        "6.5",
        "--engine",
        "playground",
        "--",
        "application_password_signs_in",
        "post_create_publish_trash_delete",
        "list_page_has_totals",
        "index_lists_namespaces",
        "unknown_route_is_an_error",
    ],
];

/// Makes the plugins and the host of the site print unrelated output: see `noise.php`.
const NOISE: &str = "--noise";

/// The only HTTP stack that the suite uses: `reqwest` or `hyper`. Without it, both.
const STACK: &str = "--stack";

/// The post type of the example `custom_type`, which runs on each site too.
const BOOKS: &str = "examples/custom_type/books.php";

/// The directory of `WooCommerce`, over which the tests of the example `shop` run. It takes a consumer key over https only:
/// with `--tls`. The suite runs only by the names of its cases there, since `WooCommerce` adds templates that no filter
/// leaves out, and refuses a wrong application password that WordPress alone ignores (observed with 9.2.5).
const WOOCOMMERCE: &str = "woocommerce";

/// A consumer key for it, by WordPress's constant and by the variable that the tests read: see `consumer_key.php`.
const CONSUMER_KEY: &[[&str; 3]] = &[
    ["SHOP_KEY", "WC_KEY", "ck_0123456789abcdef0123456789abcdef01234567"],
    ["SHOP_SECRET", "WC_SECRET", "cs_0123456789abcdef0123456789abcdef01234567"],
];

/// The result of the suite on one site.
struct Leg {
    site: String,
    counts: Counts,
    minutes: f64,
}

pub fn run(context: &mut Context) -> Result {
    let (sites, cases) = match context.flags.iter().position(|flag| flag == "--") {
        Some(at) => (&context.flags[..at], &context.flags[at + 1..]),
        None => (&context.flags[..], &[][..]),
    };
    let mut legs = Vec::new();
    let named = env::var("WP_URL").ok().filter(|_| sites.is_empty());
    let mut leg = |site: String, suite: &dyn Fn() -> Result<Counts>| {
        println!("\n--- {site} ---");
        let start = Instant::now();
        let counts = suite().unwrap_or_else(|error| {
            report(&Err(error));
            Counts { failed: 1, ..Counts::default() }
        });
        legs.push(Leg { site, counts, minutes: start.elapsed().as_secs_f64() / 60.0 });
    };
    if let Some(url) = named {
        leg(url, &|| {
            let counts = suite(&context.sh, cases, &[]);
            if let Ok(log) = env::var("WP_ACCESS_LOG") {
                println!("{}", exercised::report(&fs::read_to_string(log)?)?);
            }
            counts
        });
    } else {
        let mut sites = sites.to_vec();
        let mut stack = None;
        if let Some(at) = sites.iter().position(|flag| flag == STACK) {
            let value = sites.get(at + 1).cloned().ok_or("`--stack` needs a value")?;
            sites.drain(at..at + 2);
            stack = Some(value);
        }
        let noise = sites.iter().any(|flag| flag == NOISE);
        sites.retain(|flag| flag != NOISE);
        for options in matrix(&sites)? {
            let over = stack.as_ref().map(|stack| format!(", {stack}")).unwrap_or_default();
            let site = format!("{options}{}{over}", if noise { ", noise" } else { "" });
            leg(site, &|| boot_and_run(&context.sh, &options, noise, stack.as_deref(), cases));
        }
    }

    println!("\n   ran  passed  failed  not run  minutes  site");
    let mut all = Counts::default();
    for Leg { site, counts, minutes } in &legs {
        let Counts { passed, failed, skipped, .. } = counts;
        let ran = passed + failed;
        println!("{ran:>6}  {passed:>6}  {failed:>6}  {skipped:>7}  {minutes:>7.1}  {site}");
        for (reason, count) in &counts.reasons {
            println!("{:>31}  {reason}", format!("{count} not run:"));
        }
        all.add(counts);
    }
    let verdict = if all.passed + all.failed == 0 && all.skipped > 0 { Ok(()) } else { all.verdict() };
    context.tests.get_or_insert_default().add(&all);
    verdict
}

/// Every named version on every named engine, each with all other options.
fn matrix(arguments: &[String]) -> Result<Vec<Options>> {
    let (mut versions, mut engines, mut rest) = (Vec::new(), Vec::new(), Vec::new());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let (name, value) = argument.split_once('=').map_or((argument.as_str(), None), |(n, v)| (n, Some(v)));
        let list = match name {
            "--wp" => &mut versions,
            "--engine" => &mut engines,
            _ => {
                rest.push(argument.clone());
                continue;
            }
        };
        let value = value.or_else(|| arguments.next().map(String::as_str));
        list.push(
            [Some(name.to_owned()), value.map(str::to_owned)].into_iter().flatten().collect::<Vec<_>>(),
        );
    }
    for list in [&mut versions, &mut engines] {
        if list.is_empty() {
            list.push(Vec::new());
        }
    }
    let pairs = engines.iter().flat_map(|engine| versions.iter().map(move |version| (engine, version)));
    pairs
        .map(|(engine, version)| {
            let arguments = [rest.as_slice(), engine, version].concat();
            Options::parse(&arguments, |option| !matches!(option.name, "--port" | "--strip-authorization"))
        })
        .collect()
}

/// Boots the site, and stops it even if the suite fails.
fn boot_and_run(
    sh: &Shell,
    options: &Options,
    noise: bool,
    stack: Option<&str>,
    cases: &[String],
) -> Result<Counts> {
    let mut options = options.clone();
    if noise {
        options.mu_plugins.push(Path::new(LIB).join("noise.php"));
        options.defines.push(("WP_DISABLE_FATAL_ERROR_HANDLER".to_owned(), true.into()));
    }
    options.mu_plugins.extend(["faults.php", "extras.php"].map(|name| Path::new(LIB).join(name)));
    options.mu_plugins.push(BOOKS.into());
    // Long enough for requests that are queued behind others.
    let seconds = if options.engine == Engine::Php { 10 } else { 25 };
    options.defines.push(("XTASK_TOKEN_SECONDS".to_owned(), seconds.into()));
    for (name, _) in &mut options.defines {
        // `faults.php` defines this constant, with another value if a test needs that.
        if name == "JWT_AUTH_SECRET_KEY" {
            "XTASK_SECRET".clone_into(name);
        }
    }
    let is_shop = options.plugins.iter().any(|directory| directory.ends_with(WOOCOMMERCE));
    if is_shop {
        options.mu_plugins.push("examples/shop/consumer_key.php".into());
        let constants = CONSUMER_KEY.iter().map(|[name, _, value]| ((*name).to_owned(), (*value).into()));
        options.defines.extend(constants);
    }
    if let Err(error) = Runtime::find(sh, &options) {
        return Ok(Counts::not_run(error.to_string()));
    }
    let site = Instance::boot(sh, &options)?;
    println!("WordPress {} on PHP {}", site.text("wp"), site.text("php"));
    let mut environment = site.environment();
    environment.push(("WP_FAULTS", "1".to_owned()));
    environment.extend(noise.then(|| ("WP_NOISE", "1".to_owned())));
    environment.extend(stack.map(|stack| ("WP_STACK", stack.to_owned())));
    if options.engine == Engine::Php {
        environment.push(("WP_UPLOAD_LIMITS", "1".to_owned()));
    }
    environment.extend(site.authority().map(|ca| ("SSL_CERT_FILE", ca.display().to_string())));
    let mut counts =
        if is_shop && cases.is_empty() { Ok(Counts::default()) } else { suite(sh, cases, &environment) };
    if let (Ok(counts), []) = (&mut counts, cases) {
        if !is_shop {
            println!("{}", exercised::report(&fs::read_to_string(site.text("access_log"))?)?);
        }
        let refuses = options.plugins.iter().any(|directory| directory.ends_with(MINI_ORANGE));
        counts.add(&if refuses {
            Counts::not_run(
                "the plugin refuses the application password of the example custom_type".to_owned(),
            )
        } else {
            custom_type(sh, &environment)
        });
    }
    if let (Ok(counts), true) = (&mut counts, is_shop) {
        environment.extend(CONSUMER_KEY.iter().map(|[_, name, value]| (*name, (*value).to_owned())));
        counts.add(&test(sh, "woocommerce", &[], &environment)?);
    }
    site.stop()?;
    counts
}

/// The directory of miniOrange's plugin, which refuses all credentials but those of its one method.
const MINI_ORANGE: &str = "wp-rest-api-authentication";

/// The example of a custom post type, as one test.
fn custom_type(sh: &Shell, environment: &[(&'static str, String)]) -> Counts {
    let mut cmd = cmd!(sh, "cargo run --quiet --all-features --bin custom-type");
    for (name, value) in environment {
        cmd = cmd.env(name, value);
    }
    let ok = cmd.run().is_ok();
    println!("test examples::custom_type ... {}", if ok { "ok" } else { "FAILED" });
    Counts { passed: u64::from(ok), failed: u64::from(!ok), ..Counts::default() }
}

fn suite(sh: &Shell, cases: &[String], environment: &[(&'static str, String)]) -> Result<Counts> {
    test(sh, "behaviour", cases, environment)
}

fn test(
    sh: &Shell,
    program: &str,
    cases: &[String],
    environment: &[(&'static str, String)],
) -> Result<Counts> {
    // The same features as in the other test run, so that nothing is built twice.
    let mut cmd = cmd!(sh, "cargo test --workspace --all-features --test {program} -- {cases...}");
    for (name, value) in environment {
        cmd = cmd.env(name, value);
    }
    Counts::of(cmd)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(line: &str) -> Result<Vec<String>> {
        let arguments: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Ok(matrix(&arguments)?.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_version_runs_on_each_engine() {
        assert_eq!(sites("").unwrap(), ["WordPress 7.1, php"]);
        assert_eq!(
            sites("--wp 6.2 --permalinks plain --wp=6.5 --engine php --engine playground --tls").unwrap(),
            [
                "WordPress 6.2, php, plain, tls",
                "WordPress 6.5, php, plain, tls",
                "WordPress 6.2, playground, plain, tls",
                "WordPress 6.5, playground, plain, tls"
            ]
        );
    }

    #[test]
    fn options_that_the_command_sets_are_refused() {
        for line in ["--port 8081", "--strip-authorization", "--wp", "--engine apache"] {
            assert!(sites(line).is_err(), "{line}");
        }
    }
}
