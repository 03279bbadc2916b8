//! Every operation of KMS: which quota its requests count against, and what runs it. The permission that it needs has its name,
//! but for ReEncrypt, which needs one for each key; operations of two keys or of an alias need it for each.

use std::future::Future;
use std::pin::Pin;

use larder_kms::RequestClass as Class;

use super::{
    Answer, aliases, data_keys, encryption, grants, import, key_stores, keys, multi_region, policies, random, rotation,
    signing, states, tags,
};
use crate::request::Request;

/// Which quota a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quota {
    /// None: what is refused anyway.
    None,
    /// One for all.
    Class(Class),
    /// That of cryptographic operations with keys of the kind of the one that this member names; a symmetric one when it names
    /// none.
    OfKey(&'static str),
    /// That of data key pairs of the kind that is asked for.
    OfPair,
}

type Run = for<'a> fn(&'a Request<'_>) -> Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// An operation.
#[derive(Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) quota: Quota,
    pub(crate) run: Run,
}

/// The operation of a name.
pub(crate) fn find(name: &str) -> Option<&'static Operation> {
    TABLE.iter().find(|operation| operation.name == name)
}

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|operation| operation.name)
}

macro_rules! table {
    ($($name:literal $quota:expr => $run:path,)*) => {
        &[$(Operation { name: $name, quota: $quota, run: |request| Box::pin($run(request)) }),*]
    };
}

use Quota::{Class as Of, None as Free, OfKey, OfPair};

static TABLE: &[Operation] = table! {
    "CancelKeyDeletion" Of(Class::CancelKeyDeletion) => states::cancel_deletion,
    "ConnectCustomKeyStore" Free => key_stores::connect,
    "CreateAlias" Of(Class::CreateAlias) => aliases::create,
    "CreateCustomKeyStore" Free => key_stores::create,
    "CreateGrant" Of(Class::CreateGrant) => grants::create,
    "CreateKey" Of(Class::CreateKey) => keys::create,
    "Decrypt" OfKey("KeyId") => encryption::decrypt,
    "DeleteAlias" Of(Class::DeleteAlias) => aliases::delete,
    "DeleteCustomKeyStore" Free => key_stores::delete,
    "DeleteImportedKeyMaterial" Of(Class::DeleteImportedKeyMaterial) => import::delete,
    "DeriveSharedSecret" OfKey("KeyId") => signing::derive_shared_secret,
    "DescribeCustomKeyStores" Free => key_stores::describe,
    "DescribeKey" Of(Class::DescribeKey) => keys::describe,
    "DisableKey" Of(Class::DisableKey) => states::disable,
    "DisableKeyRotation" Of(Class::DisableKeyRotation) => rotation::disable,
    "DisconnectCustomKeyStore" Free => key_stores::disconnect,
    "EnableKey" Of(Class::EnableKey) => states::enable,
    "EnableKeyRotation" Of(Class::EnableKeyRotation) => rotation::enable,
    "Encrypt" OfKey("KeyId") => encryption::encrypt,
    "GenerateDataKey" OfKey("KeyId") => data_keys::generate,
    "GenerateDataKeyPair" OfPair => data_keys::generate_pair,
    "GenerateDataKeyPairWithoutPlaintext" OfPair => data_keys::generate_pair_without_plaintext,
    "GenerateDataKeyWithoutPlaintext" OfKey("KeyId") => data_keys::generate_without_plaintext,
    "GenerateMac" OfKey("KeyId") => signing::generate_mac,
    "GenerateRandom" Of(Class::Symmetric) => random::generate,
    "GetKeyPolicy" Of(Class::GetKeyPolicy) => policies::get,
    "GetKeyRotationStatus" Of(Class::GetKeyRotationStatus) => rotation::status,
    "GetParametersForImport" Of(Class::GetParametersForImport) => import::parameters,
    "GetPublicKey" Of(Class::GetPublicKey) => signing::get_public_key,
    "ImportKeyMaterial" Of(Class::ImportKeyMaterial) => import::import,
    "ListAliases" Of(Class::ListAliases) => aliases::list,
    "ListGrants" Of(Class::ListGrants) => grants::list,
    "ListKeyPolicies" Of(Class::ListKeyPolicies) => policies::list,
    "ListKeyRotations" Of(Class::ListKeyRotations) => rotation::list,
    "ListKeys" Of(Class::ListKeys) => keys::list,
    "ListResourceTags" Of(Class::ListResourceTags) => tags::list,
    "ListRetirableGrants" Of(Class::ListRetirableGrants) => grants::list_retirable,
    "PutKeyPolicy" Of(Class::PutKeyPolicy) => policies::put,
    "ReEncrypt" OfKey("DestinationKeyId") => encryption::re_encrypt,
    "ReplicateKey" Of(Class::ReplicateKey) => multi_region::replicate,
    "RetireGrant" Of(Class::RetireGrant) => grants::retire,
    "RevokeGrant" Of(Class::RevokeGrant) => grants::revoke,
    "RotateKeyOnDemand" Of(Class::RotateKeyOnDemand) => rotation::on_demand,
    "ScheduleKeyDeletion" Of(Class::ScheduleKeyDeletion) => states::schedule_deletion,
    "Sign" OfKey("KeyId") => signing::sign,
    "TagResource" Of(Class::TagResource) => tags::tag,
    "UntagResource" Of(Class::UntagResource) => tags::untag,
    "UpdateAlias" Of(Class::UpdateAlias) => aliases::update,
    "UpdateCustomKeyStore" Free => key_stores::update,
    "UpdateKeyDescription" Of(Class::UpdateKeyDescription) => keys::update_description,
    "UpdatePrimaryRegion" Of(Class::UpdatePrimaryRegion) => multi_region::update_primary,
    "Verify" OfKey("KeyId") => signing::verify,
    "VerifyMac" OfKey("KeyId") => signing::verify_mac,
};
