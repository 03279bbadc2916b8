//! Carries out tasks: many at a time, each told of, none stopping the others.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinError, JoinSet};

use crate::error::{ErrorKind, RequestError};
use crate::location::BucketPath;
use crate::report::{Event, Outcome, Step, Verb};
use crate::transfer::{Origin, Transfers, blocking};

mod deletes;

use deletes::Deletes;

/// An object to read.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where it is.
    pub object: BucketPath,
    /// Which version; `None` is the current one.
    pub version: Option<String>,
    /// Bytes, as listed.
    pub size: u64,
}

/// What is to be done with one thing.
#[derive(Clone, Debug)]
pub enum Work {
    /// A file to a bucket.
    Upload(PathBuf, u64, BucketPath),
    /// An object to a file.
    Download(Source, PathBuf),
    /// An object to an object.
    Copy(Source, BucketPath),
    /// An object goes away, or one version of it does.
    DeleteObject(BucketPath, Option<String>),
    /// A file goes away.
    DeleteFile(PathBuf),
    /// It cannot be done, and this is why.
    Refuse {
        /// What would have been done.
        verb: Verb,
        /// With what.
        subject: String,
        /// Why not.
        error: RequestError,
    },
}

/// Work with what hangs on it.
#[derive(Clone, Debug)]
pub struct Task {
    /// What is to be done.
    pub work: Work,
    /// First see whether both ends have the same content, and do nothing then.
    pub only_if_differs: bool,
    /// The source goes away after it has been copied.
    pub moves: bool,
}

impl Task {
    /// Only the work.
    #[must_use]
    pub fn new(work: Work) -> Self {
        Self { work, only_if_differs: false, moves: false }
    }
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Steps done.
    pub done: u64,
    /// Steps that had nothing to do.
    pub same: u64,
    /// Bytes that travelled.
    pub bytes: u64,
    /// Steps that failed.
    pub failed: u64,
    /// Objects and files that went away; they count as done too.
    pub deleted: u64,
    /// Whether it was stopped before its end.
    pub stopped: bool,
    /// What ended it early, for all.
    pub fatal: Option<RequestError>,
}

#[derive(Default)]
struct Counts {
    done: AtomicU64,
    same: AtomicU64,
    bytes: AtomicU64,
    failed: AtomicU64,
    deleted: AtomicU64,
    no_bucket: AtomicBool,
}

