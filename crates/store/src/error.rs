//! What can go wrong in a store, by kind: callers match the kind, people read the rest.

/// A read, an append or a deletion failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such blob. (A missing metadata entry is `None`, not an error.)
    #[error("the blob does not exist")]
    NotFound,
    /// What is stored is not what was written. It is never handed out.
    #[error("stored data is damaged: {what}")]
    Corrupt {
        /// Where, for the operator.
        what: String,
    },
    /// No space is left for a write; reads go on.
    #[error("no space is left in the store")]
    Full,
    /// The device or the service below failed; `what` says doing what.
    #[error("the store failed to {what}")]
    Io {
        /// What was being done, for the operator.
        what: String,
        /// The failure below.
        #[source]
        source: std::io::Error,
    },
    /// The store refuses writes since an earlier failure left it unsure what is durable; reads go on.
    #[error("the store is read-only after a failed write: {what}")]
    ReadOnly {
        /// The earlier failure, for the operator.
        what: String,
    },
}

/// A commit was not carried out; nothing of it is visible.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// A precondition no longer holds: read again and decide anew.
    #[error("a precondition of the commit does not hold")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A store in a test need not do what only upkeep asks for.
pub(crate) fn unsupported(what: &str) -> StoreError {
    StoreError::Io { what: what.to_owned(), source: std::io::ErrorKind::Unsupported.into() }
}
