//! What a reader must know to judge the figures.

use std::fs;
use std::thread;

/// A sentence about the load and the machine, as far as Linux tells it.
pub(super) fn conditions(connections: u32, seconds: u64) -> String {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let model = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| model_of(&text));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{connections} connections, {seconds} s a row; {processors} processors ({}) for servers and load generator, Linux {}; \
         load average at the end {}.",
        model.unwrap_or_else(|| "of an unknown kind".to_owned()),
        kernel.trim(),
        load.split(' ').next().unwrap_or_default()
    )
}

fn model_of(cpuinfo: &str) -> Option<String> {
    let line = cpuinfo.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_named_once() {
        let text = "processor\t: 0\nmodel name\t: A B\nprocessor\t: 1\nmodel name\t: A B\n";
        assert_eq!(model_of(text).as_deref(), Some("A B"));
        assert_eq!(model_of("processor\t: 0\n"), None);
        assert!(conditions(16, 5).starts_with("16 connections, 5 s a row; "));
    }
}
