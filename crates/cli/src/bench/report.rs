//! Rows, as a table or as JSON.

use std::io::{self, Write};

use serde_json::json;

use super::Operation;
use super::load::Row;
use crate::s3::sizes;

pub(super) struct Report {
    json: bool,
    histogram: bool,
    begun: bool,
}

/// Characters of the longest bar.
const BAR: u64 = 50;

#[expect(clippy::cast_precision_loss, reason = "rates and latencies are shown with few digits")]
impl Report {
    pub(super) fn new(json: bool, histogram: bool) -> Self {
        Self { json, histogram, begun: false }
    }

    pub(super) fn row(&mut self, operation: Operation, size: u64, row: &Row) -> io::Result<()> {
        let mut out = super::output();
        let seconds = row.took.as_secs_f64().max(f64::EPSILON);
        let (rate, megabytes) = (row.done as f64 / seconds, row.bytes as f64 / seconds / 1e6);
        let millis = |per_mille| row.latencies.quantile(per_mille) as f64 / 1_000.0;
        if self.json {
            let line = json!({
                "operation": operation.name(), "size": size, "seconds": seconds, "done": row.done, "per_second": rate,
                "megabytes_per_second": megabytes, "p50_ms": millis(500), "p90_ms": millis(900), "p99_ms": millis(990),
                "p99_9_ms": millis(999), "max_ms": millis(1_000), "failed": row.failed(), "errors": row.errors,
            });
            writeln!(out, "{line}")?;
            return out.flush();
        }
        if !self.begun || self.histogram {
            writeln!(
                out,
                "{:<8} {:>10} {:>10} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
                "", "size", "op/s", "MB/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "failed"
            )?;
            self.begun = true;
        }
        writeln!(
            out,
            "{:<8} {:>10} {rate:>10.0} {megabytes:>9.1} {:>9.2} {:>9.2} {:>9.2} {:>9.2} {:>7}",
            operation.name(),
            sizes::human(size),
            millis(500),
            millis(900),
            millis(990),
            millis(999),
            row.failed()
        )?;
        for (code, count) in &row.errors {
            writeln!(out, "         {count} times {code}")?;
        }
        if self.histogram {
            histogram(&mut out, row)?;
        }
        out.flush()
    }
}

#[expect(clippy::cast_precision_loss, reason = "times are shown with few digits")]
fn histogram(out: &mut impl Write, row: &Row) -> io::Result<()> {
    let rows = row.latencies.by_powers();
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(1).max(1);
    for (from, count) in rows {
        // What is there is seen, however little.
        let length = usize::try_from((count * BAR).div_ceil(most)).unwrap_or(0);
        writeln!(out, "  {:>9.2} ms {} {count}", from as f64 / 1_000.0, "#".repeat(length))?;
    }
    writeln!(out)
}
