//! Walks a listing from its beginning to its end: a page must not cost more the further it lies from the beginning.

use std::time::Duration;

use anyhow::Result;

use super::report::milliseconds;
use super::worker::{PAGE, Sample};
use crate::process::Process;
use crate::stopwatch::Stopwatch;

/// Pages at the beginning and at the end of the listing that are compared.
const EDGE: usize = 100;

/// Takes pages until the one that says it is the last, prints what they took, and returns how many entries they had.
pub(super) fn walk(process: Option<Process>, mut next: impl FnMut() -> Result<(Sample, bool)>) -> Result<u64> {
    let processor_seconds = || process.map_or(Ok(0.0), Process::processor_seconds);
    let mut pages = Vec::new();
    let mut spent = vec![processor_seconds()?];
    let mut listed = 0;
    let watch = Stopwatch::start();
    loop {
        let (page, is_last) = next()?;
        pages.push(page.took);
        spent.push(processor_seconds()?);
        listed += page.objects;
        if is_last {
            break;
        }
    }
    let seconds = watch.elapsed().as_secs_f64();
    println!("| list all by pages of {PAGE}, s (entries/s) | {seconds:.1} ({:.0}) |", listed as f64 / seconds);
    let edge = EDGE.min(pages.len());
    let begin = pages.len() - edge;
    let cost = |first: usize| (spent[first + edge] - spent[first]) * 1e3 / edge as f64;
    let (first, last) = (median(&pages[..edge]), median(&pages[begin..]));
    for (which, page, cost) in [("first", first, cost(0)), ("last", last, cost(begin))] {
        println!(
            "| median of the {which} {edge} pages, ms (server CPU), pages/s | {} ({cost:.1}), {:.0} |",
            milliseconds(page),
            1.0 / page.as_secs_f64()
        );
    }
    println!(
        "| last to first (server CPU) | {:.2} ({:.2}) |",
        last.as_secs_f64() / first.as_secs_f64(),
        cost(begin) / cost(0)
    );
    Ok(listed)
}

/// Not the mean: one page that waited for another program would decide it.
fn median(durations: &[Duration]) -> Duration {
    let mut sorted = durations.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_ends_with_the_last_page_and_adds_up() {
        let mut left = 250;
        let listed = walk(None, || {
            left -= 1;
            let sample = Sample { took: Duration::from_millis(left), bytes: 1, objects: 3 };
            Ok((sample, left == 0))
        });
        assert_eq!(listed.unwrap(), 750);
        assert_eq!(median(&[3, 1, 2].map(Duration::from_millis)), Duration::from_millis(2));
    }
}
