//! Large downloads: ranges side by side into one file, and those that a run before brought stay.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::primitives::ByteStream;
use larder_crypto::ChecksumHasher;
use larder_types::{Checksum, ChecksumAlgorithm};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::JoinSet;

use super::direct::Direct;
use super::download::corrupt;
use super::download_state::{Header, Ledger};
use super::file_threads::{Begun, FileThreads};
use super::landing;
use super::parts::{Cut, Part};
use super::piece::{self, Piece};
use super::stream::length_of;
use super::{Carried, Facts, Origin, Seal, Transfers, blocking, combined, flatten, source};
use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::report::Progress;

/// Pieces of a range that may wait to be written. A disk that pauses is not to keep the server waiting at once.
const PIECES_AHEAD: usize = 3;
/// What a range holds at most: pieces that wait, the one that is written, the one that comes, and the memory around them.
const MOST_OF_A_RANGE: u64 = 8 * 1024 * 1024;
/// Writes through the page cache to a file at a time: side by side they would wait for its lock, and spin while they do.
const CACHED_WRITES: usize = 1;

/// A file that is being put together.
struct Landing {
    file: File,
    /// The same file, when it is better not to go through the page cache.
    direct: Option<Direct>,
    writers: Arc<FileThreads>,
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
    ) -> Result<Carried, RequestError> {
        let facts = self.sealed_facts(self.asked(from, version, false)).await?;
        let origin = Origin::object(version, facts.etag.clone());
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
        let bytes = landed.iter().map(|landed| landed.travelled).sum();
        let finished = Arc::clone(&landing);
        let finish = move || finished.finish(&landed, &facts);
        if let Err(error) = blocking(finish).await {
            landing.give_up();
            return Err(error);
        }
        Ok(Carried { bytes, origin })
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
        // What has to be read again is better in the page cache.
        let direct = cut.size >= self.tuning.direct_io_from && !facts.seal.needs_the_whole();
        let (target, direct) = (to.to_owned(), direct.then(|| Arc::clone(&self.direct_writes)));
        blocking(move || Landing::open(target, &header, direct)).await
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
            let held = self.hold(part.length.clamp(piece::MEMORY as u64, MOST_OF_A_RANGE)).await;
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
            let asked = self.asked(&job.from, job.version.as_deref(), false);
            let request = self.get(asked).set_if_match(job.etag.clone());
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
        let mut writes = VecDeque::new();
        let received = self.receive(body, part, landing, progress, &mut writes).await;
        let mut written = Ok(());
        // Whatever came: the next try of this range must not meet a write of this one.
        for one in writes {
            written = written.and(one.done().await);
        }
        let (checksum, rest) = received?;
        written?;
        let noted = checksum.clone();
        let last = move |landing: &Landing| landing.write(&rest).and_then(|()| landing.note(part, &noted));
        landing.begin(last).done().await?;
        Ok(checksum)
    }

    /// Begins to write what comes of a range, and returns its checksum and the last piece, which is not written yet.
    async fn receive(
        &self,
        body: ByteStream,
        part: Part,
        landing: &Arc<Landing>,
        progress: &Progress,
        writes: &mut VecDeque<Begun<()>>,
    ) -> Result<(Checksum, Piece), RequestError> {
        let mut incoming = self.incoming(body, Some(part.length), progress);
        let mut hasher = ChecksumHasher::new(landing.algorithm);
        let mut piece = Piece::new(&self.buffers, part.offset);
        while let Some(mut chunk) = incoming.next().await? {
            hasher.update(&chunk);
            loop {
                piece.fill(&mut chunk);
                if chunk.is_empty() {
                    break;
                }
                let next = Piece::new(&self.buffers, piece.end());
                let full = std::mem::replace(&mut piece, next);
                writes.push_back(landing.begin(move |landing| landing.write(&full)));
                if writes.len() > PIECES_AHEAD
                    && let Some(first) = writes.pop_front()
                {
                    first.done().await?;
                }
            }
        }
        Ok((hasher.finish(), piece))
    }
}

fn in_use() -> RequestError {
    RequestError::new(ErrorKind::Local, "another process is downloading this file")
}

