//! The process, by the names that all client libraries of Prometheus give:
//! <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>

use std::fs;
use std::io;

use async_trait::async_trait;
use larder_types::Timestamp;
use rustix::param::{clock_ticks_per_second, page_size};
use rustix::process::{Resource, getrlimit};

use crate::{Readings, Source};

/// This process, as Linux tells it under `/proc`. Elsewhere there is only when it started.
#[derive(Debug)]
pub struct ProcessSource {
    started: Timestamp,
}

/// What proc(5) tells of a process.
#[derive(Debug, PartialEq)]
struct Usage {
    processor_seconds: f64,
    threads: u64,
    virtual_bytes: u64,
    resident_bytes: u64,
}

impl ProcessSource {
    /// This process, which started then.
    #[must_use]
    pub fn new(started: Timestamp) -> Self {
        Self { started }
    }
}

#[async_trait]
impl Source for ProcessSource {
    async fn read(&self, readings: &mut Readings) {
        let started = self.started.as_millis() as f64 / 1e3;
        readings.gauge("process_start_time_seconds", "When the process started, in seconds since 1970", started);
        if let Some(usage) = fs::read_to_string("/proc/self/stat").ok().and_then(|stat| Usage::parse(&stat)) {
            let cpu = usage.processor_seconds;
            readings.counter("process_cpu_seconds", "Processor time, in the program and in the kernel for it", cpu);
            readings.gauge("process_threads", "Threads", usage.threads as f64);
            readings.gauge("process_virtual_memory_bytes", "Address space", usage.virtual_bytes as f64);
            readings.gauge("process_resident_memory_bytes", "Memory in use", usage.resident_bytes as f64);
        }
        if let Ok(open) = open_files() {
            readings.gauge("process_open_fds", "Open file descriptors", open as f64);
        }
        if let Some(most) = getrlimit(Resource::Nofile).current {
            readings.gauge("process_max_fds", "File descriptors that may be open", most as f64);
        }
    }
}

fn open_files() -> io::Result<usize> {
    // One of them is that of the folder itself.
    Ok(fs::read_dir("/proc/self/fd")?.count().saturating_sub(1))
}

impl Usage {
    /// The second field is the program's name in brackets and may hold anything.
    fn parse(stat: &str) -> Option<Self> {
        let (_, fields) = stat.rsplit_once(')')?;
        // From the third on.
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            processor_seconds: (number(14)? + number(15)?) as f64 / clock_ticks_per_second() as f64,
            threads: number(20)?,
            virtual_bytes: number(23)?,
            resident_bytes: number(24)? * page_size() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_found_behind_any_name() {
        let stat =
            "77 (a ) b) S 1 70 77 0 -1 4194560 1 2 3 4 250 50 7 1 20 0 9 0 1234 8192000 300 18446744073709551615";
        let expected = Usage {
            processor_seconds: 300.0 / clock_ticks_per_second() as f64,
            threads: 9,
            virtual_bytes: 8_192_000,
            resident_bytes: 300 * page_size() as u64,
        };
        assert_eq!(Usage::parse(stat), Some(expected));
        assert_eq!(Usage::parse("77 (larder"), None);
    }
}
