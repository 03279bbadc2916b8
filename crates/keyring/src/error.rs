//! What can go wrong with keys, by kind.

use std::path::PathBuf;

use larder_private_file::PrivateFileError;
use larder_store::{CommitError, StoreError};

use crate::source::RootKeyPlace;

/// Why the keyring cannot be opened or changed. None of these shows a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// A file of keys cannot be read or written, is not safe to trust or not understood.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The store failed, or the keyring in it is damaged.
    #[error("the keyring cannot be read or written")]
    Store(#[from] StoreError),
    /// Another process changed the keyring meanwhile.
    #[error("the keyring is being changed by another process")]
    Contended,
    /// The root key is gone, and things are sealed under it.
    #[error(
        "{} is missing, and the data is sealed under the root key in it; put it back, restore it from a backup (larder admin keys restore FILE), or set where it comes from instead (root_kms_key_id, LARDER_ROOT_KEY)",
        path.display()
    )]
    RootKeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// What is sealed does not open under this root key.
    #[error(
        "the data is sealed under another root key than {place}; put the right one back, restore it (larder admin keys restore FILE), or give it as previous_root_key to change from it to this one"
    )]
    WrongRootKey {
        /// Where the wrong one is from.
        place: RootKeyPlace,
    },
    /// The file holds the root key of another keyring.
    #[error("{} is of another data folder: of keyring {found}, but the keyring here is {expected}", path.display())]
    OtherKeyring {
        /// The file.
        path: PathBuf,
        /// The id in the file.
        found: String,
        /// The id in the store.
        expected: String,
    },
    /// The KMS that keeps the root key does not answer, or refuses.
    #[error("the KMS key {key_id} that seals the root key cannot be used")]
    Kms {
        /// The key, as it was configured.
        key_id: String,
        /// Why.
        source: KmsFailure,
    },
    /// The root key comes from the operator, who alone can change it.
    #[error("the root key is {place}: set another one there, and this one as previous_root_key, and start again")]
    NotRotatable {
        /// Where it is from.
        place: RootKeyPlace,
    },
    /// As many as a keyring holds.
    #[error("there are {0} master keys, which is as many as there can be")]
    TooManyMasterKeys(usize),
    /// Work on files could not be carried out at all.
    #[error("the work on key files was given up")]
    GivenUp,
}

impl From<CommitError> for KeyringError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict => Self::Contended,
            CommitError::Store(error) => Self::Store(error),
        }
    }
}

/// Why a KMS did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct KmsFailure {
    /// What happened, for the operator: the error code and message of the KMS, or why it was not reached.
    pub reason: String,
}
