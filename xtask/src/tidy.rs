use std::collections::{BTreeMap, BTreeSet};

use xshell::{Shell, cmd};

use crate::{COMMANDS, Context, Result, tools, wordpress::OPTIONS};

/// A check, which returns one line for each problem.
type Check = fn(&Tree) -> Vec<String>;

/// Checks that rustc and clippy do not offer.
const CHECKS: &[(&str, Check)] = &[
    ("no ignored test or doctest", ignored),
    ("nothing left to do", unfinished),
    ("no absolute path of a machine", machine_paths),
    ("no file that is too long", long_files),
    ("the lints of the workspace in every crate", lints),
    ("one version for all crates", versions),
    ("the MSRV in the READMEs", msrv),
    ("no path in a document that leads nowhere", dead_paths),
    ("a check for every invariant", invariants),
    ("every feature in the README of its crate", features),
    ("every command and option in CONTRIBUTING.md", commands),
    ("no module that uses one of a higher layer", layers),
    ("no name in a message that the API does not have", stale_names),
];

/// The modules at the root of a crate, in layers from the lowest: each uses only itself and those before it. A name that
/// `lib.rs` exports counts as its module; `Result` is defined there.
#[rustfmt::skip]
const LAYERS: &[(&str, &[&str])] = &[
    ("crates/wp-core/src/", &[
        "redact", "json_text", "totals", "error", "address", "discovery", "model", "php", "models", "response",
        "transport", "site",
    ]),
    ("crates/wp-client/src/", &[
        "Result", "error", "header", "progress", "media_type", "media_file", "access", "session", "download", "file", "reply", "read", "request", "call", "list", "collection",
        "application_passwords", "single", "client", "batch", "upload", "find_or_create", "resources", "builder", "discover", "authorize", "connect", "verify", "diagnose",
    ]),
    ("crates/wp-testkit/src/", &[
        "http", "front", "state", "rest", "resources", "plugins", "server", "post_type", "builder", "hold", "stand_in",
    ]),
];

const MAX_FILE: usize = 900;

/// The files that tell a user what to call: every name in backticks is public, or in [`FOREIGN`].
const HINTS: &[&str] = &[
    "crates/wp-client/src/error/hint.rs",
    "crates/wp-client/src/error/upload_refusal.rs",
    "crates/wp-client/src/diagnose/remedy.rs",
];

/// Names of servers, PHP and WordPress that hints use.
#[rustfmt::skip]
const FOREIGN: &[&str] = &[
    "ALLOW_UNFILTERED_UPLOADS", "LimitRequestBody", "RequestReadTimeout", "SecRequestBodyNoFilesLimit",
    "WP_ENVIRONMENT_TYPE", "_fields", "client_max_body_size", "display_errors", "fastcgi_buffer_size", "file_uploads",
    "local", "max_execution_time", "memory_limit", "post_max_size", "proxy_buffer_size", "try_files",
    "upload_max_filesize", "upload_mimes", "upload_tmp_dir",
];

pub fn run(context: &mut Context) -> Result {
    let mut found = 0;
    if let Some(typos) = tools::find(context, "typos") {
        found += usize::from(cmd!(context.sh, "{typos}").run().is_err());
    }
    let tree = Tree::read(&context.sh)?;
    for (name, check) in CHECKS {
        let problems = check(&tree);
        println!("{:<46} {}", name, if problems.is_empty() { "ok" } else { "FAILED" });
        for problem in &problems {
            println!("    {problem}");
        }
        found += problems.len();
    }
    if found == 0 { Ok(()) } else { Err(format!("problems found: {found}").into()) }
}

/// Every text file that is tracked, or untracked and not ignored.
struct Tree(Vec<File>);

struct File {
    path: String,
    text: String,
}

impl Tree {
    fn read(sh: &Shell) -> Result<Self> {
        let paths = cmd!(sh, "git ls-files --cached --others --exclude-standard").quiet().read()?;
        // A file that is not text is an image, or was deleted without a commit.
        let file = |path: &str| Some(File { path: path.to_owned(), text: sh.read_file(path).ok()? });
        Ok(Self(paths.lines().filter_map(file).collect()))
    }

