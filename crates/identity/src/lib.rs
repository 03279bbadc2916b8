//! Accounts, who acts in them, and the credentials they act with.
//!
//! An [`AccountState`] is one account with its users, groups, roles, policies, access keys, MFA devices and OpenID Connect
//! providers, and knows IAM's rules. A [`Directory`] is all accounts as of one moment: requests look up there and lock
//! nothing. [`Identity`] keeps the directory in a metadata store: a change is durable before it can be seen, and the next
//! request sees it.
//!
//! The *operator account*, the server's first, is named by `account.toml` beside the data and is never made anew:
//! everything stored names it. Its root keys come from the settings, or else from `root-credentials.toml`; deleting that
//! file and starting again makes new keys for the same account. Secrets in the store are sealed under keys that follow from
//! one secret, which is given: the keyring keeps it.

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
mod record;
mod resolve;
mod seal;
mod secret;
mod session;
mod state;
mod totp;

use std::path::PathBuf;

use larder_private_file::PrivateFileError;

pub use accounts::{CreateAccount, CreatedAccount};
pub use caller::{Caller, NamedPolicy, Session};
pub use caller_policies::CallerPolicies;
pub use credential::{Credential, CredentialRefusal};
pub use directory::Directory;
pub use error::{ChangeError, IamError, IamErrorKind};
pub use identity::{Identity, IdentityParts, OperatorSettings};
pub use keys::{InvalidKeys, RootKeys};
pub use load::{is_anything_sealed, opens_under};
pub use managed::AwsManagedPolicy;
pub use model::{
    AccessKey, Account, Assignment, Document, Group, KeyOrigin, KeyStatus, LastUsed, ManagedPolicy, MfaDevice,
    OidcProvider, PolicyVersion, Role, Tag, User, Who,
};
pub use oidc::{Fetch, FetchError};
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
    /// A file cannot be read or written, is not safe to trust or not understood.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The configured root keys cannot be used.
    #[error(transparent)]
    InvalidKeys(#[from] InvalidKeys),
    /// The store failed, or what it holds is damaged or was sealed under another secret.
    #[error("the accounts cannot be read")]
    Store(#[from] larder_store::StoreError),
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
