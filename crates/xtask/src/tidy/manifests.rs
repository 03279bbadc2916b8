//! Every crate inherits the workspace's licence, Rust version and lints.

use toml::{Table, Value};

use super::Finding;
use super::metadata::Package;
use super::text::MAY_BE_UNSAFE;
use crate::repository::Repository;

pub(super) fn check(repository: &Repository, workspace: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in workspace {
        let path = package.manifest();
        let Some(file) = repository.file(&path) else {
            findings.push(Finding::new(&path, 0, "a workspace crate lies outside crates/; move it there"));
            continue;
        };
        findings.extend(check_manifest(&path, &file.text));
        if package.license.is_none() || package.rust_version.is_none() {
            findings.push(Finding::new("Cargo.toml", 0, "[workspace.package] must state license and rust-version"));
        }
    }
    findings
}

pub(super) fn check_manifest(path: &str, text: &str) -> Vec<Finding> {
    let table: Table = match text.parse() {
        Ok(table) => table,
        Err(error) => return vec![Finding::new(path, 0, format!("not TOML: {error}"))],
    };
    let mut findings = Vec::new();
    let inherits = |section: &str, key: &str| {
        let value = table.get(section).and_then(|section| section.get(key));
        value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
    };
    for key in ["version", "edition", "rust-version", "license", "publish"] {
        if !inherits("package", key) {
            findings.push(Finding::new(path, 0, format!("[package] lacks `{key}.workspace = true`; add it")));
        }
    }
    // The workspace forbids `unsafe`, which a crate cannot take back: one that needs it states the other lints itself.
    let own_lints = MAY_BE_UNSAFE.iter().any(|krate| path == format!("crates/{krate}/Cargo.toml"));
    let lints = table.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
    if lints != Some(true) && !own_lints {
        findings.push(Finding::new(path, 0, "lacks `[lints] workspace = true`; add it"));
    }
    if table.get("package").and_then(|package| package.get("description")).is_none() {
        findings.push(Finding::new(path, 0, "[package] lacks a `description`; say in one line what the crate owns"));
    }
    for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
        for (name, value) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
            let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
            if !inherited || value.get("features").is_some() {
                let what = format!(
                    "{section} `{name}` states its own version or features; declare both in the root Cargo.toml and \
                     write `{name}.workspace = true`"
                );
                findings.push(Finding::new(path, 0, what));
            }
        }
    }
    findings
}
