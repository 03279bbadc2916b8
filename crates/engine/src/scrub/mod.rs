//! Looking at everything that is stored: whether it is what was written, and whether records and contents fit.
//!
//! A scrub is a walk in small steps, beside the writers. It reports nothing that is merely in flight:
//! - what a record names is looked for *after* the record was read, and the record is read again before anything is said to
//!   be missing: a content is removed only after the commit that unnames it (but for the parts of an upload that ended,
//!   whose sweep stands in the outbox for as long as it lasts);
//! - a blob is held to be unnamed only when it was settled, that is, when nobody is about to name it, and a walk over all
//!   names that began later did not meet its own.
//!
//! It needs no keys: what was stored is compared with its checksums and lengths.

mod blobs;
mod names;
mod records;
mod report;

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use bytes::Bytes;
use larder_store::{BlobId, BlobRef, Partition, Position, StoreError, Table};

pub use report::{Finding, FindingKind, Owner, ScrubReport};

use crate::engine::Engine;
use crate::error::Error;

/// Records read at once.
const BATCH: usize = 256;

/// Small contents read at once, at most.
const CONTENTS_BATCH: usize = 64;

/// What a scrub does about what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrubOptions {
    /// Puts damaged blobs aside: they are kept, and reading them fails at once.
    pub quarantine: bool,
    /// Removes blobs that no record names, also those that were put aside.
    pub repair: bool,
    /// Leaves the store's own files out: they were checked already.
    pub skip_files: bool,
}

/// How far a scrub has come.
#[derive(Debug)]
enum Phase {
    Files {
        after: Option<String>,
    },
    Blobs {
        after: Option<BlobRef>,
        listed: VecDeque<BlobRef>,
        under_way: Option<(BlobRef, u64)>,
    },
    Records {
        after: Option<Position>,
    },
    Contents {
        after: Option<Position>,
    },
    /// A second walk over the names, for blobs that the first did not meet.
    Names {
        after: Option<Position>,
    },
    Done,
}

/// A scrub under way.
#[derive(Debug)]
pub struct Scrub {
    options: ScrubOptions,
    phase: Phase,
    report: ScrubReport,
    /// Names of buckets by their ids.
    buckets: BTreeMap<u64, String>,
    /// Damaged blobs, and what is wrong with them, until it is known whose they are.
    damaged: BTreeMap<BlobRef, Damaged>,
    /// Blobs of which no name was met yet.
    unnamed: BTreeMap<BlobId, BlobRef>,
    /// Blobs of earlier runs that nobody settled.
    unsettled: BTreeSet<BlobRef>,
    /// Blobs in quarantine of which no name was met yet.
    aside: BTreeMap<BlobId, BlobRef>,
    /// Small contents that were reported already.
    told: HashSet<(Partition, Bytes)>,
}

#[derive(Debug)]
struct Damaged {
    what: String,
    done: Option<&'static str>,
    told: bool,
}

impl Scrub {
    /// A scrub from the start.
    #[must_use]
    pub fn new(options: ScrubOptions) -> Self {
        Self {
            options,
            phase: Phase::Files { after: None },
            report: ScrubReport::default(),
            buckets: BTreeMap::new(),
            damaged: BTreeMap::new(),
            unnamed: BTreeMap::new(),
            unsettled: BTreeSet::new(),
            aside: BTreeMap::new(),
            told: HashSet::new(),
        }
    }

    /// Whether everything was looked at.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// What was found so far.
    #[must_use]
    pub fn report(&self) -> &ScrubReport {
        &self.report
    }

    /// What it is doing, for people.
    #[must_use]
    pub fn doing(&self) -> &'static str {
        match self.phase {
            Phase::Files { .. } => "checking files",
            Phase::Blobs { .. } => "verifying blobs",
            Phase::Records { .. } => "reading records",
            Phase::Contents { .. } => "reading small contents",
            Phase::Names { .. } => "looking for names",
            Phase::Done => "done",
        }
    }

    fn find(&mut self, kind: FindingKind, owner: Owner, what: impl Into<String>) {
        self.report.add(Finding::new(kind, owner, what));
    }
}

impl Engine {
    /// Takes the next step of a scrub. Returns how many bytes it read from the device, some MiB as a rule.
    ///
    /// # Errors
    /// When the stores cannot be read at all, as opposed to what lies in them. The step may be tried again.
    pub async fn scrub(&self, pass: &mut Scrub) -> Result<u64, Error> {
        let before = pass.report.bytes;
        match &mut pass.phase {
            Phase::Files { .. } => self.scrub_file(pass).await?,
            Phase::Blobs { .. } => self.scrub_blobs(pass).await?,
            Phase::Records { .. } => self.scrub_records(pass).await?,
            Phase::Contents { .. } => self.scrub_contents(pass).await?,
            Phase::Names { .. } => self.scrub_names(pass).await?,
            Phase::Done => {}
        }
        Ok(pass.report.bytes - before)
    }

    async fn scrub_file(&self, pass: &mut Scrub) -> Result<(), Error> {
        let Phase::Files { after } = &pass.phase else { return Ok(()) };
        let next = if pass.options.skip_files { None } else { self.meta.check(after.as_deref()).await? };
        let Some(file) = next else {
            pass.unsettled = self.blobs.unsettled().await?.into_iter().map(|left| left.blob).collect();
            let by_id = |blob: BlobRef| (blob.id, blob);
            pass.unnamed = pass.unsettled.iter().copied().map(by_id).collect();
            pass.aside = self.blobs.quarantined().await?.into_iter().map(by_id).collect();
            pass.phase = Phase::Blobs { after: None, listed: VecDeque::new(), under_way: None };
            return Ok(());
        };
        pass.report.files += 1;
        pass.report.bytes += file.bytes;
        if let Some(damage) = file.damage {
            // What a damaged file no longer shows must not be taken for what was never there.
            pass.report.incomplete = true;
            pass.find(FindingKind::File, Owner::default(), format!("{}: {damage}", file.name));
        }
        pass.phase = Phase::Files { after: Some(file.name) };
        Ok(())
    }

    /// Reads small contents that no record led to.
    async fn scrub_contents(&self, pass: &mut Scrub) -> Result<(), Error> {
        let Phase::Contents { after } = &pass.phase else { return Ok(()) };
        let page = match self.meta.walk(Table::Contents, after.clone(), CONTENTS_BATCH).await {
            Err(StoreError::Corrupt { what }) => {
                pass.report.incomplete = true;
                pass.find(FindingKind::File, Owner::default(), format!("small contents cannot be read on: {what}"));
                Vec::new()
            }
            page => page?,
        };
        let Some(last) = page.last() else {
            pass.phase = Phase::Names { after: None };
            return self.choose_leftovers(pass).await;
        };
        pass.phase = Phase::Contents { after: Some((last.partition, last.key.clone())) };
        for entry in page {
            pass.report.contents += 1;
            match entry.value {
                Ok(value) => pass.report.bytes += value.len() as u64,
                Err(error) if !pass.told.contains(&(entry.partition, entry.key.clone())) => {
                    let owner = pass.owner_in(entry.partition);
                    pass.find(FindingKind::Content, owner, format!("a small content that no record led to: {error}"));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}
