//! What a run tells while it goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::RequestError;

/// What is done with a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// From this machine to a bucket.
    Upload,
    /// From a bucket to this machine.
    Download,
    /// From bucket to bucket.
    Copy,
    /// Any of those, and the source goes away.
    Move,
    /// It goes away.
    Delete,
    /// An archived object becomes readable for a while.
    Restore,
}

impl Verb {
    /// As the AWS CLI calls it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Download => "download",
            Self::Copy => "copy",
            Self::Move => "move",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }
}

/// One thing that is done.
#[derive(Clone, Debug)]
pub struct Step {
    /// Tells it from others under way.
    pub id: u64,
    /// What is done.
    pub verb: Verb,
    /// With what.
    pub source: String,
    /// To where; `None` when it goes away.
    pub target: Option<String>,
    /// Bytes, where they are known.
    pub size: Option<u64>,
}

/// How a step ended.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Done.
    Done {
        /// Bytes that travelled; fewer than the size after a resume.
        bytes: u64,
    },
    /// Nothing had to be done.
    Same,
    /// It was not done.
    Failed(RequestError),
}

/// Something worth telling.
#[derive(Clone, Debug)]
pub enum Event<'e> {
    /// A step began.
    Began(&'e Step),
    /// More of it travelled; negative when a try is given up.
    Moved {
        /// The step's.
        id: u64,
        /// Bytes.
        bytes: i64,
    },
    /// A step ended.
    Ended(&'e Step, &'e Outcome),
    /// It would be done; `--dry-run`.
    Would(&'e Step),
    /// Something else than a step that a person should know.
    Warning {
        /// The key or path.
        subject: &'e str,
        /// What is with it.
        message: &'e str,
    },
}

/// Takes events, from many tasks at once.
pub trait Report: Send + Sync + 'static {
    /// Must return soon.
    fn event(&self, event: &Event<'_>);
}

/// Counts one step's bytes.
#[derive(Clone)]
pub struct Progress {
    report: Arc<dyn Report>,
    id: u64,
    /// Bytes told of since the last try began.
    told: Arc<AtomicU64>,
}

impl Progress {
    /// For the step of this id.
    #[must_use]
    pub fn new(report: Arc<dyn Report>, id: u64) -> Self {
        Self { report, id, told: Arc::default() }
    }

    /// So many more bytes travelled.
    pub fn moved(&self, bytes: u64) {
        self.told.fetch_add(bytes, Ordering::Relaxed);
        self.add(i64::try_from(bytes).unwrap_or(i64::MAX));
    }

    /// For one try of what may be tried again: shares nothing but whom it tells.
    #[must_use]
    pub fn of_a_try(&self) -> Self {
        Self { told: Arc::default(), ..self.clone() }
    }

    /// The try is given up: everything it told of has to travel again.
    pub fn give_up(&self) {
        let told = self.told.swap(0, Ordering::Relaxed);
        self.add(-i64::try_from(told).unwrap_or(i64::MAX));
    }

    fn add(&self, bytes: i64) {
        if bytes != 0 {
            self.report.event(&Event::Moved { id: self.id, bytes });
        }
    }
}
