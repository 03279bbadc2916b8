//! Large downloads: ranges side by side into one file, and those that a run before brought stay.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use larder_crypto::{ChecksumHasher, combine};
use larder_types::{Checksum, ChecksumAlgorithm};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::download::corrupt;
use super::download_state::{Header, Ledger};
use super::landing;
use super::parts::{Cut, Part};
use super::stream::length_of;
use super::{Facts, Seal, Transfers, blocking, flatten, source};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;

/// A file that is being put together.
struct Landing {
    file: File,
    ledger: Mutex<Ledger>,
    algorithm: ChecksumAlgorithm,
    waiting: PathBuf,
    notes: PathBuf,
    target: PathBuf,
}

/// A range that is in the file.
struct Landed {
    part: Part,
    checksum: Checksum,
    travelled: u64,
}

struct RangeJob {
    from: BucketPath,
    version: Option<String>,
    etag: Option<String>,
    part: Part,
    noted: Option<Checksum>,
    id: u64,
}

impl Transfers {
    pub(super) async fn download_in_ranges(
        self: &Arc<Self>,
        from: &BucketPath,
        version: Option<&str>,
        to: &Path,
        id: u64,
    ) -> Result<u64, RequestError> {
        let key = self.settings.source_customer_key.as_ref().or(self.settings.customer_key.as_ref());
        let mut facts = self.facts(&self.source, from, version, key).await?;
        facts.seal = self.with_part_sizes(&self.source, from, facts.seal).await;
        let cut = self.cut(facts.size)?;
        let (landing, noted) = self.open_landing(from, version, &facts, cut, to).await?;
        let landing = Arc::new(landing);
        let fetched = self.fetch(&landing, from, version, &facts, cut, noted, id).await;
        let landed = match fetched {
            Ok(landed) => landed,
            Err(error) => {
                if !error.may_work_later() && error.kind != ErrorKind::Credentials {
                    landing.give_up();
                }
                return Err(error);
            }
        };
        let travelled = landed.iter().map(|landed| landed.travelled).sum();
        let finished = Arc::clone(&landing);
        let finish = move || finished.finish(&landed, &facts);
        if let Err(error) = blocking(finish).await {
            landing.give_up();
            return Err(error);
        }
        Ok(travelled)
    }

    async fn open_landing(
        &self,
        from: &BucketPath,
        version: Option<&str>,
        facts: &Facts,
        cut: Cut,
        to: &Path,
    ) -> Result<(Landing, HashMap<i32, Checksum>), RequestError> {
        let endpoint = self.source.endpoint().unwrap_or("aws");
        let etag = facts.etag.as_deref().unwrap_or_default();
        let mut header = Header::new(endpoint, from.to_string(), etag, (cut.size, cut.part_size));
        header.object_version = version.map(str::to_owned);
        header.algorithm = facts.seal.combines().unwrap_or(ChecksumAlgorithm::Crc64Nvme);
        let target = to.to_owned();
        blocking(move || Landing::open(target, &header)).await
    }

    #[expect(clippy::too_many_arguments, reason = "all of them say what is fetched and where it goes")]
    async fn fetch(
        self: &Arc<Self>,
        landing: &Arc<Landing>,
        from: &BucketPath,
        version: Option<&str>,
        facts: &Facts,
        cut: Cut,
        mut noted: HashMap<i32, Checksum>,
        id: u64,
    ) -> Result<Vec<Landed>, RequestError> {
        let mut tasks = JoinSet::new();
        let mut landed: Vec<Landed> = Vec::new();
        for part in cut.parts() {
            let held = self.hold(part.length).await;
            while let Some(done) = tasks.try_join_next() {
                landed.push(flatten(done)?);
            }
            let job = RangeJob {
                from: from.clone(),
                version: version.map(str::to_owned),
                etag: facts.etag.clone(),
                part,
                noted: noted.remove(&part.number),
                id,
            };
            let (transfers, landing) = (Arc::clone(self), Arc::clone(landing));
            tasks.spawn(async move { transfers.fetch_range(job, landing, held).await });
        }
        while let Some(done) = tasks.join_next().await {
            landed.push(flatten(done)?);
        }
        landed.sort_unstable_by_key(|landed| landed.part.number);
        Ok(landed)
    }

