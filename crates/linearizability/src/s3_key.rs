//! One key of a bucket, as Amazon's documents describe it: its versions, and what requests on it answer.
//!
//! Sources: "How S3 Versioning works" and "How to prevent object overwrites with conditional writes", Amazon S3 user guide.

use std::collections::BTreeMap;

use crate::model::Model;

/// The id of a version, as answers show it.
pub type VersionId = String;

/// The id of the null version.
const NULL: &str = "null";

/// What one write puts there. No two writes of a history have the same number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value {
    /// Which write it is.
    pub number: u64,
    /// The entity tag of its content. Writes of the same content share it.
    pub etag: String,
}

/// The state of versioning of the bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Versioning {
    /// It was never enabled.
    Never,
    /// It is.
    Enabled,
    /// It was.
    Suspended,
}

/// A version of the key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version {
    /// Its id; `None` for one that no answer has told of.
    pub id: Option<VersionId>,
    /// `None` for a delete marker.
    pub value: Option<Value>,
}

/// What a write or a deletion asks of the newest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    None,
    /// `If-None-Match: *`: there is no object.
    Absent,
    /// `If-Match`: there is an object, with this tag.
    ETag(String),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    /// PutObject, or the writing half of CopyObject.
    Put {
        /// What is written.
        value: Value,
        /// What must hold.
        condition: Condition,
    },
    /// CompleteMultipartUpload. Asked again, it does nothing and answers what it answered.
    Complete {
        /// What the upload makes. One upload has one number, however often it is completed.
        value: Value,
        /// What must hold.
        condition: Condition,
    },
    /// GetObject or HeadObject.
    Get {
        /// The version; the newest when `None`.
        version: Option<VersionId>,
    },
    /// A read that is only for an object with this tag, such as the reading half of CopyObject.
    Match {
        /// The tag.
        etag: String,
    },
    /// DeleteObject.
    Delete {
        /// The version; `None` for the key.
        version: Option<VersionId>,
        /// What must hold.
        condition: Condition,
    },
    /// ListObjectVersions.
    List,
    /// PutBucketVersioning, while no other request is under way.
    SetVersioning(Versioning),
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is written, as this version when the answer names one.
    Written(Option<VersionId>),
    /// This is there.
    Found {
        /// The number of the write.
        number: u64,
        /// The version, when the answer names one.
        version: Option<VersionId>,
    },
    /// The object has the tag that was asked for.
    Matches,
    /// There is no object: the key has no version, or a condition asked for an object and there is none.
    NoSuchKey,
    /// The version is a delete marker.
    DeleteMarker(VersionId),
    /// There is no such version.
    NoSuchVersion,
    /// The condition does not hold.
    PreconditionFailed,
    /// The key has a new delete marker.
    MarkerAdded(VersionId),
    /// A version was removed for good, if it was there.
    Removed(Removed),
    /// The versions, newest first: their ids, and the entity tags of those that are no delete markers.
    Versions(Vec<(VersionId, Option<String>)>),
    /// What needs no answer is done.
    Done,
}

/// What a deletion says of what it removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// There was nothing.
    Nothing,
    /// An object.
    Object,
    /// A delete marker.
    Marker,
    /// No delete marker: one cannot tell whether it was an object or nothing.
    NoMarker,
}

/// One key of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct S3Key {
    versioning: Versioning,
    /// Oldest first.
    versions: Vec<Version>,
    /// The versions that uploads became, by the numbers of their values.
    completed: BTreeMap<u64, Option<VersionId>>,
}

impl S3Key {
    /// A key that has no versions.
    #[must_use]
    pub fn new(versioning: Versioning) -> Self {
        Self { versioning, versions: Vec::new(), completed: BTreeMap::new() }
    }

    fn newest(&self) -> Option<&Value> {
        self.versions.last().and_then(|version| version.value.as_ref())
    }