    fn get(&self, path: &str) -> &str {
        self.0.iter().find(|file| file.path == path).map_or("", |file| &file.text)
    }

    /// Whether this file or directory exists.
    fn has(&self, path: &str) -> bool {
        let directory = format!("{path}/");
        self.0.iter().any(|file| file.path == path || file.path.starts_with(&directory))
    }

    fn ending(&self, end: &'static str) -> impl Iterator<Item = &File> {
        self.0.iter().filter(move |file| file.path.ends_with(end))
    }

    fn crates(&self) -> impl Iterator<Item = &File> {
        self.ending("/Cargo.toml").filter(|file| file.path.starts_with("crates/"))
    }

    /// The value of a simple `key = "…"` in the workspace's manifest.
    fn workspace(&self, key: &str) -> &str {
        let values =
            self.get("Cargo.toml").lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        values.map(|value| value.trim_end_matches('"')).next().unwrap_or_default()
    }
}

impl File {
    /// Lines for which `is_bad` is true, as `path:line: text`.
    fn lines(&self, is_bad: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
        let lines = self.text.lines().zip(1..).filter(move |(line, _)| is_bad(line));
        lines.map(|(line, number)| format!("{}:{number}: {}", self.path, line.trim()))
    }
}

fn ignored(tree: &Tree) -> Vec<String> {
    let test = |line: &str| line.contains(concat!("#[", "ignore"));
    let doctest = |line: &str| {
        let markdown = line.trim_start().trim_start_matches(['/', '!']).trim_start();
        markdown
            .strip_prefix("```")
            .is_some_and(|info| info.split([',', ' ']).any(|word| word.starts_with("ignore")))
    };
    let code = tree.ending(".rs").flat_map(|file| file.lines(move |line| test(line) || doctest(line)));
    code.chain(tree.ending(".md").flat_map(|file| file.lines(doctest))).collect()
}

fn unfinished(tree: &Tree) -> Vec<String> {
    let macros = ["todo", "unimplemented"].map(|name| format!("{name}!("));
    tree.ending(".rs").flat_map(|file| file.lines(|line| macros.iter().any(|it| line.contains(it)))).collect()
}

fn machine_paths(tree: &Tree) -> Vec<String> {
    tree.0.iter().flat_map(|file| file.lines(has_machine_path)).collect()
}

/// Whether the line holds an absolute path to a home or work directory. One in a URL, or below `~`, does not count.
fn has_machine_path(line: &str) -> bool {
    ["work", "farm", "root", "home", "Users"].iter().any(|dir| {
        let dir = format!("/{dir}/");
        line.match_indices(&dir).any(|(at, _)| {
            let (before, after) = (line[..at].chars().next_back(), line[at + dir.len()..].chars().next());
            let starts = before.is_none_or(|c| !c.is_alphanumeric() && !"~.}/*_-".contains(c));
            starts && after.is_some_and(char::is_alphanumeric)
        })
    })
}

fn long_files(tree: &Tree) -> Vec<String> {
    let code =
        tree.ending(".rs").filter(|file| file.path.starts_with("crates/") && file.path.contains("/src/"));
    let lines = code.map(|file| (&file.path, file.text.lines().count()));
    let long = lines.filter(|(_, lines)| *lines > MAX_FILE);
    long.map(|(path, lines)| format!("{path}: {lines} lines, at most {MAX_FILE}")).collect()
}

fn lints(tree: &Tree) -> Vec<String> {
    let without = tree.crates().filter(|file| !file.text.contains("[lints]\nworkspace = true\n"));
    without.map(|file| format!("{}: `[lints]` is not the workspace's", file.path)).collect()
}

fn versions(tree: &Tree) -> Vec<String> {
    let version = format!("version = \"={}\"", tree.workspace("version"));
    let manifest = tree.0.iter().filter(|file| file.path == "Cargo.toml");
    let paths = manifest
        .flat_map(|file| file.lines(|line| line.contains("path = \"crates/") && !line.contains(&version)));
    let own = tree.crates().filter(|file| !file.text.contains("\nversion.workspace = true\n"));
    paths.chain(own.map(|file| format!("{}: a version of its own", file.path))).collect()
}

