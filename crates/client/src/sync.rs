//! A plan's actions as tasks.

use std::fmt;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc;

use crate::entry::{Entry, Hole, Sighting};
use crate::error::{ErrorKind, RequestError};
use crate::listing::{Pages, sightings};
use crate::location::BucketPath;
use crate::names;
use crate::plan::{Action, Direction, Plan, PlanError, Rules};
use crate::report::Verb;
use crate::run::{Source, Task, Work};
use crate::walk::Walk;

/// Tasks planned ahead of those under way.
const TASKS_AHEAD: usize = 256;

/// One end of a synchronisation.
#[derive(Clone, Debug)]
pub enum Root {
    /// A folder.
    Folder(PathBuf),
    /// A bucket and a prefix that is empty or ends with a slash.
    Bucket(BucketPath),
}

impl fmt::Display for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket(place) => place.fmt(f),
        }
    }
}

/// Where the entries of one end come from.
pub enum Entries {
    /// The files of a folder.
    Walk(Walk),
    /// The objects of a bucket.
    Pages(Box<Pages>),
    /// A folder that is not there yet.
    Nothing,
}

/// Plans on a thread of its own, as fast as tasks are taken. An error that ends the plan is the last item.
///
/// Must be called within a runtime. `source` and `target` say what the keys of entries are relative to.
#[must_use]
pub fn plan(
    (source, source_entries): (Root, Entries),
    (target, target_entries): (Root, Entries),
    rules: Rules,
    forces_archived: bool,
) -> mpsc::Receiver<Result<Task, RequestError>> {
    let (sender, receiver) = mpsc::channel(TASKS_AHEAD);
    let plan = Plan::new(of(&source, source_entries), of(&target, target_entries), rules.clone());
    let ends = Ends { source, target, direction: rules.direction, forces_archived };
    tokio::task::spawn_blocking(move || {
        let _told = ToldOfPanics(sender.clone());
        for action in plan {
            let task = match action {
                Ok(action) => ends.task(action).map(Ok),
                Err(error) => Some(Err(error.into())),
            };
            if let Some(task) = task
                && sender.blocking_send(task).is_err()
            {
                return;
            }
        }
    });
    receiver
}

/// Whoever takes tasks would take a panic for their end.
struct ToldOfPanics(mpsc::Sender<Result<Task, RequestError>>);

impl Drop for ToldOfPanics {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // A run that has ended takes no more.
            let _ = self.0.blocking_send(Err(RequestError::new(ErrorKind::Other, "planning broke off")));
        }
    }
}

impl From<PlanError<Self>> for RequestError {
    fn from(error: PlanError<Self>) -> Self {
        match error {
            PlanError::Stream(error) => error,
            PlanError::OutOfOrder { .. } => Self::new(ErrorKind::Other, error.to_string()),
        }
    }
}

type Stream = Box<dyn Iterator<Item = Result<Sighting, RequestError>> + Send>;

fn stream(entries: Entries) -> Stream {
    match entries {
        Entries::Walk(walk) => Box::new(walk.map(Ok)),
        Entries::Pages(pages) => Box::new(sightings(*pages)),
        Entries::Nothing => Box::new(std::iter::empty()),
    }
}

/// A stream whose errors say which end they are about.
fn of(root: &Root, entries: Entries) -> Stream {
    let place = root.to_string();
    Box::new(stream(entries).map(move |sighting| sighting.map_err(|error| error.about(&place))))
}

struct Ends {
    source: Root,
    target: Root,
    direction: Direction,
    forces_archived: bool,
}

impl Ends {
    fn task(&self, action: Action) -> Option<Task> {
        match action {
            Action::Keep => None,
            Action::Create(source) | Action::Replace { source, .. } => Some(Task::new(self.transfer(&source))),
            Action::Compare { source, .. } => Some(Task { only_if_differs: true, ..Task::new(self.transfer(&source)) }),
            Action::Delete(entry) => Some(Task::new(self.delete(&entry))),
            Action::Report(hole) => Some(Task::new(self.refuse_hole(hole))),
        }
    }

