//! What a scrub found.

use larder_store::{BlobRef, Partition};
use larder_types::{ObjectKey, PartNumber, UploadId, VersionId};

/// Findings that a report lists; further ones are counted.
const MAX_FINDINGS: usize = 1_000;

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// One of the store's own files is not what was written.
    File,
    /// A record cannot be had or read.
    Record,
    /// The bytes of an object or part are not what was written.
    Content,
    /// The bytes of an object or part are not there.
    Missing,
    /// The bytes of an object or part are fewer or more than its record says.
    Length,
    /// A blob that no record names: it takes space, and no object misses it.
    Unnamed,
    /// A blob of a write that a crash cut off: the next start of the server removes it.
    Unsettled,
    /// A damaged blob that was put aside, and that no record names any more.
    Aside,
}

impl FindingKind {
    /// Whether something is lost, rather than only left over.
    #[must_use]
    pub fn is_damage(self) -> bool {
        matches!(self, Self::File | Self::Record | Self::Content | Self::Missing | Self::Length)
    }

    /// Its name in answers and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Record => "record",
            Self::Content => "content",
            Self::Missing => "missing",
            Self::Length => "length",
            Self::Unnamed => "unnamed",
            Self::Unsettled => "unsettled",
            Self::Aside => "aside",
        }
    }
}

/// Whose something is: as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The bucket's name, or what is known of it.
    pub bucket: Option<String>,
    /// The object's key.
    pub key: Option<ObjectKey>,
    /// The version.
    pub version: Option<VersionId>,
    /// The upload that a part is of.
    pub upload: Option<UploadId>,
    /// The number of the part.
    pub part: Option<PartNumber>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its kind.
    pub kind: FindingKind,
    /// Whose it is.
    pub owner: Owner,
    /// The blob, when it is about one.
    pub blob: Option<BlobRef>,
    /// What is wrong, for people.
    pub what: String,
    /// What was done about it, for people.
    pub done: Option<&'static str>,
}

impl Finding {
    pub(super) fn new(kind: FindingKind, owner: Owner, what: impl Into<String>) -> Self {
        Self { kind, owner, blob: None, what: what.into(), done: None }
    }

    pub(super) fn of_blob(self, blob: BlobRef) -> Self {
        Self { blob: Some(blob), ..self }
    }
}

/// What a scrub looked at and found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubReport {
    /// Files of the store checked, but for those of blobs.
    pub files: u64,
    /// Blobs verified.
    pub blobs: u64,
    /// Records read.
    pub records: u64,
    /// Small contents and manifests read.
    pub contents: u64,
    /// Bytes read.
    pub bytes: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// How many findings are damage, those that are not listed among them.
    pub damaged: u64,
    /// How many findings are only left over.
    pub left_over: u64,
    /// Whether damage kept some of it from being looked at.
    pub incomplete: bool,
}

impl ScrubReport {
    pub(super) fn add(&mut self, finding: Finding) {
        tracing::warn!(
            kind = finding.kind.as_str(),
            bucket = finding.owner.bucket,
            key = finding.owner.key.as_ref().map(ObjectKey::as_str),
            version = finding.owner.version.map(|version| version.to_string()),
            part = finding.owner.part.map(PartNumber::get),
            what = finding.what,
            "a scrub found something"
        );
        match finding.kind.is_damage() {
            true => self.damaged += 1,
            false => self.left_over += 1,
        }
        if self.findings.len() < MAX_FINDINGS {
            self.findings.push(finding);
        }
    }
}

/// A partition whose bucket is not known by name.
pub(super) fn nameless(partition: Partition) -> String {
    format!("bucket id {}", partition.group)
}