fn msrv(tree: &Tree) -> Vec<String> {
    let msrv = tree.workspace("rust-version");
    tree.ending("README.md").flat_map(|file| file.lines(|line| names_another_msrv(line, msrv))).collect()
}

fn names_another_msrv(line: &str, msrv: &str) -> bool {
    let names_rust = ["MSRV", "Rust 1.", "rust-version"].iter().any(|word| line.contains(word));
    let numbers = line.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
    names_rust && numbers.filter(|word| word.starts_with("1.")).any(|word| word != msrv)
}

/// Missing targets of links in a document, and missing paths in backticks below a directory of code.
fn dead_paths(tree: &Tree) -> Vec<String> {
    let is_there = |path: &str| tree.has(path) || path.contains(['*', ' ', '…']);
    let dead = |file: &File| {
        let directory = file.path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let links = file.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let links =
            links.filter(|link| !link.is_empty() && !link.contains(':')).map(|link| resolve(directory, link));
        let is_code =
            |name: &&str| ["crates/", "examples/", "fuzz/", "xtask/"].iter().any(|it| name.starts_with(it));
        let named = file.text.split('`').skip(1).step_by(2).filter(is_code).map(str::to_owned);
        let dead = links.chain(named).filter(|path| !is_there(path.trim_end_matches('/')));
        dead.map(|path| format!("{}: there is no {path}", file.path)).collect::<Vec<_>>()
    };
    tree.ending(".md").flat_map(dead).collect()
}

