//! Keys, and everything AWS KMS does with them, without any protocol.
//!
//! [`Kms`] keeps keys in a metadata store. A [`Key`] is one key of an account in a region, as of one moment, with its grants
//! and aliases; [`Kms::find`] gives it, [`Kms::authorize`] decides who may use it, and the operations take it. What an
//! operation is about is looked up again when it is carried out, so a key that was disabled meanwhile is refused.
//!
//! Everything is in memory as one state that never changes: a change makes another state, which is durable before it can be
//! seen, and the next request sees it. Key material is sealed under a secret that the server's keyring holds.
//!
//! Who calls it asks in this order: [`Kms::take`] (the request quota), [`Kms::find`], [`Kms::authorize`], then the
//! operation. The crate does neither of the first three by itself.

mod access;
mod change;
mod cipher;
mod context;
mod error;
pub mod fuzz_entry;
mod ids;
mod kms;
pub mod limits;
mod load;
mod lookup;
mod model;
mod operation;
mod quota;
mod record;
mod sealing;
mod spec;
mod state;

pub use access::{Asker, GrantFacts, RequestFacts, Target};
pub use cipher::CiphertextKey;
pub use context::EncryptionContext;
pub use error::{KmsError, KmsErrorKind};
pub use kms::{Kms, KmsParts};
pub use lookup::request_alias;
pub use model::{Alias, Constraints, Grant, Key, QuotaRequest, QuotaRequestStatus, Tag};
pub use operation::{
    AliasEntry, CreateGrant, CreateKey, CreatedGrant, DataKeyLength, Decrypt, Decrypted, DeriveSharedSecret, Encrypt,
    Encrypted, GenerateMac, GeneratedDataKey, GeneratedDataKeyPair, GrantEntry, ImportKeyMaterial, ImportParameters,
    KeyMetadata, KeyRotation, ListAliases, ListGrants, Listed, MultiRegionConfiguration, OpenedDataKey, Page,
    PolicyCheck, PublicKey, ReEncrypt, ReEncrypted, ReplicateKey, ReplicatedKey, RotationStatus, S3DataKey,
    ScheduledDeletion, Sign, Verify, VerifyMac, WrappingSpec,
};
pub use quota::{Calls, Quota, QuotaError, RequestClass, Throttled};
pub use spec::{
    DataKeyPairSpec, DataKeySpec, EncryptionAlgorithm, ExpirationModel, GrantOperation, ImportState, ImportType,
    KeyAgreementAlgorithm, KeyFamily, KeyManager, KeyMaterialState, KeySpec, KeyState, KeyUsage, MacAlgorithm,
    MessageType, Origin, RotationType, SigningAlgorithm, WrappingAlgorithm, WrappingKeySpec,
};
