use std::collections::BTreeSet;

use xshell::{Shell, cmd};

use crate::{Context, Result, tools};

/// One crate with one set of features, as a user depends on it.
struct Row {
    package: &'static str,
    /// `none`, `default`, `all`, or the features to enable without the defaults.
    features: &'static str,
    /// The maximum number of crates in its dependency tree, including itself.
    limit: usize,
    /// Crates that must not be in the tree with these features. Those forbidden with any feature are in `deny.toml`.
    forbid: &'static [&'static str],
}

/// Forbidden in a build with hyper but without reqwest.
const HYPER: &[&str] = &["reqwest", "url"];
/// Forbidden for a program that brings its own transport or HTTP client.
const BARE: &[&str] = &["hyper", "reqwest", "rustls", "tokio", "url"];

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { package: "wp-core", features: "none", limit: 26, forbid: &[] },
    Row { package: "wp-core", features: "all", limit: 52, forbid: &[] },
    Row { package: "wp-auth", features: "none", limit: 45, forbid: &[] },
    Row { package: "wp-auth", features: "all", limit: 48, forbid: &[] },
    Row { package: "wp-auth-redis", features: "none", limit: 99, forbid: &[] },
    Row { package: "wp-auth-redis", features: "all", limit: 110, forbid: &[] },
    Row { package: "wp-http", features: "none", limit: 30, forbid: BARE },
    Row { package: "wp-http", features: "conformance", limit: 36, forbid: BARE },
    Row { package: "wp-http", features: "hyper,proxy", limit: 50, forbid: HYPER },
    Row { package: "wp-http", features: "hyper,rustls,http2", limit: 72, forbid: HYPER },
    Row { package: "wp-http", features: "hyper", limit: 48, forbid: HYPER },
    Row { package: "wp-http", features: "hyper,rustls", limit: 62, forbid: HYPER },
    Row { package: "wp-http", features: "reqwest", limit: 88, forbid: &[] },
    Row { package: "wp-http", features: "reqwest,rustls", limit: 102, forbid: &[] },
    Row { package: "wp-http", features: "all", limit: 112, forbid: &[] },
    Row { package: "wp-client", features: "none", limit: 50, forbid: BARE },
    Row { package: "wp-client", features: "hyper,rustls", limit: 76, forbid: HYPER },
    Row { package: "wp-client", features: "hyper,rustls,gzip", limit: 82, forbid: HYPER },
    Row { package: "wp-client", features: "default", limit: 116, forbid: &[] },
    Row { package: "wp-client", features: "all", limit: 127, forbid: &[] },
    Row { package: "token-only", features: "none", limit: 70, forbid: BARE },
];

impl Row {
    /// The flags that select these features for cargo.
    fn flags(&self) -> Vec<&'static str> {
        match self.features {
            "none" => vec!["--no-default-features"],
            "default" => vec![],
            "all" => vec!["--all-features"],
            list => vec!["--no-default-features", "--features", list],
        }
    }

    fn crates(&self, sh: &Shell) -> Result<BTreeSet<String>> {
        let (package, features) = (self.package, self.flags());
        let tree = cmd!(sh, "cargo tree -e normal --prefix none --no-dedupe -p {package} {features...}");
        Ok(parse(&tree.quiet().read()?))
    }

    /// The crates that are in the tree but forbidden.
    fn forbidden<'a>(&self, crates: &'a BTreeSet<String>) -> Vec<&'a str> {
        crates
            .iter()
            .filter(|krate| krate.split('@').next().is_some_and(|name| self.forbid.contains(&name)))
            .map(String::as_str)
            .collect()
    }

    /// Returns the crates in the tree, and the problems.
    fn check(&self, sh: &Shell) -> Result<(BTreeSet<String>, Vec<String>)> {
        let crates = self.crates(sh)?;
        let mut problems = Vec::new();
        for krate in self.forbidden(&crates) {
            problems.push(format!("must not depend on {krate}, and does:\n{}", self.path(sh, krate)?));
        }
        if crates.len() > self.limit {
            let (count, limit) = (crates.len(), self.limit);
            problems.push(format!("{count} crates, at most {limit}; `cargo xtask deps --list` names them"));
        }
        Ok((crates, problems))
    }

    /// The dependency path to `krate`.
    fn path(&self, sh: &Shell, krate: &str) -> Result<String> {
        let (package, features) = (self.package, self.flags());
        Ok(cmd!(sh, "cargo tree -e normal -p {package} {features...} -i {krate}").quiet().read()?)
    }
}

/// Parses the distinct `name@version` from the output of `cargo tree --prefix none`.
fn parse(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| {
            let (name, rest) = line.split_once(" v")?;
            Some(format!("{name}@{}", rest.split(' ').next()?))
        })
        .collect()
}

pub fn run(context: &mut Context) -> Result {
    let mut problems = Vec::new();
    if let Some(deny) = tools::find(context, "cargo-deny") {
        let checked = cmd!(context.sh, "{deny} check bans licenses sources").run();
        problems.extend(checked.err().map(|error| error.to_string()));
    }
    context.not_run(
        "advisories: their database is in no package registry; `cargo deny check advisories`".to_owned(),
    );
    let Context { sh, flags, .. } = context;
    let list = flags.iter().any(|flag| flag == "--list");
    println!("{:<13} {:<18} {:>6} {:>6}  verdict", "crate", "features", "crates", "limit");
    for row in ROWS {
        let Row { package, features, limit, .. } = row;
        let (crates, wrong) =
            row.check(sh).unwrap_or_else(|error| (BTreeSet::new(), vec![error.to_string()]));
        let verdict = if wrong.is_empty() { "ok" } else { "FAILED" };
        println!("{package:<13} {features:<18} {:>6} {limit:>6}  {verdict}", crates.len());
        for krate in crates.iter().filter(|_| list) {
            println!("    {krate}");
        }
        problems.extend(wrong.iter().map(|problem| format!("{package} ({features}): {problem}")));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n\n").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "wp-auth v0.1.0 (/somewhere/wp-auth)\nserde v1.0.229\nserde_derive v1.0.229 (proc-macro)\n\
                        wp-http v0.1.0 (/somewhere/wp-http)\nhashbrown v0.14.5\nhashbrown v0.15.2\nserde v1.0.229 (*)\n\n";

    #[test]
    fn each_version_of_a_crate_counts_once() {
        let crates = parse(TREE);
        assert_eq!(
            crates.iter().map(String::as_str).collect::<Vec<_>>(),
            [
                "hashbrown@0.14.5",
                "hashbrown@0.15.2",
                "serde@1.0.229",
                "serde_derive@1.0.229",
                "wp-auth@0.1.0",
                "wp-http@0.1.0"
            ]
        );
    }

    #[test]
    fn forbidden_dependency_is_forbidden_in_every_version() {
        let row = Row { package: "wp-auth", features: "none", limit: 9, forbid: &["hashbrown"] };
        assert_eq!(row.forbidden(&parse(TREE)), ["hashbrown@0.14.5", "hashbrown@0.15.2"]);
    }
}
