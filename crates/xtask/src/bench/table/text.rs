//! The table in Markdown.

use std::fmt::Write;

/// What one server did.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// Operations a second.
    pub(super) rate: f64,
    /// The server's processor time for each, where its process is known.
    pub(super) milliseconds: Option<f64>,
}

/// One load on every server.
pub(super) struct Row {
    pub(super) title: &'static str,
    pub(super) goal: Cell,
    pub(super) cells: Vec<Cell>,
    /// Milliseconds of the load generator's processor time for each operation, for each server.
    pub(super) client: Vec<f64>,
}

/// Bytes in memory before the first load, and at most.
#[derive(Clone, Copy)]
pub(super) struct Memory {
    pub(super) start: u64,
    pub(super) peak: u64,
}

pub(super) struct Table {
    /// Ours first.
    pub(super) servers: Vec<String>,
    pub(super) rows: Vec<Row>,
    pub(super) memory: Vec<Option<Memory>>,
    pub(super) memory_goal: Memory,
    /// Where and how it was measured.
    pub(super) conditions: String,
}

impl Table {
    pub(super) fn render(&self) -> String {
        let mut text = String::from("| rate · server CPU per operation |");
        let Some((ours, others)) = self.servers.split_first() else { return text };
        for server in &self.servers {
            let _ = write!(text, " {server} |");
        }
        text.push_str(" goal |");
        for other in others {
            let _ = write!(text, " {ours} / {other} |");
        }
        text.push_str("\n|---|");
        text.push_str(&"---:|".repeat(self.servers.len() + 1 + others.len()));
        for row in &self.rows {
            let _ = write!(text, "\n| {} |", row.title);
            for cell in row.cells.iter().chain([&row.goal]) {
                let _ = write!(text, " {} |", cell.text());
            }
            for cell in &row.cells[1..] {
                let _ = write!(text, " {} |", row.cells[0].ratio(cell));
            }
        }
        text.push_str("\n| server memory: start / peak |");
        for memory in self.memory.iter().copied().chain([Some(self.memory_goal)]) {
            let _ = write!(text, " {} |", memory.map_or("-".to_owned(), Memory::text));
        }
        for other in &self.memory[1..] {
            let ratio = self.memory[0].zip(*other).map_or("-".to_owned(), |(ours, other)| ours.ratio(other));
            let _ = write!(text, " {ratio} |");
        }
        let _ = write!(text, "\n\n{}\nThe load generator's own processor time, ms per operation:", self.conditions);
        for (number, server) in self.servers.iter().enumerate() {
            let spent: Vec<String> = self.rows.iter().map(|row| short(row.client[number])).collect();
            let _ = write!(text, "{} {server} {}", if number > 0 { ";" } else { "" }, spent.join(", "));
        }
        text.push('.');
        text
    }
}

impl Cell {
    fn text(self) -> String {
        let milliseconds =
            self.milliseconds.map_or("-".to_owned(), |milliseconds| format!("{} ms", short(milliseconds)));
        format!("{}/s · {milliseconds}", grouped(self.rate))
    }

    /// How many times as many, and how many times the processor time.
    fn ratio(self, other: &Self) -> String {
        let cost = self.milliseconds.zip(other.milliseconds);
        format!("{:.2} · {}", self.rate / other.rate, cost.map_or("-".to_owned(), |(a, b)| format!("{:.2}", a / b)))
    }
}

impl Memory {
    fn text(self) -> String {
        format!("{:.0} / {} MB", self.start as f64 / 1e6, grouped(self.peak as f64 / 1e6))
    }

    fn ratio(self, other: Self) -> String {
        let ratio = |ours: u64, other: u64| ours as f64 / other.max(1) as f64;
        format!("{:.2} / {:.2}", ratio(self.start, other.start), ratio(self.peak, other.peak))
    }
}

/// Two or three digits that matter.
fn short(milliseconds: f64) -> String {
    let digits = match milliseconds {
        ..0.1 => 3,
        ..1.0 => 2,
        ..10.0 => 1,
        _ => 0,
    };
    format!("{milliseconds:.digits$}")
}

/// A whole number with commas between its thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_long_as_they_are_sure() {
        for (value, text) in [(0.0812, "0.081"), (0.53, "0.53"), (5.92, "5.9"), (81.4, "81"), (0.0, "0.000")] {
            assert_eq!(short(value), text);
        }
        for (value, text) in [(0.2, "0"), (999.0, "999"), (1_000.0, "1,000"), (1_234_567.4, "1,234,567")] {
            assert_eq!(grouped(value), text);
        }
    }

    #[test]
    fn a_table_has_a_column_for_each_server_and_each_ratio() {
        let cell = |rate, milliseconds| Cell { rate, milliseconds };
        let table = Table {
            servers: vec!["larder".to_owned(), "SeaweedFS".to_owned(), "elsewhere".to_owned()],
            rows: vec![Row {
                title: "PUT 4 KiB",
                goal: cell(10_000.0, Some(0.08)),
                cells: vec![cell(6_864.0, Some(0.106)), cell(3_432.0, Some(0.53)), cell(1_000.0, None)],
                client: vec![0.02, 0.02, 0.03],
            }],
            memory: vec![
                Some(Memory { start: 22_000_000, peak: 155_000_000 }),
                Some(Memory { start: 110_000_000, peak: 1_550_000_000 }),
                None,
            ],
            memory_goal: Memory { start: 20_000_000, peak: 150_000_000 },
            conditions: "Here.".to_owned(),
        };
        let expected = "\
| rate · server CPU per operation | larder | SeaweedFS | elsewhere | goal | larder / SeaweedFS | larder / elsewhere |
|---|---:|---:|---:|---:|---:|---:|
| PUT 4 KiB | 6,864/s · 0.11 ms | 3,432/s · 0.53 ms | 1,000/s · - | 10,000/s · 0.080 ms | 2.00 · 0.20 | 6.86 · - |
| server memory: start / peak | 22 / 155 MB | 110 / 1,550 MB | - | 20 / 150 MB | 0.20 / 0.10 | - |

Here.
The load generator's own processor time, ms per operation: larder 0.020; SeaweedFS 0.020; elsewhere 0.030.";
        assert_eq!(table.render(), expected);
    }
}
