//! What a process costs, as Linux tells it under `/proc`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};

/// Linux tells times in this unit to programs, whatever its own clock (`USER_HZ`, see proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

/// A process on this machine, or a process group.
#[derive(Clone, Copy)]
pub(crate) struct Process {
    id: u32,
    is_group: bool,
}

impl Process {
    pub(crate) fn new(id: u32) -> Self {
        Self { id, is_group: false }
    }

    /// All processes of a group, whose figures are added up: a server may be several, or have a shell before it. One
    /// that has left the group is not seen.
    pub(crate) fn group(id: u32) -> Self {
        Self { id, is_group: true }
    }

    /// This program, the load generator.
    pub(crate) fn own() -> Self {
        Self::new(std::process::id())
    }

    /// Seconds of processor time so far, in the program and in the kernel for it, of all its threads. In a group that
    /// of processes which have ended counts as soon as another of the group was told.
    pub(crate) fn processor_seconds(self) -> Result<f64> {
        let ticks = |id| {
            let stat = stat(id)?;
            Ok(stat.ticks + if self.is_group { stat.ended_ticks } else { 0 })
        };
        Ok(self.sum(ticks)? as f64 / TICKS_PER_SECOND)
    }

    /// The same of the processes it started, once they ended and it was told.
    pub(crate) fn children_seconds(self) -> Result<f64> {
        let ticks = |id| Ok(stat(id)?.ended_ticks);
        Ok(self.sum(ticks)? as f64 / TICKS_PER_SECOND)
    }

    /// The most bytes that were in memory since [`Self::forget_peak`], or since the process began. In a group the sum
    /// over its processes, whose peaks may lie at different times.
    pub(crate) fn peak_bytes(self) -> Result<u64> {
        self.sum(|id| status(id, "VmHWM:"))
    }

    /// The bytes that are in memory. What processes of a group share counts for each.
    pub(crate) fn resident_bytes(self) -> Result<u64> {
        self.sum(|id| status(id, "VmRSS:"))
    }

    /// Lets the peak begin anew. Not allowed for a process of another user; then the peak is that since its start.
    pub(crate) fn forget_peak(self) {
        for id in self.members().unwrap_or_default() {
            let _ = fs::write(format!("/proc/{id}/clear_refs"), "5");
        }
    }

    /// Whether anything of it still runs.
    pub(crate) fn is_running(self) -> bool {
        self.members().is_ok_and(|members| !members.is_empty())
    }

    fn sum(self, figure: impl Fn(u32) -> Result<u64>) -> Result<u64> {
        if !self.is_group {
            return figure(self.id);
        }
        let members = self.members()?;
        ensure!(!members.is_empty(), "the process group {} has ended", self.id);
        // A process that ends meanwhile has no figures any more.
        Ok(members.into_iter().filter_map(|id| figure(id).ok()).sum())
    }

    fn members(self) -> Result<Vec<u32>> {
        let ids = match self.is_group {
            true => all_ids()?,
            false => vec![self.id],
        };
        let is_member = |id: &u32| {
            let stat = read(*id, "stat").ok().and_then(|text| Stat::parse(&text));
            stat.is_some_and(|stat| !stat.has_ended && (!self.is_group || stat.group == self.id))
        };
        Ok(ids.into_iter().filter(is_member).collect())
    }
}

fn all_ids() -> Result<Vec<u32>> {
    let entries = fs::read_dir("/proc").context("cannot list /proc; benchmarks need Linux")?;
    Ok(entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect())
}

fn stat(id: u32) -> Result<Stat> {
    Stat::parse(&read(id, "stat")?).context("unknown format of /proc/<pid>/stat")
}

fn status(id: u32, name: &str) -> Result<u64> {
    let text = read(id, "status")?;
    let kibibytes = text.lines().find_map(|line| line.strip_prefix(name)).and_then(|rest| {
        let number: u64 = rest.split_whitespace().next()?.parse().ok()?;
        Some(number)
    });
    Ok(kibibytes.with_context(|| format!("no {name} in /proc/<pid>/status"))? * 1024)
}

fn read(id: u32, file: &str) -> Result<String> {
    let path = format!("/proc/{id}/{file}");
    fs::read_to_string(&path).with_context(|| format!("cannot read {path}; benchmarks need Linux"))
}

/// What proc(5) says of a process in one line.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    /// A zombie.
    has_ended: bool,
    group: u32,
    /// `utime` + `stime`
    ticks: u64,
    /// `cutime` + `cstime`: of children that have ended and been waited for.
    ended_ticks: u64,
}

impl Stat {
    /// The second field is the program's name in brackets and may hold anything.
    fn parse(line: &str) -> Option<Self> {
        let (_, fields) = line.rsplit_once(')')?;
        // From the third on.
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            has_ended: fields.first() == Some(&"Z"),
            group: u32::try_from(number(5)?).ok()?,
            ticks: number(14)? + number(15)?,
            ended_ticks: number(16)? + number(17)?,
        })
    }
}

/// Bytes that a folder takes on its disk.
pub(crate) fn disk_bytes(folder: &Path) -> Result<u64> {
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
        let stat = "77 (a ) b) S 1 70 77 0 -1 4194560 1 2 3 4 250 50 7 1 20 0 9 0 1 2 3";
        let expected = Stat { has_ended: false, group: 70, ticks: 300, ended_ticks: 8 };
        assert_eq!(Stat::parse(stat), Some(expected));
        assert!(Stat::parse(&stat.replace(" S ", " Z ")).is_some_and(|stat| stat.has_ended));
        assert_eq!(Stat::parse("77 (larder"), None);
    }

    #[test]
    fn this_process_costs_something() {
        let process = Process::own();
        assert!(process.is_running());
        assert!(process.peak_bytes().unwrap() >= 1 << 16);
        assert!(!Process::group(u32::MAX).is_running());
        assert!(Process::group(u32::MAX).resident_bytes().is_err());
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
