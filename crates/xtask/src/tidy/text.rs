//! Rules on single lines and on the head of a file.

use super::Finding;
use super::source;
use crate::repository::{File, Repository};

/// Crates that may hold `unsafe`: bindings to C, each with its reasons in its own lints.
pub(super) const MAY_BE_UNSAFE: [&str; 1] = ["powercut"];

/// Beginnings of absolute paths that exist on somebody's machine only. Written in two parts so that this file passes.
const MACHINE_PATHS: [&str; 2] = [concat!("/ro", "ot/"), concat!("/wo", "rk/")];

/// Words for unfinished work. Written in two parts so that this file passes.
const UNFINISHED: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX")];

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    repository.files.iter().flat_map(check_file).collect()
}

pub(super) fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = machine_paths(file);
    let code = ["rs", "py", "sh", "toml", "yml", "yaml", "lua", "js"];
    if !file.is_generated() && file.path.rsplit('.').next().is_some_and(|extension| code.contains(&extension)) {
        findings.extend(unfinished(file));
    }
    if file.is_rust() {
        findings.extend(rust(file));
    }
    findings
}

/// A path counts where it begins: `s3://bucket` and relative paths may contain the same words.
fn machine_paths(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for path in MACHINE_PATHS {
            let begins = |at: usize| {
                let before = line[..at].chars().next_back();
                before.is_none_or(|c| !c.is_alphanumeric() && !"._-/}~*".contains(c))
            };
            if line.match_indices(path).any(|(at, _)| begins(at)) {
                let what =
                    format!("`{path}…` exists on one machine only; write a path relative to the checkout or to $HOME");
                findings.push(Finding::new(&file.path, index + 1, what));
            }
        }
    }
    findings
}

fn unfinished(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if let Some(word) = words.find(|word| UNFINISHED.contains(word)) {
            let what = format!("`{word}` in the tree; finish it or open an issue for it");
            findings.push(Finding::new(&file.path, index + 1, what));
        }
    }
    findings
}

fn rust(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    let exempt = file.is_generated() || file.is_test();
    if !exempt && !file.text.starts_with("//!") {
        let what = "no `//!` at the top; say what the module owns and its invariants";
        findings.push(Finding::new(&file.path, 1, what));
    }
    let krate = file.path.strip_prefix("crates/").and_then(|path| path.split('/').next()).unwrap_or("");
    let code = source::code_only(&file.text);
    for (index, line) in code.lines().enumerate() {
        let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
        if words.any(|word| word == "unsafe") && !MAY_BE_UNSAFE.contains(&krate) {
            findings.push(Finding::new(&file.path, index + 1, "`unsafe` is for the binding crates; find a safe way"));
        }
        if line.contains(concat!("todo", "!(")) || line.contains(concat!("unimplemented", "!(")) {
            findings.push(Finding::new(
                &file.path,
                index + 1,
                "a panic where code should be; write it or return an error",
            ));
        }
    }
    findings
}
