//! A name says what a thing owns. Names that could hold anything are refused, for crates and for modules.

use super::Finding;
use super::metadata::Package;
use super::source;
use crate::repository::Repository;

const REFUSED: [&str; 11] =
    ["utils", "util", "common", "commons", "helpers", "helper", "manager", "managers", "misc", "shared", "utilities"];

pub(super) fn check(repository: &Repository, workspace: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in workspace {
        let folder = package.folder();
        if folder.split(['-', '_']).any(is_refused) {
            let what = format!("no crate is called `{folder}`; name it after what it owns");
            findings.push(Finding::new(&package.manifest(), 0, what));
        }
        if package.name != format!("larder-{folder}") {
            let what = format!("package `{}` in folder `{folder}`; call it `larder-{folder}`", package.name);
            findings.push(Finding::new(&package.manifest(), 0, what));
        }
    }
    for file in repository.files.iter().filter(|file| file.is_rust()) {
        let stem = file.path.trim_end_matches(".rs");
        if let Some(name) = stem.split('/').skip(1).find(|part| is_refused(part)) {
            findings.push(Finding::new(&file.path, 0, refusal(name)));
        }
        for (index, line) in source::code_only(&file.text).lines().enumerate() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            if words.any(|word| word == "mod")
                && let Some(name) = words.next().filter(|name| is_refused(name))
            {
                findings.push(Finding::new(&file.path, index + 1, refusal(name)));
            }
        }
    }
    findings
}

fn is_refused(name: &str) -> bool {
    REFUSED.contains(&name)
}

fn refusal(name: &str) -> String {
    format!("no module is called `{name}`; name it after what it owns")
}