    /// Adds a version, which the answer may have named.
    fn add(&mut self, value: Option<Value>, named: Option<&VersionId>) -> Option<()> {
        let id = match self.versioning {
            Versioning::Enabled => named.cloned(),
            Versioning::Never | Versioning::Suspended => {
                self.versions.retain(|version| version.id.as_deref() != Some(NULL));
                Some(NULL.to_owned())
            }
        };
        let is_other = named.is_some() && named != id.as_ref();
        let is_old = id.is_some() && self.versions.iter().any(|version| version.id == id);
        let is_null = self.versioning == Versioning::Enabled && id.as_deref() == Some(NULL);
        if is_other || is_old || is_null {
            return None;
        }
        self.versions.push(Version { id, value });
        Some(())
    }

    /// Learns the newest version's id from an answer.
    fn learn(&mut self, named: Option<&VersionId>) -> Option<()> {
        match named {
            Some(named) => self.learn_at(self.versions.len().checked_sub(1)?, named),
            None => Some(()),
        }
    }

    fn learn_at(&mut self, at: usize, named: &VersionId) -> Option<()> {
        if let Some(known) = &self.versions[at].id {
            return (known == named).then_some(());
        }
        if self.versions.iter().any(|version| version.id.as_ref() == Some(named)) {
            return None;
        }
        self.versions[at].id = Some(named.clone());
        if let Some(value) = &self.versions[at].value
            && let Some(completed) = self.completed.get_mut(&value.number)
        {
            *completed = Some(named.clone());
        }
        Some(())
    }

    fn list(&mut self, listed: &[(VersionId, Option<String>)]) -> Option<()> {
        if listed.len() != self.versions.len() {
            return None;
        }
        for (at, (id, etag)) in listed.iter().rev().enumerate() {
            if self.versions[at].value.as_ref().map(|value| &value.etag) != etag.as_ref() {
                return None;
            }
            self.learn_at(at, id)?;
        }
        Some(())
    }

    fn put(&mut self, value: &Value, condition: &Condition, answer: Option<&Answer>) -> Option<()> {
        match (refusal(condition, self.newest()), answer) {
            (Some(refusal), Some(answer)) => (refusal == *answer).then_some(()),
            (Some(_), None) => Some(()),
            (None, None) => self.add(Some(value.clone()), None),
            (None, Some(Answer::Written(named))) => self.add(Some(value.clone()), named.as_ref()),
            (None, Some(_)) => None,
        }
    }

    fn complete(&mut self, value: &Value, condition: &Condition, answer: Option<&Answer>) -> Option<()> {
        let Some(completed) = self.completed.get(&value.number).cloned() else {
            let refused = refusal(condition, self.newest()).is_some();
            self.put(value, condition, answer)?;
            if !refused {
                self.completed.insert(value.number, self.versions.last().and_then(|version| version.id.clone()));
            }
            return Some(());
        };
        match (answer, completed) {
            (None, _) | (Some(Answer::Written(None)), _) => Some(()),
            (Some(Answer::Written(named)), Some(completed)) => (*named == Some(completed)).then_some(()),
            (Some(Answer::Written(Some(named))), None) => {
                let of_upload = |version: &Version| version.value.as_ref() == Some(value);
                // Nobody who did not know its id can have removed it.
                let at = self.versions.iter().position(of_upload)?;
                self.learn_at(at, named)
            }
            (Some(_), _) => None,
        }
    }

    fn get(&mut self, version: Option<&VersionId>, answer: &Answer) -> Option<()> {
        let found = match version {
            None => self.versions.last(),
            Some(id) => self.versions.iter().find(|version| version.id.as_ref() == Some(id)),
        };
        match (found, answer) {
            (None, Answer::NoSuchKey) => version.is_none().then_some(()),
            (None, Answer::NoSuchVersion) => version.is_some().then_some(()),
            (Some(Version { value: None, .. }), Answer::DeleteMarker(named)) => match version {
                None => self.learn(Some(named)),
                Some(id) => (id == named).then_some(()),
            },
            (Some(Version { value: Some(value), .. }), Answer::Found { number, version: named }) => {
                if value.number != *number {
                    return None;
                }
                match (version, named) {
                    (None, named) => self.learn(named.as_ref()),
                    (Some(id), Some(named)) => (id == named).then_some(()),
                    (Some(_), None) => Some(()),
                }
            }
            _ => None,
        }
    }