impl Counts {
    /// A task that panicked has failed, whatever it told before.
    fn note(&self, ended: Result<(), JoinError>) {
        if ended.is_err_and(|error| error.is_panic()) {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Tasks under way at a time; requests are fewer, see [`crate::gate`]. Files are read ahead meanwhile.
const TASKS_AHEAD: usize = 256;
/// More are taken when so many are left, all at once: to fetch each by itself would wake the planning thread each time.
const TASKS_LEFT: usize = 192;
/// Large transfers begun at a time: each has parts of its own to keep requests busy.
const LARGE_AT_A_TIME: usize = 4;

/// Runs tasks over transfers.
pub struct Runner {
    transfers: Arc<Transfers>,
    counts: Arc<Counts>,
    next_id: AtomicU64,
    large: Arc<Semaphore>,
    threshold: u64,
    dry: bool,
}

impl Runner {
    /// With `dry` nothing is done and everything told.
    #[must_use]
    pub fn new(transfers: Arc<Transfers>, dry: bool) -> Self {
        let threshold = transfers.threshold();
        let large = Arc::new(Semaphore::new(LARGE_AT_A_TIME));
        Self { transfers, counts: Arc::default(), next_id: AtomicU64::new(1), large, threshold, dry }
    }

    /// Carries out what comes until there is no more or `stop` becomes true. What is under way at a stop is given up; what
    /// of it can be resumed stays.
    ///
    /// Must be called within a runtime.
    pub async fn run(self, tasks: mpsc::Receiver<Result<Task, RequestError>>, stop: watch::Receiver<bool>) -> Summary {
        // On a thread of the runtime's: whoever starts a task from outside of them has to wake one.
        match tokio::spawn(async move { self.carry_on(tasks, stop).await }).await {
            Ok(summary) => summary,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }

    async fn carry_on(
        &self,
        mut tasks: mpsc::Receiver<Result<Task, RequestError>>,
        mut stop: watch::Receiver<bool>,
    ) -> Summary {
        let mut running = JoinSet::new();
        let mut deletes = Deletes::default();
        let mut summary = Summary::default();
        let mut taken = Vec::new();
        loop {
            if self.counts.no_bucket.load(Ordering::Relaxed) {
                summary.fatal =
                    Some(RequestError::new(ErrorKind::NoBucket, "the bucket is gone: the rest was not tried"));
                break;
            }
            let room = TASKS_AHEAD.saturating_sub(running.len());
            let count = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => { summary.stopped = true; break }
                Some(ended) = running.join_next(), if running.len() > TASKS_LEFT => {
                    self.counts.note(ended);
                    continue;
                }
                count = tasks.recv_many(&mut taken, room), if running.len() <= TASKS_LEFT => count,
            };
            while let Some(ended) = running.try_join_next() {
                self.counts.note(ended);
            }
            if count == 0 {
                break;
            }
            for task in taken.drain(..) {
                match task {
                    Ok(task) => self.begin(task, &mut running, &mut deletes),
                    Err(error) => summary.fatal = Some(error),
                }
            }
        }
        if !summary.stopped && summary.fatal.is_none() {
            self.flush(&mut deletes, &mut running);
        }
        self.wait_for(&mut running, &mut stop, &mut summary).await;
        if summary.stopped {
            self.transfers.abort_unfinished().await;
        }
        self.fill(summary)
    }

    async fn wait_for(&self, running: &mut JoinSet<()>, stop: &mut watch::Receiver<bool>, summary: &mut Summary) {
        loop {
            if summary.stopped {
                running.abort_all();
            }
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop), if !summary.stopped => summary.stopped = true,
                next = running.join_next() => match next {
                    Some(ended) => self.counts.note(ended),
                    None => return,
                },
            }
        }
    }

    fn begin(&self, task: Task, running: &mut JoinSet<()>, deletes: &mut Deletes) {
        let step = self.step(&task);
        if self.dry {
            return match task.work {
                Work::Refuse { error, .. } => end(&self.transfers, &self.counts, &step, &Outcome::Failed(error)),
                _ => self.transfers.report().event(&Event::Would(&step)),
            };
        }
        match task.work {
            Work::DeleteObject(object, version) => {
                if !deletes.takes(&object.bucket) {
                    self.flush(deletes, running);
                }
                deletes.add(object, version, step);
            }
            _ => {
                // Each large one takes a place of few, so that four files share the way rather than a hundred.
                let large = step.size.is_some_and(|size| size > self.threshold).then(|| Arc::clone(&self.large));
                let (transfers, counts) = (Arc::clone(&self.transfers), Arc::clone(&self.counts));
                running.spawn(async move {
                    let place = match large {
                        Some(large) => large.acquire_owned().await.ok(),
                        None => None,
                    };
                    one(&transfers, &counts, task, step).await;
                    drop(place);
                });
            }
        }
    }

    fn flush(&self, deletes: &mut Deletes, running: &mut JoinSet<()>) {
        let Some(batch) = deletes.take() else { return };
        let (transfers, counts) = (Arc::clone(&self.transfers), Arc::clone(&self.counts));
        running.spawn(async move {
            for (step, outcome) in batch.delete(&transfers).await {
                end(&transfers, &counts, &step, &outcome);
            }
        });
    }

    fn step(&self, task: &Task) -> Step {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (verb, source, target, size) = match &task.work {
            Work::Upload(file, size, to) => (Verb::Upload, shown(file), Some(to.to_string()), Some(*size)),
            Work::Download(from, to) => (Verb::Download, from.object.to_string(), Some(shown(to)), Some(from.size)),
            Work::Copy(from, to) => (Verb::Copy, from.object.to_string(), Some(to.to_string()), Some(from.size)),
            Work::DeleteObject(object, _) => (Verb::Delete, object.to_string(), None, None),
            Work::DeleteFile(file) => (Verb::Delete, shown(file), None, None),
            Work::Refuse { verb, subject, .. } => (*verb, subject.clone(), None, None),
        };
        Step { id, verb: if task.moves { Verb::Move } else { verb }, source, target, size }
    }

    fn fill(&self, summary: Summary) -> Summary {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Summary {
            done: read(&self.counts.done),
            same: read(&self.counts.same),
            bytes: read(&self.counts.bytes),
            failed: read(&self.counts.failed),
            deleted: read(&self.counts.deleted),
            ..summary
        }
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn end(transfers: &Transfers, counts: &Counts, step: &Step, outcome: &Outcome) {
    let add = |count: &AtomicU64, by: u64| count.fetch_add(by, Ordering::Relaxed);
    match outcome {
        Outcome::Done { bytes } => {
            add(&counts.done, 1);
            add(&counts.bytes, *bytes);
            add(&counts.deleted, u64::from(step.verb == Verb::Delete));
        }
        Outcome::Same => {
            add(&counts.same, 1);
        }
        Outcome::Failed(error) => {
            add(&counts.failed, 1);
            if error.kind == ErrorKind::NoBucket {
                counts.no_bucket.store(true, Ordering::Relaxed);
            }
        }
    }
    transfers.report().event(&Event::Ended(step, outcome));
}

async fn one(transfers: &Arc<Transfers>, counts: &Counts, task: Task, step: Step) {
    transfers.report().event(&Event::Began(&step));
    let outcome = match carry_out(transfers, &task, step.id).await {
        Ok(outcome) => outcome,
        Err(error) => Outcome::Failed(error),
    };
    end(transfers, counts, &step, &outcome);
}

async fn carry_out(transfers: &Arc<Transfers>, task: &Task, id: u64) -> Result<Outcome, RequestError> {
    if task.moves
        && let Work::Copy(from, to) = &task.work
        && (&from.object, &from.version) == (to, &None)
        && transfers.source.is_same_server(&transfers.target)
    {
        // To delete the source then would be to delete what was made of it.
        return Err(RequestError::new(ErrorKind::Other, "it cannot be moved onto itself"));
    }
    if task.only_if_differs && is_same(transfers, &task.work).await? {
        return Ok(Outcome::Same);
    }
    let carried = match &task.work {
        Work::Upload(file, size, to) => transfers.upload(file, *size, to, id).await?,
        Work::Download(from, to) => {
            transfers.download(&from.object, from.version.as_deref(), from.size, to, task.moves, id).await?
        }
        Work::Copy(from, to) if transfers.source.is_same_server(&transfers.target) => {
            transfers.copy(&from.object, from.version.as_deref(), from.size, to, task.moves, id).await?
        }
        Work::Copy(from, to) => transfers.relay(&from.object, from.version.as_deref(), to, id).await?,
        Work::DeleteFile(file) => return delete_file(file.clone()).await,
        Work::Refuse { error, .. } => return Err(error.clone()),
        Work::DeleteObject(..) => return Ok(Outcome::Done { bytes: 0 }),
    };
    if task.moves {
        remove_source(transfers, &task.work, &carried.origin).await?;
    }
    Ok(Outcome::Done { bytes: carried.bytes })
}

async fn is_same(transfers: &Arc<Transfers>, work: &Work) -> Result<bool, RequestError> {
    let told = match work {
        Work::Upload(file, _, to) => transfers.file_is_same(file, to, false).await?,
        Work::Download(from, to) => transfers.file_is_same(to, &from.object, true).await?,
        Work::Copy(from, to) => transfers.objects_are_same(&from.object, to).await?,
        _ => None,
    };
    Ok(told.unwrap_or(false))
}

async fn delete_file(file: PathBuf) -> Result<Outcome, RequestError> {
    blocking(move || fs::remove_file(&file).map_err(|error| RequestError::local("cannot delete", &error))).await?;
    Ok(Outcome::Done { bytes: 0 })
}

/// Only in the state that was carried: what came to be there meanwhile stays.
async fn remove_source(transfers: &Arc<Transfers>, work: &Work, read: &Origin) -> Result<(), RequestError> {
    let kept =
        |error: RequestError| RequestError { message: format!("copied, but the source stays: {error}"), ..error };
    match (work, read) {
        (Work::Upload(file, ..), Origin::File(read)) => transfers.remove_file(file, *read).await.map_err(kept),
        (Work::Download(from, _) | Work::Copy(from, _), Origin::Object { version, etag }) => {
            let key = transfers.settings.source_key(matches!(work, Work::Copy(..)));
            let removed = transfers.remove_object(&from.object, version.as_deref(), etag.as_deref(), key);
            removed.await.map_err(kept)
        }
        _ => Ok(()),
    }
}