    async fn fetch_range(
        &self,
        job: RangeJob,
        landing: Arc<Landing>,
        held: Option<OwnedSemaphorePermit>,
    ) -> Result<Landed, RequestError> {
        let part = job.part;
        let progress = self.progress(job.id);
        if let Some(noted) = job.noted {
            let landing = Arc::clone(&landing);
            if let Some(checksum) = blocking(move || Ok(landing.still_has(part, noted))).await? {
                progress.moved(part.length);
                return Ok(Landed { part, checksum, travelled: 0 });
            }
        }
        let read = || async {
            let request = self.get(&job.from, job.version.as_deref()).set_if_match(job.etag.clone());
            let range = format!("bytes={}-{}", part.offset, part.offset + part.length - 1);
            let answer = request.range(range).send().await.map_err(RequestError::from)?;
            if length_of(&answer) != Some(part.length) {
                return Err(RequestError::new(
                    ErrorKind::Changed,
                    "the server sent another range than it was asked for",
                ));
            }
            self.collect(answer.body, Some(part.length), &progress).await
        };
        let chunks = self.requests.send(read).await?;
        let checksum = blocking(move || landing.write(part, &chunks)).await?;
        drop(held);
        Ok(Landed { part, checksum, travelled: part.length })
    }
}

impl Landing {
    fn open(target: PathBuf, header: &Header) -> Result<(Self, HashMap<i32, Checksum>), RequestError> {
        let (waiting, notes) = (landing::waiting_name(&target, ""), landing::waiting_name(&target, ".notes"));
        let failed = |error: &std::io::Error| landing::write_error(&target, error);
        let file = landing::open(&waiting, OpenOptions::new().read(true).write(true).create(true).truncate(false));
        let file = file.map_err(|error| failed(&error))?;
        if file.try_lock().is_err() {
            return Err(RequestError::new(ErrorKind::Local, "another process is downloading this file"));
        }
        let complete = file.metadata().is_ok_and(|metadata| metadata.len() == header.size);
        if !complete {
            Ledger::remove(&notes);
        }
        let (ledger, done) = Ledger::open(&notes, header).map_err(|error| failed(&error))?;
        if done.is_empty() {
            file.set_len(0).and_then(|()| file.set_len(header.size)).map_err(|error| failed(&error))?;
        }
        let algorithm = header.algorithm;
        Ok((Self { file, ledger: Mutex::new(ledger), algorithm, waiting, notes, target }, done))
    }

    /// The checksum of a range, when the disk really has what was noted.
    fn still_has(&self, part: Part, noted: Checksum) -> Option<Checksum> {
        let content = source::read_part(&self.file, part.offset, part.length).ok()?;
        (super::checksum_of(self.algorithm, &content) == noted).then_some(noted)
    }

    fn write(&self, part: Part, chunks: &[Bytes]) -> Result<Checksum, RequestError> {
        let failed = |error: &std::io::Error| landing::write_error(&self.target, error);
        let mut hasher = ChecksumHasher::new(self.algorithm);
        let mut at = part.offset;
        for chunk in chunks {
            hasher.update(chunk);
            self.file.write_all_at(chunk, at).map_err(|error| failed(&error))?;
            at += chunk.len() as u64;
        }
        let checksum = hasher.finish();
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.add(part.number, &checksum).map_err(|error| failed(&error))?;
        Ok(checksum)
    }

    /// Checks the whole and gives it its name.
    fn finish(&self, landed: &[Landed], facts: &Facts) -> Result<(), RequestError> {
        if !self.is_whole(landed, &facts.seal)? {
            return Err(corrupt());
        }
        let failed = |error: &std::io::Error| landing::write_error(&self.target, error);
        landing::finish(&self.file, facts.modified).map_err(|error| failed(&error))?;
        fs::rename(&self.waiting, &self.target).map_err(|error| failed(&error))?;
        Ledger::remove(&self.notes);
        Ok(())
    }

    fn is_whole(&self, landed: &[Landed], seal: &Seal) -> Result<bool, RequestError> {
        if let (Some(_), Seal::Whole(checksum)) = (seal.combines(), seal) {
            let mut parts = landed.iter();
            let first = parts.next().map(|landed| landed.checksum.clone());
            let whole = first.and_then(|first| {
                parts.try_fold(first, |whole, next| combine(&whole, &next.checksum, next.part.length))
            });
            return Ok(whole.as_ref() == Some(checksum));
        }
        let mut check = seal.check();
        if seal.is_some() {
            for landed in landed {
                check.update(&source::read_part(&self.file, landed.part.offset, landed.part.length)?);
            }
        }
        Ok(check.finish())
    }

    fn give_up(&self) {
        // Both are ours alone, and the reason for giving up is what gets told.
        let _ = fs::remove_file(&self.waiting);
        Ledger::remove(&self.notes);
    }
}
