//! Dependencies between crates point one way, and only where [`super::edges`] says so.

use super::Finding;
use super::edges::{Allowed, EDGES};
use super::metadata::Package;

const LIST: &str = "crates/xtask/src/tidy/edges.rs";

pub(super) fn check(workspace: &[Package]) -> Vec<Finding> {
    check_against(workspace, EDGES)
}

pub(super) fn check_against(workspace: &[Package], edges: &[Allowed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in workspace {
        let Some(allowed) = edges.iter().find(|allowed| allowed.krate == package.folder()) else {
            let what = format!("crate `{}` has no place in the layering; give it a line in {LIST}", package.folder());
            findings.push(Finding::new(&package.manifest(), 0, what));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| dependency.path.is_some()) {
            let target = dependency.name.strip_prefix("larder-").unwrap_or(&dependency.name);
            let in_tests = dependency.kind.as_deref() == Some("dev");
            let may = allowed.uses.contains(&target) || (in_tests && allowed.tests_use.contains(&target));
            if !may {
                let kind = if in_tests { "dev-dependency" } else { "dependency" };
                let what = format!(
                    "{kind} {} -> {target} is not an allowed edge; move the code to the layer it belongs to, or argue \
                     for the edge in {LIST}",
                    allowed.krate
                );
                findings.push(Finding::new(&package.manifest(), 0, what));
            }
        }
    }
    for allowed in edges {
        let Some(package) = workspace.iter().find(|package| package.folder() == allowed.krate) else {
            let what = format!("`{}` is listed but is no crate of the workspace; remove its line", allowed.krate);
            findings.push(Finding::new(LIST, 0, what));
            continue;
        };
        findings.extend(stale(package, allowed));
    }
    findings
}

/// Allowances that nothing needs: a list that allows more than there is would let the next edge in unargued.
fn stale(package: &Package, allowed: &Allowed) -> Vec<Finding> {
    let needs = |target: &str, in_tests: bool| {
        package.dependencies.iter().any(|dependency| {
            let is_dev = dependency.kind.as_deref() == Some("dev");
            dependency.name.strip_prefix("larder-") == Some(target) && is_dev == in_tests
        })
    };
    let entries = allowed.uses.iter().map(|target| (*target, false));
    let entries: Vec<_> = entries.chain(allowed.tests_use.iter().map(|target| (*target, true))).collect();
    let mut findings = Vec::new();
    for (index, &(target, in_tests)) in entries.iter().enumerate() {
        let list = if in_tests { "tests_use" } else { "uses" };
        let krate = allowed.krate;
        if entries[..index].iter().any(|(before, _)| *before == target) {
            let what = format!("`{krate}` is allowed `{target}` twice; one is enough");
            findings.push(Finding::new(LIST, 0, what));
        } else if !needs(target, in_tests) {
            let what = format!("`{krate}` does not need `{target}` of its `{list}`; remove it");
            findings.push(Finding::new(LIST, 0, what));
        }
    }
    findings
}