    fn delete(&mut self, version: Option<&VersionId>, condition: &Condition, answer: Option<&Answer>) -> Option<()> {
        let null = NULL.to_owned();
        let target = match (version, self.versioning) {
            (Some(id), _) => Some(id),
            (None, Versioning::Never) => Some(&null),
            (None, _) => None,
        };
        let at = target.and_then(|id| self.versions.iter().position(|version| version.id.as_ref() == Some(id)));
        let subject = match version {
            Some(_) => at.and_then(|at| self.versions[at].value.as_ref()),
            None => self.newest(),
        };
        if let Some(refusal) = refusal(condition, subject) {
            return answer.is_none_or(|answer| refusal == *answer).then_some(());
        }
        if target.is_none() {
            return match answer {
                None => self.add(None, None),
                Some(Answer::MarkerAdded(named)) => self.add(None, Some(named)),
                Some(_) => None,
            };
        }
        let removed = match at.map(|at| self.versions.remove(at)) {
            None => Removed::Nothing,
            Some(Version { value: Some(_), .. }) => Removed::Object,
            Some(Version { value: None, .. }) => Removed::Marker,
        };
        match answer {
            None => Some(()),
            Some(Answer::Removed(Removed::NoMarker)) => (removed != Removed::Marker).then_some(()),
            Some(Answer::Removed(told)) => (removed == *told).then_some(()),
            Some(_) => None,
        }
    }
}

/// What a condition makes the answer, if not what it would be without.
fn refusal(condition: &Condition, subject: Option<&Value>) -> Option<Answer> {
    match (condition, subject) {
        (Condition::None, _) | (Condition::Absent, None) => None,
        (Condition::ETag(_), None) => Some(Answer::NoSuchKey),
        (Condition::ETag(tag), Some(value)) if value.etag == *tag => None,
        (Condition::Absent | Condition::ETag(_), Some(_)) => Some(Answer::PreconditionFailed),
    }
}

impl Model for S3Key {
    type Call = Call;
    type Answer = Answer;

    fn after(&self, call: &Call, answer: Option<&Answer>) -> Option<Self> {
        let mut after = self.clone();
        match (call, answer) {
            (Call::Put { value, condition }, answer) => after.put(value, condition, answer)?,
            (Call::Complete { value, condition }, answer) => after.complete(value, condition, answer)?,
            (Call::Delete { version, condition }, answer) => after.delete(version.as_ref(), condition, answer)?,
            (Call::SetVersioning(versioning), _) => after.versioning = *versioning,
            (Call::Get { .. } | Call::Match { .. } | Call::List, None) => {}
            (Call::List, Some(Answer::Versions(listed))) => after.list(listed)?,
            (Call::List, Some(_)) => return None,
            (Call::Get { version }, Some(answer)) => after.get(version.as_ref(), answer)?,
            (Call::Match { etag }, Some(Answer::Matches)) => {
                self.newest().filter(|value| value.etag == *etag)?;
            }
            (Call::Match { etag }, Some(Answer::PreconditionFailed)) => {
                self.newest().filter(|value| value.etag != *etag)?;
            }
            (Call::Match { .. }, Some(Answer::NoSuchKey)) => {
                if self.newest().is_some() {
                    return None;
                }
            }
            (Call::Match { .. }, Some(_)) => return None,
        }
        Some(after)
    }

    fn is_read(call: &Call) -> bool {
        matches!(call, Call::Get { .. } | Call::Match { .. } | Call::List)
    }
}
