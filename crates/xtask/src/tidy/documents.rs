//! Documents that must stay true: decision records, the README's commands, the list of fuzz targets.

use toml::{Table, Value};

use super::Finding;
use crate::repository::Repository;

/// The two commands a newcomer needs first.
const README_COMMANDS: [&str; 2] = ["cargo run --release -- serve", "cargo test --workspace"];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let paths: Vec<&str> = repository.files.iter().map(|file| file.path.as_str()).collect();
    let mut findings = decision_records(&paths);
    findings.extend(readme(repository.file("README.md").map(|file| file.text.as_str())));
    let manifest = repository.file("fuzz/Cargo.toml").map(|file| file.text.as_str());
    findings.extend(fuzz_targets(manifest, &paths));
    findings
}

/// `docs/adr/NNNN-title.md` from 0001 on, without holes or doubles.
pub(super) fn decision_records(paths: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut records: Vec<(&str, &str)> = Vec::new();
    for path in paths {
        let Some(name) = path.strip_prefix("docs/adr/") else { continue };
        match name.split_once('-') {
            Some((number, _)) if number.len() == 4 && number.bytes().all(|b| b.is_ascii_digit()) => {
                records.push((number, path));
            }
            _ if name == "README.md" => {}
            _ => findings.push(Finding::new(path, 0, "a decision record is called NNNN-title.md; rename it")),
        }
    }
    records.sort_unstable();
    for (index, (number, path)) in records.iter().enumerate() {
        let expected = format!("{:04}", index + 1);
        if *number != expected {
            let what =
                format!("number {number} where {expected} comes next; records are numbered without holes or doubles");
            findings.push(Finding::new(path, 0, what));
        }
    }
    findings
}

pub(super) fn readme(text: Option<&str>) -> Vec<Finding> {
    let Some(text) = text else {
        return vec![Finding::new("README.md", 0, "missing; a newcomer starts there")];
    };
    let missing = README_COMMANDS.iter().filter(|command| !text.contains(**command));
    missing.map(|command| Finding::new("README.md", 0, format!("does not name `{command}`; add it"))).collect()
}

/// Every target in fuzz/Cargo.toml exists and every file in fuzz/fuzz_targets is a target.
pub(super) fn fuzz_targets(manifest: Option<&str>, paths: &[&str]) -> Vec<Finding> {
    const MANIFEST: &str = "fuzz/Cargo.toml";
    let Some(text) = manifest else {
        return vec![Finding::new(MANIFEST, 0, "missing; the parsers' fuzz targets are declared there")];
    };
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::new(MANIFEST, 0, format!("not TOML: {error}"))],
    };
    let targets = table.get("bin").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let declared: Vec<String> = targets
        .iter()
        .filter_map(|target| target.get("path").and_then(Value::as_str))
        .map(|path| format!("fuzz/{path}"))
        .collect();
    let mut findings = Vec::new();
    for path in declared.iter().filter(|path| !paths.contains(&path.as_str())) {
        findings.push(Finding::new(MANIFEST, 0, format!("target {path} does not exist; write it or remove it")));
    }
    let present = paths.iter().filter(|path| path.starts_with("fuzz/fuzz_targets/") && path.ends_with(".rs"));
    for path in present.filter(|path| !declared.iter().any(|declared| declared == *path)) {
        findings.push(Finding::new(path, 0, format!("not a target; declare it as a [[bin]] in {MANIFEST}")));
    }
    findings
}
