//! Large downloads: ranges side by side into one file, and those that a run before brought stay.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use larder_crypto::{ChecksumHasher, combine};
use larder_types::{Checksum, ChecksumAlgorithm};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::download::corrupt;
use super::download_state::{Header, Ledger};
use super::file_threads::{Begun, FileThreads};
use super::landing;
use super::parts::{Cut, Part};
use super::stream::length_of;
use super::{Facts, Seal, Transfers, blocking, flatten, source};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::report::Progress;

/// Bytes of a range that are written at a time: few enough to be in the processor's cache still, many enough for a thread to be
/// worth waking.
const PIECE: usize = 1024 * 1024;
/// Pieces of a range that may wait to be written. A disk that pauses is not to keep the server waiting at once.
const PIECES_AHEAD: usize = 3;
/// What a range holds at most: pieces that wait, the one that is written, the one that comes, and the memory around them.
const MOST_OF_A_RANGE: u64 = 8 * 1024 * 1024;

/// A file that is being put together.
struct Landing {
    file: File,
    /// Writes to one file one after the other: side by side they would wait for its lock, and spin while they do.
    writer: Arc<FileThreads>,
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
            let held = self.hold(part.length.min(MOST_OF_A_RANGE)).await;
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
            self.land(answer.body, part, &landing, &progress).await
        };
        let checksum = self.requests.send(read).await?;
        drop(held);
        Ok(Landed { part, checksum, travelled: part.length })
    }

    /// Writes what comes of a range where it belongs, while more comes, and returns its checksum once it is noted.
    async fn land(
        &self,
        body: ByteStream,
        part: Part,
        landing: &Arc<Landing>,
        progress: &Progress,
    ) -> Result<Checksum, RequestError> {
        let mut incoming = self.incoming(body, Some(part.length), progress);
        let mut hasher = ChecksumHasher::new(landing.algorithm);
        let mut piece = Piece::at(part.offset);
        let mut written = VecDeque::new();
        while let Some(chunk) = incoming.next().await? {
            hasher.update(&chunk);
            piece.push(chunk);
            if piece.length >= PIECE {
                let full = piece.take_blocks();
                written.push_back(landing.begin(move |landing| landing.write(&full)));
            }
            if written.len() > PIECES_AHEAD
                && let Some(first) = written.pop_front()
            {
                first.done().await?;
            }
        }
        for one in written {
            one.done().await?;
        }
        let checksum = hasher.finish();
        let noted = checksum.clone();
        let last = move |landing: &Landing| landing.write(&piece).and_then(|()| landing.note(part, &noted));
        landing.begin(last).done().await?;
        Ok(checksum)
    }
}

/// Adjoining bytes of a file.
struct Piece {
    chunks: Vec<Bytes>,
    offset: u64,
    length: usize,
}

impl Piece {
    fn at(offset: u64) -> Self {
        Self { chunks: Vec::new(), offset, length: 0 }
    }

    fn push(&mut self, chunk: Bytes) {
        self.length += chunk.len();
        self.chunks.push(chunk);
    }

    /// Takes everything but what is beyond the last whole block.
    fn take_blocks(&mut self) -> Self {
        let end = self.offset + self.length as u64;
        let mut beyond = landing::BLOCK - landing::room_at(end);
        let mut rest = Self::at(end - beyond as u64);
        self.length -= beyond;
        rest.length = beyond;
        while let Some(mut last) = self.chunks.pop_if(|_| beyond > 0) {
            let kept = last.len().saturating_sub(beyond);
            beyond -= last.len() - kept;
            rest.chunks.push(last.split_off(kept));
            if kept > 0 {
                self.chunks.push(last);
            }
        }
        rest.chunks.reverse();
        std::mem::replace(self, rest)
    }
}

impl Landing {
    fn open(target: PathBuf, header: &Header) -> Result<(Self, HashMap<i32, Checksum>), RequestError> {
        let (waiting, notes) = (landing::waiting_name(&target, ""), landing::waiting_name(&target, ".notes"));
        let failed = |error: &std::io::Error| landing::write_error(&target, error);
        let file = landing::open(&waiting, OpenOptions::new().read(true).write(true).create(true).truncate(false));
        let file = file.map_err(|error| failed(&error))?;
        // Between opening and locking it another process may have finished the file and given it its final name.
        if file.try_lock().is_err() || !source::is_named(&file, &waiting) {
            return Err(RequestError::new(ErrorKind::Local, "another process is downloading this file"));
        }
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let complete = length == header.size;
        if !complete {
            Ledger::remove(&notes);
        }
        let (ledger, done) = Ledger::open(&notes, header).map_err(|error| failed(&error))?;
        if done.is_empty() {
            // A file that was cut to nothing, even from nothing, is written to the disk by ext4 when it is closed.
            let empties = if length > 0 { file.set_len(0) } else { Ok(()) };
            empties.and_then(|()| file.set_len(header.size)).map_err(|error| failed(&error))?;
        }
        let algorithm = header.algorithm;
        let (ledger, writer) = (Mutex::new(ledger), FileThreads::new(1));
        Ok((Self { file, writer, ledger, algorithm, waiting, notes, target }, done))
    }

    /// The checksum of a range, when the disk really has what was noted.
    fn still_has(&self, part: Part, noted: Checksum) -> Option<Checksum> {
        let mut hasher = ChecksumHasher::new(self.algorithm);
        source::read_through(&self.file, part.offset, part.length, |bytes| hasher.update(bytes)).ok()?;
        (hasher.finish() == noted).then_some(noted)
    }

    /// Work on the file, in the order it is begun.
    fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, RequestError> + Send + 'static,
    ) -> Begun<T> {
        let landing = Arc::clone(self);
        self.writer.begin(move || work(&landing))
    }

    fn write(&self, piece: &Piece) -> Result<(), RequestError> {
        landing::write_at(&self.file, piece.offset, &piece.chunks)
            .map_err(|error| landing::write_error(&self.target, &error))
    }

    /// Says in the notes that a range is there.
    fn note(&self, part: Part, checksum: &Checksum) -> Result<(), RequestError> {
        let mut ledger = self.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        ledger.add(part.number, checksum).map_err(|error| landing::write_error(&self.target, &error))
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
                let part = landed.part;
                source::read_through(&self.file, part.offset, part.length, |bytes| check.update(bytes))?;
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn pieces_are_all_that_came_and_end_with_blocks(
            offset in 0_u64..3 * landing::BLOCK as u64,
            lengths in prop::collection::vec(prop_oneof![1_usize..20, 1..3 * landing::BLOCK], 0..20),
        ) {
            let chunks: Vec<Bytes> = lengths.iter().zip(0_u8..).map(|(&length, byte)| vec![byte; length].into()).collect();
            let (mut piece, mut taken) = (Piece::at(offset), Vec::new());
            for chunk in &chunks {
                piece.push(chunk.clone());
                if piece.length >= PIECE {
                    let full = piece.take_blocks();
                    prop_assert_eq!((full.offset + full.length as u64) % landing::BLOCK as u64, 0);
                    taken.push(full);
                }
            }
            taken.push(piece);
            let mut at = offset;
            for piece in &taken {
                prop_assert_eq!(piece.offset, at);
                prop_assert_eq!(piece.length, piece.chunks.iter().map(Bytes::len).sum::<usize>());
                at += piece.length as u64;
            }
            let came: Vec<Bytes> = taken.into_iter().flat_map(|piece| piece.chunks).collect();
            prop_assert!(came.concat() == chunks.concat());
        }
    }
}
