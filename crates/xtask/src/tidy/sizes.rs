//! Small rooms: limits on files, functions and inline tests, with a list of exceptions that may only shrink.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

use super::Finding;
use super::ratchet::{self, Kind, LIST};
use super::source;
use crate::repository::{File, Repository};

/// Lines of product code in a file that no exception lifts.
const FILE_HARD: usize = 1_000;
/// Lines of product code in a file without an exception.
const FILE_SOFT: usize = 400;
/// Lines of code in a function without an exception.
const FUNCTION: usize = 70;
/// Lines of an inline test module without an exception.
const INLINE_TESTS: usize = 100;

/// Something over its limit.
struct Measure {
    kind: Kind,
    /// The path, and for a function its name after `::`.
    name: String,
    line: usize,
    number: usize,
}

pub(super) fn check(repository: &Repository) -> Vec<Finding> {
    let list = repository.file(LIST).map_or("", |file| file.text.as_str());
    let entries = match ratchet::parse(list) {
        Ok(entries) => entries,
        Err(findings) => return findings,
    };
    let measures = measured(repository);
    let mut findings = Vec::new();
    for measure in &measures {
        let path = measure.name.split("::").next().unwrap_or(&measure.name);
        if measure.kind == Kind::File && measure.number > FILE_HARD {
            let what = format!("{} lines, {FILE_HARD} is the end; split it by what its parts own", measure.number);
            findings.push(Finding::new(path, 0, what));
            continue;
        }
        match entries.get(&(measure.kind, measure.name.clone())) {
            None => findings.push(Finding::new(path, measure.line, too_large(measure))),
            Some((number, line)) if measure.number > *number => {
                let what = format!(
                    "{} {} grew from {number} to {}; make it shrink",
                    measure.kind, measure.name, measure.number
                );
                findings.push(Finding::new(LIST, *line, what));
            }
            Some(_) => {}
        }
    }
    for ((kind, name), (_, line)) in &entries {
        if !measures.iter().any(|measure| measure.kind == *kind && measure.name == *name) {
            let what = format!("{kind} {name} needs no exception any more; remove the line");
            findings.push(Finding::new(LIST, *line, what));
        }
    }
    findings
}

/// Lowers the numbers of the list; never raises one, never adds one.
pub(super) fn shrink(repository: &Repository) -> Result<()> {
    let Some(file) = repository.file(LIST) else { return Ok(()) };
    let measured: BTreeMap<_, _> =
        measured(repository).into_iter().map(|measure| ((measure.kind, measure.name), measure.number)).collect();
    fs::write(repository.root.join(LIST), ratchet::shrunk(&file.text, &measured)).with_context(|| LIST.to_owned())
}

fn too_large(measure: &Measure) -> String {
    let (what, mend) = match measure.kind {
        Kind::File => {
            (format!("file of {} lines, limit {FILE_SOFT}", measure.number), "split it by what its parts own")
        }
        Kind::Function => {
            (format!("function of {} lines of code, limit {FUNCTION}", measure.number), "give its steps names")
        }
        Kind::Tests => (
            format!("inline tests of {} lines, limit {INLINE_TESTS}", measure.number),
            "move them to a sibling tests.rs",
        ),
    };
    format!("{what}; {mend} (or, with a reason, list `{} {} {}`)", measure.kind, measure.name, measure.number)
}

fn measured(repository: &Repository) -> Vec<Measure> {
    let product = |file: &&File| file.is_rust() && !file.is_generated() && !file.is_test();
    repository.files.iter().filter(product).flat_map(measure_file).collect()
}

fn measure_file(file: &File) -> Vec<Measure> {
    let code = source::code_only(&file.text);
    let tests = source::inline_tests(&code);
    let mut measures = Vec::new();
    let mut total = file.text.lines().count();
    for span in &tests {
        let number = span.last - span.first + 1;
        total -= number.min(total);
        if number > INLINE_TESTS {
            measures.push(Measure { kind: Kind::Tests, name: file.path.clone(), line: span.first, number });
        }
    }
    if total > FILE_SOFT {
        measures.push(Measure { kind: Kind::File, name: file.path.clone(), line: 0, number: total });
    }
    for span in source::functions(&code) {
        let in_tests = tests.iter().any(|tests| tests.first <= span.first && span.last <= tests.last);
        if span.lines > FUNCTION && !in_tests {
            let name = format!("{}::{}", file.path, span.name);
            measures.push(Measure { kind: Kind::Function, name, line: span.first, number: span.lines });
        }
    }
    measures
}
