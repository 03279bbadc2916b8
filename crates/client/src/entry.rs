//! What a walk or a listing sees.

use larder_types::Timestamp;

/// A file or an object, named by its key relative to the place that is copied from or to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Relative to the root, with `/` between folders.
    pub key: String,
    /// Bytes.
    pub size: u64,
    /// A file's modification time or an object's `LastModified`.
    pub modified: Timestamp,
    /// An object's entity tag, with its quotes.
    pub etag: Option<String>,
    /// An object's storage class as the listing names it; `None` for files and for STANDARD.
    pub storage_class: Option<String>,
    /// A file that a walk came to by way of a symbolic link to a folder. It may belong to somebody else's tree.
    pub behind_link: bool,
}

impl Entry {
    /// An entry without what only objects have.
    #[must_use]
    pub fn new(key: impl Into<String>, size: u64, modified: Timestamp) -> Self {
        Self { key: key.into(), size, modified, etag: None, storage_class: None, behind_link: false }
    }

    /// The empty object whose key ends with a slash, or is the root's own prefix: what consoles make to show a folder.
    /// Synchronising passes over it, as the AWS CLI does.
    #[must_use]
    pub fn is_folder_marker(&self) -> bool {
        self.size == 0 && (self.key.is_empty() || self.key.ends_with('/'))
    }
}

/// A place that could not be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The key, or with a slash at its end the prefix, of what may be there.
    pub key: String,
    /// What may be there.
    pub extent: Extent,
    /// Why, for a person.
    pub reason: String,
}

/// Which keys a hole may hide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The hole's own, as a file.
    File,
    /// Those that begin with the hole's, which ends with a slash.
    Folder,
    /// Those of either: a link that leads nowhere today may have led to a file or to a folder.
    Either,
}

impl Extent {
    /// Whether a hole of the key `hole` may hide `key`.
    #[must_use]
    pub fn hides(self, hole: &str, key: &str) -> bool {
        key.strip_prefix(hole).is_some_and(|rest| match self {
            Self::File => rest.is_empty(),
            Self::Folder => true,
            Self::Either => rest.is_empty() || rest.starts_with('/'),
        })
    }

    /// Whether all that a hole of the key `hole` may hide comes before `key` in the order.
    #[must_use]
    pub fn is_before(self, hole: &str, key: &str) -> bool {
        let slash = (self == Self::Either).then_some(b'/');
        !self.hides(hole, key) && hole.bytes().chain(slash).lt(key.bytes())
    }
}

/// One step of a walk or a listing. Both come in byte order of their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// Something is there.
    Entry(Entry),
    /// Nobody knows what is there: nothing may be deleted on its account.
    Hole(Hole),
}

impl Sighting {
    /// The key it stands at in the order.
    #[must_use]
    pub fn key(&self) -> &str {
        match self {
            Self::Entry(entry) => &entry.key,
            Self::Hole(hole) => &hole.key,
        }
    }
}
