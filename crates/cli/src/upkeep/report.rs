//! Reports of scrubs and checks, for people and programs.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context, Result};
use larder_admin_api::messages::{ScrubFinding, ScrubReport};

/// Prints a report. Fails when there is damage.
pub(super) fn print(report: &ScrubReport, json: bool) -> Result<ExitCode> {
    let text = if json { crate::admin::as_json(report)? } else { text(report) };
    std::io::stdout().write_all(text.as_bytes()).context("cannot print the report")?;
    Ok(if report.damaged > 0 || report.incomplete { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub(super) fn text(report: &ScrubReport) -> String {
    let ScrubReport { files, blobs, records, contents, bytes, damaged, left_over, incomplete, findings } = report;
    let mut text: String = findings.iter().map(line).collect();
    let unlisted = (damaged + left_over).saturating_sub(findings.len() as u64);
    // Writing into memory has no way to fail.
    if unlisted > 0 {
        let _ = writeln!(text, "... and {unlisted} more; only the log of a server that scrubs has them all");
    }
    let _ = writeln!(
        text,
        "looked at {files} files, {blobs} blobs, {records} records, {contents} small contents: {} MiB",
        bytes.div_ceil(1024 * 1024)
    );
    if *incomplete {
        let _ = writeln!(text, "NOT EVERYTHING WAS LOOKED AT: damage hides the rest");
    }
    let _ = match (damaged, left_over) {
        (0, 0) => writeln!(text, "no damage"),
        (0, _) => writeln!(text, "no damage; {left_over} left over"),
        (_, 0) => writeln!(text, "DAMAGE: {damaged} found"),
        (_, _) => writeln!(text, "DAMAGE: {damaged} found; {left_over} left over"),
    };
    text
}

fn line(finding: &ScrubFinding) -> String {
    let mut text = if finding.damage { "DAMAGED   " } else { "left over " }.to_owned();
    if let Some(bucket) = &finding.bucket {
        let _ = write!(text, " s3://{bucket}/");
        text.extend(finding.key.iter().flat_map(|key| key.escape_debug()));
    }
    for (name, value) in [("version", &finding.version_id), ("upload", &finding.upload_id)] {
        if let Some(value) = value {
            let _ = write!(text, " {name} {value}");
        }
    }
    if let Some(number) = finding.part_number {
        let _ = write!(text, " part {number}");
    }
    let _ = write!(text, " {}: {}", finding.kind, finding.message);
    if let Some(done) = &finding.done {
        let _ = write!(text, " ({done})");
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_whose_it_is_and_what_was_done() {
        let finding = ScrubFinding {
            kind: "content".to_owned(),
            damage: true,
            bucket: Some("photos".to_owned()),
            key: Some("a\nb".to_owned()),
            version_id: Some("null".to_owned()),
            part_number: Some(7),
            message: "block 3 fails its checksum".to_owned(),
            done: Some("put aside".to_owned()),
            ..ScrubFinding::default()
        };
        let report = ScrubReport { damaged: 2, bytes: 1, findings: vec![finding], ..ScrubReport::default() };
        let expected = "\
DAMAGED    s3://photos/a\\nb version null part 7 content: block 3 fails its checksum (put aside)
... and 1 more; only the log of a server that scrubs has them all
looked at 0 files, 0 blobs, 0 records, 0 small contents: 1 MiB
DAMAGE: 2 found
";
        assert_eq!(text(&report), expected);
        assert!(text(&ScrubReport::default()).ends_with("no damage\n"));
    }
}
