//! Which requests share a quota, and AWS's default figures.

use larder_types::Region;

use crate::{DataKeyPairSpec, KeyFamily, KeySpec};

macro_rules! classes {
    ($($variant:ident $code:literal $name:literal $rate:literal,)*) => {
        /// Requests that share a quota.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RequestClass {
            $(#[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl RequestClass {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code that Service Quotas knows it by. `L-` and 8 digits where AWS's own is known, else `KMS-` and the name
            /// of the operation.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// AWS's name of it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => concat!($name, " request rate")),* }
            }

            /// Requests in a second, but for what depends on the region.
            fn rate(self) -> f64 {
                match self { $(Self::$variant => $rate),* }
            }
        }
    };
}

classes! {
    Symmetric "L-6E3AF000" "Cryptographic operations (symmetric)" 10_000.0,
    Rsa "L-2AC98190" "Cryptographic operations (RSA)" 1_000.0,
    Ecc "L-DC14942D" "Cryptographic operations (ECC)" 1_000.0,
    CancelKeyDeletion "L-635264CC" "CancelKeyDeletion" 5.0,
    CreateAlias "L-F7504F73" "CreateAlias" 5.0,
    CreateGrant "L-0428A42E" "CreateGrant" 50.0,
    CreateKey "L-32B67F4A" "CreateKey" 5.0,
    DeleteAlias "L-1F75ADD1" "DeleteAlias" 15.0,
    DeleteImportedKeyMaterial "L-1233BF9B" "DeleteImportedKeyMaterial" 15.0,
    DescribeKey "L-FAE8F084" "DescribeKey" 2_000.0,
    DisableKey "L-6B8C93BD" "DisableKey" 5.0,
    DisableKeyRotation "L-CE1DB614" "DisableKeyRotation" 5.0,
    EnableKey "L-BD96F100" "EnableKey" 5.0,
    EnableKeyRotation "L-BE799B67" "EnableKeyRotation" 15.0,
    DataKeyPairEccNistP256 "L-D2EEB5E0" "GenerateDataKeyPair (ECC_NIST_P256)" 100.0,
    DataKeyPairEccNistP384 "L-16B46EF0" "GenerateDataKeyPair (ECC_NIST_P384)" 100.0,
    DataKeyPairEccNistP521 "L-1D966DA0" "GenerateDataKeyPair (ECC_NIST_P521)" 100.0,
    DataKeyPairEccSecgP256k1 "KMS-GenerateDataKeyPair-ECC-SECG-P256K1" "GenerateDataKeyPair (ECC_SECG_P256K1)" 100.0,
    DataKeyPairRsa2048 "KMS-GenerateDataKeyPair-RSA-2048" "GenerateDataKeyPair (RSA_2048)" 20.0,
    DataKeyPairRsa3072 "KMS-GenerateDataKeyPair-RSA-3072" "GenerateDataKeyPair (RSA_3072)" 4.0,
    DataKeyPairRsa4096 "KMS-GenerateDataKeyPair-RSA-4096" "GenerateDataKeyPair (RSA_4096)" 1.0,
    GetKeyPolicy "KMS-GetKeyPolicy" "GetKeyPolicy" 1_000.0,
    GetKeyRotationStatus "KMS-GetKeyRotationStatus" "GetKeyRotationStatus" 1_000.0,
    GetParametersForImport "KMS-GetParametersForImport" "GetParametersForImport" 1.0,
    GetPublicKey "KMS-GetPublicKey" "GetPublicKey" 2_000.0,
    ImportKeyMaterial "KMS-ImportKeyMaterial" "ImportKeyMaterial" 15.0,
    ListAliases "KMS-ListAliases" "ListAliases" 500.0,
    ListGrants "KMS-ListGrants" "ListGrants" 100.0,
    ListKeyPolicies "KMS-ListKeyPolicies" "ListKeyPolicies" 100.0,
    ListKeyRotations "KMS-ListKeyRotations" "ListKeyRotations" 100.0,
    ListKeys "KMS-ListKeys" "ListKeys" 500.0,
    ListResourceTags "KMS-ListResourceTags" "ListResourceTags" 2_000.0,
    ListRetirableGrants "KMS-ListRetirableGrants" "ListRetirableGrants" 100.0,
    PutKeyPolicy "KMS-PutKeyPolicy" "PutKeyPolicy" 15.0,
    ReplicateKey "KMS-ReplicateKey" "ReplicateKey" 5.0,
    RetireGrant "KMS-RetireGrant" "RetireGrant" 50.0,
    RevokeGrant "KMS-RevokeGrant" "RevokeGrant" 50.0,
    RotateKeyOnDemand "KMS-RotateKeyOnDemand" "RotateKeyOnDemand" 5.0,
    ScheduleKeyDeletion "KMS-ScheduleKeyDeletion" "ScheduleKeyDeletion" 15.0,
    TagResource "KMS-TagResource" "TagResource" 10.0,
    UntagResource "KMS-UntagResource" "UntagResource" 5.0,
    UpdateAlias "KMS-UpdateAlias" "UpdateAlias" 5.0,
    UpdateKeyDescription "KMS-UpdateKeyDescription" "UpdateKeyDescription" 5.0,
    UpdatePrimaryRegion "KMS-UpdatePrimaryRegion" "UpdatePrimaryRegion" 5.0,
}

/// Regions with more symmetric operations than others.
const FAST: [&str; 3] = ["us-east-1", "us-west-2", "eu-west-1"];
const BRISK: [&str; 6] =
    ["us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"];

impl RequestClass {
    /// The class of a cryptographic operation with a key of this kind. HMAC keys count as symmetric.
    #[must_use]
    pub fn cryptographic(spec: KeySpec) -> Self {
        match spec.family() {
            KeyFamily::Symmetric | KeyFamily::Hmac => Self::Symmetric,
            KeyFamily::Rsa => Self::Rsa,
            KeyFamily::Ecc => Self::Ecc,
        }
    }

    /// The class of GenerateDataKeyPair.
    #[must_use]
    pub fn data_key_pair(spec: DataKeyPairSpec) -> Self {
        match spec {
            DataKeyPairSpec::Rsa2048 => Self::DataKeyPairRsa2048,
            DataKeyPairSpec::Rsa3072 => Self::DataKeyPairRsa3072,
            DataKeyPairSpec::Rsa4096 => Self::DataKeyPairRsa4096,
            DataKeyPairSpec::EccNistP256 => Self::DataKeyPairEccNistP256,
            DataKeyPairSpec::EccNistP384 => Self::DataKeyPairEccNistP384,
            DataKeyPairSpec::EccNistP521 => Self::DataKeyPairEccNistP521,
            DataKeyPairSpec::EccSecgP256k1 => Self::DataKeyPairEccSecgP256k1,
        }
    }

    /// AWS's default: requests in a second.
    #[must_use]
    pub fn default_rate(self, region: &Region) -> f64 {
        match (self, region.as_str()) {
            (Self::Symmetric, region) if FAST.contains(&region) => 100_000.0,
            (Self::Symmetric, region) if BRISK.contains(&region) => 20_000.0,
            _ => self.rate(),
        }
    }
}
