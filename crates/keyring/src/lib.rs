//! The root key, and the keyring that is sealed under it.
//!
//! Everything secret that a server keeps is sealed under one of a few secrets, and these are together in the *keyring*: one
//! record of the metadata store, sealed under the *root key*. It holds the secret that accounts derive their keys from, that
//! of the KMS, and the master keys that the data keys of SSE-S3 are sealed under. Another root key seals this one record anew
//! and nothing else; another master key is used for what is sealed from then on.
//!
//! The root key comes from one place ([`RootKeySource`]): a file beside the data, a setting, a file that systemd passes, or a
//! KMS that speaks AWS's protocol ([`RootKms`], which somebody above provides). **Without the root key the data is lost**;
//! [`Backup`] is a copy of it that only a passphrase opens.
//!
//! `docs/formats/keyring.md` describes the bytes.

mod backup;
mod error;
pub mod fuzz_entry;
mod keyring;
mod master_keys;
mod record;
mod root_key;
mod rotation;
mod source;

pub use backup::{Backup, BackupError, BackupStrength};
pub use error::{KeyringError, KmsFailure};
pub use keyring::{EarlierSecrets, Keyring, KeyringMade, KeyringParts, KeyringSettings, Origin};
pub use master_keys::{MasterKeyFacts, MasterKeys};
pub use record::{KeyringId, StoredKeyring};
pub use root_key::parse_root_key;
pub use source::{
    CREDENTIAL_NAME, RootKeyPlace, RootKeySource, RootKms, find_root_key, read_credential, restore_root_key,
};