/// Resolves a relative link to a path from the root of the repository.
fn resolve(directory: &str, link: &str) -> String {
    let mut parts: Vec<_> = directory.split('/').filter(|part| !part.is_empty()).collect();
    for part in link.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Checks that each invariant of `ARCHITECTURE.md` names, in backticks, an existing file, test or command; in a
/// table, the last cell must name it.
fn invariants(tree: &Tree) -> Vec<String> {
    let found = items(tree.get("ARCHITECTURE.md"));
    if found.is_empty() {
        return vec!["ARCHITECTURE.md: no invariants".to_owned()];
    }
    let is_held = |item: &&String| {
        let check = item.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap_or_default();
        check.split('`').skip(1).step_by(2).any(|name| exists(tree, name))
    };
    let unheld = found.iter().filter(|item| !is_held(item));
    unheld.map(|item| format!("ARCHITECTURE.md: names no check that exists: {item}")).collect()
}

/// The numbered rows (`| 1 | …`) or items (`1. …`) under the heading that contains "invariants".
fn items(text: &str) -> Vec<String> {
    let is_heading = |line: &&str| line.starts_with('#');
    let is_title = |line: &&str| is_heading(line) && line.to_lowercase().contains("invariants");
    let mut items: Vec<String> = Vec::new();
    for line in text.lines().skip_while(|line| !is_title(line)).skip(1).take_while(|line| !is_heading(line)) {
        if line.trim_start_matches(['|', ' ']).starts_with(|c: char| c.is_ascii_digit()) {
            items.push(line.to_owned());
        } else if let Some(item) = items.last_mut().filter(|_| line.starts_with(' ')) {
            item.push_str(line);
        }
    }
    items
}

fn exists(tree: &Tree, name: &str) -> bool {
    let is_command = || {
        let command = name.strip_prefix("cargo xtask ").and_then(|rest| rest.split(' ').next());
        command.is_some_and(|name| COMMANDS.iter().any(|command| command.name == name))
    };
    let is_test = || {
        let function = format!("fn {}(", name.rsplit("::").next().unwrap_or_default());
        tree.ending(".rs").any(|file| file.text.contains(&function))
    };
    is_command() || tree.has(name) || is_test()
}

/// Checks that the README of each crate has a table row for each feature.
fn features(tree: &Tree) -> Vec<String> {
    let missing = |manifest: &File| {
        let path = manifest.path.replace("Cargo.toml", "README.md");
        let is_feature = |line: &&str| line.contains(" = [") && !line.starts_with("default ");
        let section = manifest.text.lines().skip_while(|line| *line != "[features]").skip(1);
        let rows = section.take_while(|line| !line.starts_with('[')).filter(is_feature);
        let names = rows.filter_map(|line| line.split(' ').next());
        let unnamed = names.filter(|name| !tree.get(&path).contains(&format!("\n| `{name}`")));
        unnamed.map(|name| format!("{path}: no row for `{name}`")).collect::<Vec<_>>()
    };
    tree.crates().flat_map(missing).collect()
}

fn commands(tree: &Tree) -> Vec<String> {
    let text = tree.get("CONTRIBUTING.md");
    let commands = COMMANDS.iter().map(|command| command.name).filter(|name| *name != "help");
    let rows = commands
        .map(|name| format!("| `{name}`"))
        .chain(OPTIONS.iter().map(|option| format!("| `{}", option.name)));
    rows.filter(|row| !text.contains(row.as_str()))
        .map(|row| format!("CONTRIBUTING.md: no row {row}"))
        .collect()
}

/// Checks every path from the root of a crate in [`LAYERS`], except in comments, tests and `lib.rs`.
fn layers(tree: &Tree) -> Vec<String> {
    let mut problems = Vec::new();
    for (root, layers) in LAYERS {
        let exported = exported(tree.get(&format!("{root}lib.rs")));
        let files = tree.ending(".rs").filter_map(|file| Some((file, file.path.strip_prefix(root)?)));
        for (file, path) in files.filter(|(_, path)| *path != "lib.rs" && !path.ends_with("tests.rs")) {
            let own = path.split(['/', '.']).next().unwrap_or_default();
            let Some(at) = layers.iter().position(|layer| *layer == own) else {
                problems.push(format!("{}: `{own}` is in no layer", file.path));
                continue;
            };
            let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
            let module_of = |name| exported.get(name).copied().unwrap_or(name);
            let above = root_paths(code).into_iter().filter(|used| !layers[..=at].contains(&module_of(used)));
            problems.extend(above.map(|used| format!("{}: `{own}` may not use `crate::{used}`", file.path)));
        }
    }
    problems
}

/// The module of each name that `lib.rs` exports from one: `ApiRoot` is of `address` by
/// `pub use address::api_root::{ApiRoot, is_this_machine};`.
fn exported(lib: &str) -> BTreeMap<&str, &str> {
    let uses = lib.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let modules = uses.filter_map(|path| path.split_once("::"));
    modules
        .flat_map(|(module, path)| {
            let names = path.rsplit_once('{').map_or_else(
                || path.rsplit("::").next().unwrap_or(path),
                |(_, names)| names.trim_end_matches('}'),
            );
            names.split(',').map(move |name| (name.trim(), module))
        })
        .collect()
}

/// The first names of the paths that begin with `crate::`, such as `a` and `b` in `use crate::{a, b::C}`.
fn root_paths(text: &str) -> Vec<&str> {
    let code = text.match_indices("crate::").filter(|(at, _)| {
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        !line.contains("//") && !line.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
    });
    code.flat_map(|(at, path)| {
        let rest = &text[at + path.len()..];
        let mut depth = 0;
        let mut starts = vec![0];
        if rest.starts_with('{') {
            starts.clear();
            for (at, c) in rest.char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ => {}
                }
                if depth == 1 && matches!(c, '{' | ',') {
                    starts.push(at + 1);
                }
                if depth == 0 {
                    break;
                }
            }
        }
        starts.into_iter().filter_map(|start| {
            let name = rest[start..].trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next();
            name.filter(|name| !name.is_empty())
        })
    })
    .collect()
}

