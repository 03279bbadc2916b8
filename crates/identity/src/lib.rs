//! Accounts, who acts in them, and the credentials they act with.
//!
//! An [`AccountState`] is one account with its users, groups, roles, policies, access keys, MFA devices and OpenID Connect
//! providers, and knows IAM's rules. A [`Directory`] is all accounts as of one moment: requests look up there and lock
//! nothing. [`Identity`] keeps the directory in a metadata store: a change is durable before it can be seen, and the next
//! request sees it.
//!
//! The *operator account*, the server's first, is named by `account.toml` beside the data and is never made anew:
//! everything stored names it. Its root keys come from the settings, or else from `root-credentials.toml`; deleting that
//! file and starting again makes new keys for the same account. Secrets in the store are sealed under `root.key`.

mod account_file;
mod accounts;
mod authenticate;
mod caller;
mod caller_policies;
mod change;
mod credential;
mod directory;
mod error;
pub mod fuzz_entry;
mod identity;
mod ids;
mod keys;
mod keys_file;
mod last_used;
mod load;
pub mod managed;
mod mfa;
mod model;
mod oidc;
mod private_file;
mod record;
mod resolve;
mod seal;
mod secret;
mod session;
mod state;
mod totp;

use std::io;
use std::path::PathBuf;

pub use accounts::{CreateAccount, CreatedAccount};
pub use caller::{Caller, NamedPolicy, Session};
pub use caller_policies::CallerPolicies;
pub use credential::{Credential, CredentialRefusal};
pub use directory::Directory;
pub use error::{ChangeError, IamError, IamErrorKind};
pub use identity::{Identity, IdentityParts, OperatorSettings};
pub use keys::{InvalidKeys, RootKeys};
pub use managed::AwsManagedPolicy;
pub use model::{
    AccessKey, Account, Assignment, Document, Group, KeyOrigin, KeyStatus, LastUsed, ManagedPolicy, MfaDevice,
    OidcProvider, PolicyVersion, Role, Tag, User, Who,
};
pub use oidc::{Fetch, FetchError};
pub use seal::RootKey;
pub use secret::Secret;
pub use session::{
    AssumeRole, AssumeRoleWithWebIdentity, AssumedRole, FederatedUser, GetFederationToken, GetSessionToken, MfaCode,
    SessionPolicies, TemporaryCredentials, WebIdentityRole,
};
pub use state::{
    AccountState, AccountSummary, Change, CreateGroup, CreateMfaDevice, CreateOidcProvider, CreatePolicy, CreateRole,
    CreateUser, Holder, MfaVerdict, PolicyRef, PolicyUse, PolicyUses, Quotas, Taggable, UpdateRole,
};

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
    /// The store failed, or what it holds is damaged or was sealed under another root key.
    #[error("the accounts cannot be read")]
    Store(#[from] larder_store::StoreError),
    /// The root key is gone, and keys are sealed under it.
    #[error("{} is missing, and the keys of users are sealed under it; put it back", path.display())]
    RootKeyMissing {
        /// Where it should be.
        path: PathBuf,
    },
    /// Another account has an access key of the same id as the operator's.
    #[error("the root access key id {0} belongs to another account")]
    KeyTaken(String),
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
