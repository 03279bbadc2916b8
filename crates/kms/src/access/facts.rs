//! What a request says, for condition keys.

use larder_types::{Region, Timestamp};

use crate::{
    Constraints, DataKeyPairSpec, EncryptionAlgorithm, EncryptionContext, ExpirationModel, GrantOperation, KeySpec,
    KeyUsage, MacAlgorithm, MessageType, Origin, SigningAlgorithm, Tag, WrappingAlgorithm, WrappingKeySpec,
};

/// What a request says, as far as it says it: the values of the condition keys of KMS.
/// <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>
#[derive(Clone, Copy, Default)]
pub struct RequestFacts<'a> {
    /// `kms:ViaService`: the service that asks on somebody's behalf, such as `s3.eu-central-1.amazonaws.com`.
    pub via_service: Option<&'a str>,
    /// `kms:EncryptionContext:...` and `kms:EncryptionContextKeys`; also what constraints of grants are about.
    pub encryption_context: Option<&'a EncryptionContext>,
    /// `kms:RequestAlias`: see [`request_alias`](crate::request_alias).
    pub request_alias: Option<&'a str>,
    /// `kms:EncryptionAlgorithm`.
    pub encryption_algorithm: Option<EncryptionAlgorithm>,
    /// `kms:SigningAlgorithm`.
    pub signing_algorithm: Option<SigningAlgorithm>,
    /// `kms:MacAlgorithm`.
    pub mac_algorithm: Option<MacAlgorithm>,
    /// `kms:MessageType`.
    pub message_type: Option<MessageType>,
    /// `kms:DataKeyPairSpec`.
    pub data_key_pair_spec: Option<DataKeyPairSpec>,
    /// `kms:KeySpec` of a key that is not there yet.
    pub key_spec: Option<KeySpec>,
    /// `kms:KeyUsage` of a key that is not there yet.
    pub key_usage: Option<KeyUsage>,
    /// `kms:KeyOrigin` of a key that is not there yet.
    pub key_origin: Option<Origin>,
    /// `kms:MultiRegion` of a key that is not there yet.
    pub multi_region: Option<bool>,
    /// `kms:BypassPolicyLockoutSafetyCheck`.
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// `kms:ScheduleKeyDeletionPendingWindowInDays`.
    pub pending_window_days: Option<u32>,
    /// `kms:RotationPeriodInDays`.
    pub rotation_period_days: Option<u32>,
    /// `kms:ReplicaRegion`.
    pub replica_region: Option<&'a Region>,
    /// `kms:PrimaryRegion`.
    pub primary_region: Option<&'a Region>,
    /// `kms:ValidTo`.
    pub valid_to: Option<Timestamp>,
    /// `kms:ExpirationModel`.
    pub expiration_model: Option<ExpirationModel>,
    /// `kms:WrappingAlgorithm`.
    pub wrapping_algorithm: Option<WrappingAlgorithm>,
    /// `kms:WrappingKeySpec`.
    pub wrapping_key_spec: Option<WrappingKeySpec>,
    /// `kms:ReEncryptOnSameKey`.
    pub re_encrypt_on_same_key: Option<bool>,
    /// `kms:GrantIsForAWSResource`.
    pub grant_is_for_aws_resource: Option<bool>,
    /// What CreateGrant asks for.
    pub grant: Option<GrantFacts<'a>>,
    /// `aws:RequestTag/...` and `aws:TagKeys`.
    pub request_tags: Option<&'a [Tag]>,
    /// `aws:TagKeys` of UntagResource.
    pub tag_keys: Option<&'a [&'a str]>,
}

/// What CreateGrant asks for.
#[derive(Clone, Copy)]
pub struct GrantFacts<'a> {
    /// `kms:GranteePrincipal`.
    pub grantee: &'a str,
    /// `kms:RetiringPrincipal`.
    pub retiring: Option<&'a str>,
    /// `kms:GrantOperations`.
    pub operations: &'a [GrantOperation],
    /// `kms:GrantConstraintType`.
    pub constraints: &'a Constraints,
}
