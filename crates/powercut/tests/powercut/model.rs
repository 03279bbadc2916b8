//! What each task was told: all that must be there, and the one operation that it was not yet told of.

use std::collections::BTreeMap;

use bytes::Bytes;
use larder_types::{UploadId, VersionId};

use crate::world::In;

/// A version as it must be: its id, unless nobody was told it; its bytes, or nothing for a delete marker.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) id: Option<VersionId>,
    pub(crate) body: Option<Bytes>,
    /// How long each of its parts is; one for an object that has none.
    pub(crate) parts: Vec<usize>,
}

#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) which: In,
    pub(crate) key: String,
    pub(crate) id: Option<UploadId>,
    pub(crate) parts: BTreeMap<u16, Bytes>,
}

/// What one task wrote. Every key is written by one task only.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// The versions of a key, oldest first; never none.
    pub(crate) keys: BTreeMap<(In, String), Vec<Version>>,
    /// By the number of the step that began it.
    pub(crate) uploads: BTreeMap<u64, Upload>,
}

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Put { which: In, key: String, body: Bytes },
    Copy { which: In, from: String, to: String },
    Delete { which: In, key: String },
    DeleteVersion { which: In, key: String, id: VersionId },
    Begin { number: u64, which: In, key: String },
    Part { upload: u64, number: u16, body: Bytes },
    Complete { upload: u64, numbers: Vec<u16> },
    Abort { upload: u64 },
}

/// What an operation answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    Version(VersionId),
    Upload(UploadId),
    Done,
}

/// What a task does and is told.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Begins {
        task: usize,
        operation: Operation,
    },
    Acknowledged {
        task: usize,
        answer: Answer,
    },
    /// It failed, so that nobody knows. The task does nothing more.
    Failed,
}

impl State {
    fn add(&mut self, which: In, key: &str, version: Version) {
        let versions = self.keys.entry((which, key.to_owned())).or_default();
        if which == In::Plain {
            versions.clear();
        }
        versions.push(version);
    }

    /// The bytes of the newest version of a key, if it is an object.
    pub(crate) fn newest(&self, which: In, key: &str) -> Option<&Version> {
        self.keys.get(&(which, key.to_owned()))?.last().filter(|version| version.body.is_some())
    }

    /// Carries an operation out; without an answer, ids are not known.
    pub(crate) fn apply(&mut self, operation: &Operation, answer: Option<Answer>) {
        let id = |which| match (which, answer) {
            (In::Plain, _) => Some(VersionId::Null),
            (In::Kept, Some(Answer::Version(id))) => Some(id),
            (In::Kept, _) => None,
        };
        match operation {
            Operation::Put { which, key, body } => {
                let version = Version { id: id(*which), body: Some(body.clone()), parts: vec![body.len()] };
                self.add(*which, key, version);
            }
            Operation::Copy { which, from, to } => {
                let source = self.newest(*which, from).expect("only what is there is copied");
                let body = source.body.clone();
                let parts = body.iter().map(Bytes::len).collect();
                self.add(*which, to, Version { id: id(*which), body, parts });
            }
            Operation::Delete { which: In::Plain, key } => drop(self.keys.remove(&(In::Plain, key.clone()))),
            Operation::Delete { which: In::Kept, key } => {
                self.add(In::Kept, key, Version { id: id(In::Kept), body: None, parts: Vec::new() });
            }
            Operation::DeleteVersion { which, key, id } => {
                let versions = self.keys.get_mut(&(*which, key.clone())).expect("only what is there is deleted");
                versions.retain(|version| version.id != Some(*id));
                self.keys.retain(|_, versions| !versions.is_empty());
            }
            Operation::Begin { number, which, key } => {
                let id = match answer {
                    Some(Answer::Upload(id)) => Some(id),
                    _ => None,
                };
                let upload = Upload { which: *which, key: key.clone(), id, parts: BTreeMap::new() };
                self.uploads.insert(*number, upload);
            }
            Operation::Part { upload, number, body } => {
                let upload = self.uploads.get_mut(upload).expect("only what was begun gets parts");
                upload.parts.insert(*number, body.clone());
            }
            Operation::Complete { upload, numbers } => {
                let upload = self.uploads.remove(upload).expect("only what was begun is completed");
                let parts: Vec<&Bytes> = numbers.iter().map(|number| &upload.parts[number]).collect();
                let body: Vec<u8> = parts.iter().flat_map(|part| part.iter().copied()).collect();
                let parts = parts.iter().map(|part| part.len()).collect();
                let version = Version { id: id(upload.which), body: Some(body.into()), parts };
                self.add(upload.which, &upload.key, version);
            }
            Operation::Abort { upload } => drop(self.uploads.remove(upload)),
        }
    }
}

/// What one task was told up to a moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    pub(crate) state: State,
    /// What it was not told of: it may be there or not, whole in either case.
    pub(crate) open: Option<Operation>,
}

/// What all tasks were told by these of their steps.
pub(crate) fn told(tasks: usize, steps: impl Iterator<Item = Step>) -> Vec<Told> {
    let mut told = vec![Told::default(); tasks];
    for step in steps {
        match step {
            Step::Begins { task, operation } => told[task].open = Some(operation),
            Step::Acknowledged { task, answer } => {
                let operation = told[task].open.take().expect("what is acknowledged was begun");
                told[task].state.apply(&operation, Some(answer));
            }
            Step::Failed => {}
        }
    }
    told
}

impl Told {
    /// Everything that may be found.
    pub(crate) fn allowed(&self) -> Vec<State> {
        let mut allowed = vec![self.state.clone()];
        if let Some(operation) = &self.open {
            let mut state = self.state.clone();
            state.apply(operation, None);
            allowed.push(state);
        }
        allowed
    }
}