    fn verb(&self) -> Verb {
        match self.direction {
            Direction::Up => Verb::Upload,
            Direction::Down => Verb::Download,
            Direction::Across => Verb::Copy,
        }
    }

    fn transfer(&self, entry: &Entry) -> Work {
        transfer(&self.source, &self.target, entry, self.forces_archived)
    }

    fn delete(&self, entry: &Entry) -> Work {
        match &self.target {
            Root::Folder(folder) => Work::DeleteFile(folder.join(&entry.key)),
            Root::Bucket(place) => Work::DeleteObject(below(place, &entry.key), None),
        }
    }

    fn refuse_hole(&self, hole: Hole) -> Work {
        let subject = match (&self.source, &self.target) {
            (Root::Folder(folder), _) | (_, Root::Folder(folder)) => folder.join(&hole.key).display().to_string(),
            _ => hole.key,
        };
        Work::Refuse { verb: self.verb(), subject, error: RequestError::new(ErrorKind::Local, hole.reason) }
    }
}

/// The work of bringing one entry from its root to the other.
#[must_use]
pub fn transfer(source: &Root, target: &Root, entry: &Entry, forces_archived: bool) -> Work {
    match (source, target) {
        (Root::Folder(from), Root::Bucket(to)) => {
            Work::Upload(from.join(&entry.key), entry.size, below(to, &entry.key))
        }
        (Root::Bucket(from), target) => {
            let source = Source { object: below(from, &entry.key), version: None, size: entry.size };
            let verb = if matches!(target, Root::Folder(_)) { Verb::Download } else { Verb::Copy };
            if is_archived(entry) && !forces_archived {
                let error = RequestError::new(
                    ErrorKind::Archived,
                    "it is in an archive: `larder restore` makes it readable, then add --force-glacier-transfer",
                );
                return Work::Refuse { verb, subject: source.object.to_string(), error };
            }
            match target {
                Root::Folder(to) => download(source, to, &entry.key),
                Root::Bucket(to) => Work::Copy(source, below(to, &entry.key)),
            }
        }
        // Commands take no two folders; `cp` of the system is for that.
        (Root::Folder(from), Root::Folder(_)) => Work::Refuse {
            verb: Verb::Copy,
            subject: from.join(&entry.key).display().to_string(),
            error: RequestError::new(ErrorKind::Local, "one end has to be a bucket"),
        },
    }
}

fn download(source: Source, folder: &Path, key: &str) -> Work {
    match names::path_of(key) {
        Ok(path) => Work::Download(source, folder.join(path)),
        Err(error) => Work::Refuse {
            verb: Verb::Download,
            subject: source.object.to_string(),
            error: RequestError::new(ErrorKind::Local, error.to_string()),
        },
    }
}

/// Classes whose objects have to be restored before they can be read.
fn is_archived(entry: &Entry) -> bool {
    matches!(entry.storage_class.as_deref(), Some("GLACIER" | "DEEP_ARCHIVE"))
}

/// An object below a prefix.
#[must_use]
pub fn below(place: &BucketPath, key: &str) -> BucketPath {
    place.with_key(format!("{}{key}", place.key))
}

/// Makes a task of each sighting, on a thread of its own, as fast as tasks are taken.
///
/// Must be called within a runtime.
#[must_use]
pub fn each(
    entries: Entries,
    mut make: impl FnMut(Sighting) -> Option<Task> + Send + 'static,
) -> mpsc::Receiver<Result<Task, RequestError>> {
    let (sender, receiver) = mpsc::channel(TASKS_AHEAD);
    let entries = stream(entries);
    tokio::task::spawn_blocking(move || {
        let _told = ToldOfPanics(sender.clone());
        for sighting in entries {
            let task = match sighting {
                Ok(sighting) => make(sighting).map(Ok),
                Err(error) => Some(Err(error)),
            };
            if let Some(task) = task
                && sender.blocking_send(task).is_err()
            {
                return;
            }
        }
    });
    receiver
}