impl Landing {
    /// Past the page cache when there are threads for that.
    fn open(
        target: PathBuf,
        header: &Header,
        direct_writes: Option<Arc<FileThreads>>,
    ) -> Result<(Self, HashMap<i32, Checksum>), RequestError> {
        let (waiting, notes) = (landing::waiting_name(&target, ""), landing::notes_name(&target));
        let failed = |error: &std::io::Error| landing::write_error(&target, error);
        let file = landing::open_guessable(&waiting).map_err(|error| failed(&error))?;
        let direct = direct_writes.and_then(|threads| Some((Direct::open(&waiting)?, threads)));
        let (direct, writers) = direct.unzip();
        let writers = writers.unwrap_or_else(|| FileThreads::new(CACHED_WRITES));
        // Some file systems have no locks; there two downloads to one file are noticed at their end.
        let is_locked = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
        // Between opening and locking it another process may have finished the file and given it its final name.
        if is_locked || !source::is_named(&file, &waiting) {
            return Err(in_use());
        }
        let length = file.metadata().map_or(0, |metadata| metadata.len());
        let complete = length == header.size;
        if !complete {
            Ledger::remove(&notes);
        }
        let (ledger, done) = Ledger::open(&notes, header).map_err(|error| failed(&error))?;
        let (ledger, algorithm) = (Mutex::new(ledger), header.algorithm);
        let landing = Self { file, direct, writers, ledger, algorithm, waiting, notes, target };
        if done.is_empty()
            && let Err(error) = landing.make_room(length, header.size)
        {
            landing.give_up();
            return Err(landing::write_error(&landing.target, &error));
        }
        Ok((landing, done))
    }

    fn make_room(&self, length: u64, wanted: u64) -> io::Result<()> {
        // A file that was cut to nothing, even from nothing, is written to the disk by ext4 when it is closed.
        if length > 0 {
            self.file.set_len(0)?;
        }
        match &self.direct {
            Some(direct) => direct.allocate(wanted),
            None => self.file.set_len(wanted),
        }
    }

    /// The checksum of a range, when the disk really has what was noted.
    fn still_has(&self, part: Part, noted: Checksum) -> Option<Checksum> {
        let mut hasher = ChecksumHasher::new(self.algorithm);
        source::read_through(&self.file, part.offset, part.length, |bytes| hasher.update(bytes)).ok()?;
        (hasher.finish() == noted).then_some(noted)
    }

    /// Work on the file.
    fn begin<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, RequestError> + Send + 'static,
    ) -> Begun<T> {
        let landing = Arc::clone(self);
        self.writers.begin(move || work(&landing))
    }

    fn write(&self, piece: &Piece) -> Result<(), RequestError> {
        let written = match &self.direct {
            Some(direct) => direct.write(&self.file, piece),
            None => landing::write_at(&self.file, piece.offset(), piece.content()),
        };
        written.map_err(|error| landing::write_error(&self.target, &error))
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
        // The length was there before the content, and the time is there now: after a power cut a file whose content had not been written
        // would look right to every later synchronisation.
        self.file.sync_data().map_err(|error| failed(&error))?;
        if !source::is_named(&self.file, &self.waiting) {
            return Err(in_use());
        }
        fs::rename(&self.waiting, &self.target).map_err(|error| failed(&error))?;
        Ledger::remove(&self.notes);
        Ok(())
    }

    fn is_whole(&self, landed: &[Landed], seal: &Seal) -> Result<bool, RequestError> {
        if let (Some(_), Seal::Whole(checksum)) = (seal.combines(), seal) {
            let parts = landed.iter().map(|landed| (Some(&landed.checksum), landed.part.length));
            return Ok(combined(parts).as_ref() == Some(checksum));
        }
        let mut check = seal.check();
        if seal.needs_the_whole() {
            for landed in landed {
                let part = landed.part;
                source::read_through(&self.file, part.offset, part.length, |bytes| check.update(bytes))?;
            }
        }
        Ok(check.finish())
    }

    fn give_up(&self) {
        // Without locks another process may have put its own there.
        if source::is_named(&self.file, &self.waiting) {
            // The reason for giving up is what gets told.
            let _ = fs::remove_file(&self.waiting);
            Ledger::remove(&self.notes);
        }
    }
}
