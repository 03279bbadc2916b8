//! `cargo xtask codegen`: Rust from API models kept as data in `crates/wire/model`.
//!
//! Reading a model ([`model`], [`strip`]) knows nothing of Rust; what an operation selects and what the model gets wrong
//! is a table ([`s3`]); a protocol's emission ([`rest_xml`]) knows both. Another protocol is another emission module and
//! another line in [`generate`].

mod model;
mod names;
mod rest_xml;
mod s3;
mod strip;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

/// Path below the target folder to source text.
type Files = BTreeMap<PathBuf, String>;

const MODEL: &str = "crates/wire/model/s3.json";
const TARGET: &str = "crates/wire/src/generated/s3";

/// `codegen`, `codegen --check` and `codegen strip <service-2.json> <out.json>`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    match args.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => write(),
        ["--check"] => check(),
        ["strip", source, out] => {
            let text = std::fs::read_to_string(source).with_context(|| format!("reading {source}"))?;
            std::fs::write(out, strip::strip(&text)?).with_context(|| format!("writing {out}"))
        }
        _ => bail!("usage: codegen [--check | strip <service-2.json> <out.json>]"),
    }
}

/// Fails, naming each file, when what is checked in differs from what the model gives.
pub(crate) fn check() -> Result<()> {
    let expected = generate()?;
    let present = read_target()?;
    let mut differing: Vec<String> = Vec::new();
    for (path, text) in &expected {
        if present.get(path) != Some(text) {
            differing.push(format!("{TARGET}/{} is missing or out of date", path.display()));
        }
    }
    for path in present.keys().filter(|path| !expected.contains_key(*path)) {
        differing.push(format!("{TARGET}/{} is not generated any more", path.display()));
    }
    ensure!(differing.is_empty(), "{}\nrun `cargo xtask codegen`", differing.join("\n"));
    Ok(())
}

fn write() -> Result<()> {
    let expected = generate()?;
    let present = read_target()?;
    let target = root().join(TARGET);
    for path in present.keys().filter(|path| !expected.contains_key(*path)) {
        std::fs::remove_file(target.join(path))?;
    }
    for (path, text) in &expected {
        if present.get(path) == Some(text) {
            continue;
        }
        let path = target.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn generate() -> Result<Files> {
    let path = root().join(MODEL);
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let model: model::Model = serde_json::from_str(&text).with_context(|| format!("parsing {}", path.display()))?;
    let files = rest_xml::generate(&model, &s3::SELECTION)?;
    format(files)
}

/// Formats every file by one run of rustfmt, which finds the others through the `mod` lines of `mod.rs`.
fn format(files: Files) -> Result<Files> {
    let folder = tempfile::tempdir()?;
    for (path, text) in &files {
        let path = folder.path().join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    let output = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=120,use_small_heuristics=Max"])
        .arg(folder.path().join("mod.rs"))
        .output()
        .context("running rustfmt")?;
    ensure!(output.status.success(), "rustfmt: {}", String::from_utf8_lossy(&output.stderr));
    read_files(folder.path())
}

fn read_target() -> Result<Files> {
    read_files(&root().join(TARGET))
}

fn read_files(top: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![top.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.exists() {
            continue;
        }
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path)?;
                files.insert(path.strip_prefix(top)?.to_owned(), text);
            }
        }
    }
    Ok(files)
}

/// The workspace's folder.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn checked_in_code_is_what_the_model_gives() {
        super::check().unwrap();
    }
}
