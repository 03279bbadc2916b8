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
        if !workspace.iter().any(|package| package.folder() == allowed.krate) {
            let what = format!("`{}` is listed but is no crate of the workspace; remove its line", allowed.krate);
            findings.push(Finding::new(LIST, 0, what));
        }
    }
    findings
}