/// Looks for `Type::name` in all messages and documents, and for single names in [`HINTS`].
fn stale_names(tree: &Tree) -> Vec<String> {
    let public = public_names(tree);
    let is_src = |file: &&File| file.path.starts_with("crates/") && file.path.contains("/src/");
    let files = tree.ending(".rs").filter(is_src).chain(tree.ending(".md"));
    // The changelog names what was removed.
    let files = files.filter(|file| file.path != "CHANGELOG.md");
    let stale = |file: &File| {
        let is_code = |line: &&str| !line.trim_start().starts_with("//");
        let text = file.text.lines().filter(is_code).collect::<Vec<_>>().join("\n");
        let names = text.split('`').filter(|name| {
            let is_name =
                |part: &str| !part.is_empty() && part.chars().all(|c| c == '_' || c.is_alphanumeric());
            let is_type =
                |part: &str| part.starts_with(char::is_uppercase) && part.contains(char::is_lowercase);
            match name.split_once("::") {
                Some((of, name)) => is_type(of) && is_name(of) && is_name(name),
                None => HINTS.contains(&&*file.path) && is_name(name) && !FOREIGN.contains(name),
            }
        });
        let stale = names.filter(|name| !public.contains(*name));
        stale.map(|name| format!("{}: there is no public `{name}`", file.path)).collect::<Vec<_>>()
    };
    files.flat_map(stale).collect()
}

