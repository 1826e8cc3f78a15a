use serde_json::Value;
use xshell::cmd;

use crate::{Context, Result};

/// Additional runs of some examples: with a token scheme (`WP_AUTH`), and with arguments.
const MORE: &[(&str, &str, &[&str])] = &[
    ("quickstart", "jwt", &["--transport", "hyper"]),
    ("quickstart", "simple-jwt", &[]),
    ("quickstart", "app-password", &[]),
    ("quickstart", "bearer-token", &[]),
    ("quickstart", "api-key", &[]),
    ("own_transport", "jwt", &["--certify"]),
];

/// Runs every example of the package `examples`, and the shop. Each must work without arguments.
pub fn run(Context { sh, .. }: &mut Context) -> Result {
    let metadata = cmd!(sh, "cargo metadata --no-deps --format-version 1").quiet().read()?;
    let names = examples(&serde_json::from_str(&metadata)?);
    if names.is_empty() {
        return Err("the package `examples` has no example".into());
    }
    let plain = names.iter().map(|name| (name.as_str(), "jwt", &[][..]));
    for (name, scheme, args) in plain.chain(MORE.iter().copied()) {
        // With all features, as `test` has built them. The examples write to the site, so an address in the environment must not be used.
        cmd!(sh, "cargo run --all-features --example {name} -- {args...}")
            .env_remove("WP_URL")
            .env("WP_AUTH", scheme)
            .run()?;
    }
    cmd!(sh, "cargo run --all-features --bin shop").env_remove("WP_URL").run()?;
    Ok(())
}

fn examples(metadata: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    list(&metadata["packages"])
        .iter()
        .filter(|package| package["name"] == "examples")
        .flat_map(|package| list(&package["targets"]))
        .filter(|target| target["kind"][0] == "example")
        .filter_map(|target| target["name"].as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_examples_of_the_examples_package_are_run() {
        let metadata = serde_json::json!({ "packages": [
            { "name": "wp-core", "targets": [{ "kind": ["example"], "name": "elsewhere" }] },
            { "name": "examples", "targets": [
                { "kind": ["lib"], "name": "examples" },
                { "kind": ["example"], "name": "quickstart" },
            ] },
        ] });
        assert_eq!(examples(&metadata), ["quickstart"]);
    }
}
