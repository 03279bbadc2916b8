//! Markdown tables of what was measured.

use std::fmt::Write;
use std::time::Duration;

use super::load::Tally;
use super::worker::Operation;

/// One load on one server.
pub(super) struct Row {
    pub(super) server: String,
    pub(super) operation: Operation,
    /// Bytes of an object.
    pub(super) size: u64,
    pub(super) tally: Tally,
}

pub(super) const HEADING: &str = "\
| server | operation | size | requests/s | MB/s | p50 ms | p99 ms | CPU s | CPU µs/request | peak MiB | client CPU s | failed |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|";

impl Row {
    fn rate(&self) -> f64 {
        self.tally.rate()
    }

    /// Microseconds of the server's processor time for each request.
    fn cost(&self) -> Option<f64> {
        Some(self.tally.cost()? * 1e6)
    }

    pub(super) fn line(&self) -> String {
        let tally = &self.tally;
        let throughput = tally.bytes as f64 / 1e6 * self.rate() / tally.requests().max(1) as f64;
        let known =
            |value: Option<f64>, digits: usize| value.map_or("-".to_owned(), |value| format!("{value:.digits$}"));
        format!(
            "| {} | {} | {} | {:.0} | {throughput:.1} | {} | {} | {} | {} | {} | {:.2} | {} |",
            self.server,
            self.operation.name(),
            size_text(self.size),
            self.rate(),
            milliseconds(tally.percentile(0.5)),
            milliseconds(tally.percentile(0.99)),
            known(tally.server_seconds, 2),
            known(self.cost(), 0),
            known(tally.peak_bytes.map(mebibytes), 0),
            tally.own_seconds,
            tally.failed,
        )
    }
}

/// The first server beside each other one, where both did the same.
pub(super) fn ratios(rows: &[Row]) -> String {
    let mut text = String::new();
    let Some(ours) = rows.first().map(|row| &row.server) else { return text };
    for theirs in rows.iter().filter(|row| row.server != *ours) {
        let same = |row: &&Row| row.server == *ours && row.operation == theirs.operation && row.size == theirs.size;
        let Some(row) = rows.iter().find(same) else { continue };
        if text.is_empty() {
            text.push_str(
                "\n| other | operation | size | requests/s | p99 | CPU per request |\n|---|---|---:|---:|---:|---:|\n",
            );
        }
        let p99 = |row: &Row| row.tally.percentile(0.99).as_secs_f64();
        let cost = row.cost().zip(theirs.cost()).map_or("-".to_owned(), |(a, b)| format!("{:.2}", a / b));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.2} | {:.2} | {cost} |",
            theirs.server,
            row.operation.name(),
            size_text(row.size),
            row.rate() / theirs.rate(),
            p99(row) / p99(theirs),
        );
    }
    text
}

pub(super) fn milliseconds(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1e3)
}

pub(super) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

pub(super) fn size_text(bytes: u64) -> String {
    let fits = |(_, unit): &&(&str, u64)| bytes >= *unit && bytes.is_multiple_of(*unit);
    match UNITS.iter().find(fits) {
        Some((name, unit)) => format!("{} {name}", bytes / unit),
        None => format!("{bytes} B"),
    }
}

/// Reads `4KiB`, `8MiB`, `1GiB` or plain bytes.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let (number, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?, *unit)))
        .unwrap_or((text.trim_end_matches('B'), 1));
    let number: u64 = number.trim().parse().map_err(|_| "write a size as 4096, 4KiB, 8MiB or 1GiB".to_owned())?;
    number.checked_mul(unit).ok_or_else(|| "too large".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_written() {
        for (text, bytes) in [("4 KiB", 4_096), ("8 MiB", 8 << 20), ("1 GiB", 1 << 30), ("100 B", 100), ("0 B", 0)] {
            assert_eq!(size_text(bytes), text);
            assert_eq!(parse_size(text), Ok(bytes));
            assert_eq!(parse_size(&text.replace(' ', "")), Ok(bytes));
        }
        assert_eq!(parse_size("4096"), Ok(4_096));
        assert!(parse_size("4kb").is_err());
        assert!(parse_size("99999999999999999 GiB").is_err());
    }

    #[test]
    fn a_ratio_compares_equal_loads_only() {
        let row = |server: &str, size, seconds| {
            let took = Duration::from_secs(1);
            let mut tally = Tally::default();
            (tally.took, tally.server_seconds) = (took, Some(seconds));
            Row { server: server.to_owned(), operation: Operation::Put, size, tally }
        };
        let rows = [row("larder", 1, 2.0), row("peer", 1, 4.0), row("peer", 2, 4.0)];
        let text = ratios(&rows);
        assert_eq!(text.matches("| peer |").count(), 1, "{text}");
        assert!(text.contains("| peer | PUT | 1 B | NaN | NaN | 0.50 |"), "{text}");
        assert_eq!(ratios(&rows[..1]), "");
    }
}