/// The last name of each path in a `public-api.txt`, and the last two. A variant needs its type.
fn public_names(tree: &Tree) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for line in tree.ending("/public-api.txt").flat_map(|file| file.text.lines()) {
        let Some((_, item)) = line.split_once("pub ") else { continue };
        let mut depth = 0;
        let path = item[item.find("wp_").unwrap_or_default()..].chars().filter(|c| {
            depth += i32::from(*c == '<') - i32::from(*c == '>');
            depth == 0 && *c != '>'
        });
        let path: String = path.take_while(|c| !matches!(c, '(' | ' ')).collect();
        let mut parts = path.trim_end_matches(':').rsplit("::");
        let (name, of) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if !(item.starts_with("wp_") && name.starts_with(char::is_uppercase)) {
            names.insert(name.to_owned());
        }
        names.insert(format!("{of}::{name}"));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        Tree(files.iter().map(|(path, text)| File { path: (*path).into(), text: (*text).into() }).collect())
    }

    #[test]
    fn ignored_tests_and_fences_are_found() {
        let text = concat!(
            "#[test] #[",
            "ignore]\nfn a() {}\n/// ``",
            "`no_run,ignore\n/// ``",
            "`no_run\n// ignore this"
        );
        assert_eq!(ignored(&tree(&[("a.rs", text)])).len(), 2);
        assert_eq!(ignored(&tree(&[("a.md", concat!("``", "`ignore\n``", "`\n"))])).len(), 1);
    }

    #[test]
    fn a_machine_path_is_absolute_and_names_something() {
        let home = concat!("/ho", "me/");
        for (line, bad) in [
            (format!("in {home}ana/site"), true),
            (format!("(\"{home}ana\")"), true),
            (format!("https:/{home}ana"), false),
            (format!("https://example.org{home}ana"), false),
            (format!("~{home}ana and .{home}ana and {home}"), false),
        ] {
            assert_eq!(has_machine_path(&line), bad, "{line}");
        }
    }

    #[test]
    fn a_readme_may_name_one_msrv() {
        assert!(!names_another_msrv("Rust 1.89 or later. MSRV: 1.89.", "1.89"));
        assert!(names_another_msrv("needs Rust 1.88.", "1.89"));
        assert!(!names_another_msrv("WordPress 1.5 is too old", "1.89"));
    }

    #[test]
    fn members_share_one_version() {
        let root = "version = \"0.2.0\"\na = { path = \"crates/a\", version = \"=0.2.0\" }\n\
                    b = { path = \"crates/b\", version = \"=0.1.0\" }\n";
        let own = "[package]\nversion.workspace = true\n";
        let tree = tree(&[("Cargo.toml", root), ("crates/a/Cargo.toml", own), ("crates/b/Cargo.toml", "")]);
        assert_eq!(versions(&tree).len(), 2);
    }

    #[test]
    fn a_path_in_a_document_leads_somewhere() {
        let text = "[a](../src/a.rs#top) [b](b.md) [c](https://example.org) `x/gone.rs` `crates/src/*.rs` `crates/src`\n\
                    [d](../gone) and `crates/gone.rs`";
        let tree = tree(&[("crates/doc/README.md", text), ("crates/src/a.rs", ""), ("crates/doc/b.md", "")]);
        let gone =
            ["crates/gone", "crates/gone.rs"].map(|path| format!("crates/doc/README.md: there is no {path}"));
        assert_eq!(dead_paths(&tree), gone);
    }

    #[test]
    fn feature_without_a_row_is_reported() {
        let manifest =
            "[features]\ndefault = [\"a\"]\n# Words.\na = []\nb = [\"dep:c\"]\n\n[dependencies]\nd = []\n";
        let tree = tree(&[
            ("crates/x/Cargo.toml", manifest),
            ("crates/x/README.md", "|---|\n| `a` (default) | it |\n"),
        ]);
        assert_eq!(features(&tree), ["crates/x/README.md: no row for `b`"]);
    }

    #[test]
    fn layers_use_only_lower_layers() {
        let root = "crates/wp-testkit/src/";
        let file = |path: &str, text: &str| layers(&tree(&[(&format!("{root}{path}"), text)]));
        let allowed =
            "use crate::{\n    http::{Error, url::decode},\n    state::State,\n};\n// crate::StandIn";
        assert_eq!(file("rest/route.rs", allowed), [""; 0]);
        assert_eq!(file("lib.rs", "pub use crate::stand_in::StandIn;"), [""; 0]);
        let message = |used: &str| format!("{root}state/mod.rs: `state` may not use `crate::{used}`");
        assert_eq!(
            file("state/mod.rs", "use crate::{http::{self, Reply}, rest::Caller};"),
            [message("rest")]
        );
        assert_eq!(file("state/mod.rs", "let a = crate::StandIn::start();"), [message("StandIn")]);
        assert_eq!(file("other.rs", ""), [format!("{root}other.rs: `other` is in no layer")]);
        assert_eq!(file("state/mod.rs", "#[cfg(test)]\nuse crate::StandIn;"), [""; 0]);

        let of = |path: &str, text: &str| {
            let lib = "pub use address::api_root::{ApiRoot, is_this_machine};\npub use site::Site;";
            layers(&tree(&[("crates/wp-core/src/lib.rs", lib), (path, text)])).len()
        };
        assert_eq!(of("crates/wp-core/src/transport.rs", "use crate::{ApiRoot, error::x};"), 0);
        assert_eq!(of("crates/wp-core/src/error.rs", "use crate::{ApiRoot, redact::x};"), 1);
        assert_eq!(of("crates/wp-core/src/transport.rs", "fn f(site: &crate::Site) {}"), 1);
    }

    #[test]
    fn invariant_without_a_check_is_reported() {
        let text = "# A\n1. not one\n## Invariants\n| # | rule | check |\n|---|---|---|\n\
                    | 1 | a | `cargo xtask deps` |\n| 2 | b | `it::holds_b` |\n| 3 | c | `Cargo.toml` |\n\
                    | 4 | `Cargo.toml` | `cargo xtask nothing`, `gone.rs` |\n## Next\n| 5 | no |\n";
        let tree = tree(&[
            ("ARCHITECTURE.md", text),
            ("Cargo.toml", ""),
            ("crates/a/tests/it.rs", "fn holds_b() {}"),
        ]);
        let problems = invariants(&tree);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("| 4 |"));
    }

    #[test]
    fn stale_name_in_a_hint_is_reported() {
        let api = "#[non_exhaustive] pub enum wp_auth::Kind\npub wp_auth::Kind::Account\n\
                   pub fn wp_auth::List<R, F>::per_page(self, u32) -> wp_auth::Page<R>\n";
        let text = "\"use `Kind`, `per_page` or `Account`\"\n// `Gone::of`\n\"`Kind::Account`, `List::per_page`, \\\n`List::gone`\"";
        let [hint, other] = [HINTS[0], "crates/wp-core/src/lib.rs"];
        let tree = tree(&[("crates/wp-auth/public-api.txt", api), (hint, text), (other, text)]);
        let stale = |path: &str, name: &str| format!("{path}: there is no public `{name}`");
        assert_eq!(
            stale_names(&tree),
            [stale(hint, "Account"), stale(hint, "List::gone"), stale(other, "List::gone")]
        );
    }
}
