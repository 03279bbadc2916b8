//! What a process costs, as Linux tells it under `/proc`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result};

/// Linux tells times in this unit to programs, whatever its own clock (`USER_HZ`, see proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// A process on this machine.
#[derive(Clone, Copy)]
pub(super) struct Process(u32);

impl Process {
    pub(super) fn new(id: u32) -> Self {
        Self(id)
    }

    /// This program, the load generator.
    pub(super) fn own() -> Self {
        Self(std::process::id())
    }

    /// Seconds of processor time so far, in the program and in the kernel for it, of all its threads.
    pub(super) fn processor_seconds(self) -> Result<f64> {
        let text = self.read("stat")?;
        ticks(&text).map(|ticks| ticks as f64 / TICKS_PER_SECOND).context("unknown format of /proc/<pid>/stat")
    }

    /// The most bytes that were in memory since [`Self::forget_peak`], or since the process began.
    pub(super) fn peak_bytes(self) -> Result<u64> {
        self.status("VmHWM:")
    }

    /// The bytes that are in memory.
    pub(super) fn resident_bytes(self) -> Result<u64> {
        self.status("VmRSS:")
    }

    /// Lets the peak begin anew. Not allowed for a process of another user; then the peak is that since its start.
    pub(super) fn forget_peak(self) {
        let _ = fs::write(format!("/proc/{}/clear_refs", self.0), "5");
    }

    fn status(self, name: &str) -> Result<u64> {
        let text = self.read("status")?;
        let kibibytes = text.lines().find_map(|line| line.strip_prefix(name)).and_then(|rest| {
            let number: u64 = rest.split_whitespace().next()?.parse().ok()?;
            Some(number)
        });
        Ok(kibibytes.with_context(|| format!("no {name} in /proc/<pid>/status"))? * 1024)
    }

    fn read(self, file: &str) -> Result<String> {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}; benchmarks need Linux"))
    }
}

/// `utime` + `stime`, the 14th and 15th field. The second is the program's name in brackets and may hold anything.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let kernel: u64 = fields.next()?.parse().ok()?;
    Some(user + kernel)
}

/// Bytes that a folder takes on its disk.
pub(super) fn disk_bytes(folder: &Path) -> Result<u64> {
    let mut total = 0;
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let entry = entry?;
        // Files that go away meanwhile take nothing.
        let Ok(metadata) = entry.metadata() else { continue };
        total += metadata.blocks() * 512;
        if metadata.is_dir() {
            total += disk_bytes(&entry.path())?;
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_behind_any_name() {
        let stat = "77 (a ) b) S 1 77 77 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 9 0 1 2 3";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("77 (larder"), None);
    }

    #[test]
    fn files_in_folders_count() {
        let folder = tempfile::tempdir().unwrap();
        let before = disk_bytes(folder.path()).unwrap();
        fs::create_dir(folder.path().join("in")).unwrap();
        fs::write(folder.path().join("in/file"), vec![1; 100_000]).unwrap();
        assert!(disk_bytes(folder.path()).unwrap() >= before + 100_000);
    }
}
