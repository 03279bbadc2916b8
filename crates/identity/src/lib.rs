//! Accounts and the credentials that act for them.
//!
//! One account with one pair of root access keys. The account (its number, canonical id and name) lives in `account.toml`
//! beside the data and is never made anew: everything stored names it. The root keys come from the settings, or else from
//! `root-credentials.toml`, which only the user who runs the server may read; deleting that file and starting again makes
//! new keys for the same account.

mod account_file;
mod caller;
mod credential;
mod keys;
mod keys_file;
mod private_file;
mod secret;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use larder_env::Rng;
use larder_types::{AccountId, Owner};

pub use caller::{Caller, NamedPolicy, Session};
pub use credential::{Credential, Principal};
pub use keys::{InvalidKeys, RootKeys};
pub use secret::Secret;

/// Why the accounts cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// A file cannot be read or written.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was attempted, as a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// Others than its owner may read or write the file, so the keys in it may be known.
    #[error("{} holds secrets but has mode {mode:04o}; run: chmod 600 {}", path.display(), path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to another user, who could change the keys in it.
    #[error("{} belongs to user {owner}, but the server runs as user {user}", path.display())]
    WrongOwner {
        /// The file.
        path: PathBuf,
        /// The user id that owns it.
        owner: u32,
        /// The user id of this process.
        user: u32,
    },
    /// The file is not what this version of Larder writes.
    #[error("{} is not valid: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; never shows the values in it.
        reason: String,
    },
    /// The configured root keys cannot be used.
    #[error(transparent)]
    InvalidKeys(#[from] InvalidKeys),
}

/// Where the root keys came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysOrigin {
    /// From the settings; nothing was read or written.
    Settings,
    /// Read from this file.
    File(PathBuf),
    /// Made just now and written to this file.
    Made(PathBuf),
}

/// The accounts of a server and their credentials.
#[derive(Debug, Clone)]
pub struct Identity {
    owner: Owner,
    root: Credential,
}

impl Identity {
    /// The account kept in the folder `data`, which acts through `configured` or, without them, through the keys kept beside
    /// it. What is missing is made and is on disk when this returns. Blocks on the disk; call it once, at start, while no
    /// other process uses the folder.
    ///
    /// # Errors
    /// [`IdentityError`] when a file cannot be read or written, is not safe to trust or not understood.
    pub fn open(data: &Path, configured: Option<RootKeys>, rng: &dyn Rng) -> Result<(Self, KeysOrigin), IdentityError> {
        let owner = account_file::load_or_make(data, rng)?;
        let (keys, origin) = match configured {
            Some(keys) => (keys, KeysOrigin::Settings),
            None => keys_file::load_or_make(data, rng)?,
        };
        Ok((Self::new(owner, keys), origin))
    }

    /// An account and its root keys, kept nowhere.
    #[must_use]
    pub fn new(owner: Owner, keys: RootKeys) -> Self {
        let principal = Principal::Root { owner: owner.clone() };
        let root =
            Credential { access_key_id: keys.access_key_id, secret: Arc::new(keys.secret_access_key), principal };
        Self { owner, root }
    }

    /// The credential that `access_key_id` names, if there is one.
    #[expect(clippy::unused_async, reason = "credentials of users and sessions are looked up in the store")]
    pub async fn credential(&self, access_key_id: &str) -> Option<Credential> {
        (*self.root.access_key_id == *access_key_id).then(|| self.root.clone())
    }

    /// What listings show of an account, when it is one of this server's.
    #[must_use]
    pub fn owner_of(&self, account: AccountId) -> Option<Owner> {
        (self.owner.account == account).then(|| self.owner.clone())
    }

    /// The account.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    /// The root keys, to show them once.
    #[must_use]
    pub fn root(&self) -> &Credential {
        &self.root
    }
}
