//! Builds the programs in the README, each with the dependencies and features that the README names for it.

use xshell::{Shell, cmd};

use crate::Result;

/// A ` ```toml ` block of the README, with the programs that follow it.
struct Section<'t> {
    dependencies: Vec<&'t str>,
    programs: Vec<String>,
}

pub fn check(sh: &Shell) -> Result {
    let readme = sh.read_file("README.md")?;
    let root = sh.current_dir();
    for (number, section) in
        sections(&readme).iter().enumerate().filter(|(_, section)| !section.programs.is_empty())
    {
        let package = root.join(format!("target/readme/{number}"));
        let manifest = manifest(number, section, &root.display().to_string());
        sh.write_file(package.join("Cargo.toml"), manifest)?;
        sh.write_file(package.join("src/lib.rs"), section.programs.join("\n"))?;
        sh.copy_file("Cargo.lock", package.join("Cargo.lock"))?;
        let manifest = package.join("Cargo.toml");
        cmd!(sh, "cargo check --quiet --manifest-path {manifest}").run()?;
    }
    Ok(())
}

fn sections(readme: &str) -> Vec<Section<'_>> {
    let mut sections = Vec::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<_> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
        if language == "toml" {
            sections.push(Section { dependencies: block, programs: Vec::new() });
        } else if let (true, Some(section)) = (language.starts_with("rust"), sections.last_mut()) {
            let number = section.programs.len();
            section.programs.push(format!("mod program_{number} {{\n{}\n}}\n", block.join("\n")));
        }
    }
    sections
}

/// The manifest of a separate package, whose paths to `crates/` lead to this repository.
fn manifest(number: usize, section: &Section<'_>, root: &str) -> String {
    let here = |line: &str| match (line.find("path = \""), line.find("crates/")) {
        (Some(path), Some(crates)) => format!("{}path = \"{root}/{}", &line[..path], &line[crates..]),
        _ => line.to_owned(),
    };
    // Programs in tests are compiled like any others.
    let lines = section.dependencies.iter().filter(|line| !line.starts_with('[') && !line.is_empty());
    let dependencies: Vec<_> = lines.map(|line| here(line)).collect();
    format!(
        "[package]\nname = \"readme-{number}\"\nedition = \"2024\"\n\n[workspace]\n\n[lints.rust]\ndead_code = \"allow\"\n\n\
         [dependencies]\n{}\n\n",
        dependencies.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_the_dependencies_above_it() {
        let fence = "```";
        let text = format!(
            "{fence}rust\nnot();\n{fence}\n{fence}toml\n[dependencies]\na = {{ path = \"../x/crates/a\" }}\n{fence}\n\
             {fence}rust,no_run\none();\n{fence}\n{fence}sh\nls\n{fence}\n{fence}toml\nb = \"1\"\n{fence}\n{fence}rust\ntwo();\n{fence}\n"
        );
        let found = sections(&text);
        let programs: Vec<_> = found.iter().map(|section| section.programs.concat()).collect();
        assert_eq!(programs, ["mod program_0 {\none();\n}\n", "mod program_0 {\ntwo();\n}\n"]);
        let manifest = manifest(0, &found[0], "/here");
        assert!(manifest.ends_with("[dependencies]\na = { path = \"/here/crates/a\" }\n\n"), "{manifest}");
    }
}
